"""The first lines of a warm parent: our modules, without the place where they lie.

Standard library only, and nothing of ours: Python runs the text of this file before
anything can be imported.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import socket
import sys
import types
from pathlib import Path

# What Python is given with `-c`. All else comes by a descriptor: the children can read
# the arguments and the environment that a program was started with. Where less comes,
# who starts it was interrupted.
COMMAND = """\
import json, sys
try:
    settings = json.load(sys.stdin)
except ValueError:
    raise SystemExit(0)
exec(compile(settings.pop("start"), "<start>", "exec"))
begin(int(sys.argv.pop()), vars().pop("settings"))
"""
_TOLD = ("__cached__", "__file__", "__loader__", "__path__", "__spec__")


def begin(control: int, settings: dict) -> None:
    """Be a warm parent; it does not return.

    Parameters
    ----------
    control
        The descriptor of the socket to the grader.
    settings
        ``environment``, variables; ``path``, for imports; ``modules``, name and file of
        what is imported from beside the path; what else there is goes to
        :func:`proctor.sandbox.parent.main`.
    """
    os.environ.update(settings.pop("environment"))
    sys.path[:0] = settings.pop("path")
    modules = OwnModules(settings.pop("modules"), nameless=not settings["trusted"])
    sys.meta_path.insert(0, modules)
    parent = importlib.import_module("proctor.sandbox.parent")
    parent.main(socket.socket(fileno=control), settings, modules.forget)
    os._exit(0)


class OwnModules(importlib.abc.MetaPathFinder):
    """Finds our own modules, and nothing that lies beside them.

    Parameters
    ----------
    places
        Name and file of each module or package.
    nameless
        Whether they are not to know their files: these may lie in the course's folder.
    """

    def __init__(self, places: dict[str, str], nameless: bool) -> None:
        self._places = places
        self._kind = _Nameless if nameless else importlib.machinery.SourceFileLoader

    def find_spec(self, name, path=None, target=None):
        """Say where one of our modules is, as the import system asks."""
        first, *rest = name.split(".")
        if first not in self._places:
            return None
        place = Path(self._places[first])
        if rest:
            place = place.parent.joinpath(*rest)
            package = place / "__init__.py"
            place = package if package.exists() else place.with_suffix(".py")
        folder = [str(place.parent)] if place.name == "__init__.py" else None
        return importlib.util.spec_from_file_location(
            name,
            place,
            loader=self._kind(name, str(place)),
            submodule_search_locations=folder,
        )

    def forget(self) -> None:
        """Let none of them be imported any more, nor found by name, nor tell a path."""
        sys.meta_path.remove(self)
        for name in [n for n in sys.modules if n.split(".")[0] in self._places]:
            module = vars(sys.modules.pop(name))
            for told in _TOLD:
                module.pop(told, None)
        self._places.clear()


class _Nameless(importlib.machinery.SourceFileLoader):
    """Loads a module whose functions do not say where it lies."""

    def get_code(self, name: str) -> types.CodeType:
        return _renamed(super().get_code(name), f"<{name}>")


def _renamed(code: types.CodeType, name: str) -> types.CodeType:
    constants = tuple(
        _renamed(constant, name) if isinstance(constant, types.CodeType) else constant
        for constant in code.co_consts
    )
    return code.replace(co_filename=name, co_consts=constants)
