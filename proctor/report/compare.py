"""Submissions beside each other, and beside texts from elsewhere: what is in common.

Answers are compared task by task, as lines of tokens, by the longest sequence that
both have in common. What that says depends on the class: everybody's loops look alike.
So a task counts the less the more alike the class's answers to it are, and a pair is
listed if it lacks less than a quarter of what the middle pair of the class lacks to be
the same; and so is one with a text from elsewhere that has nearly all of the answers.
Beside that a pair is listed for some of its answers alone, if they are longer, nearly
the same, and had so by few of the class: with a text from elsewhere for one or two,
within the class for two or more, as many as do not come together by chance. Those that
are the same count once in all of this, and three or more that are alike are one group.
That is a reason to read both, and proves nothing.

Winnowing (as in MOSS and copydetect) samples fingerprints, to find copied pieces in
large bodies of code without comparing all with all. Here each answer has its task, a
class is small, and the whole of a sequence says more than a sample of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from proctor.report.groups import (
    FEWEST_ALONE,
    FEWEST_TASKS,
    FEWEST_TOKENS,
    SHORTEST,
    Common,
    Pair,
    Text,
    most_alike,
)
from proctor.report.rates import LEAST, Rates, alike_in, by_chance

# Of what both wrote, how much is in common at least in a listed pair.
NEARLY = 0.9
# What the middle pair lacks to be the same, times this, is far less.
_FAR_LESS = 0.25
# What more of the class have nearly the same as a text from elsewhere, anybody may; and
# one answer alone, of more of them.
_FEW, _RARE = 0.05, 0.02
# In a small class as many may have taken one text.
_ALWAYS_FEW, _ALWAYS_RARE = 3, 2
# As many pairs of a class may be listed by chance for some rare answers in common.
_BY_CHANCE = 0.5
# From here on a class has a usual likeness.
_FEWEST_PAIRS = 20
# Of more pairs nobody reads which tasks they have in common.
_MOST_TOLD = 5_000


class Compared:
    """Each submission beside each other, and beside the texts from elsewhere.

    Parameters
    ----------
    same
        The submissions, those together that are the same: the first is compared.

    Attributes
    ----------
    by_chance
        When the pairs were yielded: how many of them, for one answer and with a text
        from elsewhere, chance alone would give; None where there is none.
    """

    def __init__(self, same: Sequence[Sequence[Text]], others: Sequence[Text]) -> None:
        self._same, self._count = same, len(same)
        self._texts = [*(alike[0] for alike in same), *others]
        counts = np.array([len(alike) for alike in same], float)
        self._weights, self._inside = (
            np.outer(counts, counts),
            counts * (counts - 1) / 2,
        )
        shape = self._count, len(self._texts)
        self._mine = np.triu(np.ones((self._count,) * 2, bool), 1)
        # Of the class: tokens in common, and in all, each task by its weight.
        self._common, self._total = np.zeros(shape), np.zeros(shape)
        self._tasks, self._size = np.zeros(shape, int), np.zeros(shape)
        # Of the class: how much of each is compared with each, and how much there is.
        self._covered, self._own = np.zeros(shape), np.zeros(self._count)
        # What few of the class have nearly the same.
        self._taken, self._taken_size = np.zeros(shape), np.zeros(shape)
        self._tasks_taken, self._rare = np.zeros(shape, int), np.zeros(shape, bool)
        # By task: how much is in common, where few have it so, and the rates of the
        # class's pairs.
        self._alike: dict[str, tuple[np.ndarray, np.ndarray, Rates]] = {}
        # By task: how many of the class have nearly each text, of how many.
        self._have: dict[str, tuple[np.ndarray, int]] = {}
        self._students = counts.astype(int)
        # By task: who of the class has a longer answer.
        self._alone: dict[str, np.ndarray] = {}
        for task in dict.fromkeys(
            task for text in self._texts for task in text.answers
        ):
            self._add(task)
        share = self._common / np.maximum(self._total, LEAST)
        usable = (self._tasks >= FEWEST_TASKS) | (self._size >= FEWEST_TOKENS)
        self._share, self._usable = share, usable
        self.by_chance: float | None = None
        inside = self._mine & usable[:, : self._count]
        self._of_class = Rates(
            share[:, : self._count][inside], self._weights[inside], self._inside.sum()
        )

    def _add(self, task: str) -> None:
        """Compare the answers to a task."""
        count = self._count
        own = [text.answers.get(task, "") for text in self._texts[:count]]
        asked = [text.asked_in(task) for text in self._texts]
        alike = np.hstack([alike_in(own, own), alike_in(asked[:count], asked[count:])])
        lengths = np.array([len(answer) for answer in [*own, *asked[count:]]], float)
        there = lengths >= SHORTEST
        both = there[:count, None] & there[None, :]
        pairs = self._mine & both[:, :count]
        same = self._inside[there[:count]].sum()
        known = Rates(alike[:, :count][pairs], self._weights[pairs], same)
        enough = known.shares.size >= _FEWEST_PAIRS
        # What all have written alike counts little; a class of two has nothing usual.
        usual = known.quantile(0.5) if enough else 0.0
        long = np.where(both, lengths[:count, None] + lengths[None, :], 0.0)
        telling_part = max(1 - usual, LEAST)
        weight = long * telling_part
        written = np.where(there[:count], lengths[:count], 0.0) * telling_part
        self._own += written
        self._covered += np.where(both, written[:, None], 0.0)
        self._size += long / 2
        self._common += weight * alike
        self._total += weight
        self._tasks += both
        telling = both & (alike >= NEARLY)
        # Of each text, from elsewhere or not: how many of the class have it so.
        number, have = telling.sum(axis=0), self._students @ telling
        if enough:
            few = number <= max(_ALWAYS_FEW, _FEW * count)
            # Within the class both must be rare, and each answer a longer one.
            few[:count] = number[:count] <= max(_ALWAYS_RARE, _RARE * count)
            telling &= few
            telling[:, :count] &= few[:count, None] & (
                long[:, :count] / 2 >= FEWEST_TOKENS
            )
        else:  # so few have nothing usual, and nothing rare
            telling[:, :count] = False
        self._taken += np.where(telling, long / 2 * alike, 0.0)
        self._taken_size += np.where(telling, long / 2, 0.0)
        self._tasks_taken += telling
        rare = number <= max(_ALWAYS_RARE, _RARE * count) if enough else True
        self._rare |= telling & (long / 2 >= FEWEST_ALONE) & rare
        answers = int(self._students[there[:count]].sum())
        self._have[task] = have, answers
        self._alone[task] = lengths[:count] >= FEWEST_ALONE
        self._alike[task] = np.where(both, alike, 0.0), telling, known

    @property
    def usual(self) -> tuple[float | None, float | None]:
        """What the middle pair has in common, and 95 of 100 at most."""
        return self._of_class.quantile(0.5), self._of_class.quantile(0.95)

    def pairs(self) -> Iterator[Pair]:
        """Yield the pairs that are alike, the nearest first."""
        count, share, compared = self._count, self._share.copy(), self._tasks.copy()
        usable, least = self._usable.copy(), NEARLY
        # A text from elsewhere that has a part alone is not the same as the whole.
        covered = self._covered / np.maximum(self._own, LEAST)[:, None]
        usable[:, count:] &= covered[:, count:] >= NEARLY
        if self._of_class.shares.size >= _FEWEST_PAIRS:
            usual = self._of_class.quantile(0.5)
            least = max(NEARLY, 1 - _FAR_LESS * (1 - usual))
            # Where most have written the same, nobody stands out.
            usable = usable & (share > usual + LEAST)
        wanted = usable & (share >= least - LEAST)
        wanted[:, :count] &= self._mine
        partly = ~wanted & self._partly(wanted)
        self.by_chance = self._expected(partly, ~wanted[:, :count] & self._mine)
        taken, size = self._taken[partly], self._taken_size[partly]
        compared[partly] = self._tasks_taken[partly]
        share[partly] = taken / np.maximum(size, 1.0)
        for i, (one, *others) in enumerate(self._same):
            tasks, number = self._nearest(i, i, False), int(compared[i, i])
            rate = self._of_class.of(1.0)
            for other in others:
                yield Pair(one.name, other.name, 1.0, tasks, number, rate)
        places = zip(*np.nonzero(wanted | partly), strict=True)
        # Wholes, and then parts.
        listed = sorted(
            (partly[i, j], -round(share[i, j], 6), -compared[i, j], int(i), int(j))
            for i, j in places
        )
        for number, (part, _, _, i, j) in enumerate(listed):
            told = number < _MOST_TOLD or part or j >= count
            tasks = self._nearest(i, j, part) if told else ()
            # Who wrote the same has taken the same from elsewhere.
            alike = self._same[i][: None if j >= count else 1]
            rate = self._rate(tasks) if part else self._whole_rate(share[i, j])
            have = {}
            if part and j >= count:
                have = {task: self._has(task, j) for task, _ in tasks}
            for text in alike:
                yield Pair(
                    text.name,
                    self._texts[j].name,
                    float(share[i, j]),
                    tasks,
                    int(compared[i, j]),
                    rate,
                    bool(part),
                    have,
                )

    def _has(self, task: str, place: int) -> tuple[int, int]:
        """Return how many of the class have a text nearly so, of how many answers."""
        number, answers = self._have[task]
        return int(number[place]), answers

    def _partly(self, whole: np.ndarray) -> np.ndarray:
        """Return which pairs have some answers in common that few have.

        Within the class as many answers are asked for, two at least, as come together
        in less than half a pair by chance. If the answers to different tasks have
        nothing to do with each other, and m pairs of N have a rare answer to a task in
        common, then in m1 * m2 / N pairs that is so of two given tasks; and of any k
        tasks in the sum of all such products, over N to the k - 1.

        Parameters
        ----------
        whole
            Which are alike as wholes: these are not there by chance.
        """
        count = self._count
        number = max(float(self._mine.sum()), 1.0)
        own = self._mine & ~whole[:, :count]
        # Of no task, of one, of two: the sums of the products of m / N.
        sums = np.zeros(len(self._alike) + 1)
        sums[0] = 1.0
        for _, few, _ in self._alike.values():
            sums[1:] += sums[:-1] * (few[:, :count] & own).sum() / number
        least = FEWEST_TASKS
        while least < len(sums) and sums[least] * number > _BY_CHANCE:
            least += 1
        tasks, size = self._tasks_taken, self._taken_size
        several = (tasks >= FEWEST_TASKS) & (size >= FEWEST_TOKENS)
        found = self._rare | several
        found[:, :count] = own & (tasks[:, :count] >= least)
        return found

    def _expected(self, partly: np.ndarray, own: np.ndarray) -> float | None:
        """Return how many single answers are as some elsewhere by chance.

        None where there is none.

        Parameters
        ----------
        own
            The pairs of the class that are not alike as wholes.
        """
        count = self._count
        if not (partly[:, count:] & (self._tasks_taken[:, count:] == 1)).any():
            return None
        most, found = max(_ALWAYS_RARE, int(_RARE * count)), 0.0
        beside = own | own.T | np.eye(count, dtype=bool)
        for task, (alike, _, _) in self._alike.items():
            number = ((alike[:, :count] >= NEARLY) & beside).sum(axis=0)
            others = int(alike[:, count:].any(axis=0).sum())
            found += by_chance(number[self._alone[task]], count, most) * others
        return found

    def _whole_rate(self, share: float) -> float | None:
        """Return how many pairs of the class have as much in common; None of none."""
        return self._of_class.of(share) if self._of_class else None

    def _rate(self, tasks: tuple[tuple[str, float], ...]) -> float | None:
        """Return how many pairs of the class are as alike as one in some tasks.

        Those that are so in the rarest of the tasks; None where there is no pair.
        """
        return tasks[0][1] if tasks and self._of_class else None

    def _nearest(self, i: int, j: int, part: bool) -> tuple[tuple[str, float], ...]:
        """Return the tasks answered nearly alike, and how many are as alike there.

        Of a pair that is alike in a part, these are the tasks that few have so.
        """
        near = []
        for task, (alike, few, known) in self._alike.items():
            if alike[i, j] >= NEARLY and (few[i, j] or not part):
                near.append((known.of(alike[i, j]), task))
        return tuple((task, rare) for rare, task in sorted(near))

    def common(self, everybody: Sequence[Text]) -> Iterator[Common]:
        """Yield what the class has in common in each task."""
        for task, (_, _, known) in self._alike.items():
            yield Common(task, *most_alike(task, everybody), known.quantile(0.5))
