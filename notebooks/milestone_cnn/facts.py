"""The figures in the prose of the milestone, and what gives each of them.

How it works: docs/authoring.md, "Prose".
"""

import math

from course.facts import beside, cited, fact
from tinytorch.core.spatial import activation_bytes

shifts = beside(__file__, "shifts.py")
training_digits = 1797 - 1797 // 5

FACTS = [
    # What comes out
    fact("Two networks with 3,730 trained numbers", shifts.WEIGHTS["CNN"]),
    fact(
        "without convolution 32 % of them are still read right, with convolution 52 %",
        *(shifts.READ["MLP"][1], shifts.READ["CNN"][1]),
    ),
    fact("It makes 45 steps", math.ceil(training_digits / 32)),
    # CIFAR-10
    cited("50,000 to train on and 10,000 held out", "Krizhevsky (2009), section 1"),
    fact("all the pictures take 737 MB", activation_bytes((60_000, 3, 32, 32))),
]
