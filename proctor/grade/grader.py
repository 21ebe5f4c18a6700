"""Grade one submission: read, mend, run, and say what each cell earned."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from proctor.bank.reference import Known
from proctor.errors import SubmissionError
from proctor.grade.results import (
    BY_HAND,
    NEEDS_ATTENTION,
    SCHEMA,
    UNGRADED,
    Cell,
    Submission,
)
from proctor.grade.run import run_notebook
from proctor.grade.student_process import Verdict
from proctor.notebook.assignment import AssignedNotebook, Assignment
from proctor.notebook.beside import files_beside
from proctor.notebook.mend import mend
from proctor.notebook.read import read_submission
from proctor.notebook.write import finish
from proctor.sandbox.jail import Jail

UNANSWERED = "No response."


@dataclass
class Graded:
    """A submission, and what is to be kept of it.

    Attributes
    ----------
    notebooks
        By name, as they are to be written; empty if it could not be graded.
    files
        What lay beside them.
    unanswered
        Notebook and grade_id of the cells left as they were handed out.
    """

    submission: Submission
    notebooks: dict[str, dict] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    unanswered: set[tuple[str, str]] = field(default_factory=set)


def grade_submission(
    assignment: Assignment,
    student: str,
    paths: dict[str, Path],
    jail: Jail,
    seed: int,
    support: dict[str, bytes] | None = None,
    processor: int | None = None,
    known: Known | None = None,
    files: dict[str, bytes] | None = None,
) -> Graded:
    """Grade one submission; whatever is wrong with it, the result says so.

    Parameters
    ----------
    paths
        Where each notebook was handed in, by its name.
    support
        Files of the assignment that its notebooks read, by relative name.
    processor
        See :class:`proctor.grade.student_process.Session`.
    known
        What is known of the assignment, to name the mistakes behind failing checks.
    files
        What its cells find beside them; None: what lies beside the notebook.
    """
    start = time.perf_counter()
    graded = Graded(Submission(student, NEEDS_ATTENTION, assignment.max_score))
    cells: list[Cell] = []
    mended: list[str] = []
    trouble = ""
    try:
        read = {n.name: read_submission(paths[n.name]) for n in assignment.notebooks}
        if files is None:
            files = files_beside(next(iter(paths.values())).parent)
        graded.files = files | (support or {})
        for assigned in assignment.notebooks:
            notebook, notes = read[assigned.name]
            notes += mend(notebook["cells"], assigned.cells)
            finish(notebook, assigned.kernelspec)
            found, wrong, unanswered = score_notebook(
                notebook, assigned, jail, seed, graded.files, processor, known
            )
            graded.notebooks[assigned.name] = notebook
            graded.unanswered |= {(assigned.name, name) for name in unanswered}
            cells += found
            mended += notes
            trouble = trouble or wrong
    except SubmissionError as error:
        return _not_gradable(graded, start, str(error))
    except OSError as error:
        return _not_gradable(graded, start, f"it could not be run: {error}")
    seconds = time.perf_counter() - start
    graded.submission = Submission.of_cells(
        student, assignment.max_score, cells, mended, trouble, seconds
    )
    return graded


def score_notebook(
    notebook: dict,
    assigned: AssignedNotebook,
    jail: Jail,
    seed: int,
    files: dict[str, bytes],
    processor: int | None = None,
    known: Known | None = None,
) -> tuple[list[Cell], str, set[str]]:
    """Run a mended notebook, whose outputs are replaced.

    Returns
    -------
    tuple
        The graded cells in the notebook's order; why somebody must look, or an empty
        text; the grade_ids of the cells left as they were handed out.
    """
    verdicts = run_notebook(
        notebook, jail, seed, files, processor, skipped=assigned.skipped, known=known
    )
    unanswered = _unanswered(notebook, assigned)
    cells = _cells(notebook, verdicts, unanswered)
    return cells, _trouble(verdicts), unanswered


def _not_gradable(graded: Graded, start: float, why: str) -> Graded:
    line = next((part.strip() for part in why.splitlines() if part.strip()), "")
    # It may quote names of files that a student chose, and goes to a terminal.
    line = "".join(c if c.isprintable() else "?" for c in line)
    submission = graded.submission
    return Graded(
        Submission(
            submission.student,
            NEEDS_ATTENTION,
            submission.max_score,
            seconds=round(time.perf_counter() - start, 3),
            message=line[:300],
        )
    )


def _trouble(verdicts: dict[str, Verdict]) -> str:
    """Return why somebody must look; empty where nobody must."""
    for name, verdict in verdicts.items():
        if verdict.author_error:
            return f"{name}: {verdict.message}"
    return ""


def _cells(
    notebook: dict, verdicts: dict[str, Verdict], unanswered: set[str]
) -> list[Cell]:
    """Return the graded cells in the notebook's order."""
    found = []
    for cell in notebook["cells"]:
        data = cell["metadata"].get("nbgrader", {})
        if not (data.get("grade") or data.get("task")):
            continue
        name, points = data["grade_id"], float(data.get("points", 0))
        if name in verdicts:
            v = verdicts[name]
            found.append(Cell(name, v.score, points, v.status, v.message, v.checks))
        elif name in unanswered:
            found.append(Cell(name, 0.0, points, "failed", "no answer was written"))
        else:
            found.append(Cell(name, 0.0, points, UNGRADED, BY_HAND))
    return found


def _unanswered(notebook: dict, assigned: AssignedNotebook) -> set[str]:
    """Return the solution cells that are as they were handed out."""
    handed_out = {
        cell.name: cell.source.strip()
        for cell in assigned.cells
        if cell.metadata["solution"]
    }
    found = set()
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name in handed_out and cell["source"].strip() == handed_out[name]:
            found.add(name)
    return found


def record(graded: Graded, *, key: str, started: str, sandbox: str, seed: int) -> dict:
    """Return what a graded notebook's metadata keeps, for feedback and for resuming."""
    return {
        "schema": SCHEMA,
        "key": key,
        "started": started,
        "sandbox": sandbox,
        "seed": seed,
        "submission": graded.submission.as_dict(),
    }
