"""Run proctor in forks of one process that has imported it: nbgrader takes seconds.

The arguments are more modules to import. Each line read is JSON: ``arguments``;
``folder``; ``output``, a file for both standard streams; ``set``, values of module
attributes by dotted name; ``die``, a dotted function name, the number of a call to it,
and whether to be killed ``before`` or ``after`` that call; ``call``, the dotted name of
a function to call first. Each is answered by two lines: the process, and, when it and
all that it started have ended, its status and what outlived it.
"""

import contextlib
import ctypes
import importlib
import json
import os
import pkgutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

CHILD_SUBREAPER = 36
# Zygotes that are still importing look up when they have finished.
PATIENCE = 120.0


def main() -> None:
    # All orphans below become this process's children, and cannot hide.
    ctypes.CDLL(None).prctl(CHILD_SUBREAPER, 1, 0, 0, 0)
    importlib.import_module("proctor.tests.begun")
    from proctor.gradebook.fast_import import spare_nbgrader

    spare_nbgrader()
    for module in (*imported_late(), *sys.argv[1:]):
        importlib.import_module(module)
    # As it is at the start of a run: the course's settings ask for it.
    del sys.modules["nbgrader"]
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            be_proctor(request)
        answer({"pid": child})
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        answer({"status": status, "survivors": survivors()})


def imported_late() -> Iterator[str]:
    """Yield what commands import when they run, and each run would import anew."""
    yield from ("alembic.script", "nbgrader.preprocessors")
    yield from ("sqlalchemy.dialects.sqlite", "yaml")
    for room in ("commands", "gradebook", "lms", "report"):
        package = importlib.import_module(f"proctor.{room}")
        for found in pkgutil.iter_modules(package.__path__, f"proctor.{room}."):
            yield found.name


def be_proctor(request: dict) -> None:
    status = 70
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.chdir(request["folder"])
        output = os.open(request["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.environ.update(request.get("env", {}))
        for name, value in request.get("set", {}).items():
            setattr(*owner_of(name), value)
        if "die" in request:
            die_at(*request["die"])
        if "call" in request:
            owner, name = owner_of(request["call"])
            getattr(owner, name)()
        from proctor.cli import main as proctor

        status = proctor(request["arguments"])
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        with contextlib.suppress(BaseException):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def owner_of(name: str) -> tuple[object, str]:
    """Return the module or class that has ``a.b.c``, and ``c``."""
    parts = name.split(".")
    for number in range(len(parts) - 1, 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:number]))
        except ModuleNotFoundError:
            continue
        for part in parts[number:-1]:
            found = getattr(found, part)
        return found, parts[-1]
    raise AttributeError(name)


def die_at(name: str, number: int, when: str) -> None:
    """Be killed before or after a call."""
    owner, attribute = owner_of(name)
    function = getattr(owner, attribute)
    calls = 0

    def wrapper(*args, **kwargs):
        nonlocal calls
        calls += 1
        if calls == number and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = function(*args, **kwargs)
        if calls == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, attribute, wrapper)


def survivors() -> list[str]:
    """Return the processes that did not end by themselves, after ending them."""
    deadline = time.monotonic() + PATIENCE
    while children() and time.monotonic() < deadline:
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        time.sleep(0.01)
    found = []
    for pid in children():
        with contextlib.suppress(OSError):
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
            found.append(f"{pid}: {command.decode(errors='replace')[:200]}")
            os.kill(pid, signal.SIGKILL)
    return found


def children() -> list[int]:
    listed = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    return [int(pid) for pid in listed.split()]


def answer(message: dict) -> None:
    print(json.dumps(message), flush=True)


if __name__ == "__main__":
    main()
