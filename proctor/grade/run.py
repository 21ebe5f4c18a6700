"""Run a whole notebook, cell by cell, and write into it what each cell showed."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from pathlib import Path

from proctor.bank.reference import Known
from proctor.grade import safe_outputs as outputs
from proctor.grade.namer_process import Diagnosis
from proctor.grade.student_process import Verdict
from proctor.grade.student_runs import Sessions
from proctor.notebook.cells import SKIP
from proctor.rubric.errors import UNWRITTEN
from proctor.sandbox.jail import Jail

_LONGEST_LINE = 200


def run_notebook(
    notebook: dict,
    jail: Jail,
    seed: int,
    files: dict[str, bytes] | None = None,
    processor: int | None = None,
    *,
    skipped: Collection[str] = (),
    known: Known | None = None,
) -> dict[str, Verdict]:
    """Run the cells of ``notebook`` in order; their outputs are replaced.

    A locked test cell is run by the examiner, every other code cell by the student's
    process. The cells' grading metadata must be the assignment's, not the submission's.

    Parameters
    ----------
    skipped
        Texts, stripped, of cells that are not run.
    known
        What is known of the assignment, to name the mistakes behind failing checks.

    Returns
    -------
    dict[str, Verdict]
        The verdict on each test cell, by grade_id.
    """
    raised: dict[str | None, str] = {}
    texts = {
        cell["metadata"].get("nbgrader", {}).get("grade_id"): cell["source"]
        for cell in notebook["cells"]
    }
    diagnosis = Diagnosis(jail, known or Known("", Path()), seed)
    with contextlib.closing(Sessions(jail, seed, files or {}, processor)) as run:
        for cell in notebook["cells"]:
            if cell["cell_type"] != "code":
                continue
            cell["execution_count"] = None
            grading = cell["metadata"].get("nbgrader", {})
            if is_test(grading):
                name, points = grading["grade_id"], float(grading["points"])
                observe = diagnosis.wanted(name)
                own = texts.get(name.removeprefix("test-"), "")
                verdict = run.examine(name, cell["source"], points, observe, own)
                if verdict.observed:
                    diagnosis.name_bugs(
                        name,
                        cell["source"],
                        verdict.checks,
                        verdict.observed,
                        verdict.stood_in,
                    )
                    verdict.observed = None
                why = raised.get(name.removeprefix("test-"))
                if why and verdict.message.startswith(UNWRITTEN):
                    verdict.message = f"the cell itself ended in an error: {why}"
                cell["outputs"] = show(verdict, points)
            elif cell["source"].strip() and not _is_skipped(cell, skipped):
                shown = cell["outputs"] = run.run_cell(cell["source"])
                raised[grading.get("grade_id")] = _raised(shown)
            else:
                cell["outputs"] = []
    return run.verdicts


def _raised(shown: list[dict]) -> str:
    """Return in a line what ended a cell; empty where nothing did."""
    last = shown[-1] if shown else {}
    unwritten = last.get("ename") == "NotImplementedError"
    if last.get("output_type") != "error" or unwritten:
        return ""
    line = " ".join(f"{last['ename']}: {last['evalue']}".split())
    return "".join(c if c.isprintable() else "?" for c in line)[:_LONGEST_LINE]


def _is_skipped(cell: dict, skipped: Collection[str]) -> bool:
    """Tell whether a cell is not run when it is graded; a task's always is."""
    if cell["metadata"].get("nbgrader"):
        return False
    tags = cell["metadata"].get("tags")
    tagged = isinstance(tags, list) and SKIP in tags
    return tagged or cell["source"].strip() in skipped


def is_test(grading: dict) -> bool:
    """Tell from a cell's grading metadata whether the examiner runs it."""
    return bool(grading.get("grade")) and not grading.get("solution")


def show(verdict: Verdict, points: float) -> list[dict]:
    """Return a verdict as outputs, which nbgrader reads as the same score."""
    shown = []
    if verdict.printed:
        shown.append(_stream(verdict.printed))
    if verdict.checks:
        if verdict.score < points and verdict.message:
            shown.append(_stream(f"{verdict.message}\n"))
        shown.append(
            {
                "output_type": "execute_result",
                "execution_count": None,
                "metadata": {},
                "data": {"text/plain": repr(float(verdict.score))},
            }
        )
    elif verdict.score < points:
        names = {"failed": "CheckFailed", "timeout": "TimeLimit"}
        name = names.get(verdict.status, "Error")
        shown.append(outputs.error(name, verdict.message))
    return shown


def _stream(text: str) -> dict:
    return {"output_type": "stream", "name": "stdout", "text": text}
