"""Who may grade: what a worker of a cluster says of itself, and what is wanted."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from distributed import Future

from proctor.grade.cluster.digest import difference
from proctor.text import plain_line


@dataclass(frozen=True)
class Wanted:
    """What a worker must be to grade.

    Attributes
    ----------
    digests
        Of what decides a grade.
    levels
        The isolation that will do, best first.
    """

    digests: dict[str, str]
    levels: list[str]


@dataclass(frozen=True)
class Greeted:
    """What a worker said.

    Attributes
    ----------
    machine
        Its name, on one line.
    level
        The isolation that the run has, now that this worker grades.
    processors
        Those that it may use.
    why_not
        Why it may not grade; empty: it may.
    """

    machine: str = ""
    level: str = ""
    processors: list[int] = field(default_factory=list)
    why_not: str = ""


def meet(answer: Future, wanted: Wanted, level: str) -> Greeted:
    """Read a worker's answer.

    Parameters
    ----------
    level
        The isolation that the run has so far; empty: none yet.
    """
    try:
        about = json.loads(answer.result(timeout=30))
        machine = plain_line(str(about["host"]), 60)
        if error := str(about.get("error") or ""):
            return Greeted(machine, why_not=error)
        if other := difference(wanted.digests, dict(about["digests"])):
            return Greeted(machine, why_not=other)
        level, offered = level or str(about["level"]), str(about["level"])
        if why_not := _too_weak(offered, wanted.levels, level):
            return Greeted(machine, why_not=why_not)
        processors = [int(number) for number in about["processors"]]
    except Exception as error:
        # One without proctor cannot even be asked.
        why_not = f"it does not answer as a worker of proctor: {error}"
        return Greeted(why_not=why_not)
    return Greeted(machine, level, processors)


def _too_weak(offered: str, levels: list[str], level: str) -> str:
    if offered not in levels:
        return f"its sandbox is {offered}, and {' or '.join(levels)} is asked for"
    if levels.index(offered) > levels.index(level):
        return f"its sandbox is {offered}, and this run has {level}"
    return ""
