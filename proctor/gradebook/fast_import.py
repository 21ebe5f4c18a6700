"""Import nbgrader's gradebook without the rest of it, which takes longer than a class.

``import nbgrader`` loads four extensions of the Jupyter server, and through them
jsonschema, which builds a grammar of internationalised addresses. A grading run needs
neither; on one core they take three seconds of five.
"""

from __future__ import annotations

import importlib.util
import sys
from importlib.metadata import version
from types import ModuleType


def spare_nbgrader() -> None:
    """Have later imports find nbgrader's modules, and not run its ``__init__``.

    Nothing changes where nbgrader is loaded already.
    """
    if "nbgrader" in sys.modules:
        return
    # jsonschema goes on without the grammar, and without durations, by its own design.
    for name in ("rfc3987_syntax", "isoduration"):
        sys.modules.setdefault(name, None)
    found = importlib.util.find_spec("nbgrader")
    package = ModuleType("nbgrader")
    package.__spec__ = found
    package.__file__ = found.origin
    package.__path__ = list(found.submodule_search_locations)
    # A configuration that is read later may import nbgrader's applications.
    package.__version__ = version("nbgrader")
    sys.modules["nbgrader"] = package
