"""What is compared: a class's answers, the reference, and what lies elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from proctor.errors import GradingError
from proctor.feedback.untrusted import mapping, sequence, text
from proctor.notebook import cells
from proctor.notebook.built import Built
from proctor.report.groups import Text
from proctor.report.helpers import as_python, with_helpers
from proctor.report.pseudonyms import Names
from proctor.report.tokens import definitions, not_python, tokens, whole
from proctor.report.unwritten import as_handed_out
from proctor.settings import Course

_LONGEST = 20_000
_LARGEST = 20_000_000
_NOT_THERE = {".ipynb_checkpoints", "__pycache__", ".git", ".venv"}


# By task: the names of the functions and classes that it asks for.
_Tasks = Mapping[str, set[str]]


@dataclass
class Sources:
    """The texts of a comparison.

    Attributes
    ----------
    texts
        As they are compared.
    answers
        As they are written: by name, then by task.
    unread
        Files that could not be read, each with what is the matter.
    """

    texts: list[Text] = field(default_factory=list)
    answers: dict[str, dict[str, str]] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)

    def add(
        self, name: str, answers: Mapping[str, str], tasks: _Tasks, student: bool
    ) -> None:
        """Add what somebody wrote, if there is any of it.

        Parameters
        ----------
        tasks
            What each task asks for.
        """
        asked = {
            task: tokens(_asked(answer, tasks.get(task, set())))
            for task, answer in answers.items()
        }
        found = asked
        if student:
            found = {task: tokens(answer) for task, answer in answers.items()}
        if any(found.values()):
            self.texts.append(Text(name, found, student, asked, dict(answers)))
            self.answers[name] = dict(answers)


def by_name(texts: Iterable[Text], names: Names) -> list[Text]:
    """Return texts, those of students first, sorted by what they are called."""
    return sorted(
        texts,
        key=lambda one: (not one.student, names(one.name) if one.student else one.name),
    )


def class_texts(
    course: Course,
    assignment: str,
    against: Iterable[Path] = (),
    names: Names | None = None,
) -> Sources:
    """Return the answers of a class that was graded, and what they are compared with.

    What was left as it was handed out is no answer. Beside the class these are the
    reference, and what the other assignments hand out.

    Parameters
    ----------
    against
        Folders of files to compare with.
    names
        What these files are called, which may have students' names in their paths.

    Raises
    ------
    GradingError
        If there is no such assignment, or a folder to compare with.
    """
    built = Built.read(course.layout, course.marks, assignment, course.config)
    right = {name: answer for name, answer in built.solutions().items() if answer}
    code = _code_cells(built)
    right = {name: answer for name, answer in right.items() if name in code}
    given = built.handed_out()
    tasks = {task: set(definitions(answer)) for task, answer in right.items()}
    sources = Sources()
    theirs, asked = _given_to_all(built), set().union(*tasks.values())
    for student, folder in _graded(course, assignment):
        written: dict[str, str] = {}
        beside: list[tuple[str, str]] = []
        for path in sorted(folder.glob("*.ipynb")):
            found = _answers_in(path, sources)
            written |= {task: found[task] for task in right.keys() & found.keys()}
            beside += _own_cells(path, sources, {*right}, theirs)
        own = {
            task: with_helpers(answer, [*beside, *written.items()], asked)
            for task, answer in written.items()
            if not as_handed_out(answer, given.get(task, ""), said=True)
        }
        sources.add(student, own, tasks, student=True)
    sources.add("the reference", right, tasks, student=False)
    handed_out = course.layout.released(assignment).parent
    for path in _files_below(handed_out):
        if path.parent != handed_out / assignment:
            name = path.relative_to(handed_out.parent).as_posix()
            found = _by_definition(path, tasks, sources)
            sources.add(name, found, tasks, student=False)
    for folder in against:
        _add_folder(folder, right, tasks, sources, names or Names())
    return sources


def _asked(answer: str, names: set[str]) -> str:
    """Return what a task asks for of an answer; all of it where that is no function."""
    defined = definitions(whole(answer))
    there = [defined[name] for name in sorted(names) if name in defined]
    return "\n\n".join(there) or answer


def _given_to_all(built: Built) -> set[str]:
    """Return the texts of the cells that are handed out."""
    every = (cell for one in built.released.values() for cell in one["cells"])
    return {cells.source_of(cell).strip() for cell in every}


def _own_cells(
    path: Path, sources: Sources, tasks: set[str], theirs: set[str]
) -> list[tuple[str, str]]:
    """Return name and text of code cells that a student added, in which helpers may be.

    Parameters
    ----------
    theirs
        The texts of cells that are not the student's own.
    """
    return [
        (cells.grade_id(cell), source)
        for cell, source in _cells_in(path, sources)
        if cell.get("cell_type") == "code"
        and cells.grade_id(cell) not in tasks
        and not cells.is_test(cells.grading(cell))
        and source.strip() not in {"", *theirs}
    ]


def _code_cells(built: Built) -> set[str]:
    return {
        cells.grade_id(cell)
        for notebook in built.source.values()
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
    }


def _graded(course: Course, assignment: str) -> Iterator[tuple[str, Path]]:
    """Yield each student whose notebooks were graded, and their folder."""
    parts = course.layout.path("autograded", "*", assignment).parts
    depth = parts.index("*")
    everybody, below = Path(*parts[:depth]), Path(*parts[depth + 1 :])
    if everybody.is_dir():
        for folder in sorted(everybody.iterdir()):
            if (folder / below).is_dir():
                yield folder.name, folder / below


def _add_folder(
    folder: Path,
    right: Mapping[str, str],
    tasks: _Tasks,
    sources: Sources,
    names: Names,
) -> None:
    if not folder.is_dir():
        raise GradingError(
            f"no folder {folder} to compare with: name one that has notebooks or "
            "Python files"
        )
    files = _files_below(folder)
    if not files:
        raise GradingError(
            f"{folder} has neither notebooks nor Python files: name a folder that has"
        )
    for path in files:
        name = f"{folder.name}/{names(path.relative_to(folder).as_posix())}"
        found = _answers_in(path, sources) if path.suffix == ".ipynb" else {}
        own = {task: found[task] for task in right.keys() & found.keys()}
        own = own or _by_definition(path, tasks, sources)
        sources.add(name, own, tasks, student=False)


def _files_below(folder: Path) -> list[Path]:
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.suffix in (".ipynb", ".py")
        and path.is_file()
        and not path.is_symlink()
        and not _NOT_THERE & set(path.parts)
    ]


def _by_definition(path: Path, tasks: _Tasks, sources: Sources) -> dict[str, str]:
    """Return a file's functions and classes by the task that asks for them."""
    defined = dict(definitions(_whole_text(path, sources)))
    found = {}
    for task, names in tasks.items():
        if there := [defined[name] for name in sorted(names) if name in defined]:
            found[task] = "\n\n".join(there)
    return found


def _whole_text(path: Path, sources: Sources) -> str:
    if path.suffix == ".ipynb":
        code = [
            as_python(source)
            for cell, source in _cells_in(path, sources)
            if cell.get("cell_type") == "code" and definitions(as_python(source))
        ]
        return "\n\n".join(code)
    try:
        if path.stat().st_size > _LARGEST:
            raise ValueError
        found = as_python(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        sources.unread[f"{path}"] = "could not be read"
        return ""
    if why := not_python(found):
        sources.unread[f"{path}"] = f"could not be read as Python ({why})"
    return found


def _answers_in(path: Path, sources: Sources) -> dict[str, str]:
    """Return the text of each cell that has a grade_id."""
    found: dict[str, str] = {}
    for cell, source in _cells_in(path, sources):
        if name := cells.grade_id(cell):
            found.setdefault(name, source)
    return found


def _cells_in(path: Path, sources: Sources) -> list[tuple[dict, str]]:
    try:
        if path.stat().st_size > _LARGEST:
            raise ValueError
        notebook = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        sources.unread[f"{path}"] = "could not be read"
        return []
    found = map(mapping, sequence(mapping(notebook).get("cells")))
    return [(cell, text(cell.get("source"), _LONGEST)) for cell in found]
