"""Recognise known mistakes: give each the inputs that a failing check gave the student.

This runs in a process of its own, forked like the examiner: a mistake that hangs or
ends the process costs the diagnosis and no verdict. In it stands a world for each known
mistake: the reference solution's cells, of which one is the mistaken one. The test cell
meets that world as it meets a student's process, through the same codec.

A name is given only where what the student's answers show can be nothing else that
the bank knows, and where it explains the cell: one mistake all that fails, several a
part each and together the rest, or a solution that makes two of them at once. What
explains a part, beside something that nobody knows, may be there by chance. Where a
mistake that may be the student's was not tried to its end, since it never ends, or ends
the process, the cell has no name: the next best may be wrong. What a mistake gave on a
check's inputs is remembered: those on which mistakes are looked for are the same for
all submissions of a run, and the process serves them one after the other.
"""

from __future__ import annotations

import contextlib
from functools import partial

from proctor.in_examiner.remote import read_attempts
from proctor.in_namer.both import both_behind, with_both
from proctor.in_namer.clock import Allowance, Clock
from proctor.in_namer.replay import NotTried, Replay
from proctor.in_namer.suspect import Suspect
from proctor.in_namer.world import Learned, learn, learned
from proctor.rubric.observation import Attempt
from proctor.wire.frames import Channel, ChannelError


def prepare(preload: list[str]) -> None:
    """Import what mistakes use: the examiner, which has the same parent, did."""


def warm_up() -> None:
    """Do nothing: the reference is run when it is learned."""


def serve(descriptors: list[int], limits: dict) -> None:
    """Learn, and answer the grader's questions, until it closes its end.

    Parameters
    ----------
    descriptors
        Of the grader's channel.
    """
    grader, clock = Channel(descriptors[0]), Clock()
    with contextlib.suppress(ChannelError):
        _answer_all(grader, clock)


def _answer_all(grader: Channel, clock: Clock) -> None:
    while True:
        question, body = grader.receive()
        if "lesson" in question:
            learn(question["lesson"])
            continue
        try:
            bugs, trouble = _name(question, body, clock)
            answer = {"bugs": bugs, "trouble": trouble}
        except NotTried as error:
            answer = {"bugs": {}, "trouble": f"not tried to its end: {error}"[:300]}
        except Exception as error:
            answer = {"bugs": {}, "trouble": f"{type(error).__name__}: {error}"[:300]}
        grader.send(answer)


def _name(question: dict, body: memoryview, clock: Clock) -> tuple[dict[str, str], str]:
    """Return the known mistake for each failing check that has one; and any doubt.

    Parameters
    ----------
    question
        ``of``, the assignment; ``name``, ``visible``, ``hidden`` and ``seed`` of the
        test; ``cell``, what it tests; ``failed``, what the failing checks saw;
        ``unseen``, the failing checks of which that is not known; ``passed``, the names
        of the others; ``stood_in``, the checks in which right versions stood in.

    Raises
    ------
    NotTried
        If a mistake that may be the student's could not be tried to its end.
    """
    known = learned[question["of"]]
    if known.trouble:
        raise RuntimeError(f"the bank was not learned: {known.trouble}")
    failed = read_attempts(question["failed"], body)
    suspects = _suspects(known, question, clock)
    for suspect in suspects:
        suspect.stood_in = set(question["stood_in"])
    if not question["unseen"]:
        how_well = {s.name: s.explains(failed, question["passed"]) for s in suspects}
        best = max(how_well.values(), default=0)
        whole = [name for name, how in how_well.items() if best and how == best]
        if only := _only(whole, known.same):
            return dict.fromkeys(failed, only), ""
        if whole:
            return {}, f"{', '.join(whole)} cannot be told apart"
    for by_words in (False, True):
        found: dict[str, list[Suspect]] = {}
        for suspect in suspects:
            for name in suspect.explains_some(failed, question["passed"], by_words):
                found.setdefault(name, []).append(suspect)
        named = _part_by_part(found, known.same)
        given = [s for s in suspects if s.name in named.values()]
        # By exceptions alone none is known so well that it may be behind the others.
        explained = {*named} == {*failed}
        if not by_words:
            explained = _explain_the_rest(given, named, failed)
        unseen = question["unseen"]
        if explained and all(any(s.fails(n, 0) for s in given) for n in unseen):
            return named, ""
    if question["unseen"]:
        return {}, ""
    make = partial(_make_both, known, question, clock)
    same = partial(_only, same=known.same)
    return both_behind(suspects, failed, question["passed"], make, same), ""


def _make_both(
    known: Learned, question: dict, clock: Clock, one: str, other: str
) -> Suspect | None:
    """Return the suspect that makes two mistakes; None: no text has both."""
    suspects, allowance = _memo[_key_of(question)]
    name = f"{one} and {other}"
    if name not in suspects:
        cell = question["cell"]
        texts = known.texts[cell]
        text = with_both(texts[""], texts[one], texts[other])
        code = text and compile(text, f"<{cell}: {name}>", "exec", dont_inherit=True)
        replay = code and Replay(known, code, _asked_of(question))
        suspects[name] = replay and Suspect(name, replay, clock, allowance)
    both = suspects[name]
    if both:
        both.stood_in = set(question["stood_in"])
    return both


def _explain_the_rest(
    given: list[Suspect], named: dict[str, str], failed: dict[str, Attempt]
) -> bool:
    """Tell whether the mistakes that explain some checks may be behind the others.

    Two that both fail a check may give there what neither does alone. One gives
    something else where it is made in another form, in slices say, or leaves memory as
    it was: where it explains little it has to end each of the others as the student's
    did, and to have given the same in a check in which that is no chance.
    """
    rest = [name for name in failed if name not in named]
    if not rest:
        return True
    if len(given) != 1:
        enough = 1 if 2 * len(named) >= len(failed) else 2
        return all(
            sum(s.fails(name, failed[name].turn) for s in given) >= enough
            for name in rest
        )
    if any(failed[name].ended_at_one_number for name in rest):
        return False  # a number has no other form
    if 3 * len(named) >= 2 * len(failed):
        return all(given[0].fails(name, failed[name].turn) for name in rest)
    clear = any(failed[name].ended_at_many_numbers for name in named)
    if not clear and 2 * len(named) < len(failed):
        return False
    return all(given[0].ends_alike(name, failed[name]) for name in rest)


def _part_by_part(
    found: dict[str, list[Suspect]], same: list[set[str]]
) -> dict[str, str]:
    """Return the mistake behind each check, of those that explain it."""
    explain = {name: [s.name for s in suspects] for name, suspects in found.items()}
    sure = {name: only for name, bugs in explain.items() if (only := _only(bugs, same))}
    for name, bugs in explain.items():
        # Of several that explain it, the one that explains another alone.
        only = _only(sorted({*bugs} & {*sure.values()}), same)
        if name not in sure and only:
            sure |= {name: only}
    return sure


_ASKED = ("of", "name", "visible", "hidden", "seed")
# By what they are asked about: what each known mistake, and some pairs of them, gave.
_memo: dict[tuple, tuple[dict[str, Suspect | None], Allowance]] = {}


def _key_of(question: dict) -> tuple:
    return tuple(question[name] for name in _ASKED)


def _asked_of(question: dict) -> dict:
    return {name: question[name] for name in ("cell", *_ASKED)}


def _suspects(known: Learned, question: dict, clock: Clock) -> list[Suspect]:
    """Return the known mistakes of the cell."""
    bugs, key = known.bugs.get(question["cell"], {}), _key_of(question)
    if key not in _memo:
        asked = _asked_of(question)
        allowance = Allowance(Replay(known, None, asked))
        found = {
            bug: Suspect(bug, Replay(known, code, asked), clock, allowance)
            for bug, code in bugs.items()
        }
        _memo[key] = found, allowance
    return [_memo[key][0][bug] for bug in bugs]


def _only(bugs: list[str], same: list[set[str]]) -> str | None:
    """Return the one mistake, or the first of a group that cannot be told apart."""
    alike = len(bugs) == 1 or any(set(bugs) <= group for group in same)
    return bugs[0] if bugs and alike else None
