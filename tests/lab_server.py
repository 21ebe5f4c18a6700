"""A Jupyter server on 127.0.0.1, as a person starts it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

ADDRESS = r"(?P<address>http://127.0.0.1:\d+)/(?:lab|tree)\S*token=(?P<token>\w+)"


@contextlib.contextmanager
def serving(program: Path, folder: Path, home: Path, *options: str) -> Iterator[str]:
    """Serve a folder; give the server's address and token, ready to be filled in.

    Parameters
    ----------
    program
        The environment's ``jupyter``.
    home
        A new folder, for what the server keeps.
    options
        Further ones, as somebody types them.
    """
    settings = home / "config/lab/user-settings/@jupyterlab/apputils-extension"
    settings.mkdir(parents=True)
    # JupyterLab asks for its news elsewhere unless it is told not to.
    name = "notification.jupyterlab-settings"
    (settings / name).write_text(json.dumps({"fetchNews": "false"}))
    environment = {
        **os.environ,
        "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
    }
    command = [program, "lab", "--no-browser", "--ip=127.0.0.1", "--port=0"]
    command += ["--allow-root", "--ServerApp.port_retries=0", *options]
    log = home / "log"
    with log.open("w") as output:
        server = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=output, stderr=output
        )
    try:
        deadline = time.monotonic() + 600
        while not (found := re.search(ADDRESS, log.read_text())):
            assert server.poll() is None and time.monotonic() < deadline, (
                log.read_text()
            )
            time.sleep(0.2)
        yield f"{found['address']}/{{}}?token={found['token']}"
    finally:
        server.terminate()
        server.wait(60)
