"""What the modules of a package import, read from their text."""

import ast
from pathlib import Path


def imports_of(text: str, module: str, modules: set[str]) -> list[tuple[str, bool]]:
    """Return what a module imports, and whether only a type checker does.

    Parameters
    ----------
    module
        The module's dotted name; of a package, with ``.__init__``.
    modules
        The names of all modules: ``from a import b`` is a module or a name in one.
    """
    tree = ast.parse(text)
    checkers = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for statement in node.body
        for inner in ast.walk(statement)
    }
    found = []
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = module.split(".")[: -node.level] if node.level else []
            origin = ".".join([*above, *filter(None, [node.module])])
            inner = [f"{origin}.{alias.name}" for alias in node.names]
            names = [name if name in modules else origin for name in inner]
        found += [(name, node in checkers) for name in dict.fromkeys(names)]
    return found


def files_of(package: Path) -> dict[str, Path]:
    """Return a package's files by their modules' names, without its tests."""
    files = {}
    for path in sorted(package.rglob("*.py")):
        inside = path.relative_to(package).with_suffix("").parts
        if inside[0] not in ("tests", "templates"):
            files[".".join([package.name, *inside])] = path
    return files
