"""What a grading run of a class is to do."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """What a run is to do.

    Attributes
    ----------
    students
        Whom to grade; empty: everybody who handed something in.
    force
        Whether to grade again what is graded already.
    shard
        Which part of them, and of how many parts, from 1; None: all.
    """

    students: tuple[str, ...] = ()
    force: bool = False
    shard: tuple[int, int] | None = None

    def has(self, student: str) -> bool:
        """Tell whether a student is in the run's part.

        That follows from the name alone, so that machines agree on it whatever lies on
        their disks.
        """
        if self.shard is None:
            return True
        number, of = self.shard
        digest = hashlib.sha256(student.encode("utf-8", "surrogateescape")).digest()
        return int.from_bytes(digest[:8], "big") % of == number - 1
