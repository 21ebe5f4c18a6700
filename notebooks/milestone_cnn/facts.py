"""The figures in the prose of the milestone, and what gives each of them.

How it works: docs/authoring.md, "Prose".
"""

from course.facts import cited, fact
from tinytorch.core.spatial import activation_bytes

FACTS = [
    # CIFAR-10
    cited("50,000 to train on and 10,000 held out", "Krizhevsky (2009), section 1"),
    fact("all the pictures take 737 MB", activation_bytes((60_000, 3, 32, 32))),
]
