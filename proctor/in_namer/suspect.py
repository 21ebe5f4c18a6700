"""A known mistake, and what it gives when it meets the checks of a test cell."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FrameType

from proctor import rubric as rubrics
from proctor.in_examiner import testcell
from proctor.in_examiner.handles import Calls
from proctor.in_examiner.remote import Remote
from proctor.in_namer.world import Learned, make_world
from proctor.in_student.answers import Answers
from proctor.rubric.errors import AuthorError
from proctor.rubric.observation import Attempt, Observation

# Of processor time, for one mistake in one check.
_CHECK_SECONDS = 0.25
# An exception may be swallowed by the mistaken code: it comes again.
_AGAIN_SECONDS = 0.02


class _Differs(BaseException):
    """The known mistake gives something else than the student did."""


class _TooLong(BaseException):
    """The known mistake takes longer in one check than it may."""


class Clock:
    """Bounds the processor time of one check, and of one question."""

    def __init__(self) -> None:
        self._armed = False
        self.late = False
        self.deadline = 0.0
        self.patience = 1.0
        signal.signal(signal.SIGPROF, self._ring)

    def _ring(self, number: int, frame: FrameType | None) -> None:
        if self._armed:
            self.late = True
            raise _TooLong

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Raise a :class:`_TooLong` in the body when its time is over."""
        self.late, self._armed = False, True
        seconds = _CHECK_SECONDS * self.patience
        signal.setitimer(signal.ITIMER_PROF, seconds, _AGAIN_SECONDS)
        try:
            yield
        finally:
            self._armed = False
            signal.setitimer(signal.ITIMER_PROF, 0)


@dataclass
class _Met:
    """What a known mistake gave when it met a check.

    Attributes
    ----------
    observations
        In order, up to the end or to where it was cut short.
    attempt
        The whole of it; None if it was cut short, or could not be run to its end.
    cut
        Whether it was cut short, for differing from a student's.
    """

    observations: list[Observation]
    attempt: Attempt | None
    cut: bool = False

    def begins_like(self, attempt: Attempt) -> bool:
        """Tell whether a student's attempt begins with the same observations."""
        ours, theirs = self.observations, attempt.observations
        return len(ours) <= len(theirs) and all(
            one.agrees_with(two) for one, two in zip(ours, theirs, strict=False)
        )


class Suspect:
    """A known mistake that may be the student's; its world is made when asked for."""

    def __init__(self, known: Learned, name: str, asked: dict, clock: Clock) -> None:
        self.name = name
        self._known, self._question, self._clock = known, asked, clock
        self._rubric: rubrics.Rubric | None = None
        # Whether its world cannot be made, or the test not begun in it.
        self._broken = False
        # By check, and which random numbers it got.
        self._met: dict[tuple[str, int], _Met] = {}

    def explains(self, failed: dict[str, Attempt], passed: list[str]) -> int:
        """Tell whether it fails exactly these checks, with the same observations.

        Returns
        -------
        int
            0 if not; 1 if so, where some exceptions have only their kind in common;
            2 if each check ended in the same words.
        """
        seen = []
        for name, attempt in failed.items():
            found = self._agrees(name, attempt)
            if found is None:
                return 0
            seen.append(found.proves(attempt))
        if not any(seen) or not self._passes(passed):
            return 0
        return 2 if all(seen) else 1

    def explains_some(self, failed: dict[str, Attempt], passed: list[str]) -> list[str]:
        """Return which failing checks it explains; none if it fails a passed one.

        A check that is explained alone needs more than zeros or an exception.
        """
        telling = {name: seen for name, seen in failed.items() if seen.tells_much}
        found = {name: self._agrees(name, seen) for name, seen in telling.items()}
        names = [n for n, seen in found.items() if seen and seen.proves(failed[n])]
        return names if names and self._passes(passed) else []

    def _agrees(self, name: str, attempt: Attempt) -> Attempt | None:
        """Return its own attempt at a check if it is like the student's."""
        met = self._met.get((name, attempt.turn))
        met = met or self._meet_check(name, attempt.turn, attempt)
        if met.cut and met.begins_like(attempt):
            met = self._meet_check(name, attempt.turn)
        seen = met.attempt
        if seen is None or len(seen.observations) != len(attempt.observations):
            return None
        alike = met.begins_like(attempt) and seen.ended_like(attempt)
        return seen if alike else None

    def _passes(self, names: list[str]) -> bool:
        for name in names:
            met = self._met.get((name, 0))
            if met is None or met.cut:
                met = self._meet_check(name, 0)
            if met.attempt is None or not met.attempt.passed:
                return False
        return True

    def _meet_check(self, name: str, turn: int, attempt: Attempt | None = None) -> _Met:
        """Run a check, to its end or to where it differs from a student's attempt."""
        met = _Met([], None)

        def observe(observation: Observation) -> None:
            met.observations.append(observation)
            if attempt is not None and not met.begins_like(attempt):
                raise _Differs

        met.attempt, met.cut = self._attempt(name, turn, observe)
        self._met[name, turn] = met
        return met

    def _attempt(
        self, name: str, turn: int, observer: Callable[[Observation], None]
    ) -> tuple[Attempt | None, bool]:
        """Run a check.

        Returns
        -------
        tuple
            The attempt, None if it took too long or could not be run to its end; and
            whether the observer ended it.
        """
        if time.process_time() > self._clock.deadline:
            raise TimeoutError("the known mistakes took too long")
        if self._broken:
            return None, False
        try:
            with self._clock.running():
                self._broken = self._rubric is None
                rubric = self._rubric = self._rubric or self._meet()
                self._broken = False
                rubric.observer = observer
                stood_in = self._question["stood_in"]
                with rubric.standing_in() if stood_in else contextlib.nullcontext():
                    failure = rubric.attempt(name, turn)
        except (_TooLong, Exception):
            return None, False
        if self._clock.late:
            return None, False
        if isinstance(failure, _Differs):
            return None, True
        return rubric.latest, False

    def _meet(self) -> rubrics.Rubric:
        """Run the test cell up to its checks, in the world of the mistake."""
        question = self._question
        cell = question["cell"]
        world = make_world(self._known, cell, self._known.bugs[cell][self.name])
        calls = _WithinCalls(Answers(lambda: world))
        examination = _Choosing(calls, question["seed"])
        rubrics.set_examination(examination)
        test = testcell.find(question["name"], question["visible"], question["hidden"])
        namespace = testcell.new_namespace()
        namespace |= calls("begin", test.unknown(namespace))
        statements, _ = test.parts["hidden"]
        exec(statements, namespace)
        if examination.rubric is None:
            raise AuthorError("the test cell has no rubric")
        return examination.rubric


class _Choosing(Remote):
    """An examination that runs checks when it wants to."""

    def register(self, rubric: rubrics.Rubric) -> None:
        super().register(rubric)
        rubric.run_at_once = False


class _WithinCalls(Calls):
    """Calls that are answered in this process."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self.deadline = 0.0
        self.ended = ""
        self._usage = None

    def _exchange(
        self, request: dict, buffers: list[bytes]
    ) -> tuple[object, memoryview]:
        reply, answer = self._answers.reply(request, memoryview(b"".join(buffers)))
        return reply, memoryview(b"".join(answer))
