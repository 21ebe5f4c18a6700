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
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from tinytorch.examples import Example
from tinytorch.lessons import find_task
from tinytorch.runs import runs
from tinytorch.showing import (
    CheckFailed,
    NotWritten,
    libraries_of,
    to_export,
    used_by,
)
from tinytorch.standing import Standing, begin, defined_by, is_task, standing

# What a notebook has from here, wherever it is defined.
_all_ = ["Example", "Standing", "begin", "defined_by", "is_task", "standing"]

# %% [markdown]
# ## Arrays to try with


# %%
#| export
def count_up(*shape: int, first: int = 0) -> np.ndarray:
    """Return an array of floats that counts up from ``first``, in reading order."""
    return np.arange(first, first + math.prod(shape), dtype=float).reshape(shape)


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
        The tasks on which the examples rest, beside those whose functions this one
        calls. If one of them has not passed its own check, a failure says so.
    """

    def __init__(
        self, task: str, function: Callable | None = None, after: tuple[str, ...] = ()
    ) -> None:
        self.task, self._function, self._after = task, function, after
        self._functions = [function]
        # The answers of the examples so far, each with a copy made when it came.
        self.answers: list[tuple[Example, np.ndarray, np.ndarray]] = []

    def of(self, function: Callable) -> "Check":
        """Return the same task's check of another function."""
        other = Check(self.task, function, self._after)
        other._functions, other.answers = self._functions, self.answers
        self._functions.append(function)
        return other

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
        asked, used = find_task(self.task, {}), used_by(self._function)
        return [
            *(
                f"  {name} has not passed its own check: begin there"
                for name in standing.points
                if name != self.task and name not in standing.passed
                if name in self._after or not used.keys().isdisjoint(defined_by(name))
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

    def needs(self, task: str, module: str = "") -> NotWritten:
        """Return the error that says that a task which this one uses is not written.

        ``module`` is the one of the student's own, where the task is another notebook's.
        """
        said = (
            f"{self.task}: {to_export(task, module)}"
            if module
            else f"{self.task} uses the task {task}, which is not written yet: begin there"
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
            If the function lets a library do the task's work, which grading refuses,
            or if a call wrote into what an earlier one had answered.
        """
        self._is_newest()
        for example, got, before in self.answers:
            example.still_gives(got, before)
        # What an earlier task uses is said there, and costs points there.
        earlier = [name for task in standing.points for name in defined_by(task)]
        others = set(earlier).difference(defined_by(self.task))
        found = {
            used for each in self._functions for used in libraries_of(each, others)
        }
        if used := sorted(found & _NOT_ONES_OWN):
            said = (
                f"{self.task}: the numbers are right, and {' and '.join(used)} computes "
                "them: grading gives no points for that, write it with Python and NumPy"
            )
            standing.fail(self.task, said)
            raise CheckFailed(said)
        print(f"{self.task}: {what}.{standing.add(self.task)}")


# %% [markdown]
# ## A gradient, after its forward
#
# A gradient that differs from the slope of a wrong function says nothing about backward.
# So forward is compared first, with numbers that are known.


# %%
#| export
def check_gradient(
    function: Callable,
    wanted: Any,
    begin_with: str,
    back: str = "",
    **inputs: np.ndarray,
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
    back
        The task whose code goes backward, where it is another one.
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
        task = back or begin_with
        lines = [f"{task}: {error}", *Check(task).hints()]
        raise CheckFailed("\n".join(lines)) from None
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
