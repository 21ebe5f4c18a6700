"""What a check saw of the student's answers: kept for the checks that fail.

A known mistake is recognised by what it gives on the same inputs
(:mod:`proctor.in_namer.main`), so the numbers a test compared are worth keeping, and
how the check ended.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from proctor.rubric.words import about_text

# A student may return arrays of any size; larger ones are not compared again.
MAX_BYTES = 1 << 20
_RTOL, _ATOL = 1e-5, 1e-8
# Of whole numbers from here on, two mistakes seldom give the same.
_LARGE = 100_000
# Nor of so many different numbers.
_MANY = 4
# As it stands in the text of an error.
_NUMBER = re.compile(r"-?\d+")
# What is said where an index, a slice or a shape fits no array: one mistake is an
# IndexError where it is made in loops, and a ValueError in slices.
_OUTSIDE = re.compile(
    r"out of (bounds|range)|broadcast|not aligned|core dimension|cannot reshape"
    r"|must match exactly|shape-mismatch|[Ss]hape mismatch"
)
_OUTSIDE_KINDS = ("IndexError", "ValueError")
# What is seen of a bounded call; refused for its lines, or for its time alone.
LITTLE, MUCH, LONG = "little", "much", "long"


@dataclass(frozen=True)
class Observation:
    """One thing that a check asked for and got.

    Attributes
    ----------
    kind
        The comparison: ``close``, ``same``, ``whole_number``, ``raises``, ...
    numbers
        What came, as a plain array; None where it was no array of numbers.
    text
        What came, where numbers do not say it: an error's kind, for example.
    dtype
        Whether the dtype was asked for.
    rtol, atol
        The comparison's own tolerances.
    """

    kind: str
    numbers: np.ndarray | None = None
    text: str = ""
    dtype: bool = False
    rtol: float = _RTOL
    atol: float = _ATOL

    @property
    def tells_much(self) -> bool:
        """Whether something came, and not zeros alone, or what is no number."""
        if self.numbers is None:
            return bool(self.text) and not self.kind.endswith("little")
        return bool(np.any(np.isfinite(self.numbers) & (self.numbers != 0)))

    def agrees_with(self, other: Observation) -> bool:
        """Tell whether both saw the same, within the comparison's tolerances."""
        if (self.kind, self.text) != (other.kind, other.text):
            return False
        one, two = self.numbers, other.numbers
        if one is None or two is None:
            return one is two
        if one.shape != two.shape or (self.dtype and one.dtype != two.dtype):
            return False
        with np.errstate(all="ignore"):
            one, two = one.astype(np.float64), two.astype(np.float64)
            larger = np.maximum(np.abs(one), np.abs(two))
            near = np.abs(one - two) <= self.atol + self.rtol * larger
            # Infinities of one sign, and what is no number on both sides.
            same = (one == two) | (np.isnan(one) & np.isnan(two))
        return bool(np.all(np.where(np.isfinite(larger), near, same)))


@dataclass
class Attempt:
    """One run of a check.

    Attributes
    ----------
    observations
        In order; the check stopped at the last of them if it failed there.
    verdict
        What the rubric or the check's own assertion said; empty where it passed, and
        where something was raised.
    raised
        The kind of exception that ended it, if it was no verdict, and its text.
    turn
        Which random numbers it got.
    too_large
        Whether more was seen than is kept; nothing is kept then.
    """

    observations: list[Observation] = field(default_factory=list)
    verdict: str = ""
    raised: tuple[str, str] = ("", "")
    turn: int = 0
    too_large: bool = False

    def add(self, observation: Observation) -> None:
        """Keep an observation, as far as there is room for it."""
        self.observations.append(observation)
        arrays = [o.numbers for o in self.observations if o.numbers is not None]
        if self.too_large or sum(array.nbytes for array in arrays) > MAX_BYTES:
            self.too_large = True
            self.observations.clear()

    @property
    def passed(self) -> bool:
        """Whether nothing was wrong."""
        return not self.verdict and not self.raised[0]

    @property
    def took_long(self) -> bool:
        """Whether it ended for the time of a call alone."""
        last = self.observations[-1] if self.observations else None
        return last is not None and (last.kind, last.text) == ("bounded", LONG)

    @property
    def ended_outside(self) -> bool:
        """Whether an index, a slice or a shape that fits no array ended it."""
        kind, text = self.raised
        return kind in _OUTSIDE_KINDS and bool(_OUTSIDE.search(text))

    @property
    def refused(self) -> bool:
        """Whether an exception ended it whose text is neither Python's nor NumPy's."""
        kind, text = self.raised
        return bool(kind and text) and not about_text(text)

    def ended_by_like(self, other: Attempt) -> bool:
        """Tell whether both were ended by a verdict, or by one kind of exception."""
        outside = self.ended_outside and other.ended_outside
        return outside or self.raised[0] == other.raised[0]

    def contradicts(self, other: Attempt) -> bool:
        """Tell whether both ended at arrays of one shape, and of other numbers.

        One mistake ends so or in an error, by the form in which it is made; in two
        forms it does not give two answers.
        """
        if not (self.observations and other.observations):
            return False
        one, two = self.observations[-1], other.observations[-1]
        if one.numbers is None or two.numbers is None:
            return False
        return one.numbers.shape == two.numbers.shape and not one.agrees_with(two)

    def ended_like(self, other: Attempt) -> bool:
        """Tell whether both ended with the same verdict, or kind of exception."""
        return self.verdict == other.verdict and self.ended_by_like(other)

    def proves(self, other: Attempt) -> bool:
        """Tell whether an agreement is more than one kind of exception in common.

        It is if the words are the same, or if each has words of its own in which the
        same numbers stand: who refuses something writes the error himself.
        """
        if self.verdict or self.raised == other.raised:
            return True
        (_, one), (_, two) = self.raised, other.raised
        if _NUMBER.sub("#", one) == _NUMBER.sub("#", two):
            return False
        ours, theirs = set(_NUMBER.findall(one)), set(_NUMBER.findall(two))
        if not (self.ended_outside or other.ended_outside) and ours == theirs:
            return bool(ours)
        return len(ours & theirs) > 1 and (ours <= theirs or theirs <= ours)

    @property
    def tells_much(self) -> bool:
        """Whether so much was seen at the end that it can be one mistake's alone.

        Zeros, infinities, no number at all, an exception, and an assertion's text come
        of many.
        """
        if self.raised[0] or not self.observations:
            return False
        return self.observations[-1].tells_much

    @property
    def raised_with_numbers(self) -> bool:
        """Whether an exception ended it in whose text several numbers stand."""
        return len(_NUMBER.findall(self.raised[1])) > 2

    @property
    def ended_at_many_numbers(self) -> bool:
        """Whether it ended at so many different numbers as nobody has by chance."""
        last = self.observations[-1].numbers if self.observations else None
        return last is not None and len(np.unique(last)) >= _MANY

    @property
    def ended_at_one_number(self) -> bool:
        """Whether it ended at a single number, which mistakes share by chance.

        A large whole number is nobody's by chance.
        """
        last = self.observations[-1].numbers if self.observations else None
        if last is None or last.size != 1:
            return False
        number = float(last.reshape(-1)[0])
        return abs(number) < _LARGE or number % 1 != 0

    def likeness(self, salt: int) -> str:
        """Return a text that is the same for answers that are wrong in the same way.

        It is of numbers to about three digits, since equal mistakes round differently.

        Parameters
        ----------
        salt
            Whoever does not know it cannot find out by trying what was seen; who does
            can.
        """
        digest = hashlib.sha256(repr((salt, self.verdict, self.raised[0])).encode())
        for seen in self.observations:
            # What took long on one machine need not on another.
            text = "" if seen.kind == "bounded" else seen.text
            digest.update(repr((seen.kind, text)).encode())
            if seen.numbers is not None:
                digest.update(_coarse(seen.numbers))
        return digest.hexdigest()[:12]

    def as_values(self) -> list[Any] | None:
        """Return plain values for :meth:`from_values`; None if they are too large."""
        if self.too_large:
            return None
        rows = [
            [o.kind, o.numbers, o.text, o.dtype, o.rtol, o.atol]
            for o in self.observations
        ]
        return [rows, self.verdict, list(self.raised), self.turn]

    @classmethod
    def from_values(cls, values: list[Any]) -> Attempt:
        """Return the attempt that ``values`` were made of."""
        rows, verdict, raised, turn = values
        seen = [Observation(*row) for row in rows]
        return cls(seen, verdict, tuple(raised), turn)


def _coarse(numbers: np.ndarray) -> bytes:
    """Return an array's shape and its numbers in thousandths of the largest."""
    with np.errstate(all="ignore"):
        values = np.abs(numbers) if numbers.dtype.kind == "c" else numbers
        values = np.asarray(values, np.float64)
        finite = np.isfinite(values)
        largest = np.max(np.abs(values), where=finite, initial=0.0) or 1.0
        steps = np.where(finite, np.round(values / largest * 1000), values)
        # Neither -0.0 nor the sign of what is no number makes a difference.
        steps = np.where(np.isnan(steps), np.nan, steps + 0.0)
    return repr((numbers.shape, float(f"{largest:.2e}"))).encode() + steps.tobytes()
