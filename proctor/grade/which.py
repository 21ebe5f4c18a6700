"""Which of several notebooks in a submission's folder is the one to be graded.

A browser, an LMS or an editor gives a second file another name: ``spatial (1).ipynb``,
``spatial-1.ipynb``, ``spatial.ipynb.txt``, or a folder of its own. The one that holds
work counts, and this is said; where two do, a person has to look. What an editor keeps
by itself, and what lies deep in a folder, counts where nothing else holds any work.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from proctor.errors import SubmissionError
from proctor.text import plain_line

_ENDINGS = (".ipynb", ".ipynb.txt", ".ipynb.json")
# Of a folder with more, a person has to say which counts.
_MOST = 20
# So far down notebooks are looked for, and so many folders; ordinary ones less far.
_DEEPEST, _MOST_FOLDERS, _DEEP = 6, 100, 2
_LONGEST = 200  # of a name that is said
# Of another system, and of git: no notebooks.
_NO_WORK = ("__MACOSX", ".git")


@dataclass(frozen=True)
class Held:
    """What a notebook holds of an assignment's.

    Attributes
    ----------
    cells
        How many of its cells are there, by their names.
    written
        The texts of those that a student writes, where they are not as handed out.
    """

    cells: int
    written: Mapping[str, str]


def others_beside(paths: Mapping[str, Path]) -> list[Path]:
    """Return the other notebooks in a submission's folder, and below it.

    First those that somebody may have put there, then those kept aside.

    Parameters
    ----------
    paths
        Where the assignment's notebooks should be.
    """
    folder = next(iter(paths.values())).parent
    wanted = set(paths.values())
    found = [
        path
        for place in _folders(folder)
        for name in sorted(_names_in(place))
        if ".ipynb" in name.lower() and not name.startswith("._")
        if (path := place / name) not in wanted
        if path.is_file() and not path.is_symlink()
    ]
    ordinary = [path for path in found if not is_kept_aside(path, folder)]
    aside = [path for path in found if is_kept_aside(path, folder)]
    return ordinary[: _MOST + 1] + aside[:_MOST]


def is_kept_aside(path: Path, folder: Path) -> bool:
    """Tell whether a file is a program's own copy, or lies deep below the folder.

    Such as ``spatial.ipynb~``, or a checkpoint: older than what was handed in.
    """
    parts = path.relative_to(folder).parts
    hidden = any(part.startswith(".") for part in parts)
    return hidden or len(parts) > _DEEP + 1 or not path.name.lower().endswith(_ENDINGS)


def choose(
    name: str, path: Path, others: Iterable[Path], look: Callable[[Path], Held | None]
) -> tuple[Path, str]:
    """Return the file to grade, and what is to be said of it; empty if nothing is.

    Parameters
    ----------
    name
        Of the assignment's notebook.
    path
        Where it should be.
    look
        Returns what a file holds of it; None if it is no notebook.

    Raises
    ------
    SubmissionError
        If a person has to say which counts.
    """
    others = list(others)
    aside = [other for other in others if is_kept_aside(other, path.parent)]
    others = [other for other in others if other not in aside]
    if len(others) > _MOST:
        raise SubmissionError(f"more than {_MOST} other notebooks lie beside it")
    own = look(path) if path.is_file() and not path.is_symlink() else None
    held = {other: found for other in others if (found := look(other)) and found.cells}
    with_work = {other: found for other, found in held.items() if found.written}
    if own is not None and own.written:
        differing = [
            o for o, found in with_work.items() if found.written != own.written
        ]
        if differing:
            names = _named(differing, path.parent)
            raise SubmissionError(
                f"{path.name} and {names} hold different answers: a person has to say "
                "which counts, and take the other away"
            )
        return path, ""
    if not with_work:
        kept = {o: found for o in aside if (found := look(o)) and found.cells}
        with_work = {o: found for o, found in kept.items() if found.written}
        held |= with_work
    if not with_work and own is not None:
        return path, ""
    candidates = list(with_work or held)
    texts = [held[other].written for other in candidates]
    if not candidates:
        return path, ""
    if any(text != texts[0] for text in texts):
        names = _named(candidates, path.parent)
        raise SubmissionError(
            f"{names} hold different answers: a person has to say which counts, and "
            f"call it {name}.ipynb"
        )
    chosen = _named(candidates[:1], path.parent)
    return candidates[0], f"{chosen} was graded: {path.name} {_what_is(path, own)}"


def _named(files: Iterable[Path], folder: Path) -> str:
    """Return what files are called, with the folders that they lie in."""
    names = (file.relative_to(folder).as_posix() for file in files)
    return ", ".join(sorted(plain_line(name, _LONGEST) for name in names))


def _what_is(path: Path, own: Held | None) -> str:
    """Say why the file that should be graded is not."""
    if own is not None:
        return "is as it was handed out" if own.cells else "holds no work of it"
    if path.is_symlink():
        return "is a link"
    if path.is_dir():
        return "is a folder"
    return "is no notebook of it" if path.exists() else "is missing"


def _folders(folder: Path) -> list[Path]:
    """Return a folder and those below it, the nearest first; no link is followed."""
    found = [folder]
    level = [folder]
    for _ in range(_DEEPEST):
        level = [inner for place in level for inner in _folders_in(place)]
        level = level[: max(_MOST_FOLDERS - len(found), 0)]
        found += level
    return found


def _folders_in(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            found = [e.name for e in entries if e.is_dir(follow_symlinks=False)]
    except OSError:
        return []
    kept = [name for name in sorted(found) if name not in _NO_WORK]
    return [folder / name for name in kept[:_MOST]]


def _names_in(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 (names alone)
    except OSError:
        return []
