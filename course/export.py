"""Source to package: nbdev writes ``tinytorch/`` from the ``#| export`` cells.

All of nbdev is behind this file, so that a move to nbdev 3 is one change.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nbdev.config import add_init, get_config
from nbdev.export import nb_export
from nbdev.maker import ModuleMaker

from course.cells import Region, read_regions
from course.project import Project


def export(project: Project) -> None:
    """Write the package from every instructor notebook, as ``settings.ini`` says."""
    strip = _strip_marks(read_regions(project).solution)
    # nbdev finds settings.ini from the current folder, and remembers what it found.
    with contextlib.chdir(project.root):
        get_config.cache_clear()
        try:
            settings = get_config()
            for notebook in sorted(settings.nbs_path.glob("*/*.ipynb")):
                nb_export(
                    notebook,
                    lib_path=settings.lib_path,
                    procs=[strip],
                    mod_maker=_TruthMaker,
                )
            add_init(settings.lib_path)
        finally:
            get_config.cache_clear()


def _strip_marks(region: Region) -> Callable[[Any], None]:
    """Return what takes the marks of a solution out of an exported cell."""

    def strip(cell) -> None:
        if cell.cell_type == "code":
            cell.set_source(region.without_marks(cell.source).rstrip())

    return strip


class _TruthMaker(ModuleMaker):
    """Name the truth, not the built notebook, as the file to edit."""

    def __init__(self, dest, name, nb_path, **options):
        super().__init__(dest, name, nb_path, **options)
        source = Path(nb_path)
        self.dest2nb = f"notebooks/{source.parent.name}/{source.stem}.py"
        self.hdr = f"# %% {self.dest2nb}"
