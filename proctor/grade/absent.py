"""A module that is not there where it is graded, and may be where it was written.

A file beside the notebook that was not handed in, or a package that another machine
has: whether the answer is right cannot be told, and so it is no zero.
"""

from __future__ import annotations

import re
from dataclasses import replace

from proctor.grade.verdict import Verdict
from proctor.notebook.assignment import TestCell

# Not of a package that is there: what lacks in it, all lack.
_ABSENT = re.compile(r"ModuleNotFoundError: No module named '(\w{1,99})'")
ABSENT = (
    "it was not handed in, and is not installed where this is graded: a person has to "
    "look"
)


def for_want_of_a_module(verdict: Verdict, test: TestCell) -> Verdict:
    """Have a person look where points are lost for a module that is not there.

    A module that the test names is one that it does not allow, or that all lack.
    """
    found = _ABSENT.search(verdict.message)
    if verdict.author_error or not found:
        return verdict
    named = rf"\b{re.escape(found[1])}\b"
    if re.search(named, f"{test.visible}\n{test.hidden}"):
        return verdict
    why = f"{verdict.message} ({ABSENT})"
    return replace(verdict, message=why, author_error=True)
