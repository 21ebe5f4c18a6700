"""Read what was handed in, whatever an editor did to it.

Notebooks are plain dictionaries of nbformat 4.5 here. The package nbformat is imported
for old formats alone: it takes longer to load than a submission to grade.
"""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path

from proctor.errors import SubmissionError
from proctor.notebook.attachments import keep_pictures, pictures_of
from proctor.notebook.conflicts import has_mark, sides_of, take_sides
from proctor.text import listed

MAX_BYTES = 64 << 20
# Lists and objects; each takes many times the memory of its two characters.
_MAX_PARTS = 1_000_000
# A file of that size can hold millions of empty ones, each a kilobyte in memory.
_MAX_CELLS = 20_000
# Of all cells, and of those with code: what is looked at line by line, or word by word,
# takes many times its bytes as well. No person writes as much.
_MAX_LINES, _MAX_CODE = 200_000, 2 << 20
# Where Python ends lines.
_ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
# What is not one of these, and has cells, was written by hand.
_OLD = (1, 2, 3)
_NO_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")


def read_notebook(file: str, data: bytes) -> tuple[dict, list[str]]:
    """Return a submitted notebook, in the form that all others have, and what was done.

    Parameters
    ----------
    file, data
        The file's name and bytes.

    Raises
    ------
    SubmissionError
        If it is no notebook.
    """
    notes: list[str] = []
    if not data.strip():
        raise SubmissionError(f"{file} is no notebook: the file is empty")
    text = _text_of(file, data, notes)
    content = _parse(file, text, notes)
    if not isinstance(content, dict):
        raise SubmissionError(f"{file} is no notebook: it holds no object")
    version = content.get("nbformat")
    if type(version) is int and version > 4:
        raise SubmissionError(
            f"{file} is no notebook of format 4, but of {version}: save it as format "
            "4, as JupyterLab does"
        )
    if "cells" not in content or version in _OLD:
        _require_few(file, _old_cells(content))
        content = _upgrade(file, content)
        notes.append("an old format of notebooks was converted")
    elif version not in (4, None):
        notes.append("it does not say of which format it is: read as format 4")
    cells = content.get("cells")
    if not isinstance(cells, list):
        raise SubmissionError(f"{file} is no notebook: it has no list of cells")
    _require_few(file, len(cells))
    if not all(isinstance(cell, dict) for cell in cells):
        raise SubmissionError(f"{file} is no notebook: a cell is no object")
    notes += _say_what_is_no_text(file, cells)
    plain = as_plain_cells(content)
    _require_short(file, plain)
    notes += take_sides(plain)
    notes += keep_pictures(plain, cells)
    return {"cells": plain}, notes


def bytes_of(path: Path) -> bytes:
    """Read a regular file of bounded size, following no link below the course.

    Raises
    ------
    SubmissionError
        If it is none.
    """
    folder = path.parent
    try:
        if folder.is_symlink() or folder.parent.is_symlink():
            raise SubmissionError(
                f"the folder of {path.name} is a link: hand in a copy"
            )
        if not folder.is_dir():
            raise SubmissionError(f"nothing handed in: no folder {folder}")
        if path.is_symlink():
            raise SubmissionError(f"{path.name} is a link: hand in the notebook itself")
        if not path.exists():
            there = listed(sorted(p.name for p in folder.iterdir()), 20)
            raise SubmissionError(
                f"{path.name} is missing; handed in: {there or 'nothing'}"
            )
        return _read(path)
    except OSError as error:
        raise SubmissionError(f"{path.name} cannot be read: {error.strerror}") from None


def _read(path: Path) -> bytes:
    # Not blocking, and no link: what was looked at may be another file by now.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(path, flags)
    try:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            raise SubmissionError(f"{path.name} is no file")
        if about.st_size > MAX_BYTES:
            raise SubmissionError(
                f"{path.name} has {about.st_size >> 20} MB, more than "
                f"{MAX_BYTES >> 20}: clear its outputs and hand it in again"
            )
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(MAX_BYTES)
    finally:
        os.close(descriptor)


def _text_of(file: str, data: bytes, notes: list[str]) -> str:
    encoding = "utf-8"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
        notes.append("the file was in UTF-16")
    elif data.startswith(b"\xef\xbb\xbf"):
        encoding = "utf-8-sig"
        notes.append("the file began with a byte order mark")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        pass
    # An editor of long ago, set to Western Europe, where nearly each byte is a letter;
    # a picture has others.
    if encoding == "utf-8" and not _NO_TEXT.search(data):
        notes.append("the file was in Latin-1, not in UTF-8: look at its letters")
        return data.decode("cp1252", "replace")
    raise SubmissionError(f"{file} is no notebook: not a text file")


def _parse(file: str, text: str, notes: list[str]) -> object:
    parts = text.count("[") + text.count("{")
    if parts > _MAX_PARTS or text.count(",") > 4 * _MAX_PARTS:
        raise SubmissionError(
            f"{file} has more than {_MAX_PARTS:,} parts: clear its outputs and "
            "hand it in again"
        )
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        problem = error
    if has_mark(text) and text.count("\n") < _MAX_PARTS:
        for side, whole in sides_of(text):
            try:
                content = json.loads(whole)
            except (ValueError, RecursionError):
                continue
            notes.append(f"git's marks of a conflict: the {side} version was taken")
            return content
        raise SubmissionError(
            f"{file} holds git's marks of a conflict (<<<<<<<) and neither side "
            "is a notebook: merge it and hand it in again"
        )
    deep = isinstance(problem, RecursionError)
    reason = "nested too deep" if deep else str(problem).splitlines()[0]
    raise SubmissionError(f"{file} is no notebook: not JSON ({reason})")


def _require_few(file: str, cells: int) -> None:
    if cells > _MAX_CELLS:
        raise SubmissionError(f"{file} has {cells} cells, more than {_MAX_CELLS}")


def _require_short(file: str, cells: list[dict]) -> None:
    lines = sum(cell["source"].count(end) for cell in cells for end in _ENDS)
    if lines > _MAX_LINES:
        raise SubmissionError(
            f"{file} has more than {_MAX_LINES:,} lines in its cells: put what was "
            "pasted there into a file and hand it in again"
        )
    code = sum(len(c["source"]) for c in cells if c["cell_type"] == "code")
    if code > _MAX_CODE:
        raise SubmissionError(
            f"{file} has more than {_MAX_CODE >> 20} MB of code in its cells: put what "
            "was pasted there into a file and hand it in again"
        )


def _old_cells(content: dict) -> int:
    """Return how many cells a notebook of an old format has; 0 if it is no notebook."""
    sheets = content.get("worksheets")
    pages = [content, *(sheets if isinstance(sheets, list) else [])]
    found = (page.get("cells") for page in pages if isinstance(page, dict))
    return sum(len(cells) for cells in found if isinstance(cells, list))


def _upgrade(file: str, content: dict) -> dict:
    import nbformat

    try:
        return nbformat.convert(nbformat.from_dict(content), 4)
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        version = content.get("nbformat"), content.get("nbformat_minor")
        if str(version) in reason:
            reason = "it does not say of which format it is"
        raise SubmissionError(f"{file} is no notebook: {reason}") from None


def as_plain_cells(notebook: dict) -> list[dict]:
    """Return the cells with what grading needs alone.

    That is kind, id, metadata and source, and the pictures of Markdown.
    """
    return [_cell(cell) for cell in notebook["cells"]]


def _say_what_is_no_text(file: str, cells: list[dict]) -> list[str]:
    """Return a note on cells whose source is no text, and is left out.

    Raises
    ------
    SubmissionError
        If there is no text but in those: what was written is not seen.
    """
    odd = [n for n, cell in enumerate(cells, 1) if not _has_text(cell)]
    if not odd:
        return []
    what = f"what cell {odd[0]} holds is no text"
    if len(odd) > 1:
        what += f", nor what {len(odd) - 1} more hold"
    if not any(_has_text(cell) and cell.get("source") for cell in cells):
        raise SubmissionError(f"{file} is no notebook: {what}: save it anew in Jupyter")
    return [f"{what}: it is left out"]


def _has_text(cell: dict) -> bool:
    """Tell whether a cell's source is text, lines of text, or nothing."""
    source = cell.get("source") or ""
    parts = source if isinstance(source, list) else [source]
    return all(isinstance(part, str) for part in parts)


def _cell(cell: dict) -> dict:
    source = cell.get("source", "")
    if isinstance(source, list):
        parts = [part for part in source if isinstance(part, str)]
        # Lines by the format have their ends; a tool that leaves them out has no cell
        # of two lines with one.
        ends = any("\n" in part for part in parts)
        source = ("" if ends else "\n").join(parts)
    if not isinstance(source, str):
        source = ""
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    metadata = cell.get("metadata")
    kind = cell.get("cell_type")
    plain = {
        "cell_type": kind if kind in ("code", "markdown") else "raw",
        "id": cell.get("id"),
        "metadata": dict(metadata) if isinstance(metadata, dict) else {},
        # Half a surrogate pair cannot be written to a file.
        "source": source.encode("utf-8", "replace").decode("utf-8"),
    }
    if pictures := pictures_of(cell):
        plain["attachments"] = pictures
    return plain
