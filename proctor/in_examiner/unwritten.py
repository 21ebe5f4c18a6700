"""What stands for a student's process where a task is as it was handed out."""

from __future__ import annotations

from proctor.in_examiner.calls import Calls
from proctor.in_examiner.handles import Handle
from proctor.rubric.errors import StudentEnded


class Unwritten(Calls):
    """Answers as a process would in which some functions are not written.

    Whatever else a test asks for, only a real one knows.

    Parameters
    ----------
    names
        Of these functions.
    """

    def __init__(self, names: list[str]) -> None:
        super().__init__(channel=None)
        self._names = names
        self._handles: dict[int, str] = {}

    def __call__(self, operation: str, *arguments: object) -> object:
        """Do ``operation``, as :class:`proctor.in_examiner.calls.Calls` does."""
        match operation, arguments:
            case "begin", [wanted]:
                self._handles = dict(enumerate(wanted))
                return {name: Handle(self, n) for n, name in self._handles.items()}
            case "share", [_]:
                return Handle(self, -1)
            case "call" | "count" | "keep", [function, *_] if self._is_one(function):
                raise NotImplementedError
        raise StudentEnded("it takes a student's process")

    def _is_one(self, function: object) -> bool:
        number = object.__getattribute__(function, "_number")
        return self._handles.get(number) in self._names
