"""The page of the submissions that are alike: the texts side by side."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, replace

from markupsafe import Markup

from proctor.feedback.markup import code_html
from proctor.report.answers import without_comments
from proctor.report.groups import Group, Pair
from proctor.report.likeness import Likeness
from proctor.report.page import templates
from proctor.report.pseudonyms import Names
from proctor.report.tables import safe

# What the page shows of each pair, and of how many.
_MOST_TASKS, _MOST_PAIRS, _LONGEST = 2, 30, 6_000
# Each task, and its text.
_Texts = tuple[tuple[str, Markup], ...]


@dataclass(frozen=True)
class Together:
    """A group, and its nearest pair; of those that are the same, their text."""

    group: Group
    nearest: Beside | None
    texts: tuple[tuple[str, Markup], ...]


@dataclass(frozen=True)
class Beside:
    """A pair, and the texts of its nearest tasks.

    Attributes
    ----------
    texts
        The task, and both texts.
    """

    pair: Pair
    texts: tuple[tuple[str, Markup, Markup], ...]


def render_similar(
    assignment: str,
    found: Likeness,
    answers: Mapping[str, Mapping[str, str]],
    names: Names,
    notes: list[str],
) -> str:
    """Return the page: HTML that needs no other file.

    Parameters
    ----------
    found
        With the students' own names, as ``answers`` has them.
    names
        What students are called in the page; under other names their comments, which
        may say who they are, are left out, and names of the class in the rest.
    """
    called = renamed(found, names)

    def beside(pair: Pair) -> Beside:
        texts = tuple(
            (
                task,
                _text(answers[pair.one].get(task, ""), names),
                _text(answers[pair.other].get(task, ""), names),
            )
            for task, _ in pair.tasks[:_MOST_TASKS]
        )
        return Beside(_renamed(pair, names, found), texts)

    groups = [
        Together(
            group,
            beside(own.nearest) if own.nearest else None,
            () if own.nearest else _longest(answers[own.students[0]], names),
        )
        for own, group in zip(found.groups, called.groups, strict=True)
    ]
    template = templates().get_template("similar.html")
    return template.render(
        assignment=assignment,
        found=called,
        groups=groups[:_MOST_PAIRS],
        shown=[beside(pair) for pair in found.pairs[:_MOST_PAIRS]],
        notes=notes,
    )


def renamed(found: Likeness, names: Names) -> Likeness:
    """Return what was found under other names."""

    def of(pair: Pair) -> Pair:
        return _renamed(pair, names, found)

    return replace(
        found,
        pairs=tuple(map(of, found.pairs)),
        every=tuple(map(of, found.every)),
        groups=tuple(
            replace(
                group,
                students=tuple(names.all(group.students)),
                nearest=of(group.nearest) if group.nearest else None,
            )
            for group in found.groups
        ),
    )


def _renamed(pair: Pair, names: Names, found: Likeness) -> Pair:
    other = names(pair.other) if pair.other in found.students else pair.other
    return replace(pair, one=names(pair.one), other=other)


def _text(answer: str, names: Names) -> Markup:
    if names.hides:
        answer = names.code(without_comments(answer))
    return Markup(code_html(answer[:_LONGEST]))


def _longest(answers: Mapping[str, str], names: Names) -> _Texts:
    """Return the longest answers, in the notebook's order."""
    longest = sorted(answers, key=lambda task: -len(answers[task]))[:_MOST_TASKS]
    found = (task for task in answers if task in longest)
    return tuple((task, _text(answers[task], names)) for task in found)


def as_csv(found: Likeness) -> str:
    """Return a line for each pair and task that is nearly the same.

    The group says which pairs stand together; of those that are the same, each stands
    beside the first alone.
    """
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\n")
    head = "one other in_common pairs_as_alike task task_as_alike have_it_so group"
    writer.writerow(head.split())
    group_of = {
        student: number
        for number, group in enumerate(found.groups, 1)
        for student in group.students
    }
    for pair in found.every:
        group = group_of.get(pair.one, "")
        if group_of.get(pair.other) != group:
            group = ""
        rate = "" if pair.rate is None else round(pair.rate, 4)
        for task, rare in pair.tasks or [("", 0.0)]:
            share = round(pair.share, 4)
            row = (
                pair.one,
                pair.other,
                share,
                rate,
                task,
                round(rare, 4) if task else "",
                " of ".join(map(str, pair.have.get(task, ()))),
                group,
            )
            writer.writerow(map(safe, row))
    return made.getvalue()
