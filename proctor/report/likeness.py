"""Which submissions are alike, beyond what the class has in common.

Answers are compared task by task, as lines of tokens, by the longest sequence that
both have in common. What that says depends on the class: everybody's loops look alike.
So a task counts the less the more alike the class's answers to it are, and a pair is
listed if it lacks less than a quarter of what the middle pair of the class lacks to be
the same. With a text from elsewhere it is listed for any longer answer that is nearly
the same, and that few of the class have in common. That is a reason to read both, and
proves nothing.

Winnowing (as in MOSS and copydetect) samples fingerprints, to find copied pieces in
large bodies of code without comparing all with all. Here each answer has its task, a
class is small, and the whole of a sequence says more than a sample of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

# Of what both wrote, how much is in common at least in a listed pair.
NEARLY = 0.9
# What the middle pair lacks to be the same, times this, is far less.
_FAR_LESS = 0.25
# What more of the class have nearly the same as a text from elsewhere, anybody may.
_RARE = 0.05
# From here on a class has a usual likeness.
_FEWEST_PAIRS = 20
# Shorter answers are alike whatever their authors did.
_SHORTEST = 12
# Of less, in one task or in tokens, anybody's may be the same.
_FEWEST_TASKS, _FEWEST_TOKENS = 2, 60
_MOST_PAIRS = 100
_LEAST = 1e-6


@dataclass(frozen=True)
class Text:
    """What somebody wrote: the tokens of each answer, by task.

    Attributes
    ----------
    student
        Whether it is a submission of the class.
    asked
        The tokens of what each task asks for, without helpers: other texts than
        submissions have these alone. By default the whole answers.
    """

    name: str
    answers: Mapping[str, str]
    student: bool = True
    asked: Mapping[str, str] | None = None

    def asked_in(self, task: str) -> str:
        """Return the tokens of what a task asks for."""
        return (self.answers if self.asked is None else self.asked).get(task, "")


@dataclass(frozen=True)
class Pair:
    """Two texts that are alike.

    Attributes
    ----------
    share
        Of what both wrote, how much is in common, 0 to 1.
    tasks
        Those whose answers are nearly the same, the rarest likeness first, each with
        the share of the class's pairs whose answers to it are as alike.
    compared
        How many tasks both answered; with a text from elsewhere, how many are nearly
        the same and are so of few of the class.
    """

    one: str
    other: str
    share: float
    tasks: tuple[tuple[str, float], ...]
    compared: int


@dataclass(frozen=True)
class Likeness:
    """What was found in a class.

    Attributes
    ----------
    students
        Whose submissions were compared.
    usual, high
        The share that the middle pair of the class has in common, and the one that 95
        of 100 pairs do not exceed; None where no two can be compared.
    left
        How many pairs are not listed, since there are too many.
    """

    students: frozenset[str]
    pairs: tuple[Pair, ...]
    usual: float | None
    high: float | None
    left: int = 0

    @property
    def words(self) -> str:
        """What the list means."""
        if self.usual is None:
            return "There are no two submissions to compare."
        base = (
            f"Among {len(self.students)} submissions the middle pair has "
            f"{self.usual:.0%} of its tokens in common, 95 of 100 pairs at most "
            f"{self.high:.0%}."
        )
        if not self.pairs:
            return f"No pair is alike beyond that. {base}"
        return (
            "Alike beyond what the class has in common; names, comments, layout and "
            "the order of functions do not count. This says that two texts are alike, "
            "and not why: common sources, work in pairs, one teacher at the elbow, and "
            f"short answers make texts alike, too. Read both before you ask. {base}"
        )


def likeness_of(texts: Sequence[Text]) -> Likeness:
    """Return the pairs that are alike, of the class and of one of it and another text.

    Parameters
    ----------
    texts
        Without the answers that are as they were handed out.
    """
    students = [text for text in texts if text.student]
    others = [text for text in texts if not text.student]
    ordered, names = [*students, *others], frozenset(s.name for s in students)
    count, whole = len(students), len(ordered)
    if count < 1 or whole < 2:
        return Likeness(names, (), None, None)
    common, total = np.zeros((count, whole)), np.zeros((count, whole))
    compared, size = np.zeros((count, whole), int), np.zeros((count, whole))
    taken, taken_size = np.zeros((count, whole)), np.zeros((count, whole))
    tasks_taken = np.zeros((count, whole), int)
    by_task: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for task in dict.fromkeys(task for text in ordered for task in text.answers):
        own = [text.answers.get(task, "") for text in students]
        asked = [text.asked_in(task) for text in ordered]
        alike = np.hstack([_alike(own, own), _alike(asked[:count], asked[count:])])
        lengths = np.array([len(answer) for answer in [*own, *asked[count:]]], float)
        there = lengths >= _SHORTEST
        both = there[:count, None] & there[None, :]
        known = np.sort(alike[:, :count][np.triu(both[:, :count], 1)])
        # What all have written alike counts little; a class of two has nothing usual.
        usual = np.median(known) if known.size >= _FEWEST_PAIRS else 0.0
        long = np.where(both, lengths[:count, None] + lengths[None, :], 0.0)
        weight = long * max(1 - usual, _LEAST)
        size += long / 2
        common += weight * alike
        total += weight
        compared += both
        telling = both & (alike >= NEARLY)
        if known.size >= _FEWEST_PAIRS:
            telling &= telling.sum(axis=0) <= max(1, _RARE * count)
        taken += np.where(telling, long / 2 * alike, 0.0)
        taken_size += np.where(telling, long / 2, 0.0)
        tasks_taken += telling
        by_task[task] = np.where(both, alike, 0.0), known
    share = common / np.maximum(total, _LEAST)
    mine = np.triu(np.ones((count, count), bool), 1)
    usable = (compared >= _FEWEST_TASKS) | (size >= _FEWEST_TOKENS)
    of_class = share[:, :count][mine & usable[:, :count]]
    usual, high = np.quantile(of_class, (0.5, 0.95)) if of_class.size else (None, None)
    least = NEARLY
    if of_class.size >= _FEWEST_PAIRS:
        least = max(NEARLY, 1 - _FAR_LESS * (1 - usual))
        # Where most have written the same, nobody stands out.
        usable &= share > usual + _LEAST
    wanted = usable & (share >= least - _LEAST)
    wanted[:, :count] &= mine
    # From elsewhere one answer may be taken, and not all.
    wanted[:, count:] = (taken_size >= _FEWEST_TOKENS)[:, count:]
    share[:, count:] = (taken / np.maximum(taken_size, 1.0))[:, count:]
    compared[:, count:] = tasks_taken[:, count:]
    places = zip(*np.nonzero(wanted), strict=True)
    listed = sorted(
        (-round(share[i, j], 6), -compared[i, j], int(i), int(j)) for i, j in places
    )
    pairs = tuple(
        Pair(
            ordered[i].name,
            ordered[j].name,
            float(share[i, j]),
            _tasks(by_task, i, j),
            int(compared[i, j]),
        )
        for _, _, i, j in listed[:_MOST_PAIRS]
    )
    return Likeness(names, pairs, usual, high, max(0, len(listed) - _MOST_PAIRS))


def _alike(rows: list[str], columns: list[str]) -> np.ndarray:
    """Return the share of tokens in common for each row and column, 0 to 1."""
    from rapidfuzz.distance import Indel
    from rapidfuzz.process import cdist

    # Many wrote the same to the letter: each text is compared once.
    distinct = list(dict.fromkeys([*rows, *columns]))
    place = {text: number for number, text in enumerate(distinct)}
    found = cdist(distinct, distinct, scorer=Indel.normalized_similarity)
    up, across = ([place[text] for text in texts] for texts in (rows, columns))
    return found[np.ix_(up, across)].astype(float)


def _as_alike(known: np.ndarray, alike: np.ndarray) -> np.ndarray:
    """Return the share of the class's pairs, sorted, that are as alike or more."""
    more = known.size - np.searchsorted(known, alike - _LEAST)
    return more / max(known.size, 1)


def _tasks(
    by_task: Mapping[str, tuple[np.ndarray, np.ndarray]], i: int, j: int
) -> tuple[tuple[str, float], ...]:
    """Return the tasks answered nearly alike, and how many pairs are as alike there."""
    near = []
    for task, (alike, known) in by_task.items():
        if alike[i, j] >= NEARLY:
            near.append((float(_as_alike(known, alike[i, j])), task))
    return tuple((task, rare) for rare, task in sorted(near))
