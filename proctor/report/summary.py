"""A class's report in thirty lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from proctor.feedback.summary import points
from proctor.report.page import Report

_BARS = " ▁▂▃▄▅▆▇█"
_TASKS, _MISTAKES, _CLUSTERS, _PEOPLE, _CHECKS = 4, 6, 4, 3, 2


def summary(report: Report) -> Iterator[str]:
    """Yield the lines: thirty at most, whatever the class."""
    classroom, found = report.classroom, report.spread
    counts = {
        "graded": len(classroom.graded),
        "need attention": len(classroom.attention),
        "wait for a person": len(classroom.waiting),
        "missing": len(classroom.missing),
    }
    said = ", ".join(f"{number} {what}" for what, number in counts.items() if number)
    yield f"{classroom.assignment}: {said or 'nobody handed anything in'}"
    yield from (f"  note: {note}" for note in report.notes[:3])
    if found:
        late = " (penalties taken off)" if classroom.penalties else ""
        yield (
            f"scores of {points(classroom.max_score)}{late}: median "
            f"{points(found.median)}, quartiles {points(found.lower)} and "
            f"{points(found.upper)}, from {points(found.lowest)} to "
            f"{points(found.highest)}   0 [{_sparkline(found.bins)}] "
            f"{points(classroom.max_score)}"
        )
    yield from _people(report)
    tasks = [item for item in report.common_tasks if item.earned < 1]
    if tasks:
        yield "hardest tasks: the share of the points that is earned"
        for item in sorted(tasks, key=lambda item: item.earned)[:_TASKS]:
            yield (
                f"  {item.earned:4.0%}  {item.task}: {item.held} of {item.tried} have "
                "all points"
            )
    if mistakes := report.wrong.mistakes:
        yield _heading("commonest mistakes", mistakes, _MISTAKES)
        for one in mistakes[:_MISTAKES]:
            yield f"  {len(one.students):4}  {one.title or one.bug} ({one.task})"
    if clusters := report.wrong.clusters:
        yield _heading("wrong in the same way, without a name", clusters, _CLUSTERS)
        for one in clusters[:_CLUSTERS]:
            name, words = one.said[0]
            yield f"  {len(one.students):4}  {one.id}: {name or words}"
    if changes := report.changes:
        yield (
            f"the last run: {changes.again} again, {changes.new} new; "
            f"{changes.gained} gained points, {changes.lost} lost some"
        )
        for task, check, gained, lost in changes.by_check[:_CHECKS]:
            what = f"{task}: {check}" if check else task
            yield f"  {gained} gained, {lost} lost by {what}"


def _people(report: Report) -> Iterator[str]:
    attention = report.classroom.attention
    for one in attention[:_PEOPLE]:
        yield f"  needs attention: {one.student}: {one.message}"
    if len(attention) > _PEOPLE:
        yield f"  ... {len(attention) - _PEOPLE} more need attention"
    if missing := report.classroom.missing:
        listed = ", ".join(missing[:8]) + (" ..." if len(missing) > 8 else "")
        yield f"  missing: {listed}"


def _heading(title: str, every: Sequence, most: int) -> str:
    return title if len(every) <= most else f"{title}: the first {most} of {len(every)}"


def _sparkline(bins: Sequence[int]) -> str:
    most = max(bins)
    # Whoever is there is seen.
    heights = [-(-8 * number // most) for number in bins]
    return "".join(_BARS[height] for height in heights)
