"""What a known mistake gives when it meets the checks of a test cell."""

from __future__ import annotations

from dataclasses import dataclass, field

from proctor.in_namer.clock import Allowance, Clock, TooLong
from proctor.in_namer.replay import Replay
from proctor.rubric.cost import TookLong
from proctor.rubric.observation import LONG, Attempt, Observation

# How many times as long as others a mistake may take where the student's took long.
_PATIENCE = 8


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
    surely_long
        Whether it took long as often as a student's answer may, before that counts.
    """

    observations: list[Observation] = field(default_factory=list)
    attempt: Attempt | None = None
    cut: bool = False
    trouble: str = ""
    late: bool = False
    patient: bool = False
    surely_long: bool = False

    @property
    def took_long(self) -> bool:
        """Whether it ended for the time of a call alone."""
        return self.attempt is not None and self.attempt.took_long

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


class _Differs(BaseException):
    """The known mistake gives something else than the student did."""


class Meetings:
    """What a known mistake gave in each check, as far as it met them.

    Parameters
    ----------
    name
        The mistake's.
    replay
        Runs the checks in its world.
    clock, allowance
        The processor time that it may take.
    """

    def __init__(
        self, name: str, replay: Replay, clock: Clock, allowance: Allowance
    ) -> None:
        self._name, self._replay = name, replay
        self._clock, self._allowance = clock, allowance
        # By check, which random numbers it got, and whether right versions stood in.
        self._met: dict[tuple[str, int, bool], Met] = {}

    def known(self, check: str, turn: int, stands_in: bool) -> Met | None:
        """Return what it gave in a check; None: it did not meet it."""
        return self._met.get((check, turn, stands_in))

    def meet(
        self,
        check: str,
        turn: int,
        stands_in: bool,
        attempt: Attempt | None = None,
        patient: bool = False,
    ) -> Met:
        """Run a check, to its end or to where it differs from a student's attempt.

        Parameters
        ----------
        turn
            Which random numbers it gets.
        stands_in
            Whether right versions of earlier functions stand in.
        patient
            Whether it may take long, as the student's did.
        """
        met, turns = self._meet_once(check, turn, stands_in, attempt, patient)
        # Time alone can be a busy machine's, as where a student's answer is judged.
        for _ in range(turns - 1 if attempt else 0):
            if not met.took_long:
                break
            met, _ = self._meet_once(check, turn, stands_in, attempt, patient)
        met.surely_long = met.took_long and attempt is not None
        if met.attempt is not None and met.attempt.passed:
            # It differs from all that fail, whatever they saw; arrays may be large.
            met.observations.clear()
            met.attempt.observations.clear()
        self._met[check, turn, stands_in] = met
        return met

    def _meet_once(
        self,
        check: str,
        turn: int,
        stands_in: bool,
        attempt: Attempt | None,
        patient: bool,
    ) -> tuple[Met, int]:
        """Run a check once; return too how often one that takes long is to be run."""
        seconds, met = self._allowance.seconds(check, turn), Met(patient=patient)
        seconds *= _PATIENCE if patient else 1
        turns = 1

        def observe(observation: Observation) -> None:
            # What it gives after it should have ended may come of that.
            if not self._clock.late:
                met.observations.append(observation)
            if attempt is None or observation.text == LONG:
                return
            if not met.begins_like(attempt):
                raise _Differs

        try:
            with self._clock.running(seconds):
                found, failure = self._replay.attempt(check, turn, observe, stands_in)
                met.cut = isinstance(failure, _Differs)
                met.attempt = None if met.cut else found
                turns = failure.turns if isinstance(failure, TookLong) else 1
        except TooLong:
            pass  # the clock says so
        except Exception as error:
            met.trouble = f"{self._name}: {type(error).__name__}: {error}"
        if self._clock.late:
            met.attempt, met.cut, met.late = None, False, True
            met.trouble = f"{self._name} takes far longer than the reference"
        return met, turns
