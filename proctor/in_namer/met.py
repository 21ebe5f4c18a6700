"""What a known mistake gave when it met a check of a test cell."""

from __future__ import annotations

from dataclasses import dataclass, field

from proctor.rubric.observation import Attempt, Observation


@dataclass
class Met:
    """What a known mistake gave when it met a check.

    Attributes
    ----------
    observations
        In order, up to the end or to where it was cut short or broke off.
    attempt
        The whole of it; None if it was cut short, or ended as no student's can.
    cut
        Whether it was cut short, for differing from a student's.
    trouble
        Why it is not known what it gives; empty if that is known.
    late
        Whether that is since it took too long.
    patient
        Whether it could take long.
    """

    observations: list[Observation] = field(default_factory=list)
    attempt: Attempt | None = None
    cut: bool = False
    trouble: str = ""
    late: bool = False
    patient: bool = False

    @property
    def fails(self) -> bool:
        """Whether it was tried to its end, and does not pass.

        By its time alone nobody is told from another.
        """
        if self.cut or self.trouble:
            return False
        ended = self.attempt
        return ended is None or not (ended.passed or ended.took_long)

    def begins_like(self, attempt: Attempt) -> bool:
        """Tell whether a student's attempt begins with the same observations."""
        ours, theirs = self.observations, attempt.observations
        return len(ours) <= len(theirs) and all(
            one.agrees_with(two) for one, two in zip(ours, theirs, strict=False)
        )
