"""Programs as typed, in forks of a process that has imported them.

What they import takes longer than most of what tests have them do. ``python typed.py
PROGRAM MODULES...`` is that process: each line that it reads is JSON, with
``arguments``, ``folder``, and files for ``output`` and ``errors``; it answers with the
exit status.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

# Of each program: the module whose ``main`` it begins with, and what it imports late.
PROGRAMS = {
    "nbgrader": [
        "nbgrader.apps.nbgraderapp",
        "nbgrader.converters",
        "nbgrader.preprocessors",
        "nbgrader.api",
    ],
}


class Typed:
    """Runs one program, once for each call."""

    def __init__(self, program: str, environment: dict[str, str]) -> None:
        self._program = program
        self._process = subprocess.Popen(
            [sys.executable, __file__, program, *PROGRAMS[program]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def run(self, arguments: list[str], cwd: Path) -> subprocess.CompletedProcess:
        """Run it to its end."""
        with tempfile.TemporaryDirectory() as folder:
            output, errors = Path(folder, "output"), Path(folder, "errors")
            request = {"arguments": arguments, "folder": str(cwd)}
            request |= {"output": str(output), "errors": str(errors)}
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            status = int(self._process.stdout.readline())
            command = [self._program, *arguments]
            return subprocess.CompletedProcess(
                command, status, output.read_text(), errors.read_text()
            )

    def close(self) -> None:
        """End the process."""
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def serve(program: str, modules: list[str]) -> None:
    # As the program has it: not the folder of this file.
    sys.path[0] = str(Path(sys.executable).parent)
    first, *_ = [importlib.import_module(name) for name in modules]
    if "nbgrader.api" in sys.modules:
        remember_version()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            be_program(program, first.main, json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def remember_version() -> None:
    """Find once what nbgrader starts a program for, at each new gradebook."""
    from alembic.script import ScriptDirectory
    from nbgrader import api

    scripts = ScriptDirectory(str(Path(api.__file__).with_name("alembic")))
    version = scripts.get_current_head()
    api.get_alembic_version = lambda: version


def be_program(program: str, main, request: dict) -> None:
    """Do as the program does, in a process of its own; does not return."""
    status = 1
    try:
        os.chdir(request["folder"])
        places = os.devnull, request["output"], request["errors"]
        for number, place in enumerate(places):
            flags = os.O_WRONLY | os.O_CREAT if number else os.O_RDONLY
            os.dup2(os.open(place, flags), number)
        sys.stdin = open(0, closefd=False)  # noqa: SIM115 (of this process, to its end)
        sys.argv = [str(Path(sys.executable).with_name(program)), *request["arguments"]]
        try:
            status = main() or 0
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(bool(end.code))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2:])
