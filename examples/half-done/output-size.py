#| export
def output_size(size, kernel, stride=1, padding=0):
    if kernel <= 0 or stride <= 0 or padding < 0:
        raise ValueError(f"out of range: {kernel=}, {stride=}, {padding=}")
    room = size + 2 * padding - kernel
    if room < 0:
        raise ValueError(f"kernel {kernel} is larger than {size} with padding {padding}")
    return 1 + room // stride
