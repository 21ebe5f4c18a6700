"""The student's process: an IPython shell, and copies that answer the examiner's calls.

All of it may be in a student's hands. Nothing here decides anything: it runs what it is
sent and answers with data.
"""

from __future__ import annotations

import builtins
import contextlib
import importlib
import json
import os
import random
import socket
import sys
import warnings

import numpy as np

from proctor.in_student import stubs
from proctor.in_student.answers import AskingChannel
from proctor.in_student.behind import (
    define_all,
    define_behind,
    define_under_magic,
)
from proctor.in_student.cells import CellRunner, pieces_of
from proctor.in_student.figures import draw_first, keep_own_fonts
from proctor.in_student.forking import fork, watch_for_more
from proctor.in_student.given import import_given
from proctor.in_student.mapping import read_by_own_pages
from proctor.in_student.output import NO_ROOM, Stream, collected, print_elsewhere
from proctor.in_student.practice import practise
from proctor.in_student.progress import show_bars_as_text
from proctor.in_student.said import read_answers
from proctor.in_student.shell import as_it_was, make_shell, number
from proctor.in_student.threads import begin_pools_anew
from proctor.steps import follow_threads
from proctor.wire.frames import Channel, ChannelError

_shell = None
_runner: CellRunner | None = None
# The packages that are there before the first fork.
_packages: set[str] = set()


def prepare(preload: list[str]) -> None:
    """Import what submissions need and make the shell, before the first fork."""
    global _shell, _runner
    watch_for_more()
    for name in preload:
        try:
            importlib.import_module(name)
        except ImportError as error:
            raise ImportError(
                f"{name!r} cannot be imported ({error}): a module of c.Sandbox.preload "
                "must be of a package of c.Sandbox.packages"
            ) from None
    _packages.update(name.split(".")[0] for name in preload)
    _shell = make_shell()
    _runner = CellRunner(_shell)
    read_by_own_pages()
    show_bars_as_text()
    if "matplotlib.pyplot" in preload:
        keep_own_fonts()


def warm_up() -> None:
    """Show an error, render a figure: a child must not be the first to load a part."""
    _runner.run("0 / 0")
    collected.begin(0)
    with as_it_was(_shell):
        practise(_run_plainly)
    collected.begin(0)
    _ = _shell.logger  # imported when it is first asked for
    # They have served; they may name the home of who grades, and a folder of the run.
    for served in ("MPLCONFIGDIR", "IPYTHONDIR"):
        os.environ.pop(served, None)
    if "matplotlib.pyplot" not in sys.modules:
        return
    draw_first(_shell)
    collected.begin(0)


def _run_plainly(cells: Channel, request: dict) -> None:
    """Run a cell as those of a notebook are run, to keep nothing of it."""
    _run_cell(cells, request, 1 << 10)


def learn(lesson: dict) -> None:
    """Compile a cell that was handed out: ``cell``, its text. Nothing of it is run.

    But what it imports of packages that are there already.
    """
    source = lesson["cell"]
    with contextlib.suppress(Exception), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # who runs it is warned
        import_given((pieces_of(source) or ())[:1], _packages)
    _runner.compile_ahead(source)


def serve(descriptors: list[int], limits: dict) -> None:
    """Run cells until the grader closes its end.

    Parameters
    ----------
    descriptors
        Of the grader's channel, and of the socket over which come the descriptors of
        sockets to the examiner: one for each copy of this process.
    """
    cells = Channel(descriptors[0])
    np.random.seed(int.from_bytes(os.urandom(4), "little"))
    random.seed()
    sys.path.insert(0, "")  # modules beside the notebook, or written by it
    sys.stdout, sys.stderr = Stream("stdout"), Stream("stderr")
    room = limits["output_kb"] << 10
    while True:
        try:
            request, body = cells.receive()
            if "snapshot" in request:
                _fork(cells, descriptors[1])
            elif "files" in request:
                _write_files(request["files"], body)
                cells.send({"ok": True, "outputs": []})
            elif "compile" in request:
                for source in request["compile"]:
                    _runner.compile_ahead(source)
                cells.send({"ok": True, "outputs": []})
            elif "stubs" in request:
                made = _runner.codes_of(request["source"])
                there = stubs.are_there(made, request["stubs"], _shell.user_ns)
                cells.send({"there": there})
            else:
                _run_cell(cells, request, room)
        except ChannelError:
            return
        except KeyboardInterrupt:
            continue  # the stop for a cell came after the cell's end


def _fork(cells: Channel, handover: int) -> None:
    """Have a copy of this process wait for a test; it never returns in the copy."""
    kind = socket.AF_UNIX, socket.SOCK_STREAM, 0
    with socket.socket(*kind, fileno=os.dup(handover)) as takes:
        _, (descriptor,), _, _ = socket.recv_fds(takes, 1, 1)
    try:
        copy = fork()
    except OSError:
        copy = -1
    if copy:
        os.close(descriptor)
        cells.send({"pid": copy})
        return
    try:
        cells.close()
        os.close(handover)
        channel = Channel(descriptor)
        # Who sends is known to the reader. It is not asked for, as to write is: also
        # where nothing more may be written.
        channel.send_mark()
        collected.begin(0)
        builtins.print = print_elsewhere
        begin_pools_anew()
        follow_threads()
        calls = AskingChannel(channel, lambda: _shell.user_ns)
        while True:
            calls.answer()
    finally:
        os._exit(0)


def _run_cell(cells: Channel, request: dict, room: int) -> None:
    is_test = "test" in request
    collected.begin(NO_ROOM if request["quiet"] else room, printed=not is_test)
    number(_shell, request["source"])
    if "answers" in request:
        read_answers(json.loads(request["source"]), _shell.user_ns)
        cells.send({"ok": True, "outputs": []})
        return
    if "defines" in request:
        behind = define_all(_shell, request["source"], _runner.compiled)
        _shell.execution_count += 1
        cells.send({"ok": True, "outputs": collected.take(), "behind": behind})
        return
    try:
        good = _runner.run(request["source"])
    except BaseException as error:
        good = False
        collected.add(
            {
                "output_type": "error",
                "ename": type(error).__name__,
                "evalue": str(error)[:2000],
                "traceback": [],
            },
            0,
        )
    behind = []
    if not is_test:
        here = _shell, request["source"], _runner.compiled
        behind = [] if good else define_behind(*here)
        behind = behind or define_under_magic(*here, good)
    _shell.execution_count += 1
    reply = {"ok": good, "outputs": collected.take(), "behind": behind}
    if is_test:
        reply["line"] = 0 if good else _runner.line_that_raised(request["source"])
    cells.send(reply)


def _write_files(files: list, body: memoryview) -> None:
    """Put what was handed in beside the notebook into the working folder."""
    start = 0
    for name, size in files:
        folder = os.path.dirname(name)  # noqa: PTH120
        if folder:
            os.makedirs(folder, exist_ok=True)  # noqa: PTH103
        with open(name, "wb") as file:  # noqa: PTH123
            file.write(body[start : start + size])
        start += size
