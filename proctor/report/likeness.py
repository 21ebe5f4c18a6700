"""Which submissions are alike, beyond what the class has in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from proctor.report.compare import Compared
from proctor.report.groups import (
    Common,
    Group,
    Pair,
    Text,
    grouped,
    same_pairs,
    same_texts,
)
from proctor.report.words import at_most, many, percent

_MOST_PAIRS = 100
# More that differ would take minutes, and more memory than a laptop has.
_MOST_COMPARED = 1500


@dataclass(frozen=True)
class Likeness:
    """What was found in a class.

    Attributes
    ----------
    students
        Whose submissions were compared.
    usual, high
        The share that the middle pair of the class has in common, and the one that 95
        of 100 pairs do not exceed; None where no two can be compared. Of those that are
        the same, one counts.
    pairs
        Those that stand in no group.
    left
        How many pairs are not listed, since there are too many.
    every
        All pairs that are alike; those that are the same are so with the first of them,
        and the others' pairs are not repeated for them.
    different
        How many submissions differ.
    common
        What the class has in common, task by task.
    elsewhere
        The other texts that stand in pairs.
    by_chance
        How many pairs with another text, for one answer alone, chance would give; None
        where there is none.
    """

    students: frozenset[str]
    usual: float | None = None
    high: float | None = None
    groups: tuple[Group, ...] = ()
    pairs: tuple[Pair, ...] = ()
    left: int = 0
    every: tuple[Pair, ...] = ()
    different: int = 0
    common: tuple[Common, ...] = ()
    elsewhere: frozenset[str] = frozenset()
    by_chance: float | None = None

    @property
    def words(self) -> str:
        """What the lists mean."""
        base = self._base
        if not self.pairs and not self.groups:
            if not base:
                return "There are no two submissions to compare."
            return f"No pair is alike beyond that. {base}"
        return (
            "Alike beyond what the class has in common; names, comments, layout and "
            "the order of functions do not count. This says that two texts are alike, "
            "and not why: common sources, work in pairs, one teacher at the elbow, and "
            "short answers make texts alike, too; many that are alike often have a "
            f"text that was given to all. Read both before you ask. {base}"
        ).rstrip() + self._chance

    @property
    def _chance(self) -> str:
        """What chance gives of single answers; empty where none is listed."""
        if self.by_chance is None:
            return ""
        number = f"about {self.by_chance:.0f}" if self.by_chance >= 1 else "less than 1"
        return (
            f" Of the pairs with a text from elsewhere for one task alone {number} "
            "would be there by chance: so often few of this class have the same answer."
        )

    @property
    def _base(self) -> str:
        """What is usual in the class; empty where there is no pair."""
        number = len(self.students)
        repeated = self.different < number
        if self.different > _MOST_COMPARED:
            return (
                f"Of {number} submissions {self.different} differ: more than "
                f"{_MOST_COMPARED} are not compared each with each, nor with other "
                "texts, and those that are the same alone are listed."
            )
        if self.usual is None:
            texts = many(self.different, "text")
            return f"The {number} submissions are {texts}." * repeated
        whose = f", {self.different} of which differ," * repeated
        return (
            f"Among {number} submissions{whose} the middle pair has "
            f"{percent(self.usual)} of its tokens in common, 95 of 100 pairs at most "
            f"{at_most(self.high)}."
        )


def likeness_of(texts: Sequence[Text]) -> Likeness:
    """Return what is alike, of the class and of one of it and another text.

    Parameters
    ----------
    texts
        Without the answers that are as they were handed out.
    """
    everybody = [text for text in texts if text.student]
    same = same_texts(everybody)
    names = frozenset(text.name for text in everybody)
    if not everybody or len(texts) < 2:
        return Likeness(names, different=len(same))
    if len(same) > _MOST_COMPARED:
        pairs = tuple(same_pairs(same))
        groups, alone = grouped(everybody, pairs)
        left = len(alone[_MOST_PAIRS:])
        return Likeness(
            names, None, None, groups, alone[:_MOST_PAIRS], left, pairs, len(same)
        )
    others = [text for text in texts if not text.student]
    found = Compared(same, others)
    pairs = tuple(found.pairs())
    groups, alone = grouped(everybody, pairs)
    usual, high = found.usual
    return Likeness(
        names,
        usual,
        high,
        groups,
        alone[:_MOST_PAIRS],
        len(alone[_MOST_PAIRS:]),
        pairs,
        len(same),
        tuple(found.common(everybody)),
        frozenset(pair.other for pair in pairs) - names,
        found.by_chance,
    )
