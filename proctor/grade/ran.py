"""What a student's process says of a test that ran in it."""

from __future__ import annotations

from dataclasses import dataclass

from proctor.grade import safe_outputs


@dataclass(frozen=True)
class Ran:
    """What a student's process says of a test that ran in it; it may lie.

    Attributes
    ----------
    good
        Whether nothing was raised.
    outputs
        What it showed, rebuilt.
    line
        Of the cell, where it raised; 0: not known.
    ended
        Why the process ended in it; empty if it did not.
    hung
        Whether that was for taking too long.
    begun
        Whether it ran at all, which other code may have taken the time for.
    """

    good: bool = False
    outputs: tuple[dict, ...] = ()
    line: int = 0
    ended: str = ""
    hung: bool = False
    begun: bool = True

    @classmethod
    def of_reply(cls, reply: object, room: int) -> Ran:
        """Return what an answer says, as far as it is one."""
        if not isinstance(reply, dict):
            return cls()
        shown = safe_outputs.rebuild(reply.get("outputs"), room)
        line = reply.get("line")
        return cls(
            reply.get("ok") is True, tuple(shown), line if type(line) is int else 0
        )
