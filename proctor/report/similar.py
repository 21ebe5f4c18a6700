"""The page of the submissions that are alike: the texts side by side."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, replace

from markupsafe import Markup

from proctor.feedback.markup import code_html
from proctor.report.answers import without_comments
from proctor.report.likeness import Likeness, Pair
from proctor.report.page import templates
from proctor.report.pseudonyms import Names
from proctor.report.tables import safe

# What the page shows of each pair, and of how many.
_MOST_TASKS, _MOST_PAIRS, _LONGEST = 2, 30, 6_000


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
        may say who they are, are left out.
    """
    shown = []
    for pair in found.pairs[:_MOST_PAIRS]:
        texts = tuple(
            (
                task,
                _text(answers[pair.one].get(task, ""), names.hides),
                _text(answers[pair.other].get(task, ""), names.hides),
            )
            for task, _ in pair.tasks[:_MOST_TASKS]
        )
        shown.append(Beside(_renamed(pair, names, found), texts))
    return (
        templates()
        .get_template("similar.html")
        .render(
            assignment=assignment,
            found=renamed(found, names),
            shown=shown,
            notes=notes,
        )
    )


def renamed(found: Likeness, names: Names) -> Likeness:
    """Return what was found under other names."""
    return replace(
        found, pairs=tuple(_renamed(pair, names, found) for pair in found.pairs)
    )


def _renamed(pair: Pair, names: Names, found: Likeness) -> Pair:
    other = names(pair.other) if pair.other in found.students else pair.other
    return replace(pair, one=names(pair.one), other=other)


def _text(answer: str, bare: bool) -> Markup:
    return Markup(code_html((without_comments(answer) if bare else answer)[:_LONGEST]))


def as_csv(found: Likeness) -> str:
    """Return a line for each pair and task that is nearly the same."""
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\n")
    writer.writerow(["one", "other", "in_common", "task", "pairs_as_alike"])
    for pair in found.pairs:
        for task, rare in pair.tasks:
            row = (pair.one, pair.other, round(pair.share, 4), task, round(rare, 4))
            writer.writerow(map(safe, row))
    return made.getvalue()
