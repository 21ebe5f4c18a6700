"""What used up a notebook's time, or ended its process, before a test could run."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from proctor.text import listed, plain_line

# Lines that tell one cell from another the least.
_SAYS_LITTLE = re.compile(r"\s*(?:[#%!@]|import\b|from\b|\Z)")
_LONGEST = 40
_MOST_NAMED = 3


class UsedUp:
    """Keeps how long a notebook's cells and tests took, and which ended its process."""

    def __init__(self) -> None:
        # How often, how long, and how often a process ended in it; by what it is, or,
        # where it has no name, by its text: what that is called is seldom asked.
        self._took: dict[tuple[str, str], list[float]] = defaultdict(_nothing)

    def cell(self, name: str, source: str, seconds: float, ended: bool) -> None:
        """Take note of a cell of the student's.

        Parameters
        ----------
        name
            Its grade_id; empty: it has none.
        """
        self._note(name and f"the cell {name}", source, seconds, ended)

    def test(self, name: str, seconds: float, ended: bool) -> None:
        """Take note of a test."""
        self._note(f"the test {name}", "", seconds, ended)

    def _note(self, what: str, source: str, seconds: float, ended: bool) -> None:
        took = self._took[what, "" if what else source]
        took[0] += 1
        took[1] += seconds
        took[2] += ended

    def told(self, reason: str) -> str:
        """Say why a test was never tried, and what is behind it.

        Parameters
        ----------
        reason
            What ended the notebook's process.
        """
        ends = sum(took[2] for took in self._took.values()) > 1
        causes = listed(list(self._causes(2 if ends else 1)), _MOST_NAMED)
        behind = f": {causes}" if causes else ""
        return (
            f"not tried, and no fault of this task: {reason} before its turn came"
            f"{behind}; a person has to look"
        )

    def _causes(self, by: int) -> Iterator[str]:
        """Yield what took most: of seconds (1), or of ended processes (2)."""
        named: dict[str, list[float]] = defaultdict(_nothing)
        for (what, source), took in self._took.items():
            name = what or _first_line(source)
            named[name] = [sum(both) for both in zip(named[name], took, strict=True)]
        most = sorted(named.items(), key=lambda one: -one[1][by])
        for place, (what, (count, seconds, ends)) in enumerate(most):
            often = f"{count} times " if count > 1 else ""
            # The first took the most, however little that is.
            if by == 1 and (place == 0 or seconds >= 1):
                yield f"{often}{what} ({seconds:.{int(seconds < 10)}f} s)"
            elif by == 2 and ends:
                yield f"{often}{what}"


def _nothing() -> list[float]:
    return [0, 0.0, 0]


def _first_line(source: str) -> str:
    """Return how a cell without a name is called: by its first line that tells much."""
    lines = source.splitlines()
    telling = next((line for line in lines if not _SAYS_LITTLE.match(line)), source)
    return f"the cell with `{plain_line(telling, _LONGEST)}`"
