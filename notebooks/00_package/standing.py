# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # What stands so far
#
# > Which tasks of a notebook have passed their check, and what they are worth.
#
# The checks (`tinytorch.checks`) write it down, and the tutor reads what failed last.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp standing

# %%
#| export
import sys
from typing import Any

from tinytorch.lessons import find_task

# %% [markdown]
# ## The notebook's points
#
# A notebook says once what its tasks are worth; each check that passes is added. A new
# kernel begins anew.


# %%
#| export
class Standing:
    """Which tasks of a notebook have passed their check since the kernel started."""

    def __init__(self) -> None:
        self.points: dict[str, float] = {}
        self.passed: set[str] = set()
        self.failed: dict[str, str] = {}  # what the check said when it was run last
        self._tried: dict[str, list] = {}  # and of which functions and classes

    def begin(self, points: dict[str, float]) -> None:
        """Take note of the notebook's tasks and their points."""
        self.points, self.passed, self.failed = dict(points), set(), {}

    def fail(self, task: str, said: str) -> None:
        """Note that a task's check has failed: it does not stand until it passes again."""
        self.passed.discard(task)
        self.failed[task], self._tried[task] = said, _there(task)

    def is_newer(self, task: str) -> bool:
        """Tell whether a task's cell was run again since its check has failed."""
        tried = zip(self._tried.get(task, []), _there(task), strict=False)
        return any(before is not now for before, now in tried)

    def add(self, task: str) -> str:
        """Note that a task's check has passed; return its points and what stands."""
        self.failed.pop(task, None)
        if task not in self.points:
            return ""
        self.passed.add(task)
        stands = sum(self.points[name] for name in self.passed)
        return (
            f" {self.points[task]:g} points; {len(self.passed)} of {len(self.points)} "
            f"tasks, {stands:g} of {sum(self.points.values()):g} points so far."
        )


standing = Standing()
begin = standing.begin


def defined_by(task: str) -> list[str]:
    """Return the functions and classes of a task of the course."""
    found = find_task(task, {})
    return found[1]["defines"] if found else []


def _there(task: str) -> list[Any]:
    """Return a task's functions and classes as they are in the notebook now."""
    names = vars(sys.modules["__main__"])
    return [names.get(name) for name in defined_by(task)]


def is_task(text: str) -> bool:
    """Tell whether a text is the name of a task, as handed-out cells raise it."""
    found = find_task(text, {})
    return text in standing.points or bool(found and found[0] == text)


# %% [markdown]
# Try it: two tasks, of which one has passed.

# %%
begin({"double": 5, "half": 3})
standing.add("double")
