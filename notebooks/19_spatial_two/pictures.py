"""What the mistakes of module 19 give on a digit, for the web pages.

``digit`` is a handwritten digit: 8 rows and columns of numbers from 0 to 1.
"""

import numpy as np

from course.tutor import case


@case("conv-forward")
def _():
    """Edges from left to right, with dilation 2."""
    kernel = np.array([[[[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]]])
    return conv_forward(digit[None, None], kernel, None, (1, 1), (2, 2))[0, 0]


@case("padding")
def _():
    """The digit, mirrored at its edges."""
    return pad(digit[None, None], ((3, 3), (3, 3)), "reflect")[0, 0]


@case("conv-transpose")
def _():
    """The digit, enlarged with a kernel of 3 and stride 2."""
    kernel = np.array([[[[1.0, 2.0, 0.0], [2.0, 4.0, 0.0], [1.0, 2.0, 0.0]]]])
    return conv_transpose_forward(
        digit[None, None], kernel, None, (2, 2), (0, 0), (0, 0)
    )[0, 0]


@case("upsample")
def _():
    """The digit, twice as large."""
    return upsample_forward(digit[None, None], (2, 2))[0, 0]


@case("adaptive-pool")
def _():
    """Five by five means of the digit."""
    return adaptive_avg_pool_forward(digit[None, None], (5, 5))[0, 0]


@case("avg-pool")
def _():
    """The means of windows of 3 by 3, over the edge too."""
    return avg_pool_forward(digit[None, None], (3, 3), (2, 2), (1, 1), True, False)[
        0, 0
    ]
