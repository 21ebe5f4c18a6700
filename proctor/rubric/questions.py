"""The questions that a check asks: each passes, or raises a `CheckFailed`."""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from proctor.rubric import differences, values
from proctor.rubric.arrays import has_digits_of_float32, kind_came, plain_numbers
from proctor.rubric.earlier import Earlier
from proctor.rubric.errors import AuthorError, CheckFailed, StudentEnded, kind_of
from proctor.rubric.observation import Observation
from proctor.rubric.where import Examination

_WHOLE = {int, *(t for t in np.sctypeDict.values() if issubclass(t, np.integer))}
_WHOLE.remove(np.timedelta64)  # NumPy has it among them
_REAL = {float, *(t for t in np.sctypeDict.values() if issubclass(t, np.floating))}

# What makes digits the end, or the beginning, of a longer number.
_BEFORE, _BEHIND = re.compile(r"\d\.?\Z"), re.compile(r"\d|\.\d")
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
# How many other numbers an error may name: all that a call was given, and more.
_OTHERS = 10


class Comparing:
    """The comparisons of a rubric.

    Parameters
    ----------
    examination
        Where the check runs.
    """

    def __init__(self, examination: Examination):
        self._examination = examination
        self._earlier = Earlier()

    def _observe(self, observation: Observation) -> None:
        """Take note of what the student's code gave, before it is judged."""
        raise NotImplementedError

    def close(
        self,
        actual: Any,
        expected: Any,
        *,
        rtol: float = 1e-5,
        atol: float = 1e-8,
        dtype: Any = None,
        exact: bool = False,
        saying: str = "",
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
        exact
            Whether numbers that were computed in float32 are no float64, whatever is
            tolerated: where a dtype is wanted, and no array of float32 went into it.
        saying
            What the student reads of wrong values, where they are not the answer
            itself, such as how far it is away: a plain text.
        """
        wanted = self._own_numbers(expected)
        try:
            got = plain_numbers(actual)
        except CheckFailed:
            self._observe(Observation("close"))
            raise
        # Numbers in lists have no dtype of their own.
        typed = dtype is not None and isinstance(actual, np.ndarray | np.generic)
        came = np.asarray(actual).dtype if typed else got.dtype
        seen = got if came.kind != "O" else None  # which is no array of floats
        self._observe(Observation("close", seen, "", typed, rtol, atol))
        if got.shape != wanted.shape:
            near = atol + rtol * np.abs(wanted)
            raise CheckFailed(differences.of_arrays(got.astype(float), wanted, near))
        with np.errstate(all="ignore"):
            numbers = got.astype(np.float64)
            if not np.isfinite(numbers).all():
                kind = "NaN" if np.isnan(numbers).any() else "infinity"
                raise CheckFailed(f"not finite: {kind} is among the numbers")
            near = atol + rtol * np.abs(wanted)
            if not (np.abs(numbers - wanted) <= near).all():
                why = saying or differences.of_values(numbers, wanted, near)
                # What an earlier call left says more than how far it is away.
                if kept := self._earlier.kept(numbers, wanted, near):
                    raise CheckFailed(f"wrong values: {kept}", why)
                raise CheckFailed(why)
        self._earlier.remember(wanted)
        if dtype is not None:
            self.array(actual)
        if dtype is not None and came != np.dtype(dtype):
            right = np.dtype(dtype).name
            raise CheckFailed(f"dtype {right} was wanted, {came.name} came")
        if dtype is not None and exact and has_digits_of_float32(got, wanted):
            raise CheckFailed("float64 came, with numbers that float32 has rounded")

    def shape(self, actual: Any, expected: tuple[int, ...]) -> None:
        """Pass if the lengths ``actual``, of an array, are those of ``expected``."""
        wanted = tuple(self._own_numbers(expected).tolist())
        try:
            got = plain_numbers(actual)
        except CheckFailed:
            got = np.zeros((0, 0))
        whole = got.ndim == 1
        self._observe(Observation("close", got if whole else None))
        if not whole:
            raise CheckFailed("no shape of an array")
        if (found := tuple(got.tolist())) != wanted:
            raise CheckFailed(differences.of_shapes(found, wanted))

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

    def whole_number(self, value: Any, expected: int, *, saying: str = "") -> None:
        """Pass if ``value`` is the whole number ``expected``, as an int or a float.

        Parameters
        ----------
        saying
            What the student reads of another number, where it is not the answer itself.
        """
        if self._from_student(expected) or type(expected) not in _WHOLE:
            raise AuthorError("the expected number is no int that the test made")
        if isinstance(value, np.ndarray) and value.ndim == 0:
            value = np.asarray(value)[()]
        # By exact type: a subclass may say of itself that it equals anything.
        number = type(value) in _WHOLE | _REAL
        what = kind_came(value)
        self._observe(_number("whole_number", value, what, number))
        if not number and what:
            raise CheckFailed(f"{what} came where a whole number was wanted")
        # NumPy has no answer for ints beyond its own.
        whole = type(value) in _WHOLE or (number and np.isfinite(value))
        if not whole or value % 1:
            raise CheckFailed("not a whole number")
        if int(value) != int(expected):
            size = "large" if int(value) > int(expected) else "small"
            raise CheckFailed(saying or f"wrong number: too {size}")

    def same(self, value: Any, expected: Any) -> None:
        """Pass if ``value`` is ``expected``: a text, a list, a dict, a set, None, ...

        In kind too: neither a tuple for a list, nor 1 for True. Numbers, also those
        inside, are equal as Python has them: for rounded ones take :meth:`close`.

        Parameters
        ----------
        value
            The student's.
        expected
            Made by the test: texts, bytes, numbers, dates, None, and lists, tuples,
            dicts and sets of such.
        """
        if self._from_student(expected):
            raise AuthorError("the expected value comes from the student")
        wanted = values.plain(expected)
        if not values.is_plain(wanted):
            raise AuthorError(
                "the expected value is no plain one, such as a text, a list or a dict"
            )
        got = values.plain(value)
        if not values.is_plain(got):
            self._observe(Observation("same"))
            raise CheckFailed(values.difference(got, wanted))
        kind = "same" if values.tells_much(got) else "same and little"
        self._observe(Observation(kind, text=values.text_of(got)))
        if not values.same(got, wanted):
            raise CheckFailed(values.difference(got, wanted))

    def integer(self, value: Any) -> None:
        """Pass if ``value`` is an int, or a NumPy integer: what ``range`` takes.

        :meth:`whole_number` takes 5.0 for 5. Where a function promises an int, one
        check of it asks for that.
        """
        if isinstance(value, np.ndarray) and value.ndim == 0:
            value = np.asarray(value)[()]
        good = type(value) in _WHOLE
        self._observe(Observation("integer", text="an int" if good else ""))
        if not good:
            if type(value) in _REAL:
                raise CheckFailed("an int was wanted, a float came")
            raise CheckFailed("an int was wanted")

    def array(self, value: Any) -> None:
        """Pass if ``value`` is an array, and not numbers in lists.

        :meth:`close` takes both, but where it is asked for a dtype. Where a function
        promises an array, one check of it asks for that.
        """
        good = isinstance(value, np.ndarray | np.generic)
        self._observe(Observation("array", text="an array" if good else ""))
        if not good:
            if isinstance(value, list | tuple):
                raise CheckFailed("an array was wanted, a list came")
            raise CheckFailed("an array was wanted")

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
            Numbers that the error's text must contain, and no more than some others:
            a list of all numbers names none.
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
            self._observe(Observation("raises", text=found))
            raise CheckFailed(f"raised {found} where {wanted} was wanted") from None
        else:
            self._observe(Observation("raises", text="nothing"))
            raise CheckFailed(f"no {wanted} was raised")
        named = [_names(text, number) for number in naming]
        many = bool(naming) and _others(text, naming) > _OTHERS
        seen = f"{wanted}, naming {named}{' among many' if many else ''}"
        self._observe(Observation("raises", text=seen))
        if not all(named):
            raise CheckFailed("the error does not name the numbers")
        if many:
            raise CheckFailed("the error names too many other numbers")

    def share(self, value: np.ndarray | list) -> Any:
        """Return a copy of an array, or of a list, that student code can change."""
        return self._examination.share(value)

    def kept(self, function: Callable, *args: Any, **kwargs: Any) -> Any:
        """Call, and return what stands for the answer, which stays where it is.

        For an answer that is too large to come as a value: ask for its ``shape`` and
        for some of its items, by index.
        """
        return self._examination.kept(function, args, kwargs)

    def stays(self, function: Callable, call: tuple, other: tuple, wanted: Any) -> None:
        """Pass if what a call gave is ``wanted``, and after another call as well.

        An array that is made once, and filled by each call, is right for as long as
        nobody calls again.
        """
        first = self.kept(function, *call)
        self.close(np.asarray(first), wanted)
        function(*other)
        said = "an earlier answer is written over by the next call"
        self.close(np.asarray(first), wanted, saying=said)

    def unchanged(self, shared: Any, original: np.ndarray | list) -> None:
        """Pass if what `share` gave still equals ``original``, which was copied."""
        if self._from_student(original):
            raise AuthorError("the original comes from the student")
        original = np.asarray(original)
        try:
            found = np.array(np.asarray(shared))
        except ValueError:  # a list of several lengths
            found = np.array(None)
        numbers = found if found.dtype.kind in "biuf" else None
        self._observe(Observation("unchanged", numbers, "", dtype=True))
        same = found.dtype == original.dtype and np.array_equal(found, original)
        if not same:
            raise CheckFailed("modified its input")


def _number(kind: str, value: Any, what: str, is_one: bool) -> Observation:
    if not is_one:
        # A text in place of the number is another mistake than nothing.
        return Observation(f"{kind}: little", text=what)
    try:
        return Observation(kind, np.array(value, np.float64), rtol=1e-12)
    except OverflowError:  # an integer of hundreds of digits
        return Observation(kind, text=f"about 2 to the {int(value).bit_length()}")


def _names(text: str, number: float) -> bool:
    """Tell whether the text holds the number as a whole: 3, but neither 13 nor 3.5."""
    wanted = str(number)
    start = text.find(wanted)
    while start >= 0:
        end = start + len(wanted)
        within = _BEFORE.search(text[max(start - 2, 0) : start])
        if not within and not _BEHIND.match(text, end):
            return True
        start = text.find(wanted, start + 1)
    return False


def _others(text: str, naming: tuple[int | float, ...]) -> int:
    """Return how many different numbers the text holds beside the wanted ones."""
    found = {float(number) for number in _NUMBER.findall(text)}
    return len(found - {abs(float(number)) for number in naming})
