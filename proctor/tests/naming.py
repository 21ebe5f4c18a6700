"""The tiny course's known mistakes, and notebooks that make them."""

import itertools

from proctor.bank import Bug
from proctor.bank.reference import Reference
from proctor.tests import tiny
from proctor.tests.tiny import BUGS, RETURN, SOLUTIONS

NUMBER = itertools.count()
POSITIVE, NEGATIVE, NOTHING = (
    "positive numbers",
    "negative numbers",
    "no numbers: a ValueError",
)
TRIPLE = BUGS[0]


def reference_of(folder, bugs, same):
    bank = tiny.bank_of(folder, bugs, same)
    cells = (("", "#| export\nimport numpy as np"), *SOLUTIONS.items())
    # A jail learns of an assignment once.
    return Reference(f"tiny-{next(NUMBER)}", folder, cells, bank)


def with_bug(one: Bug) -> dict[str, str]:
    text = SOLUTIONS[one.cell]
    for piece, other in one.replace:
        text = text.replace(piece, other, 1)
    return {one.cell: text}


def returns(expression):
    return {"double": SOLUTIONS["double"].replace(RETURN, f"return {expression}")}
