"""Submissions that are alike, three or more: a group in place of all its pairs."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

# Shorter answers are alike whatever their authors did.
SHORTEST = 12
# Of less, in one task or in tokens, anybody's may be the same.
FEWEST_TASKS, FEWEST_TOKENS = 2, 60
# One answer of less, alone, many come to by themselves.
FEWEST_ALONE = 120
# Two that are the same are a pair.
_FEWEST = 3


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
    written
        The answers as they are written.
    """

    name: str
    answers: Mapping[str, str]
    student: bool = True
    asked: Mapping[str, str] | None = None
    written: Mapping[str, str] | None = None

    def asked_in(self, task: str) -> str:
        """Return the tokens of what a task asks for."""
        return (self.answers if self.asked is None else self.asked).get(task, "")

    @property
    def long(self) -> dict[str, str]:
        """The answers that are long enough to tell something."""
        return {t: a for t, a in self.answers.items() if len(a) >= SHORTEST}


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
        How many tasks both answered; where they are alike in some tasks, how many.
    rate
        The share of the class's pairs that are as alike as this one, or more; where
        they are alike in some tasks, that are so in the rarest of these. None where
        there is no pair to compare.
    partly
        Whether they are alike in some tasks alone, which few of the class have so.
    have
        Of such a pair with a text from elsewhere, by task: how many of the class have
        it nearly as that text has it, of how many answers. This is what is few (those
        that are the same in all count once); the shares of pairs are of any texts.
    """

    one: str
    other: str
    share: float
    tasks: tuple[tuple[str, float], ...]
    compared: int
    rate: float | None = None
    partly: bool = False
    have: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def had_so(self) -> str:
        """How many of the class have so what is alike in a part, in words."""
        return ", ".join(
            f"{number} of {of} have {task} so"
            for task, (number, of) in self.have.items()
        )


@dataclass(frozen=True)
class Group:
    """Three submissions or more, each alike with another of them.

    Attributes
    ----------
    same
        Whether all of them are the same, but for what does not count.
    to_the_letter
        Whether names, comments and layout are the same, too.
    least
        What the pairs that are alike have in common at least.
    rate
        The share of the class's pairs that have as much in common, or more.
    nearest
        The pair that has most in common; None where all are the same.
    """

    students: tuple[str, ...]
    same: bool
    to_the_letter: bool
    least: float
    rate: float
    nearest: Pair | None = None

    @property
    def how(self) -> str:
        """How alike they are, in words."""
        if self.to_the_letter:
            return "the same to the letter"
        if self.same:
            return "the same, but for names, comments or layout"
        return f"alike, {math.floor(100 * self.least)} % or more in common"


@dataclass(frozen=True)
class Common:
    """What a class has in common in one task.

    Attributes
    ----------
    answers
        How many answers of some length there are.
    same
        How many of them are the same, in the largest group.
    usual
        The share of its tokens that the middle pair has in common; None of no pair.
    """

    task: str
    answers: int
    same: int
    usual: float | None


def same_texts(students: Iterable[Text]) -> list[list[Text]]:
    """Return the submissions, those together that are the same in all that tells."""
    alike: dict[object, list[Text]] = {}
    for text in students:
        long = text.long
        size = sum(map(len, long.values()))
        tells = len(long) >= FEWEST_TASKS or size >= FEWEST_TOKENS
        key = tuple(sorted(long.items())) if tells else text.name
        alike.setdefault(key, []).append(text)
    return list(alike.values())


def same_pairs(texts: Iterable[Sequence[Text]]) -> Iterator[Pair]:
    """Yield the pairs that are the same, each with the first; nothing else is compared.

    Parameters
    ----------
    texts
        See :func:`same_texts`.
    """
    every = [*texts]
    whole = _alike_of(map(len, every))
    tasks: dict[str, Counter[str]] = {}
    for text in chain.from_iterable(every):
        for task, answer in text.long.items():
            tasks.setdefault(task, Counter())[answer] += 1
    rates = {task: _alike_of(counts.values()) for task, counts in tasks.items()}
    for one, *others in every:
        near = sorted((rates[task], task) for task in one.long)
        for other in others:
            named = tuple((task, rate) for rate, task in near)
            yield Pair(one.name, other.name, 1.0, named, len(near), whole)


def _alike_of(sizes: Iterable[int]) -> float:
    """Return the share of all pairs that lie within groups of these sizes."""
    found = [*sizes]
    inside = sum(size * (size - 1) for size in found)
    return inside / max(sum(found) * (sum(found) - 1), 1)


def grouped(
    students: Iterable[Text], pairs: Sequence[Pair]
) -> tuple[tuple[Group, ...], tuple[Pair, ...]]:
    """Return the groups, the largest first, and the pairs that stand in none.

    Parameters
    ----------
    pairs
        Those that are alike, the nearest first.
    """
    texts = {text.name: text for text in students}
    of = {name: name for name in texts}

    def first(name: str) -> str:
        while of[name] != name:
            name = of[name]
        return name

    for pair in pairs:
        # Neither a text from elsewhere, nor who has some answers alone in common.
        if pair.other in of and not pair.partly:
            of[first(pair.other)] = first(pair.one)
    members: dict[str, list[Text]] = {}
    for name, text in texts.items():
        members.setdefault(first(name), []).append(text)
    within: dict[str, list[Pair]] = {}
    alone: list[Pair] = []
    for pair in pairs:
        group = first(pair.one) if pair.other in of else ""
        if pair.partly and group:
            if group == first(pair.other):  # it stands there already
                continue
            group = ""
        large = group and len(members[group]) >= _FEWEST
        (within.setdefault(group, []) if large else alone).append(pair)
    found = [_group(members[name], inside) for name, inside in within.items()]
    # No more by names: who has another one would be known by the place.
    found.sort(key=lambda group: -len(group.students))
    return tuple(found), tuple(alone)


def _group(members: list[Text], inside: list[Pair]) -> Group:
    one, last = members[0], inside[-1]
    same = all(text.long == one.long for text in members)
    letter = bool(one.written) and all(t.written == one.written for t in members)
    differ = [pair for pair in inside if pair.share < 1 - 1e-9] or inside
    return Group(
        tuple(sorted(text.name for text in members)),
        same,
        same and letter,
        last.share,
        last.rate or 0.0,
        None if same else differ[0],
    )


def most_alike(task: str, students: Iterable[Text]) -> tuple[int, int]:
    """Return how many answered a task, and how many of them the same."""
    counts = Counter(t.answers[task] for t in students if task in t.long)
    return counts.total(), max(counts.values(), default=0)
