"""What a check asks of the work that a call does: time, lines, and memory."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from proctor.rubric import pace, values
from proctor.rubric.errors import AuthorError, CheckFailed
from proctor.rubric.observation import LITTLE, LONG, MUCH, Observation
from proctor.rubric.questions import Comparing

# How often a check is run whose calls took too long, by how many times too long: a
# forged count fails each time, a busy machine is seldom so busy, and never so much.
_TURNS = ((20, 1), (4, 3), (1, 5))
# What is done beside it is tried so often where the first tries leave it open; above
# this part of what it may take.
_TRIES, _IN_DOUBT = 4, 0.5
# The kernel tells what another process has used in steps of this, and cuts each of two
# parts of it, in user mode and in the kernel, to a whole number of them.
_STEPS_SECONDS = 2 * 0.01
# Time for which a machine is given to others may count as well, and is many times what
# little work takes. Below so many of the kernel's steps, a check is run so often in any
# case.
_FEW_STEPS, _TURNS_OF_FEW = 25, 5
# What arrives in the student's process takes as long there as writing it so often into
# memory that is new: so on a busy machine, less on an idle one.
_WRITTEN = 6
# A call whose work is to be seen bit by bit takes so long, in at most so many lines. A
# part of them, and what of the whole counts as nothing: what is made ready before, what
# is put together behind, and what the kernel's steps leave open.
_SEEN_SECONDS, _MOST_LINES = 0.3, 1_000_000
_A_FEW, _NEARLY_NONE = 32, 0.2


class TookLong(CheckFailed):
    """A bounded call did too much.

    Attributes
    ----------
    turns
        How often the check is to fail so, each time with other random numbers, before
        that counts.
    """

    turns = 1


class Costing(Comparing):
    """The questions about cost, beside the comparisons."""

    # What was shared in this attempt at a check, the processor time before, its bytes.
    _shared: list[tuple[Any, float, int]]

    def share(self, value: np.ndarray | list) -> Any:
        """Return a copy of an array, or of a list of numbers or of tuples of them.

        Student code can change it; see `unchanged`. From then on it may work with it:
        where `bounded` is given it, what was done since counts. Share it just before.
        """
        begin = self._examination.processor_seconds()
        shared = super().share(value)
        size = value.nbytes if isinstance(value, np.ndarray) else 8 * len(value)
        self._shared.append((shared, begin, size))
        return shared

    def bounded(
        self,
        function: Callable,
        *args: Any,
        steps: int,
        beside: Callable[[], object],
        times: float = 2,
        **kwargs: Any,
    ) -> Any:
        """Return ``function(*args, **kwargs)``, if Python had little to do for it.

        Lines of Python are counted, those of NumPy's own functions too, each time that
        they run. The student's process counts them, and could lie: so the processor
        time that it spends in the call is seen from outside, and compared with that of
        other work, done at that moment. Take a case so large that the cheapest loop
        over its windows takes longer than that, and `beside` a right way that takes its
        time. Time alone can be a busy machine's: the check is then run again, with
        other random numbers. So let these decide arrays and lengths, or the answer
        could be kept from the time before.

        Parameters
        ----------
        steps
            The most lines that may run.
        beside
            Does the same work with the test's own arrays, in whole arrays, and by no
            means as fast as possible.
        times
            How many times as long as that the call may take.
        """
        _require_steps(steps)
        clock = self._examination.processor_seconds
        given = [*args, *kwargs.values()]
        shared = [each for each in self._shared if any(each[0] is one for one in given)]
        begin = min([clock(), *(at for _, at, _ in shared)])
        done, answer = self._examination.count(function, args, kwargs, steps)
        spent = clock() - begin - _STEPS_SECONDS
        over = math.inf if done > steps else 0.0
        if spent > 0 and not over:
            over = _times_over(spent / times, beside)
        if 1 < over < math.inf:
            # To receive it is not the call's work, and is counted with it.
            arrived = _WRITTEN * pace.seconds_of_bytes(sum(size for *_, size in shared))
            over *= max(0.0, spent - arrived) / spent
        text = MUCH if done > steps else LONG if over > 1 else LITTLE
        self._observe(Observation("bounded", text=text))
        if over > 1:
            failure = TookLong("too much Python work")
            if done <= steps:
                turns = next(n for least, n in _TURNS if over > least)
                few = spent < _FEW_STEPS * _STEPS_SECONDS
                failure.turns = max(turns, _TURNS_OF_FEW if few else 1)
            raise failure
        if not _is_data(answer):
            # What is computed when it is looked at would be computed uncounted.
            raise CheckFailed("not a numeric array")
        return answer

    def memory_bytes(self) -> int:
        """Return how much memory the student's process may have, as the system has it.

        What takes more at once is no longer there to be measured: it ends in a
        MemoryError, whatever the student's code does about it. So a function that is to
        do its work piece by piece is given work that takes more than this in all, and
        in pieces next to nothing.

        Returns
        -------
        int
            Bytes; 0 where nothing bounds them, as under plain nbgrader, or on macOS.
        """
        return self._examination.memory_bytes()

    def lines(self, function: Callable, *args: Any, most: int, **kwargs: Any) -> int:
        """Return how many lines of Python ``function(*args)`` runs, ``most`` at most.

        For comparing a function with itself, where the number of turns must follow from
        what it is given: the student's process counts them. Lines can do nothing:
        compare what the same call returns as well, and ask for no number of lines.
        """
        _require_steps(most)
        done, _ = self._examination.count(function, args, kwargs, most, keep=False)
        return min(done, most)

    def in_pieces(
        self, function: Callable, *args: Any, saying: str, **kwargs: Any
    ) -> None:
        """Pass if a call's work is done bit by bit, all along the lines that it runs.

        A loop that does nothing beside one step for all has as many turns as one that
        does the work. So the call is ended in the middle of its lines, and the
        processor time that it took until then, as seen from outside, is compared with
        that of the whole. Where that is nearly none, or nearly all, further places are
        tried, until the work is found to be done within a few lines, or along more.
        There is no verdict on a call that takes too little to be seen: take a large
        case.

        Parameters
        ----------
        saying
            What the student reads: a plain text.
        """

        def seconds_of(most: int) -> tuple[int, float]:
            begin = self._examination.processor_seconds()
            done, _ = self._examination.count(function, args, kwargs, most, keep=False)
            return done, self._examination.processor_seconds() - begin

        lines, whole = seconds_of(_MOST_LINES)
        first, last = 0, lines
        while whole > _SEEN_SECONDS and last - first > max(1, lines // _A_FEW):
            middle = (first + last) // 2
            part = seconds_of(middle)[1] / whole
            if part < _NEARLY_NONE:
                first = middle
            elif part > 1 - _NEARLY_NONE:
                last = middle
            else:
                break
        at_once = whole > _SEEN_SECONDS and last - first <= max(1, lines // _A_FEW)
        self._observe(Observation("bounded", text=MUCH if at_once else LITTLE))
        if at_once:
            raise CheckFailed(saying)


def _times_over(spent: float, beside: Callable[[], object]) -> float:
    """Return how many times as long some time is as what is done beside it.

    The shortest of some tries counts. Where one shows what further ones would, it is
    the last.
    """
    least = math.inf
    for _ in range(_TRIES):
        least = min(least, pace.seconds_of(beside))
        over = spent / least
        if not _IN_DOUBT < over <= 1:
            break
    return over


def _require_steps(steps: Any) -> None:
    if type(steps) is not int or steps < 1:
        raise AuthorError(f"steps is a positive int, not {steps!r}")


def _is_data(value: Any) -> bool:
    if isinstance(value, (tuple, list)):
        return all(map(_is_data, value))
    numbers = np.ndarray | np.generic | int | float
    return isinstance(value, numbers) or values.is_plain(value)
