"""What is not there, or not allowed, where it is graded, and was where it was written.

A file beside the notebook that was not handed in, a package that another machine has, a
second process: whether the answer is right cannot be told, and so it is no zero.
"""

from __future__ import annotations

import re
from dataclasses import replace

from proctor.grade.verdict import Verdict
from proctor.notebook.assignment import TestCell

# Not of a package that is there: what lacks in it, all lack.
_MODULE = re.compile(r"ModuleNotFoundError: No module named '(\w{1,99})'")
_FILE = re.compile(r"FileNotFoundError: \[Errno 2\]")
# What the kernel says, and what of it may be said of a hidden check.
_REFUSED = re.compile(r"Operation not permitted|what nothing may do where it is graded")
ABSENT = (
    "it was not handed in, and is not installed where this is graded: a person has to "
    "look"
)
NO_FILE = "there is no such file where this is graded: a person has to look"
REFUSED = (
    "where this is graded nothing may start a process or reach a network, for two: a "
    "person has to look"
)


def for_want_of_a_machine(verdict: Verdict, test: TestCell) -> Verdict:
    """Have a person look where points are lost for what another machine has.

    A module that the test names is one that it does not allow, or that all lack.
    """
    if verdict.author_error:
        return verdict
    if found := _MODULE.search(verdict.message):
        named = rf"\b{re.escape(found[1])}\b"
        ours = re.search(named, f"{test.visible}\n{test.hidden}")
        why = "" if ours else ABSENT
    elif _FILE.search(verdict.message):
        why = NO_FILE
    else:
        why = REFUSED if _REFUSED.search(verdict.message) else ""
    if not why:
        return verdict
    return replace(verdict, message=f"{verdict.message} ({why})", author_error=True)
