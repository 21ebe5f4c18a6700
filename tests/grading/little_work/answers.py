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
    """

    assignment: str
    cell: str
    name: str
    source: str
    earns: float = 0.0
    forges: bool = False

    def written(self, reference: str) -> str:
        """Return the cell, after the reference's own."""
        forgery = FORGES_COUNT if self.forges else ""
        return f"{reference}\n\n{self.source}\n{forgery}"


def rounds() -> list[list[Answer]]:
    """Return the answers in groups that go into one notebook each.

    No two are of one cell, and what forges a count stands alone: it does so for all.
    """
    found: list[list[Answer]] = []
    for one in ANSWERS:
        for group in found:
            alone = one.forges or group[0].forges
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
