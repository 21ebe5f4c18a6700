# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # One example
#
# > Call a function, and compare what comes with what is wanted.
#
# A check (`tinytorch.checks`) has several of them. Where something differs, an example
# shows the call, what was wanted, what came, and the first place that differs.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp examples

# %%
#| export
import inspect
import re
import sys
import tracemalloc
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from tinytorch.showing import (
    NOTEBOOK,
    CheckFailed,
    both,
    exported_from,
    globals_of,
    indented,
    is_known,
    number,
    short,
    show,
    where,
)
from tinytorch.standing import is_task, standing

if TYPE_CHECKING:
    from tinytorch.checks import Check

# %% [markdown]
# ## What is compared
#
# Shapes are compared first, then numbers, then the dtype. Whole numbers of float64 come
# out exactly; methods that go another way round, such as Fourier's, come close.

# %%
#| export
_CLOSE = 1e-5


def _of(name: str) -> str:
    return f"{name}: " if name else ""


def _kind_of(value: Any) -> str:
    """Return what kind of object came."""
    kind = "text" if isinstance(value, str) else type(value).__name__
    kind = "array" if kind == "ndarray" else kind
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def _error(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".removesuffix(": ")


def _bytes(count: int) -> str:
    return f"{count / 1e6:.2g} MB"


def _listed(numbers: list) -> str:
    return " and ".join(map(str, numbers))


class Example:
    """One call of a student's function, and what is wanted of it.

    Parameters
    ----------
    check
        The check that it belongs to.
    what
        What the example tries, in a few words.
    function, arguments
        What is called, and with what. Arrays go to it as copies.
    """

    def __init__(
        self, check: "Check", what: str, function: Callable, arguments: tuple
    ) -> None:
        self._check, self._what = check, what
        self._function, self._arguments = function, arguments
        self._results: list[tuple[str, Any]] = []

    def gives(self, *wanted: Any, **named: Any) -> "Example":
        """Compare what comes with what is wanted.

        Parameters
        ----------
        wanted
            A number, a shape, or lists of numbers.
        named
            Where a function returns several: each by its name, in order.

        Raises
        ------
        CheckFailed
            If something differs.
        """
        value = self._call()
        names = list(named) or [""]
        values = value if named else [value]
        if named and (not isinstance(value, (tuple, list)) or len(value) != len(named)):
            several = isinstance(value, (tuple, list))
            count = len(value) if several else _kind_of(value)
            self._fail(f"wanted {len(named)} results, {', '.join(names)}; got {count}")
        self._results = list(zip(names, values, strict=True))
        for (name, got), right in zip(
            self._results, [*wanted, *named.values()], strict=True
        ):
            self._compare(name, got, right)
            if isinstance(got, np.ndarray) and got.dtype.kind in "biufc":
                self._check.answers.append((self, got, got.copy()))
        return self

    def still_gives(self, got: np.ndarray, before: np.ndarray) -> None:
        """Ask that an answer is what it was when it came, after all other examples.

        Raises
        ------
        CheckFailed
            If a later call has written into it.
        """
        if not np.array_equal(got, before, equal_nan=True):
            self._fail(
                "this answer was right, and a later call wrote over it: an array that is "
                "made once serves all calls",
                f"it was: {show(before)}\nit is: {show(got)}",
            )

    def dtype(self, wanted: Any) -> "Example":
        """Compare the dtype of what came."""
        for name, got in self._results:
            kind = getattr(got, "dtype", type(got).__name__)
            if kind != np.dtype(wanted):
                self._fail(f"{_of(name)}wanted dtype {np.dtype(wanted)}, got {kind}")
        return self

    def whole(self) -> "Example":
        """Ask that what came is an int, as ``range`` needs it; of several, each."""
        every = [got for _, got in self._results]
        for got in (n for each in every for n in (each if np.ndim(each) else [each])):
            # An array of no axes is the number in it: range takes that as well.
            alone = isinstance(got, np.ndarray) and got.ndim == 0
            kind = got.dtype.type if alone else type(got)
            if not issubclass(kind, (int, np.integer)) or kind is bool:
                self._fail(f"wanted an int, got {got!r}, {_kind_of(got)}")
        return self

    def lines(self, most: int) -> "Example":
        """Ask that a call runs at most so many lines of the notebook's Python.

        What NumPy runs by itself is not counted. Where the function is not in this
        process, nothing is.
        """
        count = 0

        def trace(frame: Any, event: str, argument: Any) -> Any:
            nonlocal count
            if not NOTEBOOK.search(frame.f_code.co_filename):
                return None
            count += event == "line"
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            self._call()
        finally:
            sys.settrace(before)
        if count > most:
            self._fail(f"{count} lines of Python ran, wanted at most {most}: a loop?")
        return self

    def memory(self, most: int) -> "Example":
        """Ask that a call takes at most so many bytes beside its arguments.

        What is given back by the end of the call counts too. Where the function is not
        in this process, nothing is counted.
        """
        code = getattr(self._function, "__code__", None)
        if code is None or not NOTEBOOK.search(code.co_filename):
            return self
        given = sum(a.nbytes for a in self._arguments if isinstance(a, np.ndarray))
        was_tracing = tracemalloc.is_tracing()
        tracemalloc.start()
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        try:
            self._call()
            peak = tracemalloc.get_traced_memory()[1] - before - given
        finally:
            if not was_tracing:
                tracemalloc.stop()
        if peak > most:
            self._fail(
                f"it took {_bytes(peak)} of memory, wanted at most {_bytes(most)}"
            )
        return self

    def value(self) -> Any:
        """Return what came; call, if nothing has been called yet."""
        if not self._results:
            return self._call()
        values = [value for _, value in self._results]
        return values[0] if len(values) == 1 else tuple(values)

    def compare(self, got: Any, wanted: Any, within: float = 0) -> None:
        """Compare what came of another call.

        Parameters
        ----------
        within
            How far off a number may be that chance has a part in.
        """
        self._arguments = ()
        if not within:
            self._compare("", got, wanted)
        elif not abs(float(got) - wanted) <= within:
            self._fail(f"wanted {wanted:g}, within {within:g}; got {float(got):.4g}")

    def raises(self, kind: type[Exception], naming: tuple = ()) -> None:
        """Ask for an error of this kind, whose text holds each of the numbers.

        Raises
        ------
        CheckFailed
            If there is none, or another.
        """
        try:
            value = self._function(*self._copies()[0])
        except NotImplementedError as error:
            self._is_no_task(error)
            self._fail(f"wanted a {kind.__name__}, got {_error(error)}", where(error))
        except kind as error:
            said = str(error)
            missing = [n for n in naming if not re.search(rf"(?<!\d){n}(?!\d)", said)]
            if missing:
                self._fail(
                    f"the {kind.__name__} must name {_listed(missing)}, it says {said!r}"
                )
            return
        except Exception as error:
            if not is_known(error):
                raise
            self._fail(f"wanted a {kind.__name__}, got {_error(error)}")
        self._fail(f"wanted a {kind.__name__}, got {short(value)}")

    def _copies(self) -> tuple[list, list]:
        def copy(value: Any) -> Any:
            if isinstance(value, np.ndarray):
                return value.copy("K")
            return value.copy() if isinstance(value, list) else value

        return [copy(a) for a in self._arguments], list(self._arguments)

    def _call(self) -> Any:
        given, kept = self._copies()
        try:
            value = self._function(*given)
        except NotImplementedError as error:
            self._is_no_task(error)
            self._fail(f"raised {_error(error)}", where(error))
        except Exception as error:
            if not is_known(error):
                raise
            self._fail(f"raised {_error(error)}", where(error))
        for i, (now, before) in enumerate(zip(given, kept, strict=True)):
            kinds = np.ndarray, list
            if isinstance(before, kinds) and not np.array_equal(now, before):
                name = self._names()[i]
                self._fail(f"{name} was changed", f"{name} afterwards: {show(now)}")
        return value

    def _is_no_task(self, error: NotImplementedError) -> None:
        """Say of the line that a task is handed out with that it is still there."""
        task, module = str(error), exported_from(error)
        if module:
            raise self._check.needs(task, module) from None
        if task == self._check.task:
            raise self._check.not_written() from None
        if is_task(task):
            raise self._check.needs(task) from None

    def _compare(self, name: str, got: Any, wanted: Any) -> None:
        if isinstance(wanted, tuple) and isinstance(got, tuple):  # a shape
            if got != wanted:
                self._fail(f"{_of(name)}wanted {wanted}, got {got}")
            return
        if got is None or isinstance(wanted, str):
            if got is None or not isinstance(got, str) or got != wanted:
                self._fail(f"{_of(name)}wanted {short(wanted)}, got {short(got)}")
            return
        try:
            # Of a Tensor it is its numbers; it is no number itself.
            is_tensor = np.ndim(wanted) and hasattr(got, "requires_grad")
            array = np.asarray(got.data if is_tensor else got)
        except (TypeError, ValueError):
            self._fail(f"{_of(name)}wanted numbers, got {_kind_of(got)}")
        if array.dtype.kind not in "iuf":
            kind = array.dtype if isinstance(got, np.ndarray) else _kind_of(got)
            self._fail(f"{_of(name)}wanted numbers, got {kind}")
        right = np.asarray(wanted)
        if array.shape != right.shape:
            said = f"{_of(name)}wanted shape {right.shape}, got shape {array.shape}"
            self._fail(said, both(array, right))
        with np.errstate(invalid="ignore"):
            far = np.abs(array - right.astype(float)) > _CLOSE * max(
                1.0, np.abs(right[np.isfinite(right)]).max(initial=0)
            )
        wrong = np.argwhere((far | ~np.isfinite(array)) & (array != right))
        if len(wrong):
            place = tuple(int(i) for i in wrong[0])
            at = f"at {list(place)} " if place else ""
            one, other = number(right[place]), number(array[place])
            self._fail(
                f"{_of(name)}{at}wanted {one}, got {other}",
                both(array, right) if place else "",
            )

    def _names(self) -> list[str]:
        """Return the parameters' names, as far as they are to be had."""
        try:
            names = list(inspect.signature(self._function).parameters)
        except (TypeError, ValueError):
            names = []
        more = len(self._arguments) - len(names)
        return names + [f"argument {len(names) + i + 1}" for i in range(more)]

    def _fail(self, said: str, shown: str = "") -> None:
        lines = [f"{self._check.task}, {self._what}: {said}"]
        name = getattr(self._function, "__name__", "")
        if self._arguments and name != "<lambda>":
            lines.append(f"  called: {name or 'your function'}")
            for label, value in zip(self._names(), self._arguments, strict=False):
                lines.append(indented(f"{label} = {show(value)}", "    "))
        if shown:
            lines.append(indented(shown, "  "))
        lines += [
            f"  your function uses `{name}`, which is none of its arguments: it is a "
            "variable of the notebook"
            for name in globals_of(self._function)
        ]
        standing.fail(self._check.task, "\n".join(lines))
        raise CheckFailed("\n".join([*lines, *self._check.hints()])) from None


# %% [markdown]
# Try it: a function that forgets the last number, and what its check says.

# %%
from tinytorch.checks import Check

check = Check("double", lambda x: 2 * x[:-1])
try:
    Example(check, "three numbers", lambda x: 2 * x[:-1], (np.arange(3.0),)).gives(
        [0, 2, 4]
    )
except CheckFailed as error:
    print(error)
