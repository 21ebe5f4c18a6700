"""The figures in the prose of module 09, and what gives each of them.

How it works: docs/authoring.md, "Prose".
"""

import math

import numpy as np

from course.facts import beside, cited, fact
from tinytorch.core.spatial import (
    activation_bytes,
    conv2d_backward,
    conv2d_forward,
    count_macs,
    count_parameters,
    output_size,
    receptive_field,
)


def visits(size: int, kernel: int, padding: int) -> np.ndarray:
    """Count the windows that see each pixel of a square image."""
    image, weight = np.zeros((1, 1, size, size)), np.ones((1, 1, kernel, kernel))
    pad = (padding, padding)
    answers = conv2d_forward(image, weight, None, (1, 1), pad)
    return conv2d_backward(np.ones_like(answers), image, weight, (1, 1), pad)[0][0, 0]


def winograd_saving(tile: int, kernel: int) -> float:
    """Divide the products of a tile by Winograd's, one for each pixel that it reads."""
    return (tile * kernel / (tile + kernel - 1)) ** 2


def resnet50_macs() -> int:
    """Count a ResNet-50 for one image, with the stride in the 3x3 of a block."""
    total = count_macs((1, 3, 224, 224), 64, 7, stride=2, padding=3)
    channels, side = 64, 56
    for width, blocks, stride in (
        (64, 3, 1),
        (128, 4, 2),
        (256, 6, 2),
        (512, 3, 2),
    ):
        for block in range(blocks):
            step = stride if block == 0 else 1
            shape = (1, channels, side, side)
            if block == 0:  # the way round the block
                total += count_macs(shape, 4 * width, 1, step)
            total += count_macs(shape, width, 1)
            total += count_macs((1, width, side, side), width, 3, step, 1)
            side = output_size(side, 3, step, 1)
            total += count_macs((1, width, side, side), 4 * width, 1)
            channels = 4 * width
    return total + channels * 1000


first_layer = count_macs((32, 3, 224, 224), 64, 3, padding=1)
of_3x3 = count_macs((1, 64, 56, 56), 64, 3, padding=1)
of_7x7 = count_macs((1, 64, 56, 56), 64, 7, padding=3)
padded = visits(6, 3, 1)
inputs = math.prod((3, 224, 224))
all_digits = 1797  # in scikit-learn's file; every fifth is held out
training_digits = all_digits - all_digits // 5
epoch_macs = count_macs((training_digits, 1, 8, 8), 8, 3)

shifts = beside(__file__, "../milestone_cnn/shifts.py")

FACTS = [
    # What it is good for
    fact("the same number of trained numbers, 3,730", shifts.WEIGHTS["MLP"]),
    fact("still reads 32 % of them", shifts.READ["MLP"][1]),
    fact("with convolution 52 %", shifts.READ["CNN"][1]),
    fact("network below has 80", count_parameters(1, 8, 3)),
    fact("would have 18,720", (64 + 1) * 8 * output_size(8, 3) ** 2),
    # How many windows fit
    fact(
        "a row of 7 pixels and a window of 3. With stride 1 it can start at pixels 0 to 4",
        *(7, 3, 1, 0, output_size(7, 3) - 1),
    ),
    fact("stride 1 keeps 224 pixels", 1, output_size(224, 3, 1, 1)),
    fact("stride 2 makes 112", 2, output_size(224, 3, 2, 1)),
    fact("makes 55 pixels of 112, not 55.5", output_size(112, 3, 2), 112, 109 / 2 + 1),
    # Two dimensions, and who is seen how often
    fact("0·1 + 1·2 + 3·3 + 4·4 = 27", 0, 1, 1, 2, 3, 3, 4, 4, 0 + 2 + 9 + 16),
    fact("a corner is then seen 4 times", padded[0, 0]),
    fact("an edge 6 times", padded[0, 2]),
    fact("the middle 9 times", padded[2, 2]),
    fact("collects 2 + 3 + 5 = 10", 2, 3, 5, 2 + 3 + 5),
    # Cost
    fact("2,774,532,096 MACs", first_layer),
    fact("1,792 parameters", count_parameters(3, 64, 3)),
    fact("the same 150,528 numbers", inputs),
    fact("9,633,792 weights", 64 * inputs),
    fact("5,376 times as many", 64 * inputs / count_parameters(3, 64, 3)),
    fact("takes 411 MB", activation_bytes((32, 64, 224, 224))),
    fact(
        "For 64 images it would be 822,083,584 bytes",
        *(64, activation_bytes((64, 64, 224, 224))),
    ),
    fact("7x7 costs 5.4 times what 3x3 costs", 7, 7, of_7x7 / of_3x3, 3, 3),
    fact(
        "12.8 MB become 3.2 MB",
        activation_bytes((1, 64, 224, 224)),
        activation_bytes((1, 64, output_size(224, 2, 2), output_size(224, 2, 2))),
    ),
    # Receptive fields
    fact("Five layers of 3x3 see 11 pixels", 3, 3, receptive_field([(3, 1)] * 5)),
    # Training
    fact("a loss of log 10, about 2.3", 10, math.log(10)),
    fact("will not learn 1,438", training_digits),
    fact(
        "about 3.7 million multiply-accumulate steps forward and 7.5 million backward",
        *(epoch_macs, 2 * epoch_macs),
    ),
    cited("45 images a second", "Redmon and others (2016), abstract"),
    # Faster
    fact("2.25 times fewer for tiles of 2x2", winograd_saving(2, 3), 2, 2),
    fact("2.78 times fewer with 5x5", winograd_saving(2, 5), 5, 5),
    # Real layers
    fact("4.1 billion MACs for one image", resnet50_macs()),
    fact(
        "layer of VGG-16 alone takes 1,849,688,064",
        *(16, count_macs((1, 64, 224, 224), 64, 3, padding=1)),
    ),
]
