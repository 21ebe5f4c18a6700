"""Which of a student's files becomes which file of the submission."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from proctor.errors import SubmissionError
from proctor.lms.names import Named, plain_stem
from proctor.text import listed, plain_line

_ENDINGS = (".ipynb", ".ipynb.txt", ".ipynb.json")
_MOST_FILES = 100
# It says when something was handed in: no student's file does.
_OURS = ("timestamp.txt",)


@dataclass
class Placed:
    """A student's files.

    Attributes
    ----------
    files
        By their path below the submission's folder.
    notes
        What somebody may have to know.
    complete
        Whether each notebook of the assignment is there.
    """

    files: dict[str, Named] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    complete: bool = True


def place(handed_in: list[Named], notebooks: list[str]) -> Placed:
    """Give a student's files the names that are graded.

    The one file that is a notebook of the assignment gets its name, whatever a browser
    or the system added to it. Where several are, all stay as they are called: grading
    compares them.

    Raises
    ------
    SubmissionError
        If two files would be one, or there are too many.
    """
    if len(handed_in) > _MOST_FILES:
        raise SubmissionError(f"{len(handed_in)} files, more than {_MOST_FILES}")
    placed, claims, others = Placed(), defaultdict(list), []
    names = {name.casefold(): name for name in notebooks}
    for one in handed_in:
        path = PurePosixPath(one.given)
        if one.entry.why_not:
            raise SubmissionError(f"{plain_line(path.name, 60)}: {one.entry.why_not}")
        if not path.name or any(part.startswith(".") for part in path.parts):
            placed.notes.append(f"a hidden file left out: {plain_line(one.given, 60)}")
        elif ours := [part for part in path.parts if part.casefold() in _OURS]:
            # A folder of that name, too: ours could not be written, or lie there.
            placed.notes.append(f"{ours[0]} left out: a student's says no time")
        elif not path.name.lower().endswith(_ENDINGS):
            _put(placed, str(path), one)
        elif name := names.get(plain_stem(path.name).casefold()):
            claims[name].append(one)
        else:
            others.append(one)
    if len(notebooks) == len(others) == 1 and not claims:
        claims[notebooks[0]], others = others, []
    for name, found in claims.items():
        _put_notebook(placed, name, found)
    for one in others:
        _put(placed, one.given, one)
    for name in notebooks:
        if f"{name}.ipynb" not in placed.files and len(claims[name]) < 2:
            there = listed(sorted(plain_line(o.given, 40) for o in handed_in), 5)
            placed.notes.append(f"no {name}.ipynb (there is: {there})")
            placed.complete = False
    return placed


def _put_notebook(placed: Placed, name: str, found: list[Named]) -> None:
    file = f"{name}.ipynb"
    if len(found) == 1:
        given = PurePosixPath(found[0].given).name
        _put(placed, file, found[0])
        if given != file:
            again = plain_stem(given).casefold() == name.casefold()
            word = "handed in again" if again else "called"
            placed.notes.append(f"{word}: {plain_line(given, 60)}")
        return
    for one in found:
        _put(placed, one.given, one)
    given = ", ".join(sorted(plain_line(one.given, 40) for one in found))
    placed.notes.append(f"{len(found)} notebooks, which grading compares: {given}")


def _put(placed: Placed, path: str, one: Named) -> None:
    wanted = path.casefold()
    for known in map(str.casefold, placed.files):
        # A file cannot be a folder, too.
        if known == wanted or f"{known}/".startswith(f"{wanted}/"):
            raise SubmissionError(f"two files are called {plain_line(path, 60)}")
        if wanted.startswith(f"{known}/"):
            raise SubmissionError(f"two files are called {plain_line(known, 60)}")
    placed.files[path] = one
