"""A known mistake, and what it gives when it meets the checks of a test cell."""

from __future__ import annotations

import contextlib

from proctor.in_namer.clock import Allowance, Clock
from proctor.in_namer.met import Meetings, Met
from proctor.in_namer.replay import NotTried, Replay
from proctor.rubric.observation import LITTLE, LONG, Attempt, Observation


def _alike_but_in_time(seen: list[Observation], attempt: Attempt) -> bool:
    """Tell whether a student's attempt saw the same, but for what took how long."""
    return all(
        one.agrees_with(two)
        for one, two in zip(seen, attempt.observations, strict=False)
        if not {one.text, two.text} & {LONG, LITTLE}
    )


class Suspect:
    """A known mistake that may be the student's.

    Parameters
    ----------
    replay
        Runs the checks in its world.
    clock, allowance
        The processor time that it may take.
    """

    def __init__(
        self,
        name: str,
        replay: Replay,
        clock: Clock,
        allowance: Allowance,
    ) -> None:
        self.name = name
        self._meetings = Meetings(name, replay, clock, allowance)
        self._allowance = allowance
        # The checks in which right versions stand in.
        self.stood_in: set[str] = set()

    def explains(self, failed: dict[str, Attempt], passed: list[str]) -> int:
        """Tell whether it fails exactly these checks, with the same observations.

        Returns
        -------
        int
            0 if not; 1 if so, where some exceptions have only their kind in common;
            2 if each check ended in the same words, or in an error of the same numbers;
            3 if all words are the same. Where nothing but exceptions was seen it must
            be 2: of one kind they come of many mistakes. But where both refuse what
            they were given, in words of their own, it is enough if these name the same
            numbers in one check.

        Raises
        ------
        NotTried
            If it was not tried to its end in a check, and agrees in all others.
        """
        seen, refused, trouble = [], [], None
        same_words = True
        # What takes least first: one that differs is enough.
        costs = {n: self._allowance.took(n, a.turn) for n, a in failed.items()}
        for name in sorted(failed, key=costs.__getitem__):
            attempt = failed[name]
            if self._fails_sooner(passed, costs[name]):
                return 0
            try:
                found = self._agrees(name, attempt)
            except NotTried as error:
                trouble = error
                continue
            if found is not None:
                seen.append(found.proves(attempt))
                same_words &= found.raised == attempt.raised
                refused.append(found.refused and attempt.refused)
            elif not (attempt.took_long and self._in_time(name, attempt)):
                return 0
        if trouble and self._passes(passed):
            raise trouble
        if trouble or not any(seen) or not self._passes(passed):
            return 0
        if all(seen):
            return 3 if same_words else 2
        if all(refused):
            return 1
        return int(not all(attempt.raised[0] for attempt in failed.values()))

    def explains_some(
        self, failed: dict[str, Attempt], passed: list[str], by_words: bool = False
    ) -> list[str]:
        """Return which failing checks it explains; none if it fails a passed one.

        A check that is explained alone needs more than zeros, an exception or a single
        number.

        Parameters
        ----------
        by_words
            Whether exceptions explain their checks as well: those in the same words
            with numbers in them, where there are two of different words or more, for of
            one shape that does not fit come many mistakes; and where both refuse what
            they were given, with the same numbers.

        Raises
        ------
        NotTried
            If it was not tried to its end in one that it may explain.
        """
        names, raised, trouble = [], {}, None
        tried = {
            name: attempt
            for name, attempt in failed.items()
            if attempt.tells_much
            or (by_words and (attempt.raised_with_numbers or attempt.refused))
        }
        costs = [
            self._allowance.took(name, attempt.turn)
            for name, attempt in tried.items()
            if not self._known(name, attempt.turn)
        ]
        if self._fails_sooner(passed, sum(costs)):
            return names
        for name, attempt in tried.items():
            try:
                found = self._agrees(name, attempt)
            except NotTried as error:
                trouble = error
                continue
            if not found or not found.proves(attempt):
                continue
            if attempt.tells_much:
                names.append(name)
            elif found.raised == attempt.raised:
                raised[name] = attempt.raised
            elif found.refused and attempt.refused:
                names.append(name)
        if len(names) == 1 and failed[names[0]].ended_at_one_number:
            names = []
        if len({*raised.values()}) > 1:
            names += raised
        if not (names or trouble) or not self._passes(passed):
            return []
        if trouble:
            raise trouble
        return names

    def may_pass(self, names: list[str]) -> bool:
        """Tell whether it is known of none of these checks that it fails it."""
        return not self._fails_sooner(names, 0.0)

    def passes(self, names: list[str]) -> bool:
        """Tell whether it passes these checks, each tried to its end."""
        try:
            return self.may_pass(names) and self._passes(names)
        except NotTried:
            return False

    def agreeing(self, failed: dict[str, Attempt]) -> set[str]:
        """Return the checks in which it gives what the student's attempt gave."""
        found = set()
        for name, attempt in failed.items():
            with contextlib.suppress(NotTried):
                if self._agrees(name, attempt) is not None:
                    found.add(name)
        return found

    def fails(self, name: str, turn: int) -> bool:
        """Tell whether it does not pass a check, as far as that is known."""
        met = self._known(name, turn)
        if met is None or met.cut:
            met = self._meet_check(name, turn)
        return met.attempt is None or not met.attempt.passed

    def ends_alike(self, name: str, attempt: Attempt) -> bool:
        """Tell whether it fails a check as a student's attempt does.

        That is by a verdict where that ended by one, not on other numbers, and by the
        same kind of exception where that was raised.
        """
        if not self.fails(name, attempt.turn):
            return False
        met = self._known(name, attempt.turn)
        if met.attempt is None:
            return True
        alike = met.attempt.ended_by_like(attempt)
        return alike and not met.attempt.contradicts(attempt)

    def _agrees(self, name: str, attempt: Attempt) -> Attempt | None:
        """Return its own attempt at a check if it is like the student's."""
        if attempt.took_long:
            return self._took_long_too(name, attempt)
        met = self._known(name, attempt.turn)
        if met is None or (met.took_long and not met.surely_long):
            met = self._meet_check(name, attempt.turn, attempt)
        if met.cut and met.begins_like(attempt):
            met = self._meet_check(name, attempt.turn)
        if met.trouble and met.begins_like(attempt):
            raise NotTried(met.trouble)
        seen = met.attempt
        if seen is None or len(met.observations) != len(attempt.observations):
            return None
        alike = met.begins_like(attempt) and seen.ended_like(attempt)
        return seen if alike else None

    def _took_long_too(self, name: str, attempt: Attempt) -> Attempt | None:
        """Return its own attempt if that ended for its time alone, as the student's.

        Which of several calls is the first to take too long is the machine's to say.
        """
        met = self._known(name, attempt.turn)
        if met is None or met.cut or (met.late and not met.patient):
            met = self._meet_check(name, attempt.turn, patient=True)
        if met.trouble:
            raise NotTried(met.trouble)
        if not met.took_long:
            return None
        return met.attempt if _alike_but_in_time(met.observations, attempt) else None

    def _in_time(self, name: str, attempt: Attempt) -> bool:
        """Tell whether it did not take long where the student's did, as far as known.

        It passed there, or ended by something that the student's did not come to.
        """
        met = self._known(name, attempt.turn)
        if met.attempt is None or met.took_long:
            return False
        return _alike_but_in_time(met.observations, attempt)

    def _fails_sooner(self, names: list[str], seconds: float) -> bool:
        """Tell whether it fails one of these checks, as far as that costs little.

        What is known already costs nothing; checks are run that take the reference less
        than so many seconds together. What is said of a mistake does not depend on it:
        one that fails a check that the student passed is ruled out sooner or later.
        """
        known = {name: self._known(name, 0) for name in names}
        if any(met and not met.cut and met.fails for met in known.values()):
            return True
        for name, met in known.items():
            if met is None or met.cut:
                took = self._allowance.took(name, 0) if seconds else 0.0
                if took >= seconds:
                    continue
                seconds -= took
                if self._meet_check(name, 0).fails:
                    return True
        return False

    def _passes(self, names: list[str]) -> bool:
        trouble = ""
        for name in names:
            met = self._known(name, 0)
            if met is None or met.cut:
                met = self._meet_check(name, 0)
            trouble = trouble or met.trouble
            if met.fails:
                return False
        if trouble:
            raise NotTried(trouble)
        return True

    def _known(self, name: str, turn: int) -> Met | None:
        return self._meetings.known(name, turn, name in self.stood_in)

    def _meet_check(
        self,
        name: str,
        turn: int,
        attempt: Attempt | None = None,
        patient: bool = False,
    ) -> Met:
        stands_in = name in self.stood_in
        return self._meetings.meet(name, turn, stands_in, attempt, patient)
