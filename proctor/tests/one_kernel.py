"""Grade notebooks as ``nbgrader autograde`` does, for less: no kernel is started.

Each notebook runs whole in a fork of a process that has IPython, and nbgrader's own
function reads the points from what the cells show. (A test compares it with nbgrader's
command.)
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path


def grade_all(notebooks: list[tuple[list[dict], dict[str, str]]]) -> list[dict]:
    """Return what each test cell of each notebook earns, by name.

    Parameters
    ----------
    notebooks
        Cells, and the files beside them, their bytes as letters of Latin-1.
    """
    done = subprocess.run(
        [sys.executable, __file__],
        input=json.dumps(notebooks),
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "MPLBACKEND": "agg"},
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def _main() -> None:
    import gc

    import matplotlib.pyplot  # noqa: F401 (before the forks)
    import nbgrader.utils  # noqa: F401
    import pandas  # noqa: F401
    import scipy.sparse  # noqa: F401
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.xmode = "Minimal"
    shell = InteractiveShell.instance(config=config)
    shell.enable_gui = lambda gui=None: None  # `%matplotlib inline`, as in a kernel
    # Modules that look for the notebook's names find them here.
    sys.modules["__main__"] = shell.user_module
    gc.freeze()
    for cells, files in json.load(sys.stdin):
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(read)
            with tempfile.TemporaryDirectory() as folder, os.fdopen(write, "w") as out:
                os.chdir(folder)
                for name, text in files.items():
                    path = Path(name)
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(text.encode("latin-1"))
                sys.path.insert(0, "")
                json.dump(_grade(shell, cells), out)
            os._exit(0)
        os.close(write)
        with os.fdopen(read) as answer:
            print(answer.read(), flush=True)
        os.waitpid(child, 0)


def _grade(shell, cells: list[dict]) -> dict[str, float | None]:
    import nbformat
    from IPython.utils.capture import capture_output
    from matplotlib import pyplot
    from nbgrader.utils import determine_grade

    found = {}
    for cell in cells:
        with capture_output() as caught:
            result = shell.run_cell(cell["source"], store_history=True)
        outputs = []
        if caught.stderr:
            outputs.append({"output_type": "stream", "name": "stderr", "text": "!"})
        if not result.success:
            outputs.append({"output_type": "error", "ename": "", "evalue": ""})
        elif result.result is not None:
            text = shell.display_formatter.format(result.result)[0]["text/plain"]
            shown = {"data": {"text/plain": text}, "metadata": {}}
            outputs.append({"output_type": "execute_result"} | shown)
        # As a notebook's figures are at the end of their cell.
        pyplot.close("all")
        about = cell["metadata"].get("nbgrader", {})
        if about.get("grade"):
            node = nbformat.from_dict(cell | {"outputs": outputs})
            try:
                found[about["grade_id"]] = determine_grade(node)[0]
            except ValueError:
                found[about["grade_id"]] = None
    return found


if __name__ == "__main__":
    _main()
