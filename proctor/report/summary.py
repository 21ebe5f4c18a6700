"""A class's report in thirty lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from proctor.feedback.summary import points
from proctor.report.changes import LATE, Changes
from proctor.report.content import Report, day
from proctor.report.words import many, percent
from proctor.text import listed, short

_OF_ONE = {
    "need attention": "needs attention",
    "wait for a person": "waits for a person",
}
_BARS = " ▁▂▃▄▅▆▇█"
_NOTES, _LATE = 3, 3
# A note may end in what to do; where a line is too short, that is not what is cut.
_COMMAND, _BEFORE_IT = "run proctor ", 20
_TASKS, _MISTAKES, _CLUSTERS, _PEOPLE, _CHECKS = 4, 5, 4, 2, 2


def summary(report: Report) -> Iterator[str]:
    """Yield the lines: with that of the page thirty at most, whatever the class."""
    classroom, found = report.classroom, report.spread
    counts = {
        "graded": len(classroom.graded),
        "need attention": len(classroom.attention),
        "wait for a person": len(classroom.waiting),
        "not graded yet": len(classroom.without),
        "missing": len(classroom.missing),
    }
    said = ", ".join(
        f"{number} {_OF_ONE.get(what, what) if number == 1 else what}"
        for what, number in counts.items()
        if number
    )
    yield f"{classroom.assignment}: {said or 'there is no result'}"
    # With one more, its line is that of the others.
    notes = report.notes
    shown = notes if len(notes) <= _NOTES else notes[: _NOTES - 1]
    yield from (f"  note: {note}" for note in shown)
    if left := len(notes) - len(shown):
        yield f"  ... and {many(left, 'more note')} on the page"
    if found:
        late = " (penalties taken off)" if classroom.penalties else ""
        shape = ""
        if found.bins:
            most = points(classroom.max_score)
            shape = f"   0 [{_sparkline(found.bins)}] {most}"
        middle = ""
        if found.has_middle:
            middle = f" quartiles {points(found.lower)} and {points(found.upper)},"
        yield (
            f"scores of {points(classroom.max_score)}{late}: median "
            f"{points(found.median)},{middle} from {points(found.lowest)} to "
            f"{points(found.highest)}{shape}"
        )
    yield from _people(report)
    tasks = [item for item in report.common_tasks if item.earned < 1]
    if tasks:
        title = "hardest tasks, by the points that are earned"
        if waits := report.uncommon:
            title += f" (without {listed(waits, 2)}: a person grades)"
        yield _heading(title, tasks, _TASKS)
        for item in sorted(tasks, key=lambda item: item.earned)[:_TASKS]:
            share, all_of_it = percent(item.earned), f"{item.held} of {item.tried}"
            yield f"  {share:>6}  {item.task}: {all_of_it} have all points"
    if mistakes := report.wrong.mistakes:
        yield _heading("commonest mistakes", mistakes, _MISTAKES)
        for one in mistakes[:_MISTAKES]:
            yield f"  {len(one.students):4}  {one.title or one.bug} ({one.task})"
    if clusters := report.wrong.clusters:
        yield _heading(
            "wrong without a name, like answers together", clusters, _CLUSTERS
        )
        for one in clusters[:_CLUSTERS]:
            name, words = one.said[0]
            yield f"  {len(one.students):4}  {one.id}: {name or words}"
    if changes := report.changes:
        yield (
            f"since the run of {day(changes.since)}: {changes.again} again, "
            f"{changes.new} new; {changes.gained} gained points, {changes.lost} lost "
            "some"
        )
        yield from _changed(changes)


def with_command(line: str, width: int) -> str:
    """Return a line that is as wide at most, cut before the command that it ends in.

    One that has none, or hardly anything before it, stays as it is.
    """
    place = line.rfind(_COMMAND)
    room = width - len(line[place:]) - len("... ")
    if len(line) <= width or place < 0 or room < _BEFORE_IT:
        return line
    return f"{line[:room].rstrip(' :,(')}... {line[place:]}"


def _people(report: Report) -> Iterator[str]:
    attention = report.classroom.attention
    for one in attention[:_PEOPLE]:
        yield f"  needs attention: {short(one.student)}: {one.message}"
    if len(attention) > _PEOPLE:
        yield f"  ... {len(attention) - _PEOPLE} more need attention"
    lists = {
        "not graded yet": report.classroom.without,
        "missing": report.classroom.missing,
    }
    for what, who in lists.items():
        if who:
            yield f"  {what}: {listed([*map(short, who)], 8)}"


def _changed(changes: Changes) -> Iterator[str]:
    """Yield whose grade is another, and by what, in two lines at most."""
    said = []
    if changes.graded:
        said.append(f"{changes.graded} could be graded, and not before")
    if changes.ungraded:
        who = listed([short(change.student) for change in changes.ungraded], 3)
        said.append(f"could not be graded, and the earlier grade stands: {who}")
    lines = ["; ".join(said)] if said else []
    if late := [f"{short(one.student)} {one.from_to}" for one in changes.late]:
        lines.append(f"{LATE} changed: {listed(late, _LATE)}")
    checks = [
        f"{gained} gained, {lost} lost by {f'{task}: {check}' if check else task}"
        for task, check, gained, lost in changes.by_check
        if task != LATE
    ]
    room = _CHECKS - len(lines)
    lines += checks[:room]
    if (left := len(checks) - room) > 0:
        lines[-1] += f" (and by {many(left, 'more check')}, in changes.csv)"
    yield from (f"  {line}" for line in lines)


def _heading(title: str, every: Sequence, most: int) -> str:
    return title if len(every) <= most else f"{title}: the first {most} of {len(every)}"


def _sparkline(bins: Sequence[int]) -> str:
    most = max(bins)
    # Whoever is there is seen.
    heights = [-(-8 * number // most) for number in bins]
    return "".join(_BARS[height] for height in heights)
