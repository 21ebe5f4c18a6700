"""Two known mistakes in one cell: a solution that has both of them.

Who makes two slips at once is found by neither alone. Of all pairs those are made that
the checks allow: each check that fails for one alone shows what that one gives.
"""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Callable, Iterator

from proctor.in_namer.replay import NotTried
from proctor.in_namer.suspect import Suspect
from proctor.rubric.observation import Attempt

_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
# Pairs that nothing but a cell where all fails speaks for are beyond number.
_MOST_PAIRS = 60


def with_both(right: str, one: str, other: str) -> str | None:
    """Return a text with what two others change of it; None: they change one place."""
    tokens = _TOKEN.findall(right)
    first, second = _changes(tokens, one), _changes(tokens, other)
    places = sorted((*first, *second))
    for (_, end, _), (begin, _, _) in itertools.pairwise(places):
        if begin <= end:
            return None
    for begin, end, new in reversed(places):
        tokens[begin:end] = new
    return "".join(tokens)


def _changes(tokens: list[str], text: str) -> list[tuple[int, int, list[str]]]:
    """Return which tokens a text has others for, and these."""
    new = _TOKEN.findall(text)
    matcher = difflib.SequenceMatcher(None, tokens, new, autojunk=False)
    return [
        (i, j, new[k:m]) for tag, i, j, k, m in matcher.get_opcodes() if tag != "equal"
    ]


def both_behind(
    suspects: list[Suspect],
    failed: dict[str, Attempt],
    passed: list[str],
    make: Callable[[str, str], Suspect | None],
    same: Callable[[list[str]], str | None],
) -> dict[str, str]:
    """Return the one of two mistakes behind each failing check; empty: none are known.

    Parameters
    ----------
    make
        Returns the suspect that makes both; None: there is no such text.
    same
        Returns the one of several mistakes if they are one.

    Raises
    ------
    NotTried
        If a pair that may be the student's could not be tried to its end.
    """
    found: dict[int, list[tuple[Suspect, Suspect]]] = {}
    for one, other in _pairs(suspects, failed, passed):
        both = make(one.name, other.name)
        how = both.explains(failed, passed) if both else 0
        if how > 1:
            found.setdefault(how, []).append((one, other))
    best = _side_by_side(found.get(max(found, default=0), []), same)
    chosen = [same(sorted({pair[n].name for pair in best})) for n in (0, 1)]
    if not (best and all(chosen)):
        return {}
    fail_it = {
        name: [n for n in (0, 1) if best[0][n].fails(name, attempt.turn)]
        for name, attempt in failed.items()
    }
    # Who reads it reads of both.
    alone = {which[0] for which in fail_it.values() if len(which) == 1}
    at_both = 0 if alone == {1} else 1
    return {
        name: chosen[which[0] if len(which) == 1 else at_both]
        for name, which in fail_it.items()
    }


def _side_by_side(
    pairs: list[tuple[Suspect, Suspect]], same: Callable[[list[str]], str | None]
) -> list[tuple[Suspect, Suspect]]:
    """Return pairs each turned so that what is one mistake stands at one place."""

    def alike(one: Suspect, other: Suspect) -> bool:
        return bool(same(sorted({one.name, other.name})))

    return [
        (other, one)
        if alike(pairs[0][0], other) and alike(pairs[0][1], one)
        else (one, other)
        for one, other in pairs
    ]


def _pairs(
    suspects: list[Suspect], failed: dict[str, Attempt], passed: list[str]
) -> Iterator[tuple[Suspect, Suspect]]:
    """Yield the pairs that together fail what failed, and nothing else.

    Where one fails alone, it must have given there what the student did: so there is
    one of each pair that did.
    """
    much = {name: attempt for name, attempt in failed.items() if attempt.tells_much}
    telling = [
        s
        for s in suspects
        if s.may_pass(passed) and s.agreeing(much) and s.passes(passed)
    ]
    if not telling:
        return
    # Who gives nowhere what the student gave can fail nothing alone.
    hidden = any(len(_failing(s, failed)) == len(failed) for s in telling)
    able = [
        s
        for s in suspects
        if s in telling
        or (s.may_pass(passed) and (hidden or s.agreeing(failed)) and s.passes(passed))
    ]
    agrees = {s.name: s.agreeing(failed) for s in able}
    fails = {s.name: _failing(s, failed) for s in able}
    pairs = []
    for one, other in itertools.combinations(able, 2):
        ours, theirs = fails[one.name], fails[other.name]
        known = (agrees[one.name] - theirs) | (agrees[other.name] - ours)
        if ours | theirs == failed.keys() and known == ours ^ theirs and known:
            pairs.append((len(known), one, other))
    pairs.sort(key=lambda pair: -pair[0])
    if len(pairs) > _MOST_PAIRS:
        raise NotTried(f"{len(pairs)} pairs of mistakes may be behind it")
    yield from (pair[1:] for pair in pairs)


def _failing(suspect: Suspect, failed: dict[str, Attempt]) -> set[str]:
    return {n for n, attempt in failed.items() if suspect.fails(n, attempt.turn)}
