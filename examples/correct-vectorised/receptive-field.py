#| export
def receptive_field(layers):
    steps = [math.prod(stride for _, stride in layers[:i]) for i in range(len(layers))]
    return 1 + sum((kernel - 1) * step for (kernel, _), step in zip(layers, steps))
