# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # From your notebook to your package
#
# > Export the code cells of a notebook into tinytorch: python -m tinytorch.export NOTEBOOK
#
# What you write in a notebook is meant to be used. This command takes the cells that begin
# with `#| export` and writes them into your installed `tinytorch`, as the module that the
# cell `#| default_exp` names. It needs nothing but Python.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp export

# %%
#| export
import ast
import json
import re
import sys
from importlib.machinery import PathFinder
from pathlib import Path

_EXPORT = re.compile(r"^[ \t]*#[ \t]*\|[ \t]*exports?[ \t]*$", re.MULTILINE)
_DEFAULT = re.compile(r"^[ \t]*#[ \t]*\|[ \t]*default_exp[ \t]+(\S+)", re.MULTILINE)
_MODULE = re.compile(r"[a-z]\w*(\.[a-z]\w*)*")
_HEADER = "# Exported from {notebook} by python -m tinytorch.export"


class ExportError(Exception):
    """Why a notebook cannot be exported: one line."""


# %% [markdown]
# ## Reading
#
# Editors differ in what they keep of a notebook: Colab drops metadata and renames cells.
# So only the text of the code cells counts.


# %%
#| export
def read_cells(notebook: Path) -> list[str]:
    """Return the text of the notebook's code cells.

    Raises
    ------
    ExportError
        If it is no notebook.
    """
    try:
        content = json.loads(notebook.read_text(encoding="utf-8-sig"))
        cells = [cell for cell in content["cells"] if cell["cell_type"] == "code"]
        return ["".join(cell["source"]) for cell in cells]
    except OSError as error:
        raise ExportError(f"{notebook} cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ExportError(f"{notebook} is no Jupyter notebook") from None


# %% [markdown]
# ## Refusing what is not written yet
#
# A task that still raises `NotImplementedError` would make a package that fails later, far
# from here. It is named now.


# %%
#| export
def unwritten(source: str, tree: ast.Module) -> list[str]:
    """Return the tasks in a cell that still raise NotImplementedError, by name."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            name = getattr(node.exc.func, "id", "")
            named = node.exc.args and isinstance(node.exc.args[0], ast.Constant)
            if name == "NotImplementedError" and named:
                found.append(str(node.exc.args[0].value))
    if not found and "YOUR CODE HERE" in source and "NotImplementedError" in source:
        kinds = (ast.FunctionDef, ast.ClassDef)
        found += [node.name for node in tree.body if isinstance(node, kinds)]
    return found


def module_text(notebook: Path) -> tuple[str, str, list[str]]:
    """Return the module's name, its text, and the public names it defines.

    Raises
    ------
    ExportError
        If there is nothing to export, a task is not written, or a cell is not Python.
    """
    cells = read_cells(notebook)
    module = next((m[1] for cell in cells if (m := _DEFAULT.search(cell))), None)
    exported = [_EXPORT.sub("", cell).strip() for cell in cells if _EXPORT.search(cell)]
    if module is None or not exported:
        raise ExportError(
            f"{notebook} exports nothing: it needs a cell '#| default_exp core.spatial' "
            "and cells that begin with '#| export'"
        )
    if not _MODULE.fullmatch(module):
        raise ExportError(f"{notebook}: {module!r} is no module name: try core.spatial")
    names, missing = [], []
    for cell in exported:
        try:
            tree = ast.parse(cell)
        except SyntaxError as error:
            line = (error.text or "").strip()
            raise ExportError(
                f"{notebook}: a cell is not Python: {error.msg}: {line!r}"
            ) from None
        missing += unwritten(cell, tree)
        kinds = (ast.FunctionDef, ast.ClassDef)
        names += [node.name for node in tree.body if isinstance(node, kinds)]
    if missing:
        raise ExportError(
            f"{notebook} is not finished: still to write: "
            + ", ".join(dict.fromkeys(missing))
        )
    header = _HEADER.format(notebook=notebook.name)
    names = [name for name in dict.fromkeys(names) if not name.startswith("_")]
    return module, "\n\n\n".join([header, *exported]) + "\n", names


# %% [markdown]
# ## Where to
#
# `python -m` looks for packages in the current folder first, and a notebook in its own
# folder. So where the current folder holds another copy of `tinytorch`, as the course's
# does, the copy that runs here is not the one that the notebook imports. The latter is
# written to.


# %%
#| export
def package_of(notebook: Path) -> Path:
    """Return the folder of the `tinytorch` that ``notebook`` imports.

    Where the search finds none, as with an import hook, it is this file's own.
    """
    # With -m the first entry is the current folder; with -P there is no such entry.
    entries = sys.path if sys.flags.safe_path else sys.path[1:]
    spec = PathFinder.find_spec(
        "tinytorch", [str(notebook.absolute().parent), *entries]
    )
    # Without an origin it is a folder of that name and no package.
    found = spec and spec.origin and spec.submodule_search_locations
    return Path(found[0]) if found else Path(__file__).parent


# %% [markdown]
# ## Writing
#
# Modules that came with the package are not overwritten; your own earlier export is.


# %%
#| export
def export(notebook: Path, package: Path) -> str:
    """Write the notebook's module into ``package``; return how to import it.

    Raises
    ------
    ExportError
        If the notebook cannot be exported, or the module came with the package.
    """
    module, text, names = module_text(notebook)
    target = package.joinpath(*module.split(".")).with_suffix(".py")
    own = _HEADER.partition("{")[0]
    if target.exists() and not target.read_text(encoding="utf-8").startswith(own):
        raise ExportError(
            f"{target} came with the package and is not overwritten; to write elsewhere: "
            f"python -m tinytorch.export {notebook} FOLDER"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    return f"from {package.name}.{module} import {', '.join(names) or '*'}"


def main(arguments: list[str]) -> int:
    """Run the command; return 0, or 2 with one line that says what is wrong."""
    if len(arguments) not in (1, 2) or arguments[0].startswith("-"):
        print("usage: python -m tinytorch.export NOTEBOOK [FOLDER]", file=sys.stderr)
        return 2
    notebook = Path(arguments[0])
    try:
        package = Path(arguments[1]) if arguments[1:] else package_of(notebook)
        print(f"exported to {package}; now: {export(notebook, package)}")
    except (ExportError, OSError) as error:
        print(f"tinytorch.export: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__" and "__file__" in globals():
    sys.exit(main(sys.argv[1:]))

# %% [markdown]
# Try it on a notebook of two cells.

# %%
import tempfile

cells = ["#| default_exp core.double", "#| export\ndef double(x):\n    return 2 * x"]
cells = [{"cell_type": "code", "source": source} for source in cells]
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "double.ipynb"
    path.write_text(json.dumps({"cells": cells}))
    print(export(path, Path(folder) / "mytorch"))
    print((Path(folder) / "mytorch/core/double.py").read_text())
