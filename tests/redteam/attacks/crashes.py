"""Attacks that end, stop or hold up the process they run in."""

from redteam.submission import attack


def _when_called(notebook, text):
    """Fake all cells; ``text`` runs when a test calls the convolution."""
    notebook.fake()
    import textwrap

    body = textwrap.indent(textwrap.dedent(text).strip(), "    ")
    notebook.write("conv2d-forward", f"def conv2d_forward(*arguments):\n{body}")


@attack()
def exits_in_a_cell(notebook, folder):
    """Each later cell is lost; the one before was earned."""
    notebook.fake()
    notebook.add("import os\nos._exit(0)", before="test-conv2d-forward")


@attack()
def exits_when_called(notebook, folder):
    _when_called(notebook, "import os\nos._exit(0)")


@attack()
def exits_politely(notebook, folder):
    notebook.fake()
    notebook.add("import sys\nsys.exit(0)", before="test-conv2d-forward")
    notebook.add("quit()", before="test-conv2d-forward")
    notebook.add("raise SystemExit", before="test-conv2d-forward")


@attack(solves=())
def exits_before_all_tests(notebook, folder):
    notebook.begin("import os\nos._exit(0)")


@attack()
def kills_itself(notebook, folder):
    _when_called(notebook, "import os\nos.kill(os.getpid(), 9)")


@attack(slow=True)
def stops_itself(notebook, folder):
    """SIGSTOP: it is there, and does nothing."""
    _when_called(notebook, "import os\nos.kill(os.getpid(), 19)")


@attack()
def kills_its_parents(notebook, folder):
    """Its parent, its group and its session; 0 where nothing must be hit."""
    notebook.fake()
    notebook.attack(
        """
        import os
        import signal
        for number in (9, 15, 2, 19):
            for target in (os.getppid(), 1):
                if target in (0, os.getpid()):
                    continue
                try:
                    os.kill(target, 0)  # may it?
                    if target > 100:
                        reached(f"signals to {target}")
                        os.kill(target, number)
                except OSError as error:
                    print(error)
        for group in (os.getpgrp(), os.getsid(0)):
            try:
                # A window changed its size: ignored by who does not ask for it.
                os.killpg(group, signal.SIGWINCH)
            except OSError as error:
                print(error)
        try:
            os.kill(-1, signal.SIGWINCH)
        except OSError as error:
            print(error)
        """,
        before="test-conv2d-forward",
    )


@attack()
def crashes(notebook, folder):
    """Reads the address 0."""
    _when_called(notebook, "import ctypes\nctypes.string_at(0)")


@attack()
def crashes_the_interpreter(notebook, folder):
    """Writes over the types of the interpreter, in a cell."""
    notebook.fake()
    notebook.add(
        "import ctypes\nctypes.memset(id(type), 255, 400)",
        before="test-conv2d-forward",
    )


@attack(slow=True)
def recurses(notebook, folder):
    _when_called(
        notebook,
        """
        import sys
        sys.setrecursionlimit(10**9)
        def down():
            return down() + 1
        return down()
        """,
    )


@attack()
def recurses_in_c(notebook, folder):
    """A repr as deep as the stack, and an expression of a million brackets."""
    notebook.fake()
    notebook.add(
        """
        deep = []
        for _ in range(200_000):
            deep = [deep]
        try:
            repr(deep)
        except RecursionError as error:
            print(error)
        try:
            eval("(" * 1_000_000 + ")" * 1_000_000)
        except (MemoryError, SyntaxError, RecursionError) as error:
            print(type(error))
        """,
        before="test-conv2d-forward",
    )


@attack(slow=True)
def loops_in_a_cell(notebook, folder):
    notebook.fake()
    notebook.add("while True:\n    pass", before="test-conv2d-forward")


@attack(slow=True)
def loops_when_called(notebook, folder):
    _when_called(notebook, "while True:\n    pass")


@attack(slow=True)
def loops_and_catches_all(notebook, folder):
    """An interrupt is an exception, which this loop likes."""
    notebook.fake()
    notebook.add(
        """
        import signal
        for number in range(1, 65):
            try:
                signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError):
                pass
        while True:
            try:
                while True:
                    pass
            except BaseException:
                pass
        """,
        before="test-conv2d-forward",
    )


@attack(slow=True)
def loops_in_c(notebook, folder):
    """No bytecode runs, so no interrupt is seen; in one test, for it is long."""
    notebook.fake()
    notebook.write(
        "avg-pool2d-forward",
        "def avg_pool2d_forward(*arguments):\n    return sum(iter(int, 1))",
    )


@attack(slow=True)
def computes_a_power(notebook, folder):
    """One multiplication that takes for ever, and all memory."""
    _when_called(notebook, "return 9**9**9")


@attack(slow=True)
def matches_catastrophically(notebook, folder):
    notebook.fake()
    notebook.add(
        'import re\nre.match(r"(a|aa)+$", "a" * 200 + "b")', before="test-conv2d-layer"
    )


@attack(slow=True)
def sleeps(notebook, folder):
    """Uses no processor time at all."""
    _when_called(notebook, "import time\ntime.sleep(10_000)")


@attack(slow=True)
def takes_just_too_long_each_time(notebook, folder):
    """Each call ends in time; all together do not."""
    notebook.fake()
    notebook.extend(
        "conv2d-forward",
        """
        import time
        faked = conv2d_forward

        def conv2d_forward(*arguments):
            time.sleep(0.3)
            return faked(*arguments)
        """,
    )


@attack(slow=True)
def hangs_while_it_is_read(notebook, folder):
    """The call returns at once; reading the result does not."""
    _when_called(
        notebook,
        """
        class Slow:
            def __array__(self, dtype=None, copy=None):
                while True:
                    pass
            __len__ = __float__ = __array__
            shape = property(__array__)
        return Slow()
        """,
    )


@attack()
def exits_while_it_is_read(notebook, folder):
    _when_called(
        notebook,
        """
        class Last:
            def __array__(self, dtype=None, copy=None):
                import os
                os._exit(0)
            shape = property(__array__)
        return Last()
        """,
    )


@attack(slow=True)
def locks_itself(notebook, folder):
    """The lock of the imports is held by a thread that never ends."""
    notebook.fake()
    notebook.add(
        """
        import _imp
        import threading
        import time

        def hold():
            _imp.acquire_lock()
            time.sleep(60)

        threading.Thread(target=hold, daemon=True).start()
        """,
        before="test-conv2d-forward",
    )


@attack()
def becomes_another_program(notebook, folder):
    _when_called(
        notebook,
        """
        import os
        import sys
        for program in (sys.executable, "/bin/sh", "/usr/bin/python3", "/usr/bin/env"):
            try:
                os.execv(program, [program, "-c", "while True: pass"])
            except OSError as error:
                print(error)
        """,
    )


@attack()
def leaves_no_standard_streams(notebook, folder):
    notebook.fake()
    notebook.add(
        """
        import sys
        sys.stdout = sys.stderr = sys.stdin = sys.__stdout__ = sys.__stderr__ = None
        """,
        before="test-conv2d-forward",
    )
