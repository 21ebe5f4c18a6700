"""The student's process: an IPython shell, and copies that answer the examiner's calls.

All of it may be in a student's hands. Nothing here decides anything: it runs what it is
sent and answers with data.
"""

from __future__ import annotations

import ast
import base64
import builtins
import contextlib
import importlib
import io
import json
import os
import random
import socket
import sys
import warnings
from types import CodeType

import numpy as np

from proctor.in_student import stubs
from proctor.in_student.answers import AskingChannel
from proctor.in_student.behind import (
    define_all,
    define_behind,
    define_under_magic,
)
from proctor.in_student.given import import_given
from proctor.in_student.mapping import read_by_own_pages
from proctor.in_student.output import NO_ROOM, Stream, collected, print_elsewhere
from proctor.in_student.practice import practise
from proctor.in_student.said import read_answers
from proctor.in_student.shell import make_shell, number
from proctor.in_student.threads import begin_pools_anew
from proctor.steps import follow_threads
from proctor.wire.frames import Channel, ChannelError

_shell = None
# What its compiler does where no notebook has told it otherwise.
_plain_flags = 0
# By its text, the code of a cell that many notebooks have.
_known_cells: dict[str, list[CodeType]] = {}
# The packages that are there before the first fork.
_packages: set[str] = set()


def prepare(preload: list[str]) -> None:
    """Import what submissions need and make the shell, before the first fork."""
    global _shell, _plain_flags
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
    _plain_flags = _shell.compile.flags
    read_by_own_pages()
    if "matplotlib.pyplot" in preload:
        _keep_own_fonts()


def _keep_own_fonts() -> None:
    """Have Matplotlib know the fonts it brings alone: no others can be read inside."""
    import matplotlib
    from matplotlib.font_manager import fontManager

    own = matplotlib.get_data_path()
    for fonts in (fontManager.ttflist, fontManager.afmlist):
        fonts[:] = [font for font in fonts if font.fname.startswith(own)]


def warm_up() -> None:
    """Show an error, render a figure: a child must not be the first to load a part."""
    _run("0 / 0")
    collected.begin(0)
    practise(_run_plainly)
    collected.begin(0)
    _ = _shell.logger  # imported when it is first asked for
    # They have served; they may name the home of who grades, and a folder of the run.
    for served in ("MPLCONFIGDIR", "IPYTHONDIR"):
        os.environ.pop(served, None)
    if "matplotlib.pyplot" not in sys.modules:
        return
    from matplotlib import pyplot

    _shell.run_cell("%matplotlib inline")
    figure = pyplot.figure()
    axes = figure.subplots()
    axes.set_title("0")
    axes.imshow([[0.0, 1.0]])
    pictures = _shell.display_formatter.formatters["image/png"]
    pictures.for_type(type(figure), _picture)
    _shell.display_formatter.format(figure)
    pyplot.close("all")
    collected.begin(0)


def _run_plainly(cells: Channel, request: dict) -> None:
    """Run a cell that no notebook has, and show nothing of it."""
    collected.begin(1 << 10)
    good = _run(request["source"])
    cells.send({"ok": good, "outputs": collected.take()})


def learn(lesson: dict) -> None:
    """Compile a cell that was handed out: ``cell``, its text. Nothing of it is run.

    But what it imports of packages that are there already.
    """
    source = lesson["cell"]
    with contextlib.suppress(Exception), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # who runs it is warned
        import_given((_pieces(source) or ())[:1], _packages)
    _compile_ahead(source)


def _compile_ahead(source: str) -> None:
    """Keep a cell's code for when it is run.

    A copy of this process shares no memory that was written after it was made: what
    compiles a cell writes to much of it each time.
    """
    flags = _shell.compile.flags
    with contextlib.suppress(Exception), warnings.catch_warnings():
        warnings.simplefilter("error")  # what is compiled when it is run warns then
        name = _shell.compile.cache(source, 0)
        found = [_compiled(piece, name) for piece in _pieces(source) or ()]
        # A `from __future__` is for the notebook that has it.
        if found and _shell.compile.flags == flags:
            _known_cells[source] = found
    _shell.compile.flags = flags


def _picture(figure) -> str | None:
    """Return a figure as PNG in base64, drawn once where nothing hangs over its edge.

    A notebook draws every figure twice, to cut it to what is on it. None: it would not
    be kept.
    """
    if collected.room < 0:
        return None
    canvas = figure.canvas
    buffer = io.BytesIO()
    canvas.print_png(buffer, pil_kwargs={"compress_level": 1})
    box = figure.get_tightbbox(canvas.get_renderer())
    width, height = figure.get_size_inches()
    inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height
    if not inside:
        buffer = io.BytesIO()
        canvas.print_figure(buffer, format="png", bbox_inches="tight")
    return base64.b64encode(buffer.getvalue()).decode()


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
                    if source not in _known_cells:
                        _compile_ahead(source)
                cells.send({"ok": True, "outputs": []})
            elif "stubs" in request:
                made = _codes_of(request["source"])
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
    seeded = random.getstate()
    try:
        with warnings.catch_warnings():
            # Of the student's threads none is in the copy.
            warnings.simplefilter("ignore")
            copy = os.fork()
    except OSError:
        copy = -1
    if copy:
        os.close(descriptor)
        cells.send({"pid": copy})
        return
    try:
        # Python draws a new seed behind each fork; the notebook may have set one.
        random.setstate(seeded)
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
        behind = define_all(_shell, request["source"], _compiled)
        _shell.execution_count += 1
        cells.send({"ok": True, "outputs": collected.take(), "behind": behind})
        return
    try:
        good = _run(request["source"])
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
        define = define_under_magic if good else define_behind
        behind = define(_shell, request["source"], _compiled)
    _shell.execution_count += 1
    reply = {"ok": good, "outputs": collected.take(), "behind": behind}
    if is_test:
        reply["line"] = 0 if good else _line_that_raised(request["source"])
    cells.send(reply)


def _line_that_raised(source: str) -> int:
    """Return in which line of a cell the last error was raised; 0: none is known."""
    name, line = _shell.compile.cache(source, 0), 0
    place = getattr(sys, "last_traceback", None)
    while place is not None:
        if place.tb_frame.f_code.co_filename == name:
            line = place.tb_lineno
        place = place.tb_next
    return line


def _run(source: str) -> bool:
    """Run a cell as IPython does; tell whether nothing was raised.

    IPython looks at each token of a cell for its own syntax. Most cells have none: what
    is plain Python is run directly, in a tenth of the time.
    """
    pieces = None
    if not (_shell.ast_transformers or _shell.input_transformers_post):
        pieces = _known(source) or _pieces(source)
    if pieces is None:
        return bool(_shell.run_cell(source, store_history=False).success)
    name = _shell.compile.cache(source, 0)
    _shell.events.trigger("pre_execute")
    good = True
    try:
        with _shell.builtin_trap, _shell.display_trap:
            for piece in pieces:
                known = isinstance(piece, CodeType)
                exec(piece if known else _compiled(piece, name), _shell.user_ns)
    except BaseException:
        good = False
        _shell.showtraceback(running_compiled_code=True)
    _shell.events.trigger("post_execute")
    return good


def _known(source: str) -> list[CodeType] | None:
    """Return the code of a cell that was compiled before the first fork, if any is."""
    as_before = _shell.compile.flags == _plain_flags
    return _known_cells.get(source) if as_before else None


def _codes_of(source: str) -> list[CodeType]:
    """Return what a cell that was handed out is compiled to."""
    pieces = _known(source) or [ast.parse(source)]
    return [p if isinstance(p, CodeType) else _compiled(p, "<cell>") for p in pieces]


def _pieces(source: str) -> list[ast.AST] | None:
    """Return the statements of a cell, and the value at its end; None: no plain Python.

    The value is shown, and is compiled by itself.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return None
    if "await " in source:
        return None
    if tree.body and isinstance(tree.body[-1], ast.Expr) and source.rstrip()[-1] != ";":
        last = ast.Interactive([tree.body.pop()])
        return [tree, last]
    return [tree]


def _compiled(piece: ast.AST, name: str) -> CodeType:
    # The shell's compiler: with no `__future__` but the notebook's own.
    mode = "single" if isinstance(piece, ast.Interactive) else "exec"
    return _shell.compile(piece, name, mode)


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
