"""Where a rubric's checks run: beside the student's code, or apart from it.

A rubric asks the questions below of an `Examination`. Under plain nbgrader test and
student share one process, and `InOneProcess` answers. Where proctor runs the student's
cells in a process of their own, its examiner puts another in its place with
`proctor.rubric.set_examination`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from proctor.libraries import libraries_of
from proctor.rubric.arrays import StudentArray
from proctor.steps import counted

if TYPE_CHECKING:
    from proctor.rubric.rubric import Rubric

_ABSENT = object()


class Examination(Protocol):
    """What a rubric needs to know of where it runs.

    Attributes
    ----------
    seed
        Not negative; the random inputs of the checks follow from it.
    assisted
        Whether the stand-ins are there from the beginning: the student's own versions
        have ended the process.
    over
        The names of checks that are not to run: they have run.
    """

    seed: int
    assisted: bool
    over: frozenset[str]

    def register(self, rubric: Rubric) -> None:
        """Take note of a new rubric; its ``results()`` grow with each check."""

    def share(self, value: np.ndarray | list) -> Any:
        """Return a copy of ``value`` that lives on the student's side.

        The student's functions may change it; ``np.asarray`` reads it.
        """

    def kept(self, function: Callable, positional: tuple, named: dict) -> Any:
        """Call the student's function; return what stands for its answer."""

    def bind(self, name: str, right: FunctionType | type) -> None:
        """Put ``right`` in place of what the student calls ``name``."""

    def restore(self, name: str) -> None:
        """Put back what ``bind`` replaced, or nothing where nothing was."""

    def cell_again(self) -> dict[str, Any]:
        """Run the task's cell once more; return what the test's names stand for then.

        Empty where that cannot be done.
        """

    def is_students(self, value: Any) -> bool:
        """Tell whether ``value`` came from the student's side."""

    def count(
        self,
        function: Callable,
        positional: tuple,
        named: dict,
        most: int,
        keep: bool = True,
    ) -> tuple[int, Any]:
        """Return what :func:`proctor.steps.counted` does of the student's function.

        Without ``keep`` the answer, which may be too large to pass on, is dropped.
        """

    def libraries_of(self, value: Any, among: Sequence[str]) -> list[str]:
        """Return what :func:`proctor.libraries.libraries_of` does of the student's."""

    def processor_seconds(self) -> float:
        """Return the student's processor time, seen from outside; 0 if nobody is."""

    def memory_bytes(self) -> int:
        """Return what memory the student's process may have; 0: nothing bounds it."""


def methods_of(right: FunctionType | type) -> dict[str, FunctionType] | None:
    """Return the methods of a class that stands in, by name; None: it is a function."""
    if isinstance(right, FunctionType):
        return None
    return {n: f for n, f in vars(right).items() if isinstance(f, FunctionType)}


class InOneProcess:
    """Test and student share a process and a namespace, as under plain nbgrader."""

    assisted = False
    over: frozenset[str] = frozenset()

    def __init__(self, seed: int | None = None):
        self.seed = secrets.randbits(64) if seed is None else seed
        self._replaced: dict[str, tuple[dict, Any]] = {}

    def register(self, rubric: Rubric) -> None:
        """Do nothing: the cell's last value is the score."""

    def share(self, value: np.ndarray | list) -> np.ndarray | list:
        """Return a copy."""
        return list(value) if type(value) is list else np.array(value)

    def kept(self, function: Callable, positional: tuple, named: dict) -> Any:
        """Return the answer itself."""
        return function(*positional, **named)

    def bind(self, name: str, right: FunctionType | type) -> None:
        """Rebind ``name`` in the notebook's namespace, where ``right`` was made."""
        methods = methods_of(right)
        made = right if methods is None else next(iter(methods.values()))
        namespace = made.__globals__
        self._replaced[name] = namespace, namespace.get(name, _ABSENT)
        namespace[name] = right

    def restore(self, name: str) -> None:
        """Bind ``name`` as it was."""
        namespace, value = self._replaced.pop(name)
        if value is _ABSENT:
            namespace.pop(name, None)
        else:
            namespace[name] = value

    def cell_again(self) -> dict[str, Any]:
        """Return nothing: the cell's text is not known here."""
        return {}

    def is_students(self, value: Any) -> bool:
        """Tell whether an array is marked; here the student's bear no mark."""
        return isinstance(value, StudentArray)

    def count(
        self,
        function: Callable,
        positional: tuple,
        named: dict,
        most: int,
        keep: bool = True,
    ) -> tuple[int, Any]:
        """Call the function and count."""
        return counted(function, positional, named, most)

    def libraries_of(self, value: Any, among: Sequence[str]) -> list[str]:
        """Look at the code."""
        return libraries_of(value, among)

    def processor_seconds(self) -> float:
        """Return 0: whom the student's code could deceive is in the same process."""
        return 0.0

    def memory_bytes(self) -> int:
        """Return the system's limit, which is this process's own."""
        return address_space()


def address_space() -> int:
    """Return the bytes that the system lets this process have; 0: as many as it likes.

    Its children and siblings, which have the same limits, may have as many.
    """
    try:
        import resource
    except ImportError:  # Windows, in the student's own Jupyter
        return 0
    most, _ = resource.getrlimit(resource.RLIMIT_AS)
    return 0 if most == resource.RLIM_INFINITY else most
