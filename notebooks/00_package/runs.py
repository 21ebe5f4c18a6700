# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Which cells failed last
#
# > After a typo the function of before is still there, and a check would praise it.
#
# A cell that ends in an error defines nothing, or only what stands above the error. What
# has the same name from an earlier run stays. So the kernel takes note of it here, and
# `checks` and the tutor say that what they try is the older version.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp runs

# %%
#| export
import ast
import re
import sys
from collections.abc import Iterable
from typing import Any

# %%
#| export
_MADE = re.compile(r"^(?:(?:async\s+)?def|class)\s+(\w+)|^(\w+)\s*=(?!=)", re.MULTILINE)


def made_by(text: str) -> dict[str, float]:
    """Return the functions, classes and variables of a cell, and where each ends."""
    try:
        statements = ast.parse(text).body
    except (SyntaxError, ValueError):
        return {a or b: float("inf") for a, b in _MADE.findall(text)}
    made = {}
    for each in statements:
        named = [getattr(each, "name", None)]
        if isinstance(each, ast.Assign):
            targets = [node for target in each.targets for node in ast.walk(target)]
            named = [node.id for node in targets if isinstance(node, ast.Name)]
        made |= {name: each.end_lineno for name in named if name}
    return made


def _stopped_at(error: BaseException) -> float:
    """Return the line of the cell in which an error stopped it."""
    line, trace = 0, error.__traceback__
    while trace is not None:
        # Of IPython's own frames none is a module's.
        if not line and trace.tb_frame.f_code.co_name == "<module>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


class Runs:
    """What the last run of the cells that make a name has left undone."""

    def __init__(self) -> None:
        self._failed: dict[str, tuple[str, Any]] = {}  # by which error, what stayed
        self._begun: set[str] = set()

    def note(self, result: Any) -> None:
        """Take note of a cell that was run, as IPython's ``post_run_cell`` tells it."""
        error = result.error_before_exec or result.error_in_exec
        before = result.error_before_exec is not None
        stopped = 0 if before or error is None else _stopped_at(error)
        made = made_by(result.info.raw_cell or "")
        # What stops a check is no reason for what a later cell does.
        is_check = hasattr(error, "_render_traceback_")
        self._begun -= set(made)
        self._begun |= set() if error is None or is_check else set(made)
        for name, end in made.items():
            if error is not None and end >= stopped:
                self._failed[name] = _said(error), _there(name)
            else:
                self._failed.pop(name, None)

    def begun(self, names: Iterable[str]) -> str:
        """Return the first of these names whose cell has not come to its end."""
        return next((name for name in names if name in self._begun), "")

    def failed(self, names: Iterable[str]) -> str:
        """Return the error by which the first of these names was not made anew."""
        for name in names:
            said, stayed = self._failed.get(name, ("", None))
            if said and _there(name) is stayed:
                return said
        return ""


def _there(name: str) -> Any:
    return getattr(sys.modules["__main__"], name, None)


def _said(error: BaseException) -> str:
    kind = type(error).__name__
    if isinstance(error, SyntaxError):
        return f"{kind}: {error.msg}, line {error.lineno}"
    first, *_ = str(error).splitlines() or [""]
    return f"{kind}: {first}" if first else kind


runs = Runs()

# %% [markdown]
# Try it: a function that was there, and a cell whose last line is moved too far.

# %%
from types import SimpleNamespace

cell = "def double(x):\n    y = 2 * x\n      return y\n"
try:
    ast.parse(cell)
except SyntaxError as error:
    runs.note(
        SimpleNamespace(
            error_before_exec=error,
            error_in_exec=None,
            info=SimpleNamespace(raw_cell=cell),
        )
    )
runs.failed(["double"])
