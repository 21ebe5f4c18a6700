"""An answer that does little, and where all of them are entered."""

from dataclasses import dataclass

from proctor.tests.hostile import FORGES_COUNT

SPATIAL, ACCELERATION, MILESTONE = "09_spatial", "18_acceleration", "milestone_cnn"


@dataclass(frozen=True)
class Answer:
    """What stands in place of a solution.

    Attributes
    ----------
    earns
        The most that its cell may give.
    forges
        Whether it says of itself that three lines of Python ran.
    slows
        Whether other cells that build on it take long for it.
    """

    assignment: str
    cell: str
    name: str
    source: str
    earns: float = 0.0
    forges: bool = False
    slows: bool = False

    @property
    def alone(self) -> bool:
        """Whether no other answer goes into its notebook."""
        return self.forges or self.slows

    def written(self, reference: str) -> str:
        """Return the cell, after the reference's own."""
        forgery = FORGES_COUNT if self.forges else ""
        return f"{reference}\n\n{self.source}\n{forgery}"


def rounds() -> list[list[Answer]]:
    """Return the answers in groups that go into one notebook each.

    No two are of one cell, and what changes the others' cost stands alone.
    """
    found: list[list[Answer]] = []
    for one in ANSWERS:
        for group in found:
            alone = one.alone or group[0].alone
            same = {other.cell for other in group}
            if (
                not alone
                and one.cell not in same
                and group[0].assignment == one.assignment
            ):
                group.append(one)
                break
        else:
            found.append([one])
    return found


ANSWERS: list[Answer] = []


def answer(assignment, cell, name, source, **options):
    ANSWERS.append(Answer(assignment, cell, name, source, **options))
