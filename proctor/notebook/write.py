"""Write what was graded: a notebook of nbformat 4.5, and files that are whole."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from proctor.notebook.cells import SKIP

_CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def finish(notebook: dict, kernelspec: dict) -> None:
    """Give the notebook the form of nbformat 4.5, with nothing left of the editor's."""
    gradings = [cell["metadata"].get("nbgrader") for cell in notebook["cells"]]
    # The assignment's cells have the first claim to their names.
    used = {grading["grade_id"] for grading in gradings if grading}
    for number, cell in enumerate(notebook["cells"]):
        grading = cell["metadata"].get("nbgrader")
        tags = cell["metadata"].get("tags")
        skipped = not grading and isinstance(tags, list) and SKIP in tags
        cell["metadata"] = {"tags": [SKIP]} if skipped else {}
        if grading:
            cell["metadata"] = {"nbgrader": grading}
            cell["id"] = grading["grade_id"]
        else:
            cell["id"] = _unused(cell.get("id"), number, used)
        used.add(cell["id"])
        if cell["cell_type"] == "code":
            cell.setdefault("outputs", [])
            cell.setdefault("execution_count", None)
        else:
            cell.pop("outputs", None)
            cell.pop("execution_count", None)
        if cell["cell_type"] != "markdown":
            cell.pop("attachments", None)
    notebook["metadata"] = {
        "kernelspec": kernelspec,
        "language_info": {"name": "python"},
    }
    notebook["nbformat"], notebook["nbformat_minor"] = 4, 5


def _unused(name: object, number: int, used: set[str]) -> str:
    if isinstance(name, str) and _CELL_ID.fullmatch(name) and name not in used:
        return name
    name = f"cell-{number}"
    while name in used:
        name += "-"
    return name


def to_text(notebook: dict) -> str:
    """Return the notebook as its file has it."""
    # Without indentation json uses its fast encoder.
    return json.dumps(notebook, ensure_ascii=False) + "\n"


def write_file(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole, or as it was."""
    with whole_file(path) as file:
        file.write(data)


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file to write it, so that it is there whole in the end, or as it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
