"""The figures in the prose of module 19, and what gives each of them.

How it works: docs/authoring.md, "Prose".
"""

from course.facts import cited, fact
from tinytorch.core.spatial_two import conv_cost, dilated_field, separable_cost

block = [(2, 1, 2**n) for n in range(10)]
deeplab = {
    kernel: conv_cost((512, kernel, kernel), 1024, (kernel, kernel), (1, 1), (0, 0), 1)[
        0
    ]
    for kernel in (7, 3)
}

# As in the notebook's table: (channels behind, stride) of the thirteen layers.
MOBILENET = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)]
MOBILENET += [(512, 1)] * 5 + [(1024, 2), (1024, 1)]


def mobilenet(of_layer) -> tuple[int, int]:
    """Return the weights and the MACs of the network, its layers counted so."""
    weights, macs = conv_cost((3, 224, 224), 32, (3, 3), (2, 2), (1, 1), 1)
    channels, side = 32, 112
    for out_channels, stride in MOBILENET:
        layer = (channels, side, side), out_channels, (3, 3), (stride,) * 2, (1, 1)
        more = of_layer(*layer)
        weights, macs = weights + more[0], macs + more[1]
        channels, side = out_channels, side // stride
    return weights + 1000 * channels, macs + 1000 * channels


full = mobilenet(lambda *layer: conv_cost(*layer, 1))
separable = mobilenet(separable_cost)
PAPER = "Howard and others (2017), table 4"

FACTS = [
    # How far a network sees
    fact("1,024 samples, where ten layers", dilated_field(block)),
    fact("without gaps would see 11", dilated_field([(2, 1, 1)] * 10)),
    fact("see 3,070 samples", dilated_field(3 * block)),
    cited("at 16,000 samples a second", "van den Oord and others (2016), section 3"),
    fact("that is 0.19 seconds", dilated_field(3 * block) / 16_000),
    fact("Each spans 25 places", dilated_field([(3, 1, 12)])),
    cited("512 channels before and 1,024 behind", "Chen and others (2015), section 3"),
    fact("the first has 25,690,112 weights", deeplab[7]),
    fact("the last 4,718,592", deeplab[3]),
    fact("which is 5.4 times fewer", deeplab[7] / deeplab[3]),
    # The separable layer
    fact("| full layers | 29.3 million | 4,867 million |", *full),
    fact("| separable | 4.2 million | 569 million |", *separable),
    fact("but for 4,866 million", full[1] - 1024 * 1000),
    cited("71.7 %", PAPER),
    cited("70.6 %", PAPER),
    fact("8.6 times fewer multiplications", full[1] / separable[1]),
]
