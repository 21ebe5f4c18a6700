"""The copies of a student's process that wait for their tests, and what bounds them.

The process may fork once for each of them. What else it forks would run, and have
memory, beside them: it is killed.
"""

from __future__ import annotations

import time

from proctor.grade.snapshot import Snapshot
from proctor.sandbox import forks
from proctor.sandbox.children import Child
from proctor.sandbox.limits import Limits


class ProcessCopies:
    """Holds the copies of a process still, and within bounds.

    Attributes
    ----------
    taken
        The numbers of the copies.
    lost
        Whether the process answers no more, as whoever asks it has to say.
    """

    def __init__(self, process: Child, limits: Limits) -> None:
        self._process, self._limits = process, limits
        self.taken: set[int] = set()
        self.lost = False
        self._all: list[Snapshot] = []
        # Their memory, where what they have in common counts for each; and how long the
        # others may take to come.
        self._rough, self._wait = 0, limits.cell_seconds

    def allow_one(self) -> None:
        """Let the process fork once."""
        if self._process.gate:
            # Whoever took the last leave, for something else than a copy.
            self._end_strangers()
            self._process.gate.allow_fork()

    def add(self, copy: Snapshot, told: int) -> None:
        """Have a copy stand still until its test, and bound what all of them have.

        Parameters
        ----------
        told
            Its number as the process said it; 0 if it said none.
        """
        self._all.append(copy)
        begun = time.monotonic()
        try:
            copy.stop(self._process.number(), self.taken, told, self._wait)
            if self._process.gate:
                self._process.gate.close_forks()
                self._end_strangers()
        except OSError:
            copy.end("the notebook's process ended")
        self._wait = max(self._wait - (time.monotonic() - begun), 0.1)
        self._rough += copy.memory(exact=False)
        self._bound_memory()

    def hold(self) -> None:
        """Hold them when the process stands still; kill whatever else it forked."""
        for copy in self._all:
            copy.hold()
        self._kill_others()
        self._bound_memory()

    def close(self) -> None:
        """End them."""
        for copy in self._all:
            copy.close()

    def _bound_memory(self) -> None:
        """End the copies beyond what two processes may have in all."""
        most = 2 * self._limits.memory_mb << 20
        if self._rough <= most:
            return
        used = 0
        for copy in self._all:
            used += copy.memory(exact=True)
            if used > most:
                copy.end("the notebook's copies for its tests take too much memory")

    def _end_strangers(self) -> None:
        """End what the process forked beside them: it would run, and have memory."""
        if self._process.gate.forked > len(self.taken):
            self._kill_others()

    def _kill_others(self) -> None:
        if self.lost or self._process.ended or self._process.handle is None:
            return
        forks.kill_forked(self._process.number(), self.taken)
