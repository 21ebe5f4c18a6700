"""What the code of notebooks costs alone: each in a fork of one warm process.

``python bench/_alone.py FILE`` is that process; `alone` starts it, and reads what it
measured.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from _class import Code
from _cost import Cost, mean, run
from _course import Course


def alone(notebooks: list[Code], course: Course) -> tuple[Cost, Cost]:
    """Return what the code of one notebook costs alone, with and without its tests.

    Parameters
    ----------
    course
        That with nbgrader's own configuration, for what can be imported.
    """
    path = course.root / "code.json"
    path.write_text(json.dumps(notebooks), encoding="utf-8")
    environment = course.environment | {
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    command = [sys.executable, str(Path(__file__).resolve()), str(path)]
    run(command, course.root, environment, course.log)
    measured = json.loads(path.with_suffix(".measured").read_text(encoding="utf-8"))
    tested, untested = ([Cost(*one) for one in kind] for kind in measured)
    return mean(tested), mean(untested)


def run_alone(path: Path) -> None:
    """Be the warm process: fork for each notebook, and write what each child cost."""
    notebooks = json.loads(path.read_text(encoding="utf-8"))
    run_cell = _warm_shell()
    gc.collect()
    gc.freeze()  # a collection in a child would copy all pages
    costs: tuple[list, list] = [], []
    for notebook in notebooks:
        untested = [cell for cell in notebook if not cell[1]]
        for cells, found in zip((notebook, untested), costs, strict=True):
            start = time.perf_counter()
            child = os.fork()
            if not child:
                try:
                    for source, _ in cells:
                        run_cell(source)
                finally:
                    os._exit(0)
            _, _, used = os.wait4(child, 0)
            wall = time.perf_counter() - start
            found.append((wall, used.ru_utime + used.ru_stime))
    path.with_suffix(".measured").write_text(json.dumps(costs), encoding="utf-8")


def _warm_shell() -> Callable[[str], object]:
    """Import what notebooks use, render a figure, and return what runs a cell."""
    import matplotlib.pyplot  # noqa: F401
    from IPython.core.history import HistoryManager
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    import proctor.rubric  # noqa: F401
    import tinytorch  # noqa: F401

    class Shell(InteractiveShell):
        def enable_gui(self, gui=None):
            pass

        def init_history(self):  # its own starts a thread, and no fork is safe then
            self.history_manager = HistoryManager(
                shell=self, parent=self, enabled=False
            )

    config = Config()
    config.HistoryManager.hist_file = ":memory:"
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.xmode = "Plain"
    config.InteractiveShell.cache_size = 0
    shell = Shell.instance(config=config)
    sys.stdout = sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115
    shell.run_cell("%matplotlib inline")
    shell.run_cell("from matplotlib import pyplot; pyplot.plot([1]); pyplot.show()")
    shell.reset()
    return lambda source: shell.run_cell(source, store_history=False)


if __name__ == "__main__":
    run_alone(Path(sys.argv[1]))
