"""Run notebooks as graders do that keep student and test in one process.

``python one_process.py NOTEBOOK...`` prints, as JSON, which test cells of each raised
nothing, plain asserts in their place. Only for attacks that patch and lie: there is no
jail here.
"""

import contextlib
import io
import json
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

# Beside this file, which is run by its path.
from plain_asserts import ASSERTS

SECONDS = 60.0


def run(path: str) -> list[str]:
    """Return the names of the test cells that pass."""
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    passed = []
    for cell in json.loads(Path(path).read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        source = ASSERTS.get(name, "".join(cell["source"]))
        result = InteractiveShell.run_cell(shell, source)
        if name.startswith("test-") and result.success:
            passed.append(name)
    return passed


def in_child(path: str) -> list[str]:
    """Run in a fork: what is patched there stays there."""
    report = Path(tempfile.mkstemp()[1])
    child = os.fork()
    if child == 0:
        with contextlib.redirect_stdout(io.StringIO()):
            try:
                report.write_text(json.dumps(run(path)))
            finally:
                os._exit(0)
    end = time.monotonic() + SECONDS
    while os.waitpid(child, os.WNOHANG)[0] == 0:
        if time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            break
        time.sleep(0.01)
    text = report.read_text()
    report.unlink()
    return json.loads(text) if text else []


def main() -> None:
    import matplotlib as mpl
    import numpy  # noqa: F401

    mpl.use("agg")
    os.environ["IPYTHONDIR"] = tempfile.gettempdir()
    print(json.dumps({path: in_child(path) for path in sys.argv[1:]}))


if __name__ == "__main__":
    main()
