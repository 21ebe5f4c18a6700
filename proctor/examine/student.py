"""The student's process: an IPython shell, and a server for the examiner's calls.

All of it may be in a student's hands. Nothing here decides anything: it runs what it is
sent and answers with data.
"""

from __future__ import annotations

import ast
import base64
import builtins
import importlib
import io
import os
import random
import select
import sys

import numpy as np

from proctor.examine.answers import Answers
from proctor.examine.frames import Channel, ChannelError

_MAX_PICTURE = 2 << 20
_shell = None


class _Collected:
    """What the running cell has shown so far, in bounds."""

    def __init__(self) -> None:
        self.outputs: list[dict] = []
        self.room = 0

    def begin(self, room: int) -> None:
        self.outputs, self.room = [], room

    def add(self, output: dict, size: int) -> None:
        if size > self.room:
            if self.room >= 0:
                note = "\n[the rest of the output was left out]\n"
                self.outputs.append(
                    {"output_type": "stream", "name": "stdout", "text": note}
                )
            self.room = -1
            return
        self.room -= size
        last = self.outputs[-1] if self.outputs else {}
        if output["output_type"] == "stream" and last.get("name") == output["name"]:
            last["parts"].append(output["text"])
        else:
            if output["output_type"] == "stream":
                output["parts"] = [output["text"]]
            self.outputs.append(output)

    def take(self) -> list[dict]:
        for output in self.outputs:
            if parts := output.pop("parts", None):
                output["text"] = "".join(parts)
        taken, self.outputs = self.outputs, []
        return taken


_collected = _Collected()


class _Stream(io.TextIOBase):
    """Standard output or standard error of a cell."""

    encoding = "utf-8"

    def __init__(self, name: str) -> None:
        self.name = name

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"a text was wanted, got {type(text).__name__}")
        if text:
            output = {"output_type": "stream", "name": self.name, "text": text}
            _collected.add(output, len(text))
        return len(text)


def _show(kind: str, data: dict, metadata: dict | None = None) -> None:
    # Pictures are bounded by number and size, text by what a cell may print.
    kept = {
        name: value
        for name, value in data.items()
        if isinstance(value, str)
        and (
            name == "text/plain" or (name == "image/png" and len(value) < _MAX_PICTURE)
        )
    }
    output = {"output_type": kind, "data": kept, "metadata": {}}
    _collected.add(output, len(kept.get("text/plain", "")) + 200)


def prepare(preload: list[str]) -> None:
    """Import what submissions need and make the shell, before the first fork."""
    global _shell
    for name in preload:
        importlib.import_module(name)
    _shell = _make_shell()
    if "matplotlib.pyplot" in preload:
        _keep_own_fonts()


def _keep_own_fonts() -> None:
    """Have Matplotlib know the fonts it brings alone: no others can be read inside."""
    import matplotlib
    from matplotlib.font_manager import fontManager

    own = matplotlib.get_data_path()
    for fonts in (fontManager.ttflist, fontManager.afmlist):
        fonts[:] = [font for font in fonts if font.fname.startswith(own)]


def _make_shell():
    from IPython.core.displayhook import DisplayHook
    from IPython.core.displaypub import DisplayPublisher
    from IPython.core.history import HistoryManager
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    class Publisher(DisplayPublisher):
        def publish(self, data, metadata=None, **options):
            _show("display_data", data)

    class Result(DisplayHook):
        def write_output_prompt(self):
            pass

        def write_format_data(self, format_dict, md_dict=None):
            _show("execute_result", format_dict)

        def finish_displayhook(self):
            pass

    class Shell(InteractiveShell):
        def enable_gui(self, gui=None):
            pass

        def init_history(self):
            # Its own would start a thread, and no fork is safe after that.
            self.history_manager = HistoryManager(
                shell=self, parent=self, enabled=False
            )

        def _showtraceback(self, etype, evalue, stb):
            # Packages lie in a folder of this run: the same error is the same text.
            folders = [f"{folder}/" for folder in sys.path if len(folder) > 1]
            lines = [str(line) for line in stb][-40:]
            for folder in folders:
                lines = [line.replace(f'"{folder}', '"') for line in lines]
                lines = [line.replace(f"File {folder}", "File ") for line in lines]
            lines = [line[:2000] for line in lines]
            error = {
                "output_type": "error",
                "ename": etype.__name__,
                "evalue": str(evalue)[:2000],
                "traceback": lines,
            }
            _collected.add(error, sum(map(len, lines)))

    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.cache_size = 0
    # Its own view of an error costs a tenth of a second to lay out.
    config.InteractiveShell.xmode = "Plain"
    shell = Shell.instance(
        config=config, display_pub_class=Publisher, displayhook_class=Result
    )
    shell.system = shell.getoutput = _no_programs
    get_ipython = lambda: shell  # noqa: E731 (what a notebook knows by this name)
    builtins.get_ipython = shell.user_ns["get_ipython"] = get_ipython
    return shell


def _no_programs(*_, **__):
    raise PermissionError("a submission may not start programs")


def warm_up() -> None:
    """Render a figure, so that no child is the first to load the font."""
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
    _collected.begin(0)


def _picture(figure) -> str:
    """Return a figure as PNG in base64, drawn once where nothing hangs over its edge.

    A notebook draws every figure twice, to cut it to what is on it.
    """
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
    """Run cells and answer calls until the grader closes its end.

    Parameters
    ----------
    descriptors
        Of the grader's channel (cells) and of the examiner's (calls).
    """
    cells, calls = (Channel(descriptor) for descriptor in descriptors)
    np.random.seed(int.from_bytes(os.urandom(4), "little"))
    random.seed()
    sys.stdout, sys.stderr = _Stream("stdout"), _Stream("stderr")
    both = select.poll()
    for channel in (cells, calls):
        both.register(channel.descriptor, select.POLLIN)
    answers = Answers(lambda: _shell.user_ns)
    room = limits["output_kb"] << 10
    while True:
        try:
            ready = {descriptor for descriptor, _ in both.poll()}
            if calls.descriptor in ready:
                _collected.begin(0)
                _answer(calls, answers)
            elif cells.descriptor in ready:
                _run_cell(cells, room)
        except ChannelError:
            return
        except KeyboardInterrupt:
            continue  # the stop for a cell came after the cell's end


def _answer(calls: Channel, answers: Answers) -> None:
    request, body = calls.receive()
    reply, buffers = answers.reply(request, body)
    calls.send(reply, buffers)


def _run_cell(cells: Channel, room: int) -> None:
    request, body = cells.receive()
    if "files" in request:
        _write_files(request["files"], body)
        cells.send({"ok": True, "outputs": []})
        return
    _collected.begin(room)
    try:
        good = _run(request["source"])
    except BaseException as error:
        good = False
        _collected.add(
            {
                "output_type": "error",
                "ename": type(error).__name__,
                "evalue": str(error)[:2000],
                "traceback": [],
            },
            0,
        )
    cells.send({"ok": good, "outputs": _collected.take()})


def _run(source: str) -> bool:
    """Run a cell as IPython does; tell whether nothing was raised.

    IPython looks at each token of a cell for its own syntax. Most cells have none: what
    is plain Python is run directly, in a tenth of the time.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        tree = None
    if tree is None or _shell.ast_transformers or _shell.input_transformers_post:
        return bool(_shell.run_cell(source, store_history=False).success)
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr) and source.rstrip()[-1] != ";":
        last = ast.Interactive([tree.body.pop()])
    name = _shell.compile.cache(source, 0)
    _shell.events.trigger("pre_execute")
    good = True
    try:
        with _shell.builtin_trap, _shell.display_trap:
            exec(compile(tree, name, "exec"), _shell.user_ns)
            if last is not None:
                exec(compile(last, name, "single"), _shell.user_ns)
    except BaseException:
        good = False
        _shell.showtraceback(running_compiled_code=True)
    _shell.events.trigger("post_execute")
    return good


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
    if "" not in sys.path:
        sys.path.insert(0, "")
