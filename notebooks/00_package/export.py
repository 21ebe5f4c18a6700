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
import builtins
import json
import re
import symtable
import sys
from importlib.machinery import PathFinder
from pathlib import Path

_EXPORT = re.compile(r"^[ \t]*#[ \t]*\|[ \t]*exports?[ \t]*$", re.MULTILINE)
_DEFAULT = re.compile(r"^[ \t]*#[ \t]*\|[ \t]*default_exp[ \t]+(\S+)", re.MULTILINE)
_MAGIC = re.compile(r"\A\s*(?:%%.*\n\s*)+")
_MODULE = re.compile(r"[a-z]\w*(\.[a-z]\w*)*")
_HEADER = "# Exported from {notebook} by python -m tinytorch.export"


class ExportError(Exception):
    """Why a notebook cannot be exported: one line."""


# %% [markdown]
# ## Reading
#
# Editors differ in what they keep of a notebook: Colab drops metadata and renames cells.
# So the text of the code cells counts. A magic such as `%%time` on top of a cell is taken
# off.


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
        return [_MAGIC.sub("", "".join(cell["source"])) for cell in cells]
    except OSError as error:
        raise ExportError(f"{notebook} cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ExportError(f"{notebook} is no Jupyter notebook") from None


def parsed(notebook: Path, cell: str) -> ast.Module:
    """Return a cell's syntax tree.

    Raises
    ------
    ExportError
        If it is no Python.
    """
    try:
        return ast.parse(cell)
    except SyntaxError as error:
        line = (error.text or "").strip()
        raise ExportError(
            f"{notebook}: a cell is not Python: {error.msg}: {line!r}"
        ) from None


# %% [markdown]
# ## What is not written yet
#
# A task that still raises `NotImplementedError` goes into the module as it is: whoever
# calls it is told its name. `NOT_WRITTEN` lists what such tasks define.


# %%
#| export
_KINDS = (ast.FunctionDef, ast.ClassDef)


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
        found += [node.name for node in tree.body if isinstance(node, _KINDS)]
    return found


# %% [markdown]
# ## Refusing what cannot work
#
# A function that calls a helper from a cell without `#| export` would fail in the package,
# far from here. So would a task's own cell that lost its first line.


# %%
#| export
def read_by(text: str) -> dict[str, str]:
    """Return the global names that a module's text reads, and where: by its functions."""
    found: dict[str, str] = {}

    def walk(table: symtable.SymbolTable, where: str) -> None:
        for symbol in table.get_symbols():
            top = table.get_type() == "module"
            if symbol.is_referenced() and (symbol.is_global() or top):
                found.setdefault(symbol.get_name(), where)
        for child in table.get_children():
            walk(child, where or child.get_name())

    walk(symtable.symtable(text, "<module>", "exec"), "")
    return found


def made_by(tree: ast.Module) -> set[str]:
    """Return the names that a cell makes at its top level."""
    found = set()
    for node in tree.body:
        if isinstance(node, _KINDS):
            found.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found |= {(a.asname or a.name).partition(".")[0] for a in node.names}
        else:
            inner = (n for n in ast.walk(node) if isinstance(n, ast.Name))
            found |= {n.id for n in inner if isinstance(n.ctx, ast.Store)}
    return found


def refuse_missing(notebook: Path, text: str, made: set[str], others: list) -> None:
    """Refuse a module that reads what no exported cell makes.

    Parameters
    ----------
    text, made
        The module, and the names that its cells make.
    others
        The text of the cells that are not exported.

    Raises
    ------
    ExportError
        Naming the function, what it needs, and what to do.
    """
    if "*" in made:  # what such an import brings is not seen here
        return
    known = made | set(dir(builtins)) | {"__name__", "__file__"}
    needed = {name: where for name, where in read_by(text).items() if name not in known}
    for other in others:
        try:
            tree = ast.parse(other)
        except SyntaxError:  # a magic or an attempt: no cell of the package
            continue
        for name in sorted(made_by(tree) & needed.keys()):
            raise ExportError(
                f"{notebook}: {needed[name] or 'a cell'} uses {name}, from a cell "
                "without '#| export': write #| export as that cell's first line"
            )
    for name, where in sorted(needed.items()):
        raise ExportError(
            f"{notebook}: {where or 'a cell'} uses {name}, which no cell makes: define "
            "it in a cell that begins with #| export"
        )


def refuse_lost(notebook: Path, module: str, others: list[str]) -> None:
    """Refuse a notebook in which the cell of one of the course's tasks lost its line.

    Raises
    ------
    ExportError
        Naming what the cell defines.
    """
    folder = Path(__file__).parent / "cases" if "__file__" in globals() else Path()
    tasks = {
        name
        for path in folder.glob("*.json")
        for lesson in [json.loads(path.read_text("utf-8"))]
        if lesson.get("module") == module
        for task in lesson["tasks"].values()
        for name in task["defines"]
    }
    for other in others:
        found = re.findall(r"^(?:def|class) (\w+)", other, re.MULTILINE)
        for name in tasks & set(found):
            raise ExportError(
                f"{notebook}: the cell that defines {name} lost its first line: write "
                "#| export there again"
            )


# %%
#| export
def module_text(notebook: Path) -> tuple[str, str, list[str], list[str]]:
    """Return the module's name, its text, its public names, and the open tasks.

    Raises
    ------
    ExportError
        If there is nothing to export, a cell is not Python, or the module cannot work.
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
    names, missing, lacking, made = [], [], [], set()
    for cell in exported:
        tree = parsed(notebook, cell)
        defined = [node.name for node in tree.body if isinstance(node, _KINDS)]
        tasks = unwritten(cell, tree)
        missing, names = missing + tasks, names + defined
        lacking += defined if tasks else []
        made |= made_by(tree)
    others = [cell for cell in cells if not _EXPORT.search(cell)]
    refuse_lost(notebook, module, others)
    header = _HEADER.format(notebook=notebook.name)
    text = "\n\n\n".join([header, *exported])
    refuse_missing(notebook, text, made, others)
    if lacking:
        text += f"\n\n\n# Tasks that are still to be written define these.\nNOT_WRITTEN = {lacking!r}"
    names = [name for name in dict.fromkeys(names) if not name.startswith("_")]
    names = [name for name in names if name not in lacking]
    missing = list(dict.fromkeys(missing))
    if missing and not names:
        raise ExportError(f"{notebook}: nothing is written yet: {', '.join(missing)}")
    return module, text + "\n", names, missing


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
# Below a clone of the course lies its own copy of the package, which is imported by whoever
# starts Python in the clone's folder. Where that copy lacks your module, it gets it too.


# %%
#| export
def clone_of(notebook: Path) -> Path | None:
    """Return the `tinytorch` of the clone that ``notebook`` lies in, or None."""
    folders = (parent / "tinytorch" for parent in notebook.absolute().parents)
    return next((f for f in folders if (f / "__init__.py").is_file()), None)


# %% [markdown]
# ## Writing
#
# Modules that came with the package are not overwritten; your own earlier export is.


# %%
#| export
def may_write(target: Path) -> bool:
    """Tell whether a module is not there, or is an earlier export."""
    own = _HEADER.partition("{")[0]
    return not target.exists() or target.read_text(encoding="utf-8").startswith(own)


def export(notebook: Path, package: Path) -> str:
    """Write the notebook's module into ``package``; return what a student reads.

    Raises
    ------
    ExportError
        If the notebook cannot be exported, or the module came with the package.
    """
    module, text, names, missing = module_text(notebook)
    place = Path(*module.split(".")).with_suffix(".py")
    if not may_write(package / place):
        raise ExportError(
            f"{package / place} came with the package and is not overwritten; to write "
            f"elsewhere: python -m tinytorch.export {notebook} FOLDER"
        )
    places, clone = [package], clone_of(notebook)
    if clone and clone.resolve() != package.resolve() and may_write(clone / place):
        places.append(clone)
    for each in places:
        (each / place).parent.mkdir(parents=True, exist_ok=True)
        (each / place).write_text(text, encoding="utf-8")
    said = (
        f"exported to {' and '.join(map(str, places))}; now: from "
        f"{package.name}.{module} import {', '.join(names) or '*'}"
    )
    if missing:
        said += (
            f"\nstill to write, and an error where it is called: {', '.join(missing)}"
        )
    return said


def main(arguments: list[str]) -> int:
    """Run the command; return 0, or 2 with one line that says what is wrong."""
    if len(arguments) not in (1, 2) or arguments[0].startswith("-"):
        print("usage: python -m tinytorch.export NOTEBOOK [FOLDER]", file=sys.stderr)
        return 2
    notebook = Path(arguments[0])
    try:
        package = Path(arguments[1]) if arguments[1:] else package_of(notebook)
        print(export(notebook, package))
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
