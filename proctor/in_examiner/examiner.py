"""One test cell, run on a student's process: what it says of it."""

from __future__ import annotations

import contextlib
import io

from proctor import rubric as rubrics
from proctor.in_examiner import testcell
from proctor.in_examiner.asserts import Compared
from proctor.in_examiner.calls import Calls
from proctor.in_examiner.handles import Handle, name_it, questions
from proctor.in_examiner.remote import Remote
from proctor.in_examiner.seen import NOTHING, seen
from proctor.in_examiner.testcell import Test
from proctor.in_examiner.unwritten import Unwritten
from proctor.notebook.names import uses_rubric
from proctor.rubric.errors import (
    UNWRITTEN,
    AuthorError,
    StudentEnded,
    StudentError,
    kind_of,
    line_in,
    raised_in,
)
from proctor.rubric.words import about
from proctor.text import number_in, plain_line

_MESSAGE = 200
# Said where the visible part fails and everything passes with right versions.
EXCUSED = " (another task's mistake: no points lost)"


class Examiner:
    """One test cell.

    Parameters
    ----------
    task
        ``student``, the number of the process, or in its place ``unwritten``, functions
        as they were handed out; ``name``, the grade_id; ``visible`` and ``hidden``, the
        test's parts; ``written``, the student's text of the task, where it may be run
        again; ``points``; ``seed``; ``seconds``; ``ended``, why there is no
        student's process any more, or empty; ``assisted``, whether right versions of
        earlier functions stand in from the beginning; ``over``, the checks that are
        left out with what the student sees, or None; ``by_value``, whether the author's
        own answers are values.
    """

    def __init__(self, calls: Calls, task: dict) -> None:
        self._calls = calls
        self._points = float(task["points"])
        self._key = task["name"], task["visible"], task["hidden"]
        self._imports = task["imports"].splitlines()
        self._written = task["written"]
        calls.allow(task["seconds"])
        calls.refused, calls.uses_objects = "", False
        text = f"{task['visible']}\n{task['hidden']}"
        calls.plain, calls.stops = not uses_rubric(text), "StopIteration" in text
        calls.by_value = task["by_value"]
        self._examination = Remote(calls, task["seed"], task["assisted"])
        self._goes_on = task["over"] is not None
        self._examination.over = frozenset(task["over"] or ())
        self._namespace: dict = {}
        # As it is when the test begins.
        self._begun: dict = {}
        self._printed = io.StringIO()
        # The value of the last expression, which may be a number of points.
        self._last: object = None
        # A name that the test uses and nobody defined; empty: none.
        self._missing = ""
        self._compared = Compared()
        # What an assert of the visible part said, where it stands there as it is.
        self._fixed_words = ""

    def examine(self) -> dict:
        """Return score, status, message, checks and what the test printed."""
        rubrics.set_examination(self._examination)
        try:
            test = testcell.find(*self._key)
            self._make_namespace(test)
            # What the student has seen knows no functions that stand in. But where the
            # rubric is made there, it is all that gives points.
            again = self._examination.assisted or self._goes_on
            left_out = again and uses_rubric(self._key[2])
            failed = None if left_out else self._run_visible(test)
            if failed and self._calls.plain and not isinstance(self._calls, Unwritten):
                # Nothing behind it gives a point; it says more than the hidden part.
                return self._for_a_person(self._verdict(0.0, *failed))
            if test.has_hidden:
                self._last = self._run(test, "hidden")
            return self._for_a_person(self._judge(test, failed, self._last))
        except AuthorError as error:
            why = f"the test itself failed: {error}"
            return self._verdict(0.0, "error", why) | {"author_error": True}
        except StudentEnded as error:
            return self._verdict(0.0, "error", str(error))
        except Exception as error:
            if isinstance(error, NameError) and error.name is not None:
                self._missing = error.name
            # A hidden test without a rubric: its own words may be shown, nothing else.
            # NumPy's hold what was compared, and a student's may hold the inputs.
            if type(error) is AssertionError:
                own = raised_in(error) == testcell.file_of(self._key[0], "hidden")
                said = str(error) if own else ""
                failed = self._verdict(0.0, "failed", said or "a check failed")
            elif isinstance(error, NotImplementedError):
                return self._verdict(0.0, "error", UNWRITTEN)
            else:
                failed = self._verdict(0.0, "error", f"raised {kind_of(error)}")
            return self._for_a_person(failed)

    def _for_a_person(self, verdict: dict) -> dict:
        """Leave to a person what a plain test asked of an object and was not told.

        In one kernel the object itself would have answered. A rubric's checks are
        written for the examiner, and what they refuse is a wrong answer.
        """
        lost = verdict["score"] < self._points
        if not lost or self._examination.rubric or not self._calls.refused:
            return verdict
        why = (
            f"this test cannot be examined apart on this answer ({verdict['message']}; "
            f"it asked {self._calls.refused} of an object): a person has to look"
        )
        return verdict | {"message": why, "status": "error", "author_error": True}

    def observed(self, seed: int | None) -> tuple[object, list[bytes]]:
        """Return what the failing checks see; see :mod:`proctor.in_examiner.seen`.

        Nothing where the student's process ended, or nobody asks.

        Parameters
        ----------
        seed
            Of the inputs on which they are to be seen; None: nobody asks.
        """
        rubric = self._examination.rubric
        if seed is None or rubric is None or not rubric.failed or self._calls.ended:
            return NOTHING
        try:
            found = seen(rubric, seed, self._examination.seed)
        except Exception:
            # The verdict stands: by what is seen no point is given, and a student's
            # process that says what makes no sense ends nothing but this.
            return NOTHING
        return NOTHING if self._calls.ended else found

    def _judge(self, test: Test, failed: tuple[str, str] | None, last: object) -> dict:
        rubric = self._examination.rubric
        if rubric is None:
            if failed:
                return self._verdict(0.0, *failed)
            return self._of_number(_number(last))
        if type(last) is not rubrics.Score:
            raise AuthorError("it does not end with rubric.score()")
        if rubric.points != self._points:
            raise AuthorError(
                f"the rubric has {rubric.points:g} points, the cell {self._points:g}"
            )
        verdict = self._of_rubric(rubric, float(last), failed)
        if verdict["status"] == "passed" and (failed or self._examination.assisted):
            verdict["visible"] = self._visible_fault(test, rubric, failed)
            if failed and not verdict["visible"]:
                verdict["message"] += EXCUSED
        return verdict

    def _of_number(self, number: float | None) -> dict:
        """Return what a plain test gives: the number that it ends in, or all points."""
        if number is None or number == self._points:
            return self._verdict(self._points, "passed", "")
        if not 0 <= number <= self._points:  # also where it is none
            raise AuthorError(f"it gave a number that is no score of {self._points:g}")
        status, why = ("partial", "") if number else ("failed", "a check failed")
        return self._verdict(number, status, why)

    def _of_rubric(
        self, rubric: rubrics.Rubric, score: float, failed: tuple[str, str] | None
    ) -> dict:
        """Return what the named checks say; a visible failure is a better reason only.

        The visible part may fail for a mistake in another cell, which costs points
        there; what it asks for, the named checks ask again, as a rule.
        """
        lost = [check for check in rubric.results() if check["message"]]
        if not lost:
            return self._verdict(score, "passed", failed[1] if failed else "")
        status = "partial" if score > 0 else failed[0] if failed else "failed"
        if failed or lost[0]["message"] == UNWRITTEN:
            message = failed[1] if failed else UNWRITTEN
        else:
            message = f"{lost[0]['name']}: {lost[0]['message']}"
        return self._verdict(score, status, message)

    def _visible_fault(
        self, test: Test, rubric: rubrics.Rubric, failed: tuple[str, str] | None
    ) -> dict | None:
        """Return what the visible part costs where it alone fails; None: nothing.

        That is as much as the heaviest named check, and no more than half of the cell.
        It is run once more with right versions of earlier functions. By then the
        student's process has seen the hidden part: nothing is told then but the fixed
        words of an assert, and that it ends excuses nothing. Whether others could be at
        fault all the same, the grader knows, who has seen all tests.

        Parameters
        ----------
        failed
            How it failed with the student's own versions; None: it was not run so.
        """
        told, asked = failed or ("failed", "a check that you see fails"), bool(failed)
        self._fixed_words = ""
        if right := rubric.stand_ins:
            before = self._namespace, self._printed
            self._namespace, self._printed = self._begun | right, io.StringIO()
            try:
                with rubric.standing_in(), rubric.answering_again(self._namespace):
                    failed = self._run_visible(test)
            except AuthorError:
                failed = None
            except StudentEnded:
                failed = told
            finally:
                self._namespace, self._printed = before
        if failed and not asked:
            # What comes from here for what stands in may be what a check counts.
            try:
                failed = self._run_visible(test)
            except AuthorError:
                failed = None
        if failed is None:
            return None
        heaviest = max(check["max_score"] for check in rubric.results())
        status, message = told
        message = self._fixed_words or message
        return {
            "costs": min(heaviest, self._points / 2),
            "status": status,
            "message": message,
            "stood_in": sorted(right),
        }

    def _verdict(self, score: float, status: str, message: str) -> dict:
        rubric = self._examination.rubric
        return {
            "score": score,
            "status": status,
            "message": message,
            "checks": rubric.results() if rubric else [],
            "again": bool(rubric and rubric.ended_alone),
            "printed": self._printed.getvalue()[:20_000],
            "author_error": False,
            "uses_objects": self._calls.uses_objects,
            "missing": "" if rubric else self._missing,
            "visible": None,
        }

    def _make_namespace(self, test: Test) -> None:
        """Fetch the student's objects of the names that the cell does not define."""
        self._namespace = testcell.new_namespace() | self._compared.names()
        if self._calls.plain:
            self._namespace |= questions(self._calls)
        # A module of the student's decides nothing here, and is not sent.
        unknown = test.unknown(self._namespace)
        with contextlib.suppress(StudentEnded):
            found = self._calls("begin", unknown)
            if type(found) is dict:
                there = {n: name_it(found[n]) for n in unknown if n in found}
                self._namespace |= there
        # What the author's cells import is the examiner's own, where it has it.
        for statement in self._imports:
            with contextlib.suppress(Exception):
                exec(statement, self._namespace)
        self._begun = dict(self._namespace)
        self._examination.cell = (self._written, unknown) if self._written else None

    def _run_visible(self, test: Test) -> tuple[str, str] | None:
        """Run what the student has seen; return status and reason of a failure."""
        if isinstance(self._calls, Unwritten):  # it may ask for other tasks first
            return "error", UNWRITTEN
        if self._calls.ended:
            return "error", self._calls.ended
        try:
            self._last = self._run(test, "visible")
        except AuthorError:
            raise
        except StudentEnded as error:
            return "error", f"{error}{self._seen_line(error)}"
        except AssertionError as error:
            # What follows the first line shows arrays; a notebook has room for that.
            said = plain_line(str(error).partition("\n")[0], _MESSAGE)
            said = said or "a check failed"
            own = raised_in(error) == testcell.file_of(self._key[0], "visible")
            self._fixed_words = said if own and said in self._key[1] else ""
            sides = plain_line(self._compared.text(error), _MESSAGE)
            return "failed", f"{said} ({sides})" if sides else said
        except NotImplementedError:
            return "error", UNWRITTEN
        except StudentError as error:
            text = plain_line(str(error), _MESSAGE)
            if text.startswith("BdbQuit"):
                text = about(error)
            return "error", f"raised an error of its own: {text}"
        except Exception as error:
            text = plain_line(str(error), _MESSAGE)
            # What comes from the student's process bears no name: it was rebuilt.
            missing = isinstance(error, NameError) and error.name is not None
            self._missing = error.name if missing else ""
            return "error", f"{UNWRITTEN if missing else kind_of(error)}: {text}"
        return None

    def _seen_line(self, error: Exception) -> str:
        """Return in which line of the visible part something was raised."""
        number = line_in(error, testcell.file_of(self._key[0], "visible"))
        lines = self._key[1].split("\n")
        line = lines[number - 1] if 0 < number <= len(lines) else ""
        return f", in `{plain_line(line, _MESSAGE)}`" if line.strip() else ""

    def _run(self, test: Test, part: str) -> object:
        """Run the statements; return the value of the last, if it is an expression."""
        statements, last = test.parts[part]
        with contextlib.redirect_stdout(self._printed):
            exec(statements, self._namespace)
            return eval(last, self._namespace) if last else None


def _number(last: object) -> float | None:
    """Return the number that nbgrader reads from how a notebook shows a value.

    And where NumPy shows it, too: a student's sum may be of its kind, and be no less.
    """
    return None if last is None or isinstance(last, Handle) else number_in(repr(last))
