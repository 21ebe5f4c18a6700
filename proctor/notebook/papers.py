"""Answers for a person that lie beside the notebook: texts, documents, pictures."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import PurePosixPath

from proctor.notebook.assignment import AssignedNotebook
from proctor.notebook.cells import grade_id
from proctor.notebook.names import lines
from proctor.text import listed, plain_line

_TEXTS = {".txt", ".md", ".rst"}
_DOCUMENTS = {".doc", ".docx", ".html", ".odt", ".pages", ".pdf", ".rtf", ".tex"}
_PICTURES = {".gif", ".heic", ".jpeg", ".jpg", ".png"}
_PAPERS = _TEXTS | _DOCUMENTS | _PICTURES
# What may hold a whole notebook's work, besides.
_WORK = _TEXTS | _DOCUMENTS | {".py", ".json", ".ipynb", ".htm", ".zip", ".7z", ".rar"}
_WORK |= {".gz", ".tar", ".tgz"}
# The course's own, of when it was handed in.
_NO_ANSWER = "timestamp.txt"
_LONGEST, _MOST_NAMED = 20_000, 3


def work_beside(files: Mapping[str, bytes], authors: Collection[str]) -> list[str]:
    """Return the names of files that may hold what stands in no notebook."""
    return sorted(
        name
        for name in files
        if _may_be_work(PurePosixPath(name))
        and name not in authors
        and name != _NO_ANSWER
    )


def _may_be_work(path: PurePosixPath) -> bool:
    """Tell it by any of a name's endings: ``spatial.ipynb.icloud`` was to be one."""
    of_another_system = path.name.startswith("._") or "__MACOSX" in path.parts
    endings = {ending.rstrip("~").lower() for ending in path.suffixes}
    return bool(endings & _WORK) and not of_another_system


def answers_beside(
    notebook: dict,
    assigned: AssignedNotebook,
    files: Mapping[str, bytes],
    authors: Collection[str],
    earlier: Sequence[str] = (),
) -> list[str]:
    """Say in empty answers what lies beside the notebook: a person looks.

    Parameters
    ----------
    files
        What was handed in with it, by relative name.
    authors
        The names of files that are the author's.
    earlier
        What was done with the notebook: an answer for which something was found in it
        is told of these files as well.

    Returns
    -------
    list[str]
        What was done, a line each.
    """
    papers = sorted(
        name
        for name in files
        if PurePosixPath(name).suffix.lower() in _PAPERS
        and name not in authors
        and name != _NO_ANSWER
    )
    stubs = {
        cell.name: lines(cell.source)
        for cell in assigned.cells
        if cell.is_answer and cell.cell_type == "markdown"
    }
    notes = []
    for cell in notebook["cells"] if papers else ():
        name = grade_id(cell)
        unfilled = f"cell {name!r} was not filled in: "
        found = any(note.startswith(unfilled) for note in earlier)
        if name not in stubs or not (found or lines(cell["source"]) == stubs[name]):
            continue
        where = listed([plain_line(one, 100) for one in papers], _MOST_NAMED)
        said = f"a person looks at what was handed in beside the notebook: {where}"
        notes.append(unfilled + said)
        before = f"{cell['source']}\n\n" if found else ""
        cell["source"] = f"{before}({said})\n\n{_texts(papers, files)}".strip()
    return notes


def _texts(papers: list[str], files: Mapping[str, bytes]) -> str:
    """Return what stands in those that are plain texts."""
    texts = [name for name in papers if PurePosixPath(name).suffix.lower() in _TEXTS]
    whole = (files[name].decode("utf-8", "replace").strip() for name in texts)
    return "\n\n".join(whole).replace("\r\n", "\n")[:_LONGEST]
