"""Test cells that run together with the student's code, as in nbgrader's one kernel.

Some tests cannot be examined apart: they need what an earlier test left, patch a name,
or ask what kind of object something is. They run in a process of the student's that is
thrown away, with every cell before them, in the notebook's order. Nothing that it shows
is kept. What it says of a test may be forged, so it says little: whether it passed, a
number of points, the line that raised.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterator, Sequence

from proctor.errors import UNWRITTEN
from proctor.grade.ran import Ran
from proctor.grade.student_process import StudentProcess
from proctor.grade.verdict import Verdict
from proctor.notebook.assignment import TestCell
from proctor.text import number_in, plain_line

_MOST_RESTARTS = 3
_GIVEN_UP = "the notebook ended its process, or hung, again and again"
_NOT_TRIED = "not tried: {} before its turn came; a person has to look"
_LONGEST = 200


def run_together(
    begin: Callable[[StudentProcess | None], StudentProcess],
    steps: Sequence[str | TestCell],
    chosen: set[TestCell],
) -> dict[TestCell, Verdict]:
    """Run a notebook in one process; return the verdicts on its chosen tests.

    Of the other tests runs what the student has seen, for what it leaves to later ones.

    Parameters
    ----------
    begin
        Returns a new process, which goes on from another where there was one.
    steps
        What the student's cells and the tests are, in their order.
    """
    last = max(number for number, step in enumerate(steps) if step in chosen)
    process, ends = begin(None), 0
    done: list[str] = []
    found: dict[TestCell, Verdict] = {}
    for step in steps[: last + 1]:
        if process.ended and ends <= _MOST_RESTARTS:
            process = _go_on(begin, process, done)
        if step not in chosen:
            text = step.visible if isinstance(step, TestCell) else step
            process.run_cell(text, quiet=True)
        else:
            text = step.whole
            gone = Ran(ended=_GIVEN_UP, begun=False)
            ran = gone if process.ended else process.run_test(text)
            found[step] = _verdict_of(ran, step)
        if process.ended:
            ends += _MOST_RESTARTS if process.hung else 1
        else:
            done.append(text)
    process.close()
    return found


def _go_on(
    begin: Callable[[StudentProcess | None], StudentProcess],
    ended: StudentProcess,
    done: list[str],
) -> StudentProcess:
    process = begin(ended)
    ended.close()
    for text in done:
        process.run_cell(text, quiet=True)
    return process


def _verdict_of(ran: Ran, test: TestCell) -> Verdict:
    """Return what nbgrader would say: nothing for an error, a number of points, all."""

    def verdict(score: float, status: str, message: str, lost: bool = False) -> Verdict:
        return Verdict(score, status, message, author_error=lost, together=True)

    if not ran.begun:
        return verdict(0.0, "error", _NOT_TRIED.format(ran.ended), lost=True)
    if ran.ended:
        return verdict(0.0, "timeout" if ran.hung else "error", ran.ended)
    if not ran.good:
        return verdict(0.0, *_why(ran, test))
    points = _number_in(ran)
    if points is None:
        return verdict(test.points, "passed", "")
    if not 0 <= points <= test.points:  # also where it is no number
        why = f"the test itself failed: its number is no score of {test.points:g}"
        return verdict(0.0, "error", why, lost=True)
    if points == test.points:
        return verdict(points, "passed", "")
    why = "" if points else "a check failed"
    return verdict(points, "partial" if points else "failed", why)


def _number_in(ran: Ran) -> float | None:
    """Return the number that a test ends in; None: it ends in none."""
    for output in ran.outputs:
        if output["output_type"] == "execute_result":
            return number_in(output["data"].get("text/plain", ""))
    return None


def _why(ran: Ran, test: TestCell) -> tuple[str, str]:
    """Return status and reason of an error, in words that the author wrote."""
    errors = [o for o in ran.outputs if o["output_type"] == "error"]
    kind = errors[-1]["ename"] if errors else ""
    said = errors[-1]["evalue"] if errors else ""
    if kind == "NotImplementedError":
        return "error", UNWRITTEN
    place = _shown_line(ran.line, test)
    if kind == "AssertionError":
        words = plain_line(said, _LONGEST) if said in set(_words(test.whole)) else ""
        return "failed", (words or "a check failed") + place
    known = getattr(builtins, kind, None)
    is_known = isinstance(known, type) and issubclass(known, Exception)
    return "error", f"raised {kind if is_known else 'an error'}{place}"


def _shown_line(number: int, test: TestCell) -> str:
    """Return a line of the test that the student has seen."""
    lines = test.visible.split("\n")
    line = lines[number - 1].strip() if 0 < number <= len(lines) else ""
    return f" (line {number}: {plain_line(line, _LONGEST)})" if line else ""


def _words(source: str) -> Iterator[str]:
    """Yield what a test's asserts say: no other text of it is shown.

    A student's code can raise what it likes, in sight of the whole test.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        match node:
            # The keywords are unittest's, and those of numpy.testing.
            case ast.Assert(msg=said) | ast.keyword("msg" | "err_msg", said):
                if isinstance(said, ast.Constant) and isinstance(said.value, str):
                    yield said.value
