# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # The tutor
#
# > Where your function differs from what is wanted, as a picture, and why that may be.
#
# In a notebook of the course, after a check that failed: `tt.tutor("conv2d-forward")`. It
# tries your function on small examples, and shows the first one whose answer differs: the
# call, what was wanted, what came, and the places that differ. What your code prints
# meanwhile is cut short. If all your answers are
# those of a known mistake, it names the mistake and asks what a person would ask. It knows
# no solution, only what should come out.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp tutoring

# %%
#| export
import contextlib
import difflib
import functools
import io
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tinytorch.answers import (
    agrees,
    answer_of,
    as_array,
    differing,
    fingerprint,
    fingerprint_of_values,
    is_array,
)
from tinytorch.checks import standing
from tinytorch.runs import runs
from tinytorch.panels import Code, Page, Panel, Panels, Words, number

# %% [markdown]
# ## What it knows
#
# For each assignment there is a file with examples, what is wanted of them, and what each
# known mistake answers, as a fingerprint. `course build` makes the files. Two assignments
# may have a task of the same name: then the one is meant of which more is defined in the
# notebook.


# %%
#| export
@functools.cache
def _lessons() -> list[dict]:
    import tinytorch

    folder = Path(tinytorch.__file__).parent / "cases"
    return [
        json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))
    ]


def _likely_first(names: dict[str, Any]) -> list[dict]:
    """Return what is known of the assignments, the notebook's own first."""
    return sorted(_lessons(), key=lambda each: _share(each, names), reverse=True)


def _share(lesson: dict, names: dict[str, Any]) -> float:
    return sum(name in names for name in lesson["defines"]) / len(lesson["defines"])


def find_task(asked: str, names: dict[str, Any]) -> tuple[str, dict] | None:
    """Return a task's name and what is known of it, or None.

    Parameters
    ----------
    asked
        The task's name, or that of a function or class of it; with an assignment's name
        and a slash before it, one of that assignment.
    names
        Of the notebook.
    """
    assignment, _, name = asked.rpartition("/")
    for lesson in _likely_first(names):
        for task, known in lesson["tasks"].items():
            if name not in (task, *known["defines"]):
                continue
            if assignment in ("", lesson["assignment"]):
                return task, known
    return None


# %% [markdown]
# ## Wanted and got
#
# Of several results the first that differs is shown, of an array with many axes the slice
# with the first place that differs.

# %%
#| export
Blocks = list[Words | Code | Panels]


def _differences(wanted: dict, got: dict, case: dict) -> Blocks:
    """Say in which way an answer is not the wanted one."""
    if "raises" in wanted:
        numbers = " and ".join(map(str, case.get("naming", [])))
        what = f"a {wanted['raises']} whose text names {numbers}"
        return [Words(f"{what}.", "Wanted:"), Words(_described(got), "Came:")]
    if "raises" in got:
        shown = _only("wanted", wanted["value"], case)
        return [Words(_described(got), "Came:"), *shown]
    if got["changed"]:
        changed = " and ".join(got["changed"])
        return [Words(f"the call changed {changed}, which is not its own.", "Came:")]
    return _unlike(wanted["value"], got["value"], case.get("parts", []))


def _described(got: dict) -> str:
    """Return an answer in one line."""
    if "raises" in got:
        where = f" (in {got['where']})" if got["where"] else ""
        return f"{got['raises']}: {got['says']}{where}"
    return _short(got["value"])


def _short(value: Any) -> str:
    if is_array(value):
        array = as_array(value)
        if array.size == 1:
            return number(array.item())
        if "several" in value:
            return f"a tuple of {value['several']}"
        if array.ndim == 1 and array.size <= 12:
            return f"[{', '.join(map(number, array))}]"
        return f"an array of shape {array.shape}"
    if isinstance(value, dict) and "items" in value:
        return f"[{', '.join(map(_short, value['items']))}]"
    return f"a {value['kind']}" if isinstance(value, dict) else repr(value)


def _count(value: Any) -> int:
    """Return of how many results an answer consists; 0 where it is one."""
    if not isinstance(value, dict):
        return 0
    return len(value["items"]) if "items" in value else value.get("several", 0)


def _unlike(wanted: Any, got: Any, parts: list[str], name: str = "") -> Blocks:
    """Show two values that are not the same."""
    if is_array(wanted) and is_array(got):
        return _arrays(as_array(wanted), as_array(got), name)
    counts = _count(wanted), _count(got)
    if counts[0] and counts[1] and counts[0] != counts[1]:
        named = f", {', '.join(parts)}" if parts else ""
        said = f"{counts[0]} results{named}."
        return [Words(said, "Wanted:"), Words(f"a tuple of {counts[1]}.", "Came:")]
    items = [v.get("items") if isinstance(v, dict) else None for v in (wanted, got)]
    if items[0] and items[1] and len(items[0]) == len(items[1]):
        pairs = zip(*items, strict=True)
        answers = [({"value": a}, {"value": b, "changed": []}) for a, b in pairs]
        place = next(i for i, pair in enumerate(answers) if not agrees(*pair))
        part = parts[place] if parts else f"item {place}"
        return _unlike(items[0][place], items[1][place], [], part)
    of = f" of {name}" if name else ""
    return [Words(_short(wanted), f"Wanted{of}:"), Words(_short(got), f"Came{of}:")]


def _arrays(wanted: np.ndarray, got: np.ndarray, name: str) -> Blocks:
    """Show two arrays side by side."""
    titles = [f"{name}, {which}" if name else which for which in ("wanted", "came")]
    of = f" of {name}" if name else ""
    if wanted.shape != got.shape:
        said = f"the shape {wanted.shape} was wanted{of}, and {got.shape} came."
        panels = [Panel(t, a) for t, a in zip(titles, (wanted, got), strict=True)]
        return [Words(said, "Shapes differ:"), Panels(panels)]
    if wanted.size == 1:
        values = [Words(number(a.item()), "") for a in (wanted, got)]
        return [Words(values[0].text, f"Wanted{of}:"), Words(values[1].text, "Came:")]
    marks = differing(wanted, got)
    place = tuple(int(i) for i in np.argwhere(marks)[0])
    first = place[: max(wanted.ndim - 2, 0)]
    panels = [
        Panel(t, a, marks, first) for t, a in zip(titles, (wanted, got), strict=True)
    ]
    said = (
        f"{int(marks.sum())} of {marks.size} numbers{of}, the first at {list(place)}: "
        f"{number(wanted[place])} was wanted, and {number(got[place])} came."
    )
    return [Words(said, "Different:"), Panels(panels)]


def _only(title: str, value: Any, case: dict) -> Blocks:
    """Show a value by itself."""
    values, names = [value], [title]
    if isinstance(value, dict) and "items" in value and case.get("parts"):
        values = value["items"]
        names = [f"{part}, {title}" for part in case["parts"]]
    if all(is_array(v) and as_array(v).size > 1 for v in values):
        pairs = zip(names, map(as_array, values), strict=True)
        return [Panels([Panel(name, array) for name, array in pairs])]
    return [Words(f"{_short(value)}.", f"{title.capitalize()}:")]


# %% [markdown]
# ## Asking
#
# The examples run with the names of the notebook from which the tutor is asked.


# %%
#| export
def tutor(asked: str | Callable | None = None) -> Page:
    """Return what helps with a task, to be the last value of a cell.

    Parameters
    ----------
    asked
        The task's name, ``"conv2d-forward"`` for example, or the function itself. None:
        the first task of the notebook that is not right yet.
    """
    names = sys._getframe(1).f_globals
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        blocks = _asked(asked, names)
    return Page([*blocks, *_printed(printed.getvalue())])


def _asked(asked: str | Callable | None, names: dict[str, Any]) -> Blocks:
    if asked is None:
        return _next_task(names)
    name = asked if isinstance(asked, str) else getattr(asked, "__name__", repr(asked))
    found = find_task(name.strip(), names)
    return _unknown(name, names) if found is None else _advice(*found, names)


_MOST_PRINTED = 3


def _printed(text: str) -> Blocks:
    """Show the first lines of what a student's code printed in all the examples."""
    lines = text.splitlines()
    if not lines:
        return []
    more = len(lines) - _MOST_PRINTED
    first = lines[:_MOST_PRINTED] + ([f"... and {more} lines more"] if more > 0 else [])
    return [Words("", "What your code printed meanwhile:"), Code("\n".join(first))]


def _unknown(asked: str, names: dict[str, Any]) -> Blocks:
    if any(asked.strip() in lesson.get("read", []) for lesson in _lessons()):
        said = (
            "is read by a person, so there is nothing to compare: the text above your "
        )
        return [Words(f"{said}cell says what it should hold.", f"{asked.strip()}:")]
    tasks = [task for lesson in _open(asked, names) for task in lesson["tasks"]]
    if not tasks:
        return [Words("the tutor has no examples here: was the package built?")]
    near = difflib.get_close_matches(asked, tasks, n=3, cutoff=0.5) or tasks
    listed = ", ".join(dict.fromkeys(near))
    return [Words(f"there is no task {asked!r}. There is: {listed}.")]


def _open(asked: str, names: dict[str, Any]) -> list[dict]:
    """Return what is known of the assignments that may be meant: the notebook's own."""
    lessons = _likely_first(names)
    named = [each for each in lessons if asked.startswith(f"{each['assignment']}/")]
    if named or not lessons:
        return named
    most = _share(lessons[0], names)
    return [each for each in lessons if _share(each, names) == most]


def _next_task(names: dict[str, Any]) -> Blocks:
    for task, known in (_likely_first(names) or [{"tasks": {}}])[0]["tasks"].items():
        if known["cases"] and any(
            not agrees(case["wanted"], got) for case, got in _answers(known, names)
        ):
            return _advice(task, known, names)
    return [Words("every example of every task gives what is wanted.")]


def _answers(known: dict, names: dict[str, Any]) -> Iterator[tuple[dict, dict]]:
    for case in known["cases"]:
        got = answer_of(case["code"], names, case.get("naming", []))
        if not _is_task(got.get("unwritten", "")):
            got.pop("unwritten", None)  # an error like another
        yield case, got


def _is_task(text: str) -> bool:
    """Tell whether this is what a handed-out cell raises: a task's own name."""
    return any(text in lesson["tasks"] for lesson in _lessons())


def _advice(task: str, known: dict, names: dict[str, Any]) -> Blocks:
    """Return what is said about a task."""
    cases = known["cases"]
    if not cases:
        return [Words("has no examples to try: its answers are your own.", f"{task}")]
    missing = [name for name in known["defines"] if name not in names]
    if missing:
        said = f"not defined yet: {', '.join(missing)}. Run the cells above first."
        return [Words(said, f"{task}:"), *_told(known)]
    older = _older(known)
    answers = list(_answers(known, names))
    pairs = enumerate(answers, 1)
    wrong = [pair for pair in pairs if not agrees(pair[1][0]["wanted"], pair[1][1])]
    if not wrong:
        said = f"all {len(cases)} examples give what is wanted."
        more = [] if older else _what_the_check_said(task)
        return [*older, Words(said, f"{task}:"), *more]
    alike, but_for = _alike(known, answers)
    place, (case, got) = _telling(wrong) if alike else wrong[0]
    if "unwritten" in got:
        return _unwritten(task, got["unwritten"], known)
    begin = f"{task}, example {place} of {len(cases)}:"
    given = [
        Panel(name, as_array(value))
        for name, value in got["given"].items()
        if is_array(value)
    ]
    return [
        *older,
        *_before(known, names),
        Words(case["about"], begin),
        Code(case["code"]),
        *_differences(case["wanted"], got, case),
        *_mistakes(alike, but_for),
        *([Panels(given, "What goes in")] if given else []),
    ]


def _telling(wrong: list[tuple[int, tuple[dict, dict]]]) -> tuple:
    """Return the wrong example that shows a named mistake best.

    The first one, but numbers rather than the names of types: those change by many
    mistakes, and do not show which.
    """
    for pair in wrong:
        case, got = pair[1]
        if not _in_words(case["wanted"].get("value")) or "value" not in got:
            return pair
    return wrong[0]


def _in_words(value: Any) -> bool:
    items = value["items"] if isinstance(value, dict) and "items" in value else [value]
    return any(isinstance(item, str) for item in items)


def _older(known: dict) -> Blocks:
    """Say that the last run of a task's cell has left the version before it."""
    failed = runs.failed(known["defines"])
    if not failed:
        return []
    said = (
        f"the last run of this task's cell ended in an error ({failed}), so what is tried "
        "here is the version before it. Mend that cell and run it, then ask again."
    )
    return [Words(said, "First:")]


def _what_the_check_said(task: str) -> Blocks:
    """Return what a task's check found when it was run last, if it failed."""
    said = standing.failed.get(task)
    if not said:
        return []
    begin = "The check below the task tries more. When it was run last, it said:"
    return [Words("", begin), Code(said)]


def _before(known: dict, names: dict[str, Any]) -> Blocks:
    """Say which earlier task, on which this one may rely, is not right."""
    for lesson in _likely_first(names):
        if known not in lesson["tasks"].values():
            continue
        for task in known["uses"]:
            earlier = lesson["tasks"][task]
            if any(not agrees(c["wanted"], got) for c, got in _answers(earlier, names)):
                said = f"{task} is not right yet, and this task may rely on it."
                return [Words(said, "First:")]
    return []


def _told(known: dict) -> Blocks:
    """Return the task, and its first example."""
    case = known["cases"][0]
    wanted = case["wanted"]
    shown = [] if "raises" in wanted else _only("wanted", wanted["value"], case)
    task = [Words(known["task"], "The task:")] if known["task"] else []
    return [*task, Words(case["about"], "For example:"), Code(case["code"]), *shown]


def _unwritten(task: str, unwritten: str, known: dict) -> Blocks:
    """Tell a student who asks before writing anything."""
    if unwritten == task:
        return [Words("not written yet.", f"{task}:"), *_told(known)]
    said = f"it uses the task {unwritten}, which is not written yet. Begin there."
    return [Words(said, f"{task}:")]


def _alike(known: dict, answers: list[tuple[dict, dict]]) -> tuple[list[dict], str]:
    """Return the mistakes that answer in this way, and but for what they do.

    Many write the formula first and the errors later: then the answers decide.
    """
    wanted, got = [case["wanted"] for case, _ in answers], [g for _, g in answers]
    exact = known["mistakes"].get(fingerprint(wanted, got), [])
    if exact:
        return exact, ""
    ids = known["by_values"].get(fingerprint_of_values(wanted, got), [])
    mistakes = (each for alike in known["mistakes"].values() for each in alike)
    return [each for each in mistakes if each["id"] in ids], " but for the errors"


def _mistakes(alike: list[dict], but_for: str) -> Blocks:
    """Name the mistakes whose answers these are."""
    if not alike:
        return []
    if len(alike) == 1:
        said = f"{alike[0]['title']}. {alike[0]['question']}"
        begin = f"All your answers{but_for} are those of a known mistake:"
        return [Words(said, begin)]
    begin = f"All your answers{but_for} are those of one of these known mistakes:"
    return [Words("", begin), *(Words(m["question"], f"{m['title']}.") for m in alike)]


# %% [markdown]
# Try it: a kernel that is flipped, in a function that a student might write.


# %%
def output_size(size, kernel, stride=1, padding=0):
    return (size + padding - kernel) // stride + 1


tutor("output-size")
