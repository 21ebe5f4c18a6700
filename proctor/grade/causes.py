"""Why a test lost points, where the reason stands in the notebook and not in the test.

The cells' texts are looked at by their lines and words alone: they may be hostile.
"""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from proctor.errors import NOT_ANSWERED, UNWRITTEN
from proctor.grade.verdict import Verdict
from proctor.notebook.names import bound, defined
from proctor.notebook.said import Said

NOT_THERE = re.compile(r"\bname '(\w+)' is not defined")
# What comes of a name that holds something else than who uses it expects.
TAKEN = re.compile(r"\b(?:Type|Attribute|Value|Key|Index)Error\b")
_MISSING = re.compile(rf"{UNWRITTEN}: name '(\w+)' is not defined")
_STILL_RAISES = re.compile(r"([ \t]*)raise NotImplementedError\b")
_COMMENTED = re.compile(r"^[ \t]*#[# \t]*(?:async +def|def|class) +(\w+)", re.MULTILINE)
_QUOTED = re.compile(r"[\"']([^\W\d]\w*)[\"']")
_BEGINS = re.compile(r"(?P<before>[\s#]*)(?P<name>\w+)\s*(?P<sign>[=:])(?!=)")
# Of a name that is mistyped; longer ones are none.
_LIKE, _LONGEST, _MOST_NAMES = 0.8, 60, 50
ENDED = "the cell itself ended in an error"


@dataclass(frozen=True)
class Broken:
    """A cell that ended in an error, and why."""

    cell: dict
    why: str

    @property
    def lacks(self) -> str:
        """The name that it did not find; empty where it ended for something else."""
        found = NOT_THERE.search(self.why) if "NameError" in self.why else None
        return found[1] if found else ""


@dataclass(frozen=True)
class Task:
    """What a test is about.

    Attributes
    ----------
    name
        The grade_id of its cell.
    source, handed_out
        The cell's text, as it is and as it was handed out.
    visible
        What the student has seen of the test.
    said
        By the name of an answer, where it is written without being its value.
    """

    name: str
    source: str
    handed_out: str
    visible: str
    said: Mapping[str, Said] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """Where a name may stand that is not there."""
        return f"{self.source}\n{self.visible}"


def asked_by_name(visible: str) -> list[str]:
    """Return the names that a visible test has in quotes, as those of answers."""
    return list(dict.fromkeys(_QUOTED.findall(visible)))


def with_cause(verdict: Verdict, task: Task, own: Broken | None = None) -> Verdict:
    """Say of a test that lost points what in its task's cell is behind it.

    Parameters
    ----------
    own
        That cell, if it ended in an error.
    """
    unwritten = verdict.message.startswith(UNWRITTEN)
    unanswered = any(check.message == NOT_ANSWERED for check in verdict.checks)
    if own and (unwritten or unanswered):
        return _retold(verdict, f"{ENDED}: {own.why}", ENDED)
    if unwritten and (cause := _instead(verdict.message, task)):
        return _retold(verdict, cause, cause)
    if unanswered and (cause := _in_another_form(task) or _said_elsewhere(task)):
        return _retold(verdict, cause, cause)
    return verdict


def _retold(verdict: Verdict, message: str, each: str) -> Verdict:
    """Return the verdict with another reason; so of each check without an answer."""
    checks = [
        replace(check, message=each)
        if check.message in (UNWRITTEN, NOT_ANSWERED)
        else check
        for check in verdict.checks
    ]
    return replace(verdict, message=message, checks=tuple(checks))


def _instead(said: str, task: Task) -> str:
    """Return what stands in a task's cell that is no answer; empty: nothing is known.

    Parameters
    ----------
    said
        What the test says of it.
    """
    if task.source.strip() == task.handed_out.strip():
        return ""
    if not (found := _MISSING.fullmatch(said)):
        raises = said == UNWRITTEN and _raises_above(task.source)
        return (
            "`raise NotImplementedError` still stands above your code: delete that line"
            if raises
            else ""
        )
    name = found[1]
    if name in _COMMENTED.findall(task.source):
        return f"`{name}` stands in a comment: take the # away from its lines"
    others = bound(task.source) - bound(task.handed_out)
    if near := _nearest(name, others):
        return f"there is `{near}`, the task asks for `{name}`"
    return ""


def _in_another_form(task: Task) -> str:
    """Return how an answer is written that gives its name no value; empty: none is.

    Of the names that the visible test has in quotes, the first of which that is so.
    """
    known = {line.strip() for line in task.handed_out.splitlines()}
    new = [line for line in task.source.splitlines() if line.strip() not in known]
    there = bound(task.source)
    others = there - bound(task.handed_out)
    for name in asked_by_name(task.visible):
        if name in there:
            continue
        for line in new:
            begins = _BEGINS.match(line)
            if begins and begins["name"] == name and "#" in begins["before"]:
                return f"`{name}` stands in a comment: take the # away from its line"
            if begins and begins["name"] == name and begins["sign"] == ":":
                return f"`{name}:` gives `{name}` no value: write `{name} = ...`"
        if near := _nearest(name, others):
            return f"there is `{near}`, the task asks for `{name}`"
    return ""


def _said_elsewhere(task: Task) -> str:
    """Return where an answer is written that has no value; empty: none is."""
    for name in asked_by_name(task.visible):
        if name in task.said and name not in bound(task.source):
            where = task.said[name].where
            return f"what is written {where} gives `{name}` no value: `{name} = ...`"
    return ""


def _nearest(name: str, others: frozenset[str]) -> str:
    """Return the one of the names that is likely meant; empty: none is."""
    names = sorted(one for one in others if len(one) <= _LONGEST)[:_MOST_NAMES]
    same = [one for one in names if _plain(one) == _plain(name)]
    near = same or difflib.get_close_matches(name, names, n=1, cutoff=_LIKE)
    return near[0] if near else ""


def _plain(name: str) -> str:
    return name.replace("_", "").casefold()


def _raises_above(source: str) -> bool:
    """Tell whether code follows a `raise NotImplementedError` that it never comes to.

    That is code in the same block, or at its depth.
    """
    lines = [line for line in source.splitlines() if _is_code(line)]
    for line, following in itertools.pairwise(lines):
        whole = line.count("(") == line.count(")")
        found = _STILL_RAISES.match(line)
        if whole and found and following.startswith(found[1]):
            deeper = following[len(found[1]) :]
            # A function's end, where all of it stands at the margin.
            if found[1] or not defined(deeper):
                return True
    return False


def _is_code(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")
