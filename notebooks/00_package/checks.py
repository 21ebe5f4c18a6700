# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Checks that show what came
#
# > Compare a function with fixed examples; say what was wanted, what came, and where.
#
# The cell below each task of a notebook tries your code on small examples. `Check` calls
# your function, compares, and where something differs shows the call, what was wanted,
# what came, and the first place that differs.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp checks

# %%
#| export
import inspect
import math
import re
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from tinytorch.runs import runs
from tinytorch.showing import (
    NOTEBOOK,
    CheckFailed,
    NotWritten,
    both,
    globals_of,
    indented,
    is_known,
    libraries_of,
    number,
    short,
    show,
    where,
)

# %% [markdown]
# ## What stands so far
#
# A notebook says once what its tasks are worth; each check that passes is added. A new
# kernel begins anew.


# %%
#| export
class Standing:
    """Which tasks of a notebook have passed their check since the kernel started."""

    def __init__(self) -> None:
        self.points: dict[str, float] = {}
        self.passed: set[str] = set()
        self.failed: dict[str, str] = {}  # what the check said when it was run last

    def begin(self, points: dict[str, float]) -> None:
        """Take note of the notebook's tasks and their points."""
        self.points, self.passed, self.failed = dict(points), set(), {}

    def fail(self, task: str, said: str) -> None:
        """Note that a task's check has failed: it does not stand until it passes again."""
        self.passed.discard(task)
        self.failed[task] = said

    def add(self, task: str) -> str:
        """Note that a task's check has passed; return its points and what stands."""
        self.failed.pop(task, None)
        if task not in self.points:
            return ""
        self.passed.add(task)
        stands = sum(self.points[name] for name in self.passed)
        return (
            f" {self.points[task]:g} points; {len(self.passed)} of {len(self.points)} "
            f"tasks, {stands:g} of {sum(self.points.values()):g} points so far."
        )


standing = Standing()
begin = standing.begin


def count_up(*shape: int, first: int = 0) -> np.ndarray:
    """Return an array of floats that counts up from ``first``, in reading order."""
    return np.arange(first, first + math.prod(shape), dtype=float).reshape(shape)


def _of(name: str) -> str:
    return f"{name}: " if name else ""


def _kind_of(value: Any) -> str:
    """Return what kind of object came."""
    kind = "text" if isinstance(value, str) else type(value).__name__
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def _error(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".removesuffix(": ")


def _listed(numbers: list) -> str:
    return " and ".join(map(str, numbers))


def defined_by(task: str) -> list[str]:
    """Return the functions and classes of a task of the course."""
    from tinytorch.tutoring import find_task

    found = find_task(task, {})
    return found[1]["defines"] if found else []


def is_task(text: str) -> bool:
    """Tell whether a text is the name of a task, as handed-out cells raise it."""
    from tinytorch.tutoring import find_task

    found = find_task(text, {})
    return text in standing.points or bool(found and found[0] == text)


# %% [markdown]
# ## One example
#
# Shapes are compared first, then numbers, then the dtype. Whole numbers of float64 come
# out exactly; methods that go another way round, such as Fourier's, come close.

# %%
#| export
_CLOSE = 1e-5


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
            count = len(value) if isinstance(value, (tuple, list)) else "no tuple"
            self._fail(f"wanted {len(named)} results, {', '.join(names)}; got {count}")
        self._results = list(zip(names, values, strict=True))
        for (name, got), right in zip(
            self._results, [*wanted, *named.values()], strict=True
        ):
            self._compare(name, got, right)
        return self

    def dtype(self, wanted: Any) -> "Example":
        """Compare the dtype of what came."""
        for name, got in self._results:
            kind = getattr(got, "dtype", type(got).__name__)
            if kind != np.dtype(wanted):
                self._fail(f"{_of(name)}wanted dtype {np.dtype(wanted)}, got {kind}")
        return self

    def whole(self) -> "Example":
        """Ask that what came is an int, as ``range`` needs it."""
        for _, got in self._results:
            # An array of no axes is the number in it: range takes that as well.
            alone = isinstance(got, np.ndarray) and got.ndim == 0
            kind = got.dtype.type if alone else type(got)
            if not issubclass(kind, (int, np.integer)) or kind is bool:
                self._fail(f"wanted an int, got {got!r}, a {type(got).__name__}")
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
        task = str(error)
        if task == self._check.task:
            raise self._check.not_written() from None
        if is_task(task):
            raise self._check.needs(task) from None

    def _compare(self, name: str, got: Any, wanted: Any) -> None:
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
# ## A check
#
# Several examples of one task, and at the end the line that says what holds.


# %%
#| export
_NOT_ONES_OWN = {"scipy", "sklearn"}


class Check:
    """The fixed examples of one task.

    Parameters
    ----------
    task
        Its name.
    function
        What the examples call.
    after
        The tasks whose functions the examples rest on. If one of them has not passed its
        own check, a failure says so.
    """

    def __init__(
        self, task: str, function: Callable | None = None, after: tuple[str, ...] = ()
    ) -> None:
        self.task, self._function, self._after = task, function, after

    def of(self, function: Callable) -> "Check":
        """Return the same task's check of another function."""
        return Check(self.task, function, self._after)

    def __call__(self, what: str, *arguments: Any) -> Example:
        """Return an example: what it tries, in a few words, and the arguments.

        Raises
        ------
        CheckFailed
            If the last run of the task's cell failed: what is there is older.
        """
        self._is_newest()
        return Example(self, what, self._function, arguments)

    def hints(self) -> list[str]:
        """Return which of the tasks that this one needs have not passed, and who helps."""
        from tinytorch.tutoring import find_task

        asked = find_task(self.task, {})
        return [
            *(
                f"  {name} has not passed its own check: begin there"
                for name in self._after
                if name in standing.points and name not in standing.passed
            ),
            *([f'  tt.tutor("{self.task}") looks at more examples'] if asked else []),
        ]

    def _is_newest(self, *names: str) -> None:
        """Refuse to try what the last run of its cell was to replace, and did not."""
        own = getattr(self._function, "__name__", "")
        failed = runs.failed([own, *defined_by(self.task), *names])
        if failed:
            said = (
                f"{self.task}: the last run of its cell ended in an error ({failed}), so "
                "only the older version could be tested here: mend that cell, run it, "
                "then this one"
            )
            standing.fail(self.task, said)
            raise CheckFailed(said)

    def needs(self, task: str) -> NotWritten:
        """Return the error that says that a task which this one uses is not written."""
        said = (
            f"{self.task} uses the task {task}, which is not written yet: begin there"
        )
        standing.fail(self.task, said)
        return NotWritten(said)

    def not_written(self) -> NotWritten:
        """Return the error that says that the task is still to be written."""
        said = (
            f"{self.task} is not written yet: replace the line that raises "
            "NotImplementedError by your code, run that cell, then this one"
        )
        standing.fail(self.task, said)
        return NotWritten(said)

    def require(self, holds: bool, wanted: str) -> None:
        """Ask for something that is no call: an answer's form, for example.

        Raises
        ------
        CheckFailed
            If it does not hold, with what is wanted and what came.
        """
        if not holds:
            standing.fail(self.task, f"{self.task}: {wanted}")
            raise CheckFailed(f"{self.task}: {wanted}")

    def answer(self, name: str, numbers: int = 1) -> None:
        """Ask for an answer of the notebook, a variable: whole numbers, so many.

        Raises
        ------
        CheckFailed
            If it is not there, or has another form.
        """
        self._is_newest(name)
        value = sys._getframe(1).f_globals.get(name)
        run = "in the cell above, run that cell, then this one"
        self.require(
            value is not None, f"{name} is not answered yet: write {name} = ... {run}"
        )
        form = (
            f"a tuple of {numbers} whole numbers" if numbers > 1 else "a whole number"
        )
        wanted = (numbers,) if numbers > 1 else ()
        try:
            array = np.asarray(value)
        except ValueError:  # lists of several lengths
            array = np.asarray(None)
        is_whole = array.dtype.kind in "iuf" and np.all(array % 1 == 0)
        self.require(
            array.shape == wanted and bool(is_whole),
            f"{name} must be {form}, it is {value!r}: change it {run}",
        )

    def passed(self, what: str) -> None:
        """Say that a step on the way to the task holds: it has no points."""
        print(f"{self.task}: {what}: right")

    def done(self, what: str) -> None:
        """Say that all examples passed: what holds, its points, what stands so far.

        Raises
        ------
        CheckFailed
            If the function lets a library do the task's work, which grading refuses.
        """
        self._is_newest()
        used = sorted(libraries_of(self._function) & _NOT_ONES_OWN)
        if used:
            standing.passed.discard(self.task)
            raise CheckFailed(
                f"{self.task}: the numbers are right, and {' and '.join(used)} computes "
                "them: grading gives no points for that, write it with Python and NumPy"
            )
        print(f"{self.task}: {what}.{standing.add(self.task)}")


# %% [markdown]
# ## A gradient, after its forward
#
# A gradient that differs from the slope of a wrong function says nothing about backward.
# So forward is compared first, with numbers that are known.


# %%
#| export
def check_gradient(
    function: Callable, wanted: Any, begin_with: str, **inputs: np.ndarray
) -> None:
    """Compare a function's output with what is wanted, then its gradients.

    Parameters
    ----------
    function
        Takes the inputs as Tensors, by position, and returns a Tensor.
    wanted
        What forward gives for them.
    begin_with
        The task whose code goes forward.
    inputs
        Arrays, by their names.

    Raises
    ------
    CheckFailed
        Naming forward, or the input whose gradient is wrong, and the place.
    """
    from tinytorch.core.autograd import gradcheck
    from tinytorch.core.tensor import Tensor

    tensors = [Tensor(a, requires_grad=True, dtype=np.float64) for a in inputs.values()]
    forward = Check(begin_with).of(function)
    forward("forward, before any gradient", *tensors).gives(np.asarray(wanted))

    def named(*arguments: Any) -> Any:
        return function(*arguments)

    kinds = inspect.Parameter.POSITIONAL_ONLY
    named.__signature__ = inspect.Signature(
        [inspect.Parameter(name, kinds) for name in inputs]
    )
    named.__name__ = "forward is right"
    try:
        gradcheck(named, tensors)
    except AssertionError as error:
        raise CheckFailed(str(error)) from None
    print(f"forward and the gradient of {', '.join(inputs)}: right")


# %% [markdown]
# ## Try it
#
# A function that forgets the last number, and what the check says.


# %%
def double(x):
    return 2 * x[:-1]


try:
    Check("double", double)("three numbers", count_up(3)).gives([0, 2, 4])
except CheckFailed as error:
    print(error)

# %%
check = Check("double", lambda x: 2 * x)
check("three numbers", count_up(3)).gives([0, 2, 4]).dtype(float)
check.done("each number is doubled")
