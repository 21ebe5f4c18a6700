"""What the modules of a package import, read from their text."""

import ast
from collections.abc import Iterator
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
    found = []
    for node, for_types in _statements(ast.parse(text).body):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = module.split(".")[: -node.level] if node.level else []
            origin = ".".join([*above, *filter(None, [node.module])])
            inner = [f"{origin}.{alias.name}" for alias in node.names]
            names = [name if name in modules else origin for name in inner]
        found += [(name, for_types) for name in dict.fromkeys(names)]
    return found


def _statements(
    body: list[ast.AST], for_types: bool = False
) -> Iterator[tuple[ast.AST, bool]]:
    """Yield statements, those within others too, and whether only for a type checker.

    An import stands in no expression, and those are most of a module.
    """
    for node in body:
        yield node, for_types
        checked = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for part in ("body", "orelse", "finalbody", "handlers", "cases"):
            within = for_types or (checked and part == "body")
            yield from _statements(getattr(node, part, []), within)


def files_of(package: Path) -> dict[str, Path]:
    """Return a package's files by their modules' names, without its tests."""
    files = {}
    for path in sorted(package.rglob("*.py")):
        inside = path.relative_to(package).with_suffix("").parts
        if inside[0] not in ("tests", "templates"):
            files[".".join([package.name, *inside])] = path
    return files
