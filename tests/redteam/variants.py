"""Who grades the class, at which level of the sandbox, and which part of it."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass, replace

from proctor.sandbox import levels
from redteam import attacks, honest  # noqa: F401 (importing enters them)
from redteam.submission import SUBMISSIONS, Submission

# One variant grades everything but two parts of the class, which have a run each: what
# is about the whole module, and what runs into a time limit. The others grade what
# depends on the jail.
MODULE, LATE = "module", "late"
OF_THE_JAIL = """
    bombs channels copies disk files neighbours network reading reference survivors
    whereabouts
""".split()  # noqa: SIM905 (shorter than quoted)
# What is handed in is read, and what ends is seen to end, alike at every level: of
# these each variant grades some.
LITTLE_OF_THE_JAIL = ["crashes", "paths"]
# Of what runs into a time limit two are graded beside all others, at each level.
ALWAYS = """
    a-neighbour awaits copies-and-stores data-file draws-figures guesses-again
    guesses-random-numbers helper-file imports-from-the-library
    imports-the-framework loops-in-c m-neighbour steals-a-stand-in stops-itself
    uses-magics uses-threads writes-much z-neighbour
""".split()  # noqa: SIM905


@dataclass(frozen=True)
class Variant:
    """A level of the sandbox, who grades, and which part of the class.

    Attributes
    ----------
    part
        ``MODULE``, ``LATE``, or empty: neither of these.
    """

    level: str
    as_root: bool
    part: str = ""

    def __str__(self) -> str:
        user = "root" if self.as_root else "user"
        return f"{self.level}-{user}{self.part and '-'}{self.part}"

    @property
    def thorough(self) -> bool:
        """Whether it grades all: the first that this machine gives does."""
        return self == next((v for v in VARIANTS if v.likely), VARIANTS[-1])

    @property
    def likely(self) -> bool:
        """Whether these tests can have it, as far as is known before trying."""
        given = {finding.level for finding in MACHINE if not finding.reason}
        return self.level in given and self.as_root == (os.getuid() == 0)

    @property
    def is_known(self) -> bool:
        """Whether another grades at its level, and as much as it needs."""
        return any(v.level == self.level for v in VARIANTS if v.thorough and v != self)

    def grades(self, submission: Submission) -> bool:
        """Tell whether this variant grades it."""
        part = part_of(submission)
        if self.part or part:
            return self.part == part
        if self.thorough:
            return True
        if submission.alike:
            return False
        if submission.student in ALWAYS:
            return not (submission.slow and self.is_known)
        if submission.family in OF_THE_JAIL and not self.is_known:
            return True
        return submission.student in some_of_the_jail()


def part_of(submission: Submission) -> str:
    """Return which part of the class has a run of its own with it; empty: none."""
    if submission.module:
        return MODULE
    return LATE if submission.slow and submission.student not in ALWAYS else ""


@functools.cache
def some_of_the_jail() -> set[str]:
    """Return every fifth of each family of attacks on the jail."""
    found: set[str] = set()
    for family in (*OF_THE_JAIL, *LITTLE_OF_THE_JAIL):
        of_it = [
            one
            for one in SUBMISSIONS.values()
            if one.family == family and not (one.slow or one.alike or one.module)
        ]
        found.update(one.student for one in of_it[::5])
    return found


MACHINE = levels.examine_machine()
VARIANTS = [
    Variant("namespace", as_root=True),
    Variant("namespace", as_root=False),
    Variant("landlock", as_root=False),
    # In what a container leaves to its root.
    Variant("uid", as_root=True),
]
THOROUGH = next(v for v in VARIANTS if v.thorough)
RUNS = [*VARIANTS, *(replace(THOROUGH, part=part) for part in (MODULE, LATE))]
