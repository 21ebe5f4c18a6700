"""The figures in the prose of module 18, and what gives each of them.

How it works: docs/authoring.md, "Prose".
"""

import numpy as np

from course.facts import fact
from tinytorch.core.spatial import activation_bytes, count_macs
from tinytorch.perf.acceleration import (
    A_T,
    B_T,
    attainable,
    col2im,
    conv2d_forward,
    im2col,
)
from tinytorch.perf.acceleration import G as KERNEL_TRANSFORM
from tinytorch.perf.winograd import KERNEL, OUTPUTS, TILE


def columns_bytes(shape: tuple[int, int, int], kernel: int) -> int:
    """Count the bytes of an image's windows in float32, at stride 1.

    The padding keeps the size. One channel is computed, and counts for all.
    """
    channels, height, width = shape
    image, padding = np.zeros((1, 1, height, width), np.float32), (kernel // 2,) * 2
    return channels * im2col(image, (kernel, kernel), (1, 1), padding).nbytes


layer = count_macs((2, 16, 32, 32), 32, 3, padding=1)
windows_of_layer = 2 * 32 * 32 * 32
one_image = columns_bytes((16, 32, 32), 3)
seen = col2im(np.ones((9, 4)), (1, 1, 4, 4), (2, 2), (1, 1), (0, 0))[0, 0]

# Winograd's example. The reader of facts sees no minus sign, so they are dropped.
row, taps = np.array([1.0, 2, 3, 4]), np.array([1.0, 2, 3])
pixels, kernel = B_T @ row, KERNEL_TRANSFORM @ taps
outputs = A_T @ (pixels * kernel)
row_pixels, products = np.abs(pixels), np.abs(pixels * kernel)
direct = conv2d_forward(
    row.reshape(1, 1, 1, 4), taps.reshape(1, 1, 1, 3), None, (1, 1), (0, 0)
).ravel()
tile_products, direct_products = B_T.size, len(A_T) ** 2 * 9

FACTS = [
    # The layer that is measured
    fact("9,437,184 multiply-accumulate steps", layer),
    fact("add up: 144 products in this layer", layer / windows_of_layer),
    fact("asked 65,536 times", windows_of_layer),
    # Roofline
    fact("1 operation for 12 bytes", 1, 3 * activation_bytes((1,))),
    fact("They meet at 10 operations", attainable(10, 100, 10) / 10),
    # Windows as rows
    fact(
        "16 channels of 32x32, kernel 3x3 | 66 kB | 590 kB",
        *(16, 32, 32, 3, 3, activation_bytes((16, 32, 32)), one_image),
    ),
    fact(
        "64 channels of 224x224, kernel 3x3 | 12.8 MB | 116 MB",
        *(64, 224, 224, 3, 3, activation_bytes((64, 224, 224))),
        columns_bytes((64, 224, 224), 3),
    ),
    fact(
        "3 channels of 224x224, kernel 11x11 | 0.60 MB | 73 MB",
        *(3, 224, 224, 11, 11, activation_bytes((3, 224, 224))),
        columns_bytes((3, 224, 224), 11),
    ),
    fact("in the sum a corner has 1, the middle 4", seen[0, 0], seen[1, 1]),
    # Blocks
    fact("in our layer 589,824 bytes, 1.2 MB", one_image, 2 * one_image),
    fact("a batch of 32 it would be 19 MB", 32, 32 * one_image),
    # Winograd
    fact(
        "1 - 3 = -2, 2 + 3 = 5, 3 - 2 = 1, 2 - 4 = -2",
        *(row[0], row[2], row_pixels[0], row[1], row[2], row_pixels[1]),
        *(row[2], row[1], row_pixels[2], row[1], row[3], row_pixels[3]),
    ),
    fact("1, (1 + 2 + 3)/2 = 3", kernel[0], *taps, 2, kernel[1]),
    fact("(1 - 2 + 3)/2 = 1, 3", *taps, 2, kernel[2], kernel[3]),
    fact("four products: -2, 15, 1, -6", *products),
    fact("-2 + 15 + 1 = 14", *products[:3], outputs[0]),
    fact("15 - 1 + 6 = 20", *products[1:], outputs[1]),
    fact("1·1 + 2·2 + 3·3 = 14", 1, 1, 2, 2, 3, 3, direct[0]),
    fact("2·1 + 3·2 + 4·3 = 20", 2, 1, 3, 2, 4, 3, direct[1]),
    fact(
        "with 16 products; directly it is 36, that is 2.25 times as many",
        *(tile_products, direct_products, direct_products / tile_products),
    ),
    fact(
        "with tiles of 6x6, where 36 products replace 144",
        *(TILE, TILE, TILE**2, OUTPUTS**2 * KERNEL**2),
    ),
]
