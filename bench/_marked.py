"""A wrong solution of one cell, and what a judge gave for it."""

from typing import NamedTuple


class Marked(NamedTuple):
    """A wrong solution.

    Attributes
    ----------
    cell
        The grade_id of the solution cell.
    mark
        How much of its task is done, in tenths.
    why
        The judge's reason.
    bug
        The known mistake whose text it is; empty: none.
    replace
        Pieces of the reference, or of that bug, and what stands in their place.
    source
        The whole cell's text, in place of a bug.
    """

    cell: str
    mark: float
    why: str
    bug: str = ""
    replace: tuple[tuple[str, str], ...] = ()
    source: str = ""
