# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # What the tutor knows
#
# > For each task: examples, what is wanted of them, and what each known mistake answers.
#
# The tutor (`tinytorch.tutoring`) and the checks (`tinytorch.checks`) ask here what a
# task of the course is called, and which functions are its own.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp lessons

# %%
#| export
import functools
import json
from pathlib import Path
from typing import Any

# %% [markdown]
# ## The assignments
#
# For each assignment there is a file with examples, what is wanted of them, and what each
# known mistake answers, as a fingerprint. `course build` makes the files. Two assignments
# may have a task of the same name: then the one is meant of which more is defined in the
# notebook.


# %%
#| export
@functools.cache
def lessons() -> list[dict]:
    """Return what is known of each assignment, in the order of their names."""
    import tinytorch

    folder = Path(tinytorch.__file__).parent / "cases"
    return [
        json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))
    ]


def likely_first(names: dict[str, Any]) -> list[dict]:
    """Return what is known of the assignments, the notebook's own first."""
    if not names:
        return lessons()
    return sorted(lessons(), key=lambda each: share(each, names), reverse=True)


def share(lesson: dict, names: dict[str, Any]) -> float:
    """Return which part of an assignment's functions a notebook has defined."""
    return sum(name in names for name in lesson["defines"]) / len(lesson["defines"])


def is_task_of_course(text: str) -> bool:
    """Tell whether this is what a handed-out cell raises: a task's own name."""
    return any(text in lesson["tasks"] for lesson in lessons())


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
    for lesson in likely_first(names):
        for task, known in lesson["tasks"].items():
            if name not in (task, *known["defines"]):
                continue
            if assignment in ("", lesson["assignment"]):
                return task, known
    return None


# %% [markdown]
# Try it: the task that a function of module 09 belongs to.

# %%
find_task("output_size", {})[0]
