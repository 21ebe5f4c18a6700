"""Progress bars of notebooks, where nothing shows widgets: text in their place.

A bar that is made in a function would end it otherwise, and be no mistake of anybody's.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys

_BARS = "tqdm.notebook"


class _Bars(importlib.abc.MetaPathFinder):
    """Finds tqdm's module of bars for notebooks; it begins with nothing imported."""

    def find_spec(self, name, path, target=None):
        if name != _BARS:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None:
            spec.loader = _AsText(spec.loader)
        return spec


class _AsText(importlib.abc.Loader):
    """Loads that module, and has it make text's bars if it can make no others."""

    def __init__(self, loader) -> None:
        self._loader = loader

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module) -> None:
        self._loader.exec_module(module)
        if getattr(module, "IProgress", None) is None:
            from tqdm import std

            module.tqdm = module.tqdm_notebook = std.tqdm
            module.trange = module.tnrange = std.trange


def show_bars_as_text() -> None:
    """Let notebooks' bars be lines of text from now on."""
    sys.meta_path.insert(0, _Bars())
