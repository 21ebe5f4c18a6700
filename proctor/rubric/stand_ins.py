"""Right versions of what a task rests on, so that a mistake is punished once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from types import FunctionType
from typing import Any

from proctor.rubric.errors import AuthorError
from proctor.rubric.questions import Comparing
from proctor.rubric.where import Examination, methods_of

_ABSENT = object()


class StandIns(Comparing):
    """What stands in for functions of cells before, and what a cell gives with them."""

    def __init__(self, examination: Examination):
        super().__init__(examination)
        self._stand_ins: dict[str, FunctionType | type] = {}
        # Those that are in place.
        self._standing: dict[str, FunctionType | type] = {}
        # Whether the task's cell is run again, and what it gave then.
        self._answers_again, self._again = False, None

    def stand_in(self, **right: FunctionType | type) -> None:
        """Name right versions of functions and classes that were graded before.

        A check below that fails with the student's own functions is run once more, with
        the same random numbers and these in their place; passing then counts. So a
        mistake in one cell is punished there and nowhere else. Under proctor it stays
        on the test's side, and answers from there: nothing of the student's sees it.

        Parameters
        ----------
        **right
            The student's name and the function that stands in; or a class, of which
            the methods that it defines itself do. Their ``self`` is an object of the
            student's side, whose attributes they set and read, and nothing else.
        """
        for name, one in right.items():
            known = isinstance(one, FunctionType)
            if not known and not (isinstance(one, type) and methods_of(one)):
                raise AuthorError(
                    f"the stand-in for {name} must be a function, or a class with "
                    "methods"
                )
        self._stand_ins.update(right)

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
    def stand_ins(self) -> dict[str, FunctionType | type]:
        """The right versions, by the student's names."""
        return dict(self._stand_ins)

    @property
    def stands_in(self) -> bool:
        """Whether right versions are in place of the student's own."""
        return bool(self._standing)

    @contextlib.contextmanager
    def standing_in(self, **others: FunctionType | type) -> Iterator[None]:
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

    def _put(self, right: dict[str, FunctionType | type]) -> None:
        """Have these stand in, and no others."""
        for name in self._standing:
            self._examination.restore(name)
        self._standing = {}
        for name, one in right.items():
            self._examination.bind(name, one)
            self._standing[name] = one
