"""What the mistakes of module 09 give on a digit, for the web pages.

``digit`` is a handwritten digit: 8 rows and columns of numbers from 0 to 1.
"""

import numpy as np

from course.tutor import case


@case("conv2d-forward")
def _():
    """Edges from left to right."""
    kernel = np.array([[[[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]]])
    return conv2d_forward(digit[None, None], kernel, None, (1, 1), (1, 1))[0, 0]


@case("max-pool2d-forward")
def _():
    """The largest of each window of 2 by 2."""
    return max_pool2d_forward(digit[None, None], (2, 2), (2, 2), (0, 0))[0, 0]


@case("avg-pool2d-forward")
def _():
    """The mean of each window of 2 by 2."""
    return avg_pool2d_forward(digit[None, None], (2, 2), (2, 2), (0, 0))[0, 0]
