"""Hidden tests as named checks, each with its own points.

A test cell ends with one region of hidden tests::

    ### BEGIN HIDDEN TESTS
    from proctor.rubric import Rubric

    rubric = Rubric(points=3)


    @rubric.check("stride: the window moves by two rows", points=2)
    def _():
        x = rubric.rng.normal(size=(1, 1, 7, 9))
        rubric.close(student_function(x), reference(x))


    ...
    rubric.score()
    ### END HIDDEN TESTS

Each check runs at once, and none hides another. What the student reads of a failure is
the check's name and a fixed text; inputs, and what student code printed, never appear.

The same cell runs under plain nbgrader, where the last line is the partial credit, and
under proctor's examiner, which keeps test and student apart (`proctor.rubric.where`).
There, a name that the test cell does not define is the student's; expected values come
only from what the test made.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import math
import time
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any

import numpy as np

from proctor.rubric.errors import (
    AuthorError,
    CheckFailed,
    StudentEnded,
    describe,
    kind_of,
)
from proctor.rubric.observation import Attempt, Observation
from proctor.rubric.questions import Comparing, TookLong
from proctor.rubric.where import Examination, InOneProcess

examination: Examination = InOneProcess()

_LONGEST_TEXT = 300
_ABSENT = object()
# For what keeps the machine busy to pass, before a call that took long is tried again.
_PAUSE = 0.05


def set_examination(new: Examination) -> None:
    """Have the rubrics made from now on run in ``new``."""
    global examination
    examination = new


class Score(float):
    """The points earned. Its text is the plain number, which nbgrader reads."""

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        # Before IPython's own printer of floats, which `%precision` changes.
        printer.text(repr(self))


class Rubric(Comparing):
    """Named checks of one test cell; :class:`Comparing` has what they ask.

    Parameters
    ----------
    points
        What the test cell is worth: the checks' points must add up to it.

    Attributes
    ----------
    functions
        The checks by name.
    failed
        What the checks that failed saw last, by name: with the stand-ins, where these
        gave a verdict.
    stood_in
        The checks whose failure was seen with the stand-ins in place.
    run_at_once
        Whether a check is run where it is defined. An examination that wants to choose
        sets this when the rubric registers.
    observer
        Called with each observation; it may end the attempt by raising.
    """

    def __init__(self, points: float):
        super().__init__(examination)
        self.points = _positive(points, "Rubric(points)")
        self.functions: dict[str, FunctionType] = {}
        self.failed: dict[str, Attempt] = {}
        self.run_at_once = True
        self.observer: Callable[[Observation], None] | None = None
        self._results: list[dict] = []
        self._stand_ins: dict[str, FunctionType] = {}
        # Those that are in place.
        self._standing: dict[str, FunctionType] = {}
        # Of the running check; None where there is none. Its generator, once asked for.
        self._entropy: list[int] | None = None
        self._rng: np.random.Generator | None = None
        # Whether the task's cell is run again, and what it gave then.
        self._answers_again, self._again = False, None
        self._turns: dict[str, int] = {}
        self._attempt = Attempt()
        self.stood_in: set[str] = set()
        # The libraries for which no check can pass; empty where it uses none.
        self._forbidden = ""
        # Whether the process ended while the student's own versions were in place.
        self.ended_alone = False
        self._examination.register(self)

    @property
    def rng(self) -> np.random.Generator:
        """Random numbers of the running check: the same for one seed and name."""
        if self._rng is None:
            if self._entropy is None:
                raise AuthorError("rubric.rng is for the inside of a check")
            self._rng = np.random.default_rng(self._entropy)
        return self._rng

    def stand_in(self, **functions: FunctionType) -> None:
        """Name right versions of functions that were graded in a cell before.

        A check below that fails with the student's own functions is run once more, with
        the same random numbers and these in their place; passing then counts. So a
        mistake in one cell is punished there and nowhere else. Under proctor it stays
        on the test's side, and answers from there: nothing of the student's sees it.

        Parameters
        ----------
        **functions
            The student's name and the function that stands in.
        """
        for name, function in functions.items():
            if not isinstance(function, FunctionType):
                raise AuthorError(f"the stand-in for {name} must be a function")
        self._stand_ins.update(functions)

    def answers_again(self) -> None:
        """Say that the checks below read values that the task's cell has computed.

        A student may have computed them through functions of an earlier cell, which are
        wrong, or missing. Where a check fails, the cell is run once more with right
        versions of these in place, one statement after the other, and what it gives
        then is judged. Under plain nbgrader nothing is run again.
        """
        self._answers_again = True

    @contextlib.contextmanager
    def answering_again(self, namespace: dict[str, Any]) -> Iterator[None]:
        """Put what the cell gives with the stand-ins into a test's names, and back."""
        if self._again is None:
            self._again = self._examination.cell_again() if self._answers_again else {}
        before = {name: namespace.get(name, _ABSENT) for name in self._again}
        namespace.update(self._again)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is _ABSENT:
                    namespace.pop(name)
                else:
                    namespace[name] = value

    @property
    def stand_ins(self) -> dict[str, FunctionType]:
        """The right versions, by the student's names."""
        return dict(self._stand_ins)

    def forbids(self, given: Callable[[], Any], *libraries: str) -> None:
        """Refuse what uses libraries that do the task's work: no check below passes.

        Parameters
        ----------
        given
            Returns the student's function or class; where there is none it raises a
            NameError, and the checks say so.
        *libraries
            Names of packages, such as ``scipy``.
        """
        try:
            found = set(self._examination.libraries_of(given(), libraries))
        except (NameError, StudentEnded):
            return
        self._forbidden = " and ".join(sorted(found & set(libraries)))

    def check(self, name: str, points: float) -> Callable[[Callable], Callable]:
        """Run the decorated function, which takes nothing, as one check.

        Parameters
        ----------
        name
            The behaviour in words, without the inputs: the student reads it.
        points
            What it is worth; there is no part of it.
        """
        points = _positive(points, f"the check {name!r}")
        if name in self.functions:
            raise AuthorError(f"two checks are called {name!r}")
        if self._entropy is not None:
            raise AuthorError(f"the check {name!r} stands inside another")

        def run(function: FunctionType) -> FunctionType:
            self.functions[name] = function
            if self.run_at_once:
                message = self._message(function, name)
                self._results.append(
                    {
                        "name": name,
                        "score": 0.0 if message else points,
                        "max_score": points,
                        "message": message,
                        "bug": None,
                    }
                )
            return function

        return run

    def _message(self, function: FunctionType, name: str) -> str:
        """Return why the check fails, with the stand-ins too; empty if it passes."""
        if self._stand_ins and self._examination.assisted:
            return self._with_stand_ins(function, name, "")
        failure = self.attempt(name)
        if failure is None:
            return ""
        message = describe(failure, function, name)
        self.failed[name] = self._attempt
        if not self._stand_ins:
            return message
        if isinstance(failure, StudentEnded):
            self.ended_alone = self.ended_alone or not self.stood_in
            return message
        return self._with_stand_ins(function, name, message)

    def _with_stand_ins(self, function: FunctionType, name: str, first: str) -> str:
        """Run a check with them; return the better reason, or nothing if it passes.

        Parameters
        ----------
        first
            Why it failed without them; empty where it was not run so.
        """
        try:
            with self.standing_in(), self.answering_again(function.__globals__):
                failure = self.attempt(name)
        except StudentEnded as error:
            return first or describe(error, function)
        if failure is None:
            self.failed.pop(name, None)
            return ""
        # An exception may come from calling a stand-in as the student's own is called;
        # a verdict is about the student's function, and the better reason.
        if first and not isinstance(failure, AssertionError):
            return first
        self.failed[name] = self._attempt
        self.stood_in.add(name)
        return describe(failure, function, name)

    def run_again(self, seed: int) -> dict[str, bool]:
        """Run all checks with other random numbers; tell which pass. Verdicts stand.

        Known mistakes are looked for on inputs that a run's submissions have in common.
        What the checks see that fail now is in ``failed``.
        """
        self._examination.seed = seed
        self._turns.clear()
        self.failed.clear()
        self.stood_in.clear()
        return {
            name: not self._message(function, name)
            for name, function in self.functions.items()
        }

    def attempt(self, name: str, turn: int | None = None) -> BaseException | None:
        """Run a check; return what ended it, or None if it passed.

        Parameters
        ----------
        turn
            Which random numbers it gets; without it, those of the last attempt, and
            others where that took too long.
        """
        if turn is not None:
            return self._attempt_once(name, turn)
        begun = turn = self._turns.get(name, 0)
        while True:
            failure = self._attempt_once(name, turn)
            if not isinstance(failure, TookLong):
                return failure
            # With the same numbers again, the answer could have been kept.
            turn = self._turns[name] = turn + 1
            if turn >= begun + failure.turns:
                return failure
            time.sleep(_PAUSE)

    def _attempt_once(self, name: str, turn: int) -> BaseException | None:
        function = self.functions[name]
        digest = hashlib.sha256(name.encode()).digest()
        entropy = [self._examination.seed, int.from_bytes(digest[:8], "big")]
        self._entropy = [*entropy, turn] if turn else entropy
        self._attempt = attempt = Attempt(turn=turn)
        nowhere = _Nowhere()
        try:
            # What student code prints could hold the inputs, and a warning on stderr
            # would cost the whole cell under plain nbgrader.
            with (
                contextlib.redirect_stdout(nowhere),
                contextlib.redirect_stderr(nowhere),
            ):
                if used := self._forbidden:
                    raise CheckFailed(f"uses {used}, which this task does not allow")
                function()
        except (AuthorError, KeyboardInterrupt):
            raise
        except BaseException as error:
            if isinstance(error, AssertionError):
                attempt.verdict = describe(error, function, name)
            else:
                attempt.raised = kind_of(error), _text_of(error)
            return error
        finally:
            self._entropy = self._rng = None
        return None

    @property
    def latest(self) -> Attempt:
        """What the latest attempt saw."""
        return self._attempt

    def _observe(self, observation: Observation) -> None:
        self._attempt.add(observation)
        if self.observer is not None:
            self.observer(observation)

    @contextlib.contextmanager
    def standing_in(self, **others: FunctionType) -> Iterator[None]:
        """Put the stand-ins in the student's functions' place, and these back after.

        Parameters
        ----------
        **others
            What stands there in the place of the named stand-ins: under proctor it runs
            on the test's side, which so sees what student code asks of it.
        """
        before = self._standing
        self._put(others or self._stand_ins)
        try:
            yield
        finally:
            self._put(before)

    def _put(self, functions: dict[str, FunctionType]) -> None:
        """Have these stand in, and no others."""
        for name in self._standing:
            self._examination.restore(name)
        self._standing = {}
        for name, function in functions.items():
            self._examination.bind(name, function)
            self._standing[name] = function

    def results(self) -> list[dict]:
        """Return name, score, max_score, message and bug of each check so far."""
        return [dict(result) for result in self._results]

    def score(self) -> Score:
        """Return the points earned, and print the checks that lost some."""
        total = math.fsum(result["max_score"] for result in self._results)
        if not math.isclose(total, self.points):
            raise AuthorError(
                f"the checks add up to {total:g} points, the rubric has {self.points:g}"
            )
        for result in self._results:
            if result["message"]:
                score, most = result["score"], result["max_score"]
                print(f"{score:g}/{most:g}  {result['name']}: {result['message']}")
        return Score(math.fsum(result["score"] for result in self._results))


class _Nowhere(io.TextIOBase):
    """Takes any text and keeps none."""

    def write(self, text: str) -> int:
        return len(text)


def _positive(points: float, what: str) -> float:
    good = isinstance(points, (int, float)) and not isinstance(points, bool)
    if not good or not 0 < points < math.inf:
        raise AuthorError(f"{what} is worth {points!r}: a number above 0 is wanted")
    return float(points)


def _text_of(error: BaseException) -> str:
    """Return an exception's text, which student code may have made."""
    try:
        return str(error)[:_LONGEST_TEXT]
    except Exception:
        return ""
