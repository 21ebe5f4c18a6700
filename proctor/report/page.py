"""The page of a class's report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import jinja2
from markupsafe import Markup

from proctor.feedback.markup import code_html
from proctor.feedback.page import environment
from proctor.feedback.summary import points
from proctor.feedback.untrusted import line
from proctor.report import pictures
from proctor.report.content import Report, day
from proctor.report.helpers import Example
from proctor.report.mistakes import Cluster
from proctor.report.words import at_most, many, percent

# What the page shows of a long list; its files have all of it.
_MOST_CLUSTERS, _MOST_STUDENTS, _MOST_NAMES, _MOST_CHANGES = 20, 1000, 60, 100
_LONGEST_ANSWER = 6_000
# The pairs of a larger class take a minute: proctor similar looks at them.
MOST_COMPARED = 600


@dataclass(frozen=True)
class Shown:
    """A cluster as the page shows it, with one answer of it, and what that uses."""

    cluster: Cluster
    answer: Markup | None
    cut: bool = False
    uses: str = ""
    helpers: Markup | None = None


def render_report(
    report: Report,
    answer_to: Callable[[Cluster], Example | None],
    files: Mapping[str, str],
    likeness: object = None,
) -> str:
    """Return the report's page: HTML that needs no other file.

    Parameters
    ----------
    answer_to
        Returns an answer of a cluster, without comments; None where there is none.
    files
        Name, and what is in it, of the files that lie beside the page.
    likeness
        The pairs of submissions that are alike, if they were looked for.
    """
    clusters = report.wrong.clusters[:_MOST_CLUSTERS]
    shown = [_shown(cluster, answer_to(cluster)) for cluster in clusters]
    found, worth = report.spread, report.classroom.max_score
    drawn = {
        "scores": pictures.scores(found, worth) if found and worth > 0 else "",
        "tasks": pictures.tasks(tasks) if (tasks := report.common_tasks) else "",
        "mistakes": (
            pictures.mistakes(report.wrong.mistakes) if report.wrong.mistakes else ""
        ),
    }
    template = templates().get_template("report.html")
    return template.render(
        report=report,
        classroom=report.classroom,
        penalties=report.classroom.penalties,
        clusters=shown,
        pictures=drawn,
        files=files,
        likeness=likeness,
        most={
            "students": _MOST_STUDENTS,
            "names": _MOST_NAMES,
            "changes": _MOST_CHANGES,
            "compared": MOST_COMPARED,
        },
    )


def _shown(cluster: Cluster, example: Example | None) -> Shown:
    if example is None:
        return Shown(cluster, None)
    answer = example.answer
    helpers = "\n\n\n".join(helper.text for helper in example.helpers)
    return Shown(
        cluster,
        Markup(code_html(answer[:_LONGEST_ANSWER])),
        max(len(answer), len(helpers)) > _LONGEST_ANSWER,
        example.words,
        Markup(code_html(helpers[:_LONGEST_ANSWER])) if helpers else None,
    )


@cache
def templates() -> jinja2.Environment:
    """Return the templates of this folder; what they are given is escaped."""
    made = environment().overlay(
        loader=jinja2.ChoiceLoader(
            [jinja2.FileSystemLoader(Path(__file__).parent), environment().loader]
        ),
    )
    made.filters |= {"line": line, "points": points, "day": day, "percent": percent}
    made.filters |= {"many": many, "at_most": at_most}
    return made
