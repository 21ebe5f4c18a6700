# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # What stops a notebook, in one line
#
# > A task that is not written yet is an error, and no reason for a page of traceback.
#
# "Run All" stops at the first task that is still to be written. `say_in_one_line` lets
# Jupyter say which task that is, and what to do, in place of a traceback, also in a given
# cell that calls your function. (A check says it by itself.) The same where a name of the
# course is not defined, as after a restart in the middle of a notebook. There nothing has
# been imported yet: so the package, when it is installed, leaves a file for the kernels
# of its environment (`etc/ipython/ipython_kernel_config.py`), by which they ask `shown`
# from their first cell on. Elsewhere whoever imports `tinytorch`, as each check does, is
# told so from then on. So is who asks the tutor without quotes, and whose given cell rests
# on a task whose check has failed, or on a cell that has not come to its end.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp stops

# %%
#| export
import json
import linecache
import re
import sys
import traceback
from pathlib import Path
from types import FrameType
from typing import Any

from tinytorch.lessons import find_task
from tinytorch.runs import made_by, runs
from tinytorch.showing import NOTEBOOK, WRITTEN, exported_from, to_export
from tinytorch.standing import is_task, standing

# %% [markdown]
# ## What is said


# %%
#| export
def line_for(error: BaseException, names: dict[str, Any]) -> str:
    """Return what to say in place of a traceback; empty where the traceback is right.

    Parameters
    ----------
    error
        What stopped a cell.
    names
        Of the notebook.
    """
    if isinstance(error, NotImplementedError):
        task = str(error)
        module = exported_from(error)
        if module:
            said = to_export(task, module)
            return (
                f"{said[0].upper()}{said[1:]}, and run the cells above this one again."
            )
        asked = find_task(task, names)
        helps = f' tt.tutor("{task}") says what is asked for.' if asked else ""
        if is_task(task):
            return (
                f"The task {task} is not written yet. Go up to its cell, which says "
                f"YOUR CODE HERE, write it, run it, and go on from there.{helps}"
            )
    written = _written(error) if isinstance(error, ImportError) else ""
    if written:
        module, notebook = WRITTEN[written]
        return (
            f"{written} is what you write in module {module}. Open a terminal in that "
            f"notebook's folder, type python -m tinytorch.export {notebook}.ipynb, and "
            "run this cell again."
        )
    if isinstance(error, (NameError, TypeError)) and _asks_without_quotes(error):
        return (
            "The tutor takes the task's name as a text: put it in quotes, as in "
            'tt.tutor("output-size").'
        )
    missing = getattr(error, "name", None) if isinstance(error, NameError) else None
    if not missing or missing in names:
        return _resting_on(error, names)
    failed = runs.failed([missing])
    if failed:
        return (
            f"{missing} is not defined: the last run of the cell that makes it ended in "
            f"an error ({failed}). Mend that cell, run it, then this one."
        )
    found = find_task(missing, names)
    if found:
        return (
            f"{missing} is not defined yet: run the cells above first, that of the "
            f"task {found[0]} too. {_menu(names)}"
        )
    in_function = error.__traceback__ and _last_function(error) != "<module>"
    headings = _made_under(missing, names, restarted=in_function)
    if not headings:
        return ""
    under = f" (under the heading {headings[0]!r})" if len(headings) == 1 else ""
    return (
        f"{missing} is not defined yet: a cell above makes it{under}. Run the cells "
        f"above first. {_menu(names)}"
    )


def _written(error: ImportError) -> str:
    """Return the student's module that an import asks for in vain, or nothing."""
    asked = re.search(r"cannot import name '(\w+)' from '([\w.]+)'", str(error))
    inner = f"{asked[2]}.{asked[1]}" if asked else ""
    return next((m for m in (error.name, inner) if m in WRITTEN), "")


def _asks_without_quotes(error: BaseException) -> bool:
    """Tell whether a cell's own line asks the tutor for a name, not for a text."""
    frame = error.__traceback__ and _frames(error)[-1]
    if not frame or frame.f_code.co_name != "<module>":
        return False
    line = linecache.getline(frame.f_code.co_filename, _lines(error)[-1])
    return bool(re.search(r"\btutor\(\s*[A-Za-z_]", line))


def _resting_on(error: BaseException, names: dict[str, Any]) -> str:
    """Say where a given cell fails since a task before it is not right.

    In a task's own function, the traceback is what helps.
    """
    if hasattr(error, "_render_traceback_"):  # as of a check, which says it itself
        return ""
    codes = [frame.f_code for frame in _frames(error)]
    codes = [code for code in codes if NOTEBOOK.search(code.co_filename)]
    if any(find_task(code.co_name, names) for code in codes):
        return ""
    for name in dict.fromkeys(name for code in codes[::-1] for name in code.co_names):
        found = name in names and find_task(name, names)
        if found and found[0] in standing.failed:
            return (
                f"{type(error).__name__}: {error}. This cell uses {name}, and the check "
                f"of the task {found[0]} has failed: begin there."
            )
    if len(codes) != 1:
        return ""
    own = made_by("".join(linecache.getlines(codes[0].co_filename)))
    begun = runs.begun(name for name in codes[0].co_names if name not in own)
    if begun:
        return (
            f"{type(error).__name__}: {error}. This cell uses {begun}, and the cell that "
            "makes it has ended in an error: begin there."
        )
    return ""


def _menu(names: dict[str, Any]) -> str:
    """Say where this notebook's program has that, by what its kernel knows of it."""
    if "google.colab" in sys.modules:
        return "(In the menu: Runtime, Run before.)"
    if "__vsc_ipynb_file__" in names:
        return "(Above this cell, on its right: Execute Above Cells.)"
    return "(In the menu: Run, Run All Above Selected Cell.)"


def _frames(error: BaseException) -> list[FrameType]:
    return [frame for frame, _ in traceback.walk_tb(error.__traceback__)]


def _lines(error: BaseException) -> list[int]:
    return [line for _, line in traceback.walk_tb(error.__traceback__)]


def _last_function(error: BaseException) -> str:
    return _frames(error)[-1].f_code.co_name


def _made_under(missing: str, names: dict[str, Any], restarted: bool) -> list[str]:
    """Return the headings under which the likeliest notebooks make a name.

    ``restarted``: only where most of what they make before it is missing as well. In a
    function, it is a slip of the pen elsewhere.
    """
    import tinytorch

    path = Path(tinytorch.__file__).parent / "names.json"
    books = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    likely: dict[int, set[str]] = {}
    for made in books.values():
        if missing in made:
            before = list(made)[: list(made).index(missing)]
            there = sum(name in names for name in before)
            if not (restarted and 2 * there >= len(before)):
                here = sum(name in names for name in made)
                likely.setdefault(here, set()).add(made[missing])
    return sorted(likely[max(likely)]) if likely else []


# %% [markdown]
# ## Telling Jupyter
#
# Only the words change: the cell still fails, "Run All" still stops, and every other error
# is shown as ever. Where there is no Jupyter kernel, nothing happens.


# %%
#| export
_KINDS = (
    *(NotImplementedError, NameError, ImportError),
    *(TypeError, ValueError, IndexError, AttributeError),
)


def say_in_one_line() -> None:
    """Let the notebook's kernel show `line_for` an error where it has something to say."""
    # In a notebook it is there already; elsewhere nobody is to wait for it.
    ipython = sys.modules.get("IPython")
    shell = ipython and ipython.get_ipython()
    # Colab's is a class of its own, made from that of Jupyter's kernel.
    if any(kind.__name__ == "ZMQInteractiveShell" for kind in type(shell).__mro__):
        shell.set_custom_exc(_KINDS, shown)
        if runs.note not in shell.events.callbacks["post_run_cell"]:
            shell.events.register("post_run_cell", runs.note)


def shown(shell, kind, error, trace, tb_offset=None) -> list[str]:
    """Show an error, as IPython asks for it: by `line_for`, or else as ever."""
    line = line_for(error, shell.user_ns)
    if line:
        lines = [line]
    elif hasattr(error, "_render_traceback_"):  # as of a check, which says it itself
        lines = error._render_traceback_()
    else:
        lines = shell.InteractiveTB.structured_traceback(
            kind, error, trace, tb_offset=tb_offset
        )
    shell._showtraceback(kind, error, lines)
    return lines


# %% [markdown]
# Try it: what is said of a task that is not written, and of a name after a restart.

# %%
line_for(NotImplementedError("conv2d-forward"), globals())

# %%
line_for(NameError("name 'colour_photo' is not defined", name="colour_photo"), {})
