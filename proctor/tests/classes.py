"""Classes that were never graded: results documents as a run writes them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from proctor.grade.cell_results import Cell, Check, status_of
from proctor.grade.results import Run, Submission
from proctor.report import pictures
from proctor.tests.tiny import NAME

CHECKS = {
    "test-double": {
        "positive numbers": 2.0,
        "negative numbers": 1.0,
        "no numbers": 1.0,
    },
    "test-total": {"the sum of all": 2.0, "noise": 1.0},
}
FULL = 7.0
TITLES = {"triple": "It is triple", "mean": "It is the mean"}


def check(name: str, worth: float, wrong: str = "", alike: str = "") -> Check:
    """Return a check; ``wrong``: a known mistake's id, or what was said."""
    if not wrong:
        return Check(name, worth, worth)
    if title := TITLES.get(wrong):
        return Check(name, 0.0, worth, "wrong values", wrong, title, f"Why {wrong}?")
    return Check(name, 0.0, worth, wrong, alike=alike)


def submission(
    student: str, wrong: dict[str, str | tuple[str, str]] | None = None, **more
) -> Submission:
    """Return a submission; ``wrong``: what failed, and how, as for :func:`check`."""
    cells, left = [], dict(wrong or {})
    for grade_id, worth in CHECKS.items():
        checks = []
        for name, points in worth.items():
            said = left.pop(name, "")
            said = (said,) if isinstance(said, str) else said
            checks.append(check(name, points, *said))
        score, most = (
            sum(getattr(c, of) for c in checks) for of in ("score", "max_score")
        )
        failing = next((f"{c.name}: {c.message}" for c in checks if c.message), "")
        status = status_of(score, most)
        cells.append(Cell(grade_id, score, most, status, failing, tuple(checks)))
    assert not left, f"no check {left}"
    made = Submission.of_cells(student, FULL, cells, [], seconds=0.6)
    return Submission(**(vars(made) | more))


def lost(student: str, why: str) -> Submission:
    """Return a submission that needs attention."""
    return Submission(student, "needs_attention", FULL, message=why)


def run(
    submissions: Iterable[Submission], day: int = 1, name: str = NAME, **more
) -> Run:
    """Return the run of a day in January."""
    given = {"sandbox": "namespace", "seed": 7} | more
    return Run(
        name, f"2026-01-{day:02}T12:00:00+00:00", submissions=[*submissions], **given
    )


def write(path: Path, made: Run) -> Path:
    """Write the document of a run."""
    path.write_text("".join(made.document()))
    return path


def answered(course: Path, student: str, double: str, total: str = "") -> None:
    """Write a graded notebook with these answers; what is not given is not written."""
    from proctor.tests import tiny

    answers = {"double": double} | ({"total": total} if total else {})
    cells = tiny.hidden(tiny.cells_of(tiny.STUBS | answers))
    tiny.write(course / "autograded" / student / NAME / tiny.FILE, cells)


def undrawn(monkeypatch) -> None:
    """Have reports written without pictures, most of the work of a small one."""
    for name in ("scores", "tasks", "mistakes"):
        monkeypatch.setattr(pictures, name, lambda *_: "")


def as_json(path: Path, **changed) -> Path:
    """Change a document."""
    path.write_text(json.dumps(json.loads(path.read_text()) | changed))
    return path
