"""``proctor compare``: an assignment's marks by nbgrader alone, and by proctor.

Four submissions are graded both ways, test by test: the solutions in ``source/``, what
was handed out, and every second answer left as it was handed out, in both ways. The
part of nbgrader runs as it always does, in a kernel of this environment: these are the
author's own notebooks.
"""

from __future__ import annotations

import copy
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from proctor.bank.bank import Bank
from proctor.bank.reference import Reference
from proctor.bank.trials import REFERENCE, RELEASE, Trial, Trials
from proctor.errors import GradingError
from proctor.grade.course_grader import make_grader
from proctor.grade.grader import Grader
from proctor.grade.results import NEEDS_ATTENTION, Submission
from proctor.grade.task import Task
from proctor.notebook import cells
from proctor.notebook.beside import files_beside
from proctor.notebook.built import Built
from proctor.sandbox.levels import best_level
from proctor.settings import Course
from proctor.text import plain, plain_line

HALF, REST = "the first, third, ... answers", "the second, fourth, ... answers"
_LONGEST = 160
_WARNED = (
    "it writes to standard error, which costs all points in nbgrader and none here"
)


@dataclass(frozen=True)
class Given:
    """What nbgrader gives a test cell.

    Attributes
    ----------
    score
        None: it gives no number, or the cell is for a person.
    note
        What it says of it, where there is something to say.
    """

    score: float | None
    note: str = ""


@dataclass
class Compared:
    """An assignment's tests, graded both ways.

    Attributes
    ----------
    theirs, ours
        By submission, then by test.
    together
        Names of the tests that run together with the student's code.
    """

    theirs: dict[str, dict[str, Given]] = field(default_factory=dict)
    ours: dict[str, Submission] = field(default_factory=dict)
    together: set[str] = field(default_factory=set)


def compare(course: Course, assignment: str) -> int:
    """Print where marks would differ, and how many are the same.

    Returns
    -------
    int
        0 if all are, else 1.

    Raises
    ------
    GradingError
        If the assignment cannot be read or run.
    """
    found = grade_both_ways(course, assignment)
    same = count = differing = 0
    for name, theirs in found.theirs.items():
        ours = {cell.grade_id: cell for cell in found.ours[name].cells}
        if not ours:
            print(f"{assignment}, {name}: {plain(found.ours[name].message)}")
        for test, given in theirs.items():
            count += 1
            cell = ours.get(test)
            if cell and given.score == cell.score:
                same += 1
                continue
            differing += 1
            message = cell.message if cell else found.ours[name].message
            why = given.note or message or "it passes"
            points = f"{cell.score:g}" if cell else "nothing"
            attends = found.ours[name].status == NEEDS_ATTENTION
            print(
                f"{plain(test)}, {name}: nbgrader {_shown(given.score)}, proctor "
                f"{points}{' (needs attention)' if attends else ''}: "
                f"{plain_line(why, _LONGEST)}"
            )
    tests = len(found.theirs[REFERENCE])
    print(
        f"{assignment}: {tests} tests, {len(found.together)} together with the "
        f"student's code; the same: {same} of {count} marks"
    )
    return int(differing > 0)


def _shown(score: float | None) -> str:
    return "no number" if score is None else f"{score:g}"


def grade_both_ways(course: Course, assignment: str) -> Compared:
    """Return what each test gives to each of the four submissions.

    Raises
    ------
    GradingError
        If the assignment cannot be read or run.
    """
    folder = course.layout.built(assignment)
    built = Built.read(course.layout, course.marks, assignment, course.config)
    files = files_beside(folder, authors=True).files
    trials = Trials(built, Bank())
    found = Compared()

    def read() -> Task:
        wanted = built.as_assignment()
        return Task(wanted, Reference("", Path()), files, lambda: built)

    with make_grader(course, assignment, read, level=best_level()) as grader:
        grader.quiet = True
        for trial in _trials(built):
            handed_in = trials.submission(trial)
            found.ours[trial.name] = _grade(grader, handed_in)
            found.theirs[trial.name] = _by_nbgrader(course, built, handed_in, files)
        for notebook in grader.assignment.notebooks:
            found.together |= set(notebook.together)
    return found


def _trials(built: Built) -> list[Trial]:
    solutions = built.solutions()
    released = {
        cells.grade_id(cell): cells.source_of(cell)
        for notebook in built.released.values()
        for cell in notebook["cells"]
        if cells.is_solution(cells.grading(cell))
    }
    names = [name for name in solutions if name in released]
    without = [{n: released[n] for n in names[start::2]} for start in (1, 0)]
    half, rest = (
        Trial(name, texts) for name, texts in zip((HALF, REST), without, strict=True)
    )
    return [Trial(REFERENCE), Trial(RELEASE), half, rest]


def _grade(grader: Grader, notebooks: Mapping[str, dict]) -> Submission:
    with tempfile.TemporaryDirectory() as folder:
        paths = {}
        for name, notebook in notebooks.items():
            paths[name] = Path(folder, f"{name}.ipynb")
            paths[name].write_text(json.dumps(notebook), encoding="utf-8")
        return grader.grade("compared", paths).submission


def _by_nbgrader(
    course: Course,
    built: Built,
    handed_in: Mapping[str, dict],
    files: Mapping[str, bytes],
) -> dict[str, Given]:
    """Run the notebooks as nbgrader's autograde does, and read its marks."""
    import nbformat
    from nbgrader.preprocessors import Execute

    # By sockets that no other user of the machine can reach.
    config = copy.deepcopy(course.config)
    config.KernelManager.transport = "ipc"
    # On a busy machine what a cell shows may be late: no reason to give up.
    config.Execute.setdefault("iopub_timeout", 60)
    found = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryDirectory() as sockets,
    ):
        config.KernelManager.ip = str(Path(sockets, "kernel"))
        for relative, data in files.items():
            path = Path(folder, relative)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        for name, notebook in sorted(handed_in.items()):
            whole = _with_all_tests(built.source[name], notebook)
            read = nbformat.reads(json.dumps(whole), as_version=4)
            step = Execute(config=config, kernel_name="python3")
            try:
                done, _ = step.preprocess(read, {"metadata": {"path": folder}})
            except Exception as error:
                text = str(error).partition("\n")[0]
                raise GradingError(
                    f"nbgrader cannot run {name}.ipynb: {type(error).__name__}: {text}"
                ) from None
            for cell in done.cells:
                data = cells.grading(cell)
                if cell.cell_type == "code" and cells.is_test(data):
                    found[cells.grade_id(cell)] = _given(cell)
    return found


def _given(cell: Mapping) -> Given:
    from nbgrader.utils import determine_grade

    try:
        score = determine_grade(cell)[0]
    except ValueError as error:
        return Given(None, f"nbgrader: {error}")
    errors = [o for o in cell.outputs if o.output_type == "error"]
    warned = any(o.get("name") == "stderr" for o in cell.outputs)
    return Given(score, _WARNED if warned and not errors else "")


def _with_all_tests(source: dict, handed_in: dict) -> dict:
    """Return a submission with the locked cells as the instructor has them."""
    locked = {
        cells.grade_id(cell): cells.source_of(cell)
        for cell in source["cells"]
        if cells.is_locked(cells.grading(cell))
    }
    whole = copy.deepcopy(handed_in)
    for cell in whole["cells"]:
        if (name := cells.grade_id(cell)) in locked:
            cell["source"] = locked[name]
        if cell["cell_type"] == "code":
            cell["outputs"] = []
    return whole
