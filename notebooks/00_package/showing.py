# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # What a failing check shows
#
# > The text of a check that fails: values, shapes, and the line where code stopped.
#
# A check that fails shows a few lines about the example and nothing about itself. This
# notebook holds what these lines are made of; `checks` uses it.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp showing

# %%
#| export
import linecache
import re
from typing import Any

import numpy as np

# %% [markdown]
# ## Saying it
#
# A failure is an AssertionError, so that every grader knows it. IPython asks an error for
# a text of its own, and shows that in place of a trace through library code.


# %%
#| export
class CheckFailed(AssertionError):
    """What a check found: its first line says it, the others show it."""

    def _render_traceback_(self) -> list[str]:
        return str(self).splitlines()


class NotWritten(NotImplementedError):
    """A task whose code is still to be written."""

    def _render_traceback_(self) -> list[str]:
        return str(self).splitlines()


_MOST_NUMBERS = 60
_EXACT = 2**53


def show(value: Any) -> str:
    """Return a value as a person reads it: of a large array the shape alone."""
    if isinstance(value, np.ndarray):
        head = f"{value.dtype} {value.shape}"
        if value.size > _MOST_NUMBERS:
            return head
        array = value.view(np.ndarray)
        # Whole numbers are easier to read without their points.
        if np.all(np.abs(array) < _EXACT) and np.all(array == np.round(array)):
            array = array.astype(int)
        return f"{head}\n{np.array2string(array, separator=' ', suppress_small=True)}"
    return repr(value)


def indented(text: str, by: str = "") -> str:
    return "\n".join(by + line for line in text.splitlines() if line.strip())


# %% [markdown]
# ## Where a student's code stopped
#
# NumPy says which shapes do not fit, not which arrays have them. The line of the notebook
# in which it happened does, with the shapes of what it names.

# %%
#| export
NOTEBOOK = re.compile(r"ipykernel_|ipython-input|^<cell")


def where(error: BaseException) -> str:
    """Return the last line of a notebook that an error came through, and its shapes."""
    found, trace = None, error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if NOTEBOOK.search(code.co_filename) and code.co_name != "<module>":
            found = trace
        trace = trace.tb_next
    if found is None:
        return ""
    code = found.tb_frame.f_code
    line = linecache.getline(code.co_filename, found.tb_lineno).strip()
    lines = [f"in line {found.tb_lineno} of the cell of {code.co_name}: {line}"]
    for name in dict.fromkeys(re.findall(r"[A-Za-z_]\w*", line)):
        value = found.tb_frame.f_locals.get(name)
        if isinstance(value, np.ndarray):
            lines.append(f"there {name} has the shape {value.shape}")
        elif isinstance(value, (int, float)):
            lines.append(f"there {name} is {value}")
    return "\n".join(lines)


# %% [markdown]
# ## Two values side by side


# %%
#| export
def is_known(error: Exception) -> bool:
    """Tell whether an error is one of Python's or NumPy's: others are not ours."""
    return type(error).__module__.split(".")[0] in ("builtins", "numpy")


def number(value: Any) -> str:
    return f"{value:.7g}" if value.dtype.kind == "f" else str(value)


def short(value: Any) -> str:
    if np.ndim(value):
        return f"an array of shape {np.shape(value)}"
    return repr(value)


def both(got: np.ndarray, wanted: np.ndarray) -> str:
    return f"wanted: {show(wanted)}\ngot: {show(got)}"


# %% [markdown]
# ## Try it

# %%
print(show(np.arange(6.0).reshape(2, 3)))
print(show(np.zeros((100, 100))))
