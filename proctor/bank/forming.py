"""Known mistakes made in other texts of their cell, each by a line that stands more.

Loops, slices and matrix products give other answers to one mistake: a slice that goes
beyond the edge is cut off, an index is an error. So does the place where it is made:
before the output's size is computed, or after it. One name is right for all of these,
and can be given to those whose answers the bank knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from proctor.bank.bank import Bug


def forms(
    known: Sequence[Bug],
    text: str,
    places: Mapping[str, str],
    lines: Mapping[str, str],
) -> list[Bug]:
    """Return the mistakes ``lines`` names, made in ``text`` at each of the places.

    Parameters
    ----------
    known
        The mistakes of a bank, which give cell, title and question.
    text
        A right text of the whole cell.
    places
        What a form's id ends in, and how the line begins before which it is made. The
        first line that begins so counts.
    lines
        The id of a known mistake, and the line of Python that makes it.

    Raises
    ------
    ValueError
        If no mistake has such an id, or no line begins so.
    """
    by_id = {bug.id: bug for bug in known}
    found = []
    for name, line in lines.items():
        if name not in by_id:
            raise ValueError(f"no known mistake {name!r} to give another form")
        one = by_id[name]
        for ending, begins in places.items():
            source = _with_line(text, begins, line)
            form = Bug(
                f"{name}-{ending}", one.cell, one.title, one.question, source=source
            )
            found.append(form)
    return found


def _with_line(text: str, begins: str, line: str) -> str:
    lines = text.split("\n")
    for place, other in enumerate(lines):
        if other.lstrip().startswith(begins):
            indent = other[: len(other) - len(other.lstrip())]
            return "\n".join([*lines[:place], indent + line, *lines[place:]])
    raise ValueError(f"no line begins with {begins!r}: correct the place")
