"""What cells import that are not run: what a student wrote below may use it."""

from __future__ import annotations

from collections.abc import Iterable

from proctor.notebook.cells import grading, is_test
from proctor.notebook.imports import imports_in
from proctor.notebook.names import bound, lines, used
from proctor.text import listed


def lend_imports(
    cells: list[dict], skipped: Iterable[str], around: Iterable[tuple[str, str]]
) -> list[str]:
    """Import before a student's cell what it has of cells above that are not run.

    In the student's kernel they were. What they draw, train or measure is nothing that
    a task builds on; a name that they import is used as any other.

    Parameters
    ----------
    cells
        Of the submission; the assignment's have their places.
    skipped
        The author's texts of the cells that are not run.
    around
        The author's notebook: see `AssignedNotebook`.

    Returns
    -------
    list[str]
        What was done, a line each.
    """
    unrun = {lines(text): text for text in skipped}
    if not unrun:
        return []
    authors = {lines(text) for text, _ in around}
    there: dict[str, str] = {}
    made: set[str] = set()
    lent: set[str] = set()
    for cell in list(cells):
        if cell["cell_type"] != "code" or is_test(grading(cell)):
            continue
        own = lines(cell["source"])
        if own in unrun and not grading(cell):
            there |= imports_in(unrun[own], inside=True)
            continue
        needed = there.keys() & used(cell["source"]) - made
        if needed and own not in authors:
            text = "\n".join(sorted(there[name] for name in needed))
            at = next(i for i, c in enumerate(cells) if c is cell)
            new = {"cell_type": "code", "id": None, "metadata": {}, "source": text}
            cells.insert(at, new)
            made |= needed
            lent |= needed
        made |= bound(cell["source"])
    names = listed(sorted(lent), 4)
    return [f"what a cell that is not run imports was imported: {names}"] * bool(lent)
