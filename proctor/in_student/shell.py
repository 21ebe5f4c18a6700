"""The IPython shell that student cells run in: a kernel's, without its programs."""

from __future__ import annotations

import builtins
import contextlib
import sys
from collections.abc import Coroutine, Iterator

from proctor.in_student.output import SHOWN_TYPES, Stream, collected, show
from proctor.in_student.plainly import Plainly

# What a kernel has besides IPython's own; none of it means anything here.
_NO_MAGICS = ("autosave", "connect_info", "less", "man", "more", "qtconsole")


def make_shell():
    """Return the shell."""
    from IPython.core.displayhook import DisplayHook
    from IPython.core.displaypub import DisplayPublisher
    from IPython.core.history import HistoryManager
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    class Publisher(DisplayPublisher):
        def publish(self, data, metadata=None, **options):
            show("display_data", data)

    class Result(DisplayHook):
        plainly = None

        def compute_format_data(self, result):
            if self.plainly and (text := self.plainly.text(result)) is not None:
                return {"text/plain": text}, {}
            return self.shell.display_formatter.format(result, include=SHOWN_TYPES)

        def quiet(self):
            # To look for the one that ends a cell, each token of the cell is read.
            inputs = self.shell.history_manager.input_hist_parsed
            return ";" in "".join(inputs[-1:]) and super().quiet()

        def write_output_prompt(self):
            pass

        def write_format_data(self, format_dict, md_dict=None):
            show("execute_result", format_dict)

        def finish_displayhook(self):
            pass

    class Shell(InteractiveShell):
        def enable_gui(self, gui=None):
            pass

        def enable_matplotlib(self, gui=None):
            # A window, or a widget, is for somebody who looks.
            return super().enable_matplotlib("inline")

        def ask_exit(self):
            # What `quit()` and `exit()` call: the cell ends here, the notebook goes on.
            raise SystemExit

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
            collected.add(error, sum(map(len, lines)))

    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    config.InteractiveShell.colors = "nocolor"
    # Its own view of an error costs a tenth of a second to lay out.
    config.InteractiveShell.xmode = "Plain"
    shell = Shell.instance(
        config=config, display_pub_class=Publisher, displayhook_class=Result
    )
    # Nothing else is kept, and each way of showing a value takes time.
    shell.display_formatter.active_types = list(SHOWN_TYPES)
    shell.displayhook.plainly = Plainly(shell)
    shell.system, shell.getoutput = _no_program, _no_output
    for name in ("script", "bash", "sh", "system", "sx"):
        shell.register_magic_function(_no_script, "line_cell", name)
    for name in ("conda", "mamba", "micromamba", "uv"):
        shell.register_magic_function(_no_program, "line", name)
    shell.register_magic_function(_keep_names, "line", "reset")
    for name in _NO_MAGICS:
        shell.register_magic_function(lambda line: None, "line", name)
    _pass_debuggers_by()
    shell.loop_runner = _run_coroutine  # for `await` in a cell
    get_ipython = lambda: shell  # noqa: E731 (what a notebook knows by this name)
    builtins.get_ipython = shell.user_ns["get_ipython"] = get_ipython
    return shell


@contextlib.contextmanager
def as_it_was(shell) -> Iterator[None]:
    """Have cells run that no notebook has, of which nothing is left."""
    hook, names, history = shell.displayhook, shell.user_ns, shell.history_manager
    count, last = shell.execution_count, (hook._, hook.__, hook.___)
    kept = [(each, dict(each)) for each in (names["_oh"], names, shell.user_ns_hidden)]
    inputs = list(history.input_hist_parsed)
    out, sys.stdout = sys.stdout, Stream("stdout")
    try:
        yield
    finally:
        sys.stdout = out
        for each, before in kept:
            each.clear()
            each.update(before)
        history.input_hist_parsed[:] = inputs
        shell.execution_count = count
        hook._, hook.__, hook.___ = last


def number(shell, source: str) -> None:
    """Keep a cell's text as a kernel does before it is run: `In`, `_i`, `_i1`.

    ``shell.execution_count`` is its number; IPython's own way writes a data base.
    """
    inputs, names = shell.history_manager.input_hist_parsed, shell.user_ns
    inputs.append(source)
    # Of a cell that is run, the one before it is the last.
    names |= dict(zip(("_i", "_ii", "_iii"), inputs[-2:-5:-1], strict=False))
    names[f"_i{shell.execution_count}"] = source


def _run_coroutine(coroutine: Coroutine) -> object:
    # Late: few cells wait for anything, and every fork would copy these modules' pages.
    import asyncio
    import selectors

    class Loop(asyncio.SelectorEventLoop):
        """An event loop without the pair of sockets by which threads would wake it."""

        def _make_self_pipe(self) -> None:
            pass

        def _close_self_pipe(self) -> None:
            pass

        def _write_to_self(self) -> None:
            pass

    loop = Loop(selectors.PollSelector())
    try:
        return loop.run_until_complete(coroutine)
    finally:
        loop.close()


def _pass_debuggers_by() -> None:
    """Let code go on where it would have waited for somebody at a debugger."""
    import pdb

    from IPython.core import debugger

    def go_on(*_, **__) -> None:
        pass

    sys.breakpointhook = pdb.set_trace = debugger.set_trace = go_on


def _no_program(command: str) -> None:
    """Say so, and go on: in a notebook, a command that fails raises nothing."""
    get_ipython().user_ns["_exit_code"] = 127  # noqa: F821 (a builtin, see above)
    print(f"no programs are started while grading: {command}", file=sys.stderr)


def _keep_names(line: str) -> None:
    """Take back what hides Python's own names, and nothing else: cells run once here.

    Who resets a notebook runs its first cells again before going on.
    """
    shell = get_ipython()  # noqa: F821 (a builtin, see above)
    for name in set(dir(builtins)) & (set(shell.user_ns) - set(shell.user_ns_hidden)):
        if not name.startswith("_"):
            del shell.user_ns[name]
    print(
        "%reset while grading: the notebook's names stay, but for those that hide "
        "Python's own",
        file=sys.stderr,
    )


def _no_output(command: str, *_, **__) -> list[str]:
    from IPython.utils.text import SList

    _no_program(command)
    return SList()


def _no_script(line: str, cell: str | None = None) -> None:
    _no_program(line or "a script")
