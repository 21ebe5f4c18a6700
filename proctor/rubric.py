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
under proctor's examiner, which keeps test and student apart (`proctor.examination`).
There, a name that the test cell does not define is the student's; expected values come
only from what the test made.
"""

from __future__ import annotations

import builtins
import contextlib
import hashlib
import io
import math
import re
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any

import numpy as np

from proctor.examination import (
    AuthorError,
    CheckFailed,
    Examination,
    InOneProcess,
    StudentArray,
    StudentEnded,
    StudentError,
    describe,
    kind_of,
    plain_numbers,
)

__all__ = [
    "AuthorError",
    "CheckFailed",
    "Examination",
    "InOneProcess",
    "Rubric",
    "Score",
    "StudentArray",
    "StudentEnded",
    "StudentError",
    "examination",
    "set_examination",
]

examination: Examination = InOneProcess()

_WHOLE = {int, *(t for t in np.sctypeDict.values() if issubclass(t, np.integer))}
_REAL = {float, *(t for t in np.sctypeDict.values() if issubclass(t, np.floating))}


def set_examination(new: Examination) -> None:
    """Have the rubrics made from now on run in ``new``."""
    global examination
    examination = new


class Score(float):
    """The points earned. Its text is the plain number, which nbgrader reads."""

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        # Before IPython's own printer of floats, which `%precision` changes.
        printer.text(repr(self))


class Rubric:
    """Named checks of one test cell.

    Parameters
    ----------
    points
        What the test cell is worth: the checks' points must add up to it.
    """

    def __init__(self, points: float):
        self.points = _positive(points, "Rubric(points)")
        self._examination = examination
        self._results: list[dict] = []
        self._stand_ins: dict[str, FunctionType] = {}
        self._rng: np.random.Generator | None = None
        self._examination.register(self)

    @property
    def rng(self) -> np.random.Generator:
        """Random numbers of the running check: the same for one seed and name."""
        if self._rng is None:
            raise AuthorError("rubric.rng is for the inside of a check")
        return self._rng

    def stand_in(self, **functions: FunctionType) -> None:
        """Name right versions of functions that were graded in a cell before.

        A check below that fails with the student's own functions is run once more, with
        the same random numbers and these in their place; passing then counts. So a
        mistake in one cell is punished there and nowhere else.

        Parameters
        ----------
        **functions
            The student's name and the function that stands in. It is sent to the
            student's side as its source: no closure, and of other names only ``np``.
        """
        for name, function in functions.items():
            plain = isinstance(function, FunctionType) and not function.__closure__
            if not plain or function.__name__ == "<lambda>":
                raise AuthorError(f"the stand-in for {name} must be a plain function")
        self._stand_ins.update(functions)

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
        if any(name == result["name"] for result in self._results):
            raise AuthorError(f"two checks are called {name!r}")
        if self._rng is not None:
            raise AuthorError(f"the check {name!r} stands inside another")

        def run(function: FunctionType) -> FunctionType:
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
        failure = self._attempt(function, name)
        if failure is None:
            return ""
        first = describe(failure, function)
        if not self._stand_ins or isinstance(failure, StudentEnded):
            return first
        try:
            with self.standing_in():
                failure = self._attempt(function, name)
        except StudentEnded:
            return first
        if failure is None:
            return ""
        # An exception may come from calling a stand-in as the student's own is called;
        # a verdict is about the student's function, and the better reason.
        verdict = isinstance(failure, AssertionError)
        return describe(failure, function) if verdict else first

    def _attempt(self, function: FunctionType, name: str) -> BaseException | None:
        digest = hashlib.sha256(name.encode()).digest()
        entropy = [self._examination.seed, int.from_bytes(digest[:8], "big")]
        self._rng = np.random.default_rng(entropy)
        nowhere = _Nowhere()
        try:
            # What student code prints could hold the inputs, and a warning on stderr
            # would cost the whole cell under plain nbgrader.
            with (
                contextlib.redirect_stdout(nowhere),
                contextlib.redirect_stderr(nowhere),
            ):
                function()
        except (AuthorError, KeyboardInterrupt):
            raise
        except BaseException as error:
            return error
        finally:
            self._rng = None
        return None

    @contextlib.contextmanager
    def standing_in(self) -> Iterator[None]:
        """Put the stand-ins in the student's functions' place, and these back after."""
        with contextlib.ExitStack() as stack:
            for name, function in self._stand_ins.items():
                self._examination.bind(name, function)
                stack.callback(self._examination.restore, name)
            yield

    def close(
        self,
        actual: Any,
        expected: Any,
        *,
        rtol: float = 1e-5,
        atol: float = 1e-8,
        dtype: Any = None,
    ) -> None:
        """Pass if ``actual`` has the shape and, nearly, the numbers of ``expected``.

        Compared in float64: ``|actual - expected| <= atol + rtol * |expected|``.

        Parameters
        ----------
        actual
            The student's array, or numbers in lists.
        expected
            Made by the test, with no number from the student in it.
        dtype
            What the actual dtype must be; any real one if left out.
        """
        wanted = self._own_numbers(expected)
        got = plain_numbers(actual)
        if got.shape != wanted.shape:
            raise CheckFailed("wrong shape")
        with np.errstate(all="ignore"):
            numbers = got.astype(np.float64)
            if not np.isfinite(numbers).all():
                raise CheckFailed("not finite")
            if not (np.abs(numbers - wanted) <= atol + rtol * np.abs(wanted)).all():
                raise CheckFailed("wrong values")
        if dtype is not None and got.dtype != np.dtype(dtype):
            raise CheckFailed(f"dtype {np.dtype(dtype).name} was wanted")

    def _own_numbers(self, expected: Any) -> np.ndarray:
        if self._from_student(expected):
            raise AuthorError("the expected values come from the student")
        try:
            numbers = plain_numbers(expected).astype(np.float64)
        except CheckFailed:
            raise AuthorError("the expected values are not numbers") from None
        if not numbers.size or not np.isfinite(numbers).all():
            raise AuthorError("the expected values are empty or not finite")
        return numbers

    def _from_student(self, value: Any) -> bool:
        if isinstance(value, (tuple, list)):
            return any(map(self._from_student, value))
        return self._examination.is_students(value)

    def whole_number(self, value: Any, expected: int) -> None:
        """Pass if ``value`` is the whole number ``expected``, as an int or a float."""
        if self._from_student(expected) or type(expected) not in _WHOLE:
            raise AuthorError("the expected number is no int that the test made")
        # By exact type: a subclass may say of itself that it equals anything.
        if type(value) not in _WHOLE | _REAL or not np.isfinite(value) or value % 1:
            raise CheckFailed("not a whole number")
        if int(value) != int(expected):
            raise CheckFailed("wrong number")

    def raises(
        self,
        exception_type: type[Exception],
        function: Callable,
        *args: Any,
        naming: tuple[int | float, ...] = (),
        **kwargs: Any,
    ) -> None:
        """Pass if ``function(*args, **kwargs)`` raises an ``exception_type``.

        A function that always raises passes as well: call it rightly in the same check.

        Parameters
        ----------
        exception_type
            A builtin exception, subclasses included.
        naming
            Numbers that the error's text must contain.
        """
        wanted = exception_type.__name__
        if getattr(builtins, wanted, None) is not exception_type:
            raise AuthorError(f"{wanted} is no builtin exception")
        try:
            function(*args, **kwargs)
        except (AuthorError, StudentEnded, NotImplementedError):
            raise
        except exception_type as error:
            text = str(error)
        except Exception as error:
            found = kind_of(error)
            raise CheckFailed(f"raised {found} where {wanted} was wanted") from None
        else:
            raise CheckFailed(f"no {wanted} was raised")
        if not all(_names(text, number) for number in naming):
            raise CheckFailed("the error does not name the numbers")

    def share(self, array: np.ndarray) -> Any:
        """Return a copy of ``array`` that student code can change; see `unchanged`."""
        return self._examination.share(array)

    def unchanged(self, shared: Any, original: np.ndarray) -> None:
        """Pass if what `share` gave still equals ``original``, which was copied."""
        if self._from_student(original):
            raise AuthorError("the original comes from the student")
        found = np.array(np.asarray(shared))
        same = found.dtype == original.dtype and np.array_equal(found, original)
        if not same:
            raise CheckFailed("modified its input")

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


def _names(text: str, number: float) -> bool:
    """Tell whether the text holds the number as a whole: 3, but neither 13 nor 3.5."""
    pattern = rf"(?<!\d)(?<!\d\.){re.escape(str(number))}(?!\d|\.\d)"
    return re.search(pattern, text) is not None
