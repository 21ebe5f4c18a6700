"""What the system says of the student's process: its state, and what it has used."""

from __future__ import annotations

import os

# proc(5): of the fields from the state on, utime and stime.
_USER, _SYSTEM = 11, 12


class Usage:
    """Reads the file in which the system says it; nothing that a student can write.

    Parameters
    ----------
    file
        An open ``/proc/PID/stat``; None where the system has no such thing.
    """

    def __init__(self, file: int | None) -> None:
        self._file = file

    @property
    def is_known(self) -> bool:
        """Whether the system says anything."""
        return self._file is not None

    def is_held_still(self) -> bool:
        """Tell whether the grader has stopped the process for a while.

        Nothing else does: no student code may send a signal.
        """
        try:
            return self._fields()[0] in (b"T", b"t")
        except OSError:
            return False  # it has ended: who reads is told so

    def seconds(self) -> float:
        """Return the processor time used, all threads; OSError once it has ended."""
        fields = self._fields()
        ticks = int(fields[_USER]) + int(fields[_SYSTEM])
        return ticks / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        """Close the file, in this process alone."""
        if self._file is not None:
            os.close(self._file)

    def _fields(self) -> list[bytes]:
        text = os.pread(self._file, 4096, 0)
        # proc(5): the state stands behind the name, which may hold anything.
        return text.rpartition(b")")[2].split()
