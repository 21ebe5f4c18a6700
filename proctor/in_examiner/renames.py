"""Names of the student's that stand for something else while a test runs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(eq=False)
class Renamed:
    """A name of the student's that stands for something else.

    Attributes
    ----------
    methods
        Of a class; None: a function.
    """

    methods: list[str] | None


class Renames(dict[str, Renamed]):
    """The names that stand for something else from the next call on."""

    def __init__(self) -> None:
        super().__init__()
        # Those that do by now, in the student's process.
        self._there: dict[str, Renamed] = {}

    def request(self) -> dict:
        """Return which names are to stand for something else before a call.

        A message of its own for each would cost as much as the call does.
        """
        there = self._there
        if there == self:
            return {}
        self._there = dict(self)
        # One that was put back and put again covers what stands there by now.
        back = [name for name, one in there.items() if self.get(name) is not one]
        put = [name for name, one in self.items() if there.get(name) is not one]
        return {"back": back, "put": [[name, self[name].methods] for name in put]}
