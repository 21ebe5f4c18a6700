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
import math
from collections.abc import Callable
from types import FunctionType
from typing import Any

from proctor.rubric.attempts import Attempts
from proctor.rubric.earlier import says_so
from proctor.rubric.errors import AuthorError, StudentEnded, describe
from proctor.rubric.observation import Attempt
from proctor.rubric.stand_ins import StandIns
from proctor.rubric.where import Examination, InOneProcess

examination: Examination = InOneProcess()


def set_examination(new: Examination) -> None:
    """Have the rubrics made from now on run in ``new``."""
    global examination
    examination = new


class Score(float):
    """The points earned. Its text is the plain number, which nbgrader reads."""

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        # Before IPython's own printer of floats, which `%precision` changes.
        printer.text(repr(self))


class Rubric(StandIns, Attempts):
    """Named checks of one test cell.

    :class:`Attempts` runs one, and says with ``Comparing`` and ``Costing`` what it may
    ask; :class:`StandIns` has what it rests on.

    Parameters
    ----------
    points
        What the test cell is worth: the checks' points must add up to it.

    Attributes
    ----------
    failed
        What the checks that failed saw last, by name: with the stand-ins, where these
        gave a verdict.
    stood_in
        The checks whose failure was seen with the stand-ins in place.
    run_at_once
        Whether a check is run where it is defined. An examination that wants to choose
        sets this when the rubric registers.
    """

    def __init__(self, points: float):
        super().__init__(examination)
        self.points = _positive(points, "Rubric(points)")
        self.failed: dict[str, Attempt] = {}
        self.run_at_once = True
        self._results: list[dict] = []
        self.stood_in: set[str] = set()
        # Whether the process ended while the student's own versions were in place.
        self.ended_alone = False
        # Until the first check has looked: what it forbids. Then whether a function
        # that has a stand-in uses some of it.
        self._forbids: list[tuple[Callable[[], Any], tuple[str, ...]]] = []
        self._borrows = False
        self._examination.register(self)

    def forbids(self, given: Callable[[], Any], *libraries: str) -> None:
        """Refuse what uses libraries that do the task's work: no check below passes.

        Parameters
        ----------
        given
            Returns the student's function or class; where there is none it raises a
            NameError, and the checks say so.
        *libraries
            Names of packages, such as ``scipy``. What uses them in a function that has
            a stand-in is that task's mistake: here only the stand-in is tried then.
        """
        self._forbids.append((given, libraries))

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
                over = name in self._examination.over
                message = "over" if over else self._message(function, name)
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
        self._look_for_libraries()
        if self._stand_ins and (self._examination.assisted or self._borrows):
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

    def _look_for_libraries(self) -> None:
        """Look once, when all stand-ins are known, for what the task forbids."""
        if not self._forbids:
            return
        used = own = self._libraries()
        if used and self._stand_ins:
            with contextlib.suppress(StudentEnded), self.standing_in():
                own = self._libraries()
        self._forbids.clear()
        self._borrows = used != own
        self._forbidden = " and ".join(sorted(own))

    def _libraries(self) -> set[str]:
        """Return which libraries the student's functions use that are forbidden."""
        found: set[str] = set()
        for given, libraries in self._forbids:
            with contextlib.suppress(NameError, StudentEnded):
                used = self._examination.libraries_of(given(), libraries)
                found |= set(used) & set(libraries)
        return found

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
            return first or describe(error, function, name)
        if failure is None:
            self.failed.pop(name, None)
            return ""
        # An exception may come from calling a stand-in as the student's own is called;
        # a verdict is about the student's function, and the better reason. Who keeps
        # something has kept it of these numbers by now.
        if (first and not isinstance(failure, AssertionError)) or says_so(first):
            return first
        self.failed[name] = self._attempt
        self.stood_in.add(name)
        return describe(failure, function, name)

    def run_again(self, seed: int) -> dict[str, bool]:
        """Run all checks with other random numbers; tell which pass. Verdicts stand.

        Known mistakes are looked for on inputs that a run's submissions have in common.
        What the checks see that fail now is in ``failed``. What passed is run too: on
        other inputs a mistake may pass by chance, and would not be taken for itself.
        """
        self._examination.seed = seed
        self._turns.clear()
        self.failed.clear()
        self.stood_in.clear()
        return {
            name: not self._message(function, name)
            for name, function in self.functions.items()
        }

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


def _positive(points: float, what: str) -> float:
    good = isinstance(points, (int, float)) and not isinstance(points, bool)
    if not good or not 0 < points < math.inf:
        raise AuthorError(f"{what} is worth {points!r}: a number above 0 is wanted")
    return float(points)
