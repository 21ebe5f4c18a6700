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
# no solution, only what should come out. What it knows of the tasks is in
# [What the tutor knows](lessons.ipynb), how it shows two answers in
# [Wanted and came](differences.ipynb).

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp tutoring

# %%
#| export
import contextlib
import difflib
import io
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from tinytorch.answers import (
    agrees,
    answer_of,
    as_array,
    fingerprint,
    fingerprint_of_values,
    fingerprints_of_parts,
    is_array,
    parts_of,
)
from tinytorch.differences import Blocks, differences, only
from tinytorch.lessons import find_task, is_task_of_course, lessons, likely_first, share
from tinytorch.panels import Code, Page, Panel, Panels, Words
from tinytorch.runs import runs
from tinytorch.standing import standing

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
    # What NumPy warns of is a number in an answer, and shown as that.
    with (
        contextlib.redirect_stdout(io.StringIO()) as printed,
        warnings.catch_warnings(action="ignore"),
    ):
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
    if any(asked.strip() in lesson.get("read", []) for lesson in lessons()):
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
    known = likely_first(names)
    named = [each for each in known if asked.startswith(f"{each['assignment']}/")]
    if named or not known:
        return named
    most = share(known[0], names)
    return [each for each in known if share(each, names) == most]


def _next_task(names: dict[str, Any]) -> Blocks:
    for task, known in (likely_first(names) or [{"tasks": {}}])[0]["tasks"].items():
        if known["cases"] and any(
            not agrees(case["wanted"], got) for case, got in _answers(known, names)
        ):
            return _advice(task, known, names)
    return [Words("every example of every task gives what is wanted.")]


def _answers(known: dict, names: dict[str, Any]) -> Iterator[tuple[dict, dict]]:
    for case in known["cases"]:
        got = answer_of(case["code"], names, case.get("naming", []))
        if not is_task_of_course(got.get("unwritten", "")):
            got.pop("unwritten", None)  # an error like another
        yield case, got


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
    alike, which, part = _alike(known, answers)
    telling = [pair for pair in wrong if part in ("", _part(known, pair[1][0]))]
    place, (case, got) = _telling(telling) if alike else wrong[0]
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
        *differences(case["wanted"], got, case),
        *_mistakes(alike, which),
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
    if standing.is_newer(task):
        said = (
            "The check below the task tries more: run it on what you have written now."
        )
        return [Words(said, "")]
    begin = "The check below the task tries more. When it was run last, it said:"
    return [Words("", begin), Code(said)]


def _before(known: dict, names: dict[str, Any]) -> Blocks:
    """Say which earlier task, on which this one may rely, is not right."""
    for lesson in likely_first(names):
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
    shown = [] if "raises" in wanted else only("wanted", wanted["value"], case)
    task = [Words(known["task"], "The task:")] if known["task"] else []
    return [*task, Words(case["about"], "For example:"), Code(case["code"]), *shown]


def _unwritten(task: str, unwritten: str, known: dict) -> Blocks:
    """Tell a student who asks before writing anything."""
    if unwritten == task:
        return [Words("not written yet.", f"{task}:"), *_told(known)]
    said = f"it uses the task {unwritten}, which is not written yet. Begin there."
    return [Words(said, f"{task}:")]


def _part(known: dict, case: dict) -> str:
    """Return which of a task's functions an example is about."""
    return parts_of([case["code"]], known["defines"])[0]


def _alike(
    known: dict, answers: list[tuple[dict, dict]]
) -> tuple[list[dict], str, str]:
    """Return the mistakes that answer in this way, which answers do, of which function.

    Many write the formula first and the errors later: then the answers decide. And of
    several functions the first that is wrong may be so in a way that is known.
    """
    wanted, got = [case["wanted"] for case, _ in answers], [g for _, g in answers]
    exact = known["mistakes"].get(fingerprint(wanted, got), [])
    if exact:
        return exact, "", ""
    ids = known["by_values"].get(fingerprint_of_values(wanted, got), [])
    if ids:
        return _of_ids(known, ids), " but for the errors", ""
    parts = [_part(known, case) for case, _ in answers]
    for part, found in fingerprints_of_parts(parts, wanted, got).items():
        ids = known["by_part"].get(found, [])
        return _of_ids(known, ids), f" of {part}", part
    return [], "", ""


def _of_ids(known: dict, ids: list[str]) -> list[dict]:
    mistakes = (each for alike in known["mistakes"].values() for each in alike)
    return [each for each in mistakes if each["id"] in ids]


def _mistakes(alike: list[dict], which: str) -> Blocks:
    """Name the mistakes whose answers these are."""
    if not alike:
        return []
    # One mistake in several forms has one name.
    named = dict.fromkeys((each["title"], each["question"]) for each in alike)
    if len(named) == 1:
        ((title, question),) = named
        begin = f"All your answers{which} are those of a known mistake:"
        return [Words(f"{title}. {question}", begin)]
    begin = f"All your answers{which} are those of one of these known mistakes:"
    return [Words("", begin), *(Words(asks, f"{title}.") for title, asks in named)]


# %% [markdown]
# Try it: a kernel that is flipped, in a function that a student might write.


# %%
def output_size(size, kernel, stride=1, padding=0):
    return (size + padding - kernel) // stride + 1


tutor("output-size")
