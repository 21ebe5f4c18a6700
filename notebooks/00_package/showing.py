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
import dis
import linecache
import re
from collections.abc import Collection
from types import CodeType, FunctionType, ModuleType, TracebackType
from typing import Any

import numpy as np

from tinytorch.answers import whole

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


def show(value: Any, dtype: bool = True) -> str:
    """Return a value as a person reads it: of a large array the shape alone."""
    if isinstance(value, np.ndarray):
        head = f"{value.dtype} {value.shape}" if dtype else f"{value.shape}"
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
    """Return the last line of a notebook that an error came through, and its shapes.

    Where another function of the notebook was called, the line that called it is said
    as well.
    """
    found, trace = [], error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if NOTEBOOK.search(code.co_filename) and code.co_name != "<module>":
            found.append(trace)
        trace = trace.tb_next
    if not found:
        return ""
    last, line = found[-1], _line(found[-1])
    lines = [f"in {_place(last)}: {line}"]
    # What a line assigns has not come out of it: its value is an earlier one.
    read, numbers = re.sub(r"^[\w, ]+ = ", "", line), []
    for name in dict.fromkeys(re.findall(r"[A-Za-z_]\w*", read)):
        value = last.tb_frame.f_locals.get(name)
        if isinstance(value, np.ndarray):
            lines.append(f"there {name} has the shape {value.shape}")
        elif isinstance(value, (int, float)):
            numbers.append(f"{name} is {value}")
    if numbers:
        lines.append(f"there {', '.join(numbers)}")
    if _name(found[0]) != _name(last):
        lines.append(f"called in {_place(found[0])}: {_line(found[0])}")
    return "\n".join(lines)


def _name(trace: TracebackType) -> str:
    return trace.tb_frame.f_code.co_name


def _line(trace: TracebackType) -> str:
    file = trace.tb_frame.f_code.co_filename
    return whole(linecache.getline(file, trace.tb_lineno).strip())


def _place(trace: TracebackType) -> str:
    return f"line {trace.tb_lineno} of the cell of {_name(trace)}"


# %% [markdown]
# A task that is not written may belong to another notebook: then its cell is not here, and
# what calls it is the package into which that notebook was exported.

# %%
#| export
WRITTEN = {
    "tinytorch.core.spatial": ("09", "spatial"),
    "tinytorch.perf.acceleration": ("18", "acceleration"),
}


def exported_from(error: BaseException) -> str:
    """Return the module of the student's own in which an error was raised, or nothing."""
    trace, name = error.__traceback__, ""
    while trace is not None:
        name, trace = trace.tb_frame.f_globals.get("__name__", ""), trace.tb_next
    return name if name in WRITTEN else ""


def to_export(task: str, module: str) -> str:
    """Say what to do where a task of an exported notebook is not written."""
    number, notebook = WRITTEN[module]
    return (
        f"the task {task} of module {number} is not written yet in your package. Write it "
        f"in {notebook}.ipynb, open a terminal in that notebook's folder, type python -m "
        f"tinytorch.export {notebook}.ipynb, then restart this notebook's kernel"
    )


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
    # Wanted are the numbers; a dtype, where one is wanted, is asked for by itself.
    return f"wanted: {show(wanted, dtype=False)}\ngot: {show(got)}"


# %% [markdown]
# ## What a function uses
#
# A library's convolution in place of one's own gives the right numbers, and is not what the
# task asks for.


# %%
#| export
def used_by(function: Any, but: Collection[str] = ()) -> dict[str, Any]:
    """Return what a function or class of this process names, and what that names.

    Of the notebook's functions that is, without those called ``but``.
    """
    found, seen, left = {}, set(), [function]
    while left:
        each = left.pop()
        if isinstance(each, type):
            left += [f for f in vars(each).values() if isinstance(f, FunctionType)]
        elif isinstance(each, FunctionType) and each not in seen:
            seen.add(each)
            for name in _names_in(each.__code__):
                value = found[name] = each.__globals__.get(name)
                is_own = getattr(value, "__module__", "") == "__main__"
                if is_own and isinstance(value, FunctionType) and name not in but:
                    left.append(value)
    return found


def libraries_of(function: Any, but: Collection[str] = ()) -> set[str]:
    """Return the packages that a function or class comes to use; see `used_by`."""
    found = set()
    for name, value in used_by(function, but).items():
        home = value.__name__ if isinstance(value, ModuleType) else name
        home = getattr(value, "__module__", None) or home
        found |= {home.partition(".")[0], name.partition(".")[0]}
    return found


def _names_in(code: CodeType) -> list[str]:
    inner = (const for const in code.co_consts if isinstance(const, CodeType))
    return [*code.co_names, *(name for each in inner for name in _names_in(each))]


# %%
#| export
def globals_of(function: Any) -> list[str]:
    """Return the notebook's variables that a function reads, in the order of their names.

    Functions, classes, modules, and constants, which have NAMES_LIKE_THIS, are no such.
    """
    if isinstance(function, type):
        inner = [f for f in vars(function).values() if isinstance(f, FunctionType)]
        return sorted({name for each in inner for name in globals_of(each)})
    if not isinstance(function, FunctionType) or function.__module__ != "__main__":
        return []
    there, code = function.__globals__, function.__code__
    named = {
        name
        for name in {*_names_in(code)} & there.keys()
        if not (name.isupper() or name.startswith("__"))
        and not (callable(there[name]) or isinstance(there[name], ModuleType))
    }
    # An attribute may have such a name, too.
    return sorted(named & _globals_in(code)) if named else []


def _globals_in(code: CodeType) -> set[str]:
    read = (each for each in dis.get_instructions(code) if each.opname == "LOAD_GLOBAL")
    inner = (const for const in code.co_consts if isinstance(const, CodeType))
    return {each.argval for each in read}.union(*map(_globals_in, inner))


# %% [markdown]
# ## Try it

# %%
print(show(np.arange(6.0).reshape(2, 3)))
print(show(np.zeros((100, 100))))
