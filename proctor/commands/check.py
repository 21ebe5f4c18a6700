"""``proctor check``: one notebook, without a gradebook and without nbgrader."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from proctor.bank.reference import read_reference
from proctor.commands.results_file import require_place, write_results
from proctor.errors import GradingError
from proctor.grade.cell_results import UNGRADED
from proctor.grade.course_grader import make_grader
from proctor.grade.grader import Grader
from proctor.grade.places import ANYWHERE
from proctor.grade.pool import HandedIn, grade_handed_in
from proctor.grade.results import NEEDS_ATTENTION, Run, Submission
from proctor.grade.task import Task
from proctor.grade.which import others_beside
from proctor.layout import Layout
from proctor.lms.names import plain_stem
from proctor.notebook.assignment import Assignment
from proctor.notebook.beside import files_beside
from proctor.notebook.built import Built
from proctor.notebook.cells import Marks
from proctor.settings import Course
from proctor.text import plain, plain_line


def check(
    handed_in: Path,
    assignment: str | None,
    *,
    level: str | None,
    seed: int | None,
    results: Path | None,
    show: Callable[[Run, Submission, Marks], None] | None = None,
) -> int:
    """Grade a notebook and print what each cell earned; see :func:`proctor.cli.main`.

    Parameters
    ----------
    handed_in
        The notebook, or the folder of what was handed in, in which it is looked for as
        in a class.
    assignment
        Its name; None: the one that has a notebook of this name.
    show
        Prints it in another form.

    Raises
    ------
    GradingError
        If it cannot be graded here at all.
    """
    whole = handed_in.is_dir()
    if whole and not assignment:
        raise GradingError(
            f"{handed_in} is a folder: name a notebook in it, or say with --assignment "
            "what is looked for in it"
        )
    if not whole and not handed_in.is_file():
        raise GradingError(f"no file {handed_in}")
    require_place(results)
    # Links above the notebook are the user's own.
    place = handed_in.parent.resolve() / handed_in.name
    course = Course.find()
    name = assignment or _guess(course.layout, place)
    with checking(course, name, level=level, seed=seed) as grader:
        look = _in_folder if whole else _by_name
        submission = by_itself(look(grader, place, course.layout))
        run = grader.run([submission])
    if results:
        write_results(run, results)
    (show or _print)(run, submission, course.marks)
    return run.exit_status


def _in_folder(grader: Grader, folder: Path, layout: Layout) -> Submission:
    """Grade what was handed in, as in a class."""
    names = [notebook.name for notebook in grader.assignment.notebooks]
    paths = {name: folder / f"{name}.ipynb" for name in names}
    handed = HandedIn.at(plain(folder.name), paths)
    return grade_handed_in(grader, handed, ANYWHERE).submission


def _by_name(grader: Grader, notebook: Path, layout: Layout) -> Submission:
    """Grade the notebook that is named, whatever lies beside it."""
    wanted = grader.assignment
    paths = {n.name: notebook.parent / f"{n.name}.ipynb" for n in wanted.notebooks}
    paths[_of(wanted, notebook)] = notebook
    beside = {} if _is_courses(notebook.parent, layout) else None
    graded = grader.grade(plain(notebook.stem), paths, files=beside).submission
    return replace(graded, mended=(*not_looked_at(paths), *graded.mended))


@contextlib.contextmanager
def checking(
    course: Course, assignment: str, *, level: str | None, seed: int | None
) -> Iterator[Grader]:
    """Open a grader of an assignment as it is built, whatever a gradebook knows.

    Raises
    ------
    GradingError
        If nothing can be graded here.
    """
    layout = course.layout
    built = Built.read(layout, course.marks, assignment, course.config)

    def read() -> Task:
        truth = course.truth(assignment)
        reference = read_reference(layout.root, assignment, truth, lambda: built)
        support = files_beside(layout.built(assignment), authors=True).files
        return Task(built.as_assignment(), reference, support, lambda: built)

    with make_grader(course, assignment, read, level=level, seed=seed) as grader:
        yield grader


def by_itself(submission: Submission) -> Submission:
    """Leave out what likens a submission to others of its run: there are none.

    The results may be read by students, and with the seed that stands in them could be
    found by trying what that is a digest of.
    """
    cells = (
        replace(cell, checks=tuple(replace(check, alike="") for check in cell.checks))
        for cell in submission.cells
    )
    return replace(submission, cells=tuple(cells))


def not_looked_at(paths: Mapping[str, Path]) -> list[str]:
    """Say which files beside the graded ones are called as a browser calls a copy."""
    names = {name.casefold() for name in paths}
    folders = {path.parent for path in paths.values()}
    return [
        f"{plain_line(other.name, 60)} lies beside it and was not looked at"
        for other in others_beside(paths)
        if other.parent in folders and plain_stem(other.name).casefold() in names
    ]


def _is_courses(folder: Path, layout: Layout) -> bool:
    """Tell whether what lies in a folder is the course's, and no student's."""
    root = layout.root.resolve()
    submitted = layout.path("submitted", ".", ".").resolve()
    handed_in = folder.is_relative_to(submitted) and folder != submitted
    return root.is_relative_to(folder) or (
        folder.is_relative_to(root) and not handed_in
    )


def _guess(layout: Layout, notebook: Path) -> str:
    """Return the assignment that has a notebook of this name."""
    known = {
        f"{name}/{path.name}": name
        for name in layout.assignments()
        for path in sorted(layout.built(name).glob("*.ipynb"))
    }
    found = [name for file, name in known.items() if Path(file).name == notebook.name]
    if not found:
        raise GradingError(
            f"no assignment has a notebook {notebook.name} (there is "
            f"{', '.join(sorted(known)) or 'none'}): say with --assignment whose it is"
        )
    if len(found) > 1:
        raise GradingError(
            f"{len(found)} assignments have a notebook {notebook.name}: name one with "
            f"--assignment ({', '.join(sorted(found))})"
        )
    return found[0]


def _of(wanted: Assignment, notebook: Path) -> str:
    """Return which of the assignment's notebooks this is."""
    names = [n.name for n in wanted.notebooks]
    if notebook.stem in names:
        return notebook.stem
    if len(names) == 1:
        return names[0]
    raise GradingError(
        f"{wanted.name} has the notebooks {', '.join(names)}: call the file one of them"
    )


def _print(run: Run, submission: Submission, marks: Marks) -> None:
    print(f"{run.assignment}: {submission.score:g} of {submission.max_score:g} points")
    if submission.status == NEEDS_ATTENTION:
        print(plain(f"needs attention: {submission.message}"))
    for cell in submission.cells:
        earned = "?" if cell.status == UNGRADED else f"{cell.score:g}"
        line = f"  {earned}/{cell.max_score:g}  {marks.task_of(cell.grade_id)}"
        line += " (ran together with the notebook's code)" if cell.together else ""
        print(plain(f"{line}: {cell.message}" if cell.message else line))
        for lost in cell.checks:
            if lost.message:
                points = f"{lost.score:g}/{lost.max_score:g}"
                known = f" ({lost.title})" if lost.bug else ""
                why = f"{lost.name}: {lost.message}{known}"
                print(plain(f"      {points}  {why}"))
        for title, question in cell.bugs.items():
            print(f"      {title}: {question}")
    for note in submission.mended:
        print(plain(f"mended: {note}"))
    print(f"sandbox: {run.sandbox}; seed {run.seed}")
