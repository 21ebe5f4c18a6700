"""``proctor init``: put proctor under a course that exists."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

from proctor.errors import GradingError
from proctor.notebook.cells import source_of
from proctor.notebook.read import read_notebook
from proctor.notebook.write import write_file
from proctor.settings import CONFIG, Course

_INSTALLED = re.compile(r"^[^#\n]*proctor\.nbgrader(_hooks)?\.install\(", re.MULTILINE)
_MAGIC = re.compile(r"^\s*[%!].*$", re.MULTILINE)
# A magic that imports, and what it imports.
_DRAWS = re.compile(r"^\s*%(matplotlib|pylab)\b", re.MULTILINE)
_EXTENSION = re.compile(r"^\s*%load_ext\s+([A-Za-z]\w*)", re.MULTILINE)
# Of a course that imports nothing.
_LEAST = ("numpy",)
# Slow to import, and known to be safe to import before processes are copied.
_SLOW = ("networkx", "pandas", "scipy", "seaborn", "sklearn", "statsmodels", "sympy")


def init(folder: Path) -> int:
    """Write what proctor needs into a course's configuration, and say what it is.

    Returns
    -------
    int
        0.

    Raises
    ------
    GradingError
        If the configuration cannot be read or written.
    """
    path = folder / CONFIG
    before = _text_of(path)
    if _INSTALLED.search(before):
        print(f"{path} has proctor already: nothing was changed")
        return 0
    course = Course.read(folder) if before else None
    source = course.layout.built(".") if course else folder / "source"
    packages, modules, missing = _packages(source)
    text = before or "c = get_config()\n"
    try:
        if before:
            write_file(_unused(path), before.encode())
        write_file(path, f"{text.rstrip()}\n\n{_lines(packages, modules)}".encode())
    except OSError as error:
        raise GradingError(f"{path} cannot be written: {error.strerror}") from None
    print(f"{path}: proctor grades this course now, with {', '.join(packages)}")
    for name, where in missing.items():
        print(
            f"not installed: {name}, which {where} imports: install its package and "
            "add it to c.Sandbox.packages"
        )
    print("see: proctor doctor; then, for each assignment: proctor lint ASSIGNMENT")
    return 0


def _lines(packages: list[str], modules: set[str]) -> str:
    listed = _listed(packages)
    slow = _listed(name for name in _SLOW if name in modules)
    preload = (
        f"# Imported once, and not by each submission.\nc.Sandbox.preload = [{slow}]\n"
        if slow
        else ""
    )
    return (
        "# Submissions run locked in, and may import these packages.\n"
        "import proctor.nbgrader\n\n"
        "proctor.nbgrader.install(c)\n"
        f"c.Sandbox.packages = [{listed}]\n"
        f"{preload}"
        "# The best that this machine gives: see proctor doctor.\n"
        'c.Sandbox.level = ["namespace", "landlock", "uid"]\n'
    )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, ValueError) as error:
        raise GradingError(f"{path} cannot be read: {error}") from None


def _unused(path: Path) -> Path:
    """Return where a copy of the old configuration goes."""
    number, place = 1, path.with_name(f"{path.name}.old")
    while place.exists():
        number += 1
        place = path.with_name(f"{path.name}.old{number}")
    return place


def _packages(source: Path) -> tuple[list[str], set[str], dict[str, str]]:
    """Return the distributions that a course imports, its modules, and what nobody has.

    The latter with the file that imports each.
    """
    of_module = metadata.packages_distributions()
    own = {path.stem for path in source.rglob("*.py")}
    own |= {path.name for path in source.rglob("*") if path.is_dir()}
    found, modules, missing = set(_LEAST), set(), {}
    for path in sorted([*source.rglob("*.ipynb"), *source.rglob("*.py")]):
        if ".ipynb_checkpoints" in path.parts:
            continue
        for name in _modules_in(path):
            if name in sys.stdlib_module_names or name in own or name == "proctor":
                continue
            if name in of_module:
                found.add(of_module[name][0])
                modules.add(name)
            else:
                missing.setdefault(name, str(path))
    return sorted(found, key=str.lower), modules, missing


def _modules_in(path: Path) -> Iterator[str]:
    if path.suffix == ".py":
        texts = [_text_of(path)]
    else:
        notebook, _ = read_notebook(path.name, path.read_bytes())
        cells = notebook["cells"]
        texts = [source_of(cell) for cell in cells if cell["cell_type"] == "code"]
    for text in texts:
        if _DRAWS.search(text):
            yield "matplotlib"
        # IPython has some of its own.
        for name in _EXTENSION.findall(text):
            if name in metadata.packages_distributions():
                yield name
        try:
            tree = ast.parse(_MAGIC.sub("", text))
        except (SyntaxError, ValueError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                yield from (alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.split(".")[0]
