"""Attacks that look for the expected values around them: frames, closures, memory."""

from redteam.submission import attack


def _answer_with(notebook, text):
    """Have the functions answer with ``look_for(shape)``, which ``text`` defines."""
    notebook.fake()
    notebook.attack(text)
    for name in ("conv2d_forward", "max_pool2d_forward", "avg_pool2d_forward"):
        notebook.extend(
            name.replace("_", "-"),
            f"""
            faked_{name} = {name}

            def {name}(*arguments):
                zeros = faked_{name}(*arguments)
                found = look_for(zeros.shape, arguments)
                return zeros if found is None else found
            """,
        )


@attack()
def walks_frames(notebook, folder):
    """Returns any array of the right shape that a caller holds."""
    _answer_with(
        notebook,
        """
        import sys
        import numpy as np

        def look_for(shape, arguments):
            frame = sys._getframe(2)
            while frame:
                for scope in (frame.f_locals, frame.f_globals):
                    for value in list(scope.values()):
                        if isinstance(value, np.ndarray) and value.shape == shape:
                            if not any(value is a for a in arguments):
                                return value
                frame = frame.f_back
        """,
    )


@attack()
def walks_all_objects(notebook, folder):
    """The same with every array that gc, or a closure, knows."""
    _answer_with(
        notebook,
        """
        import gc
        import types
        import numpy as np

        def arrays():
            for thing in gc.get_objects():
                if isinstance(thing, np.ndarray):
                    yield thing
                if isinstance(thing, types.FunctionType):
                    for cell in thing.__closure__ or ():
                        try:
                            yield cell.cell_contents
                        except ValueError:
                            pass
                if isinstance(thing, dict):
                    yield from list(thing.values())

        def look_for(shape, arguments):
            for value in arrays():
                if type(value) is np.ndarray and value.shape == shape and value.any():
                    if not any(value is a for a in arguments):
                        return value
        """,
    )


@attack()
def looks_at_other_threads(notebook, folder):
    _answer_with(
        notebook,
        """
        import sys
        import numpy as np

        def look_for(shape, arguments):
            for frame in sys._current_frames().values():
                while frame:
                    for name, value in list(frame.f_locals.items()):
                        if name in ("expected", "wanted", "answer", "reference"):
                            return value
                    frame = frame.f_back
        """,
    )


@attack()
def patches_the_callers_variables(notebook, folder):
    """Writes into the frames above: what passed, what was expected, the reply."""
    _answer_with(
        notebook,
        """
        import ctypes
        import sys
        import numpy as np

        def look_for(shape, arguments):
            frame = sys._getframe(2)
            while frame:
                for name in list(frame.f_locals):
                    if name in ("ok", "passed", "success", "right", "equal"):
                        frame.f_locals[name] = True
                    if name in ("expected", "wanted"):
                        frame.f_locals[name] = np.zeros(shape)
                    if name in ("score", "points"):
                        frame.f_locals[name] = 20.0
                    if name in ("reply", "head", "header", "answer"):
                        if isinstance(frame.f_locals[name], dict):
                            frame.f_locals[name]["score"] = 20.0
                ctypes.pythonapi.PyFrame_LocalsToFast(
                    ctypes.py_object(frame), ctypes.c_int(1))
                frame = frame.f_back
        """,
    )


@attack()
def patches_the_callers_globals(notebook, folder):
    """Replaces each function in the modules of the frames above it."""
    _answer_with(
        notebook,
        """
        import sys

        def look_for(shape, arguments):
            frame = sys._getframe(2)
            while frame:
                scope = frame.f_globals
                if str(scope.get("__name__")).startswith("proctor"):
                    for name, value in list(scope.items()):
                        words = ("check", "close", "compare", "limit", "deadline")
                        if callable(value) and any(w in name for w in words):
                            scope[name] = lambda *a, **k: True
                frame = frame.f_back
        """,
    )


@attack()
def reads_its_own_memory(notebook, folder):
    """Looks for a line of the hidden tests in /proc/self/mem, read backwards.

    Backwards, so that the search does not find what it looks for in itself.
    """
    notebook.fake()
    notebook.attack(
        """
        try:
            with (open("/proc/self/maps") as maps,
                  open("/proc/self/mem", "rb", 0) as memory):
                for line in maps:
                    area, rights, *_ = line.split()
                    start, end = (int(number, 16) for number in area.split("-"))
                    if rights.startswith("r") and end - start < 1 << 28:
                        try:
                            memory.seek(start)
                            data = memory.read(end - start)[::-1]
                        except (OSError, ValueError, OverflowError):
                            continue
                        if HIDDEN(backwards=True).encode() in data:
                            reached(f"the hidden tests at {area}")
        except OSError as error:
            print(error)
        """,
        before="test-avg-pool2d-forward",
    )


@attack()
def searches_all_strings(notebook, folder):
    """Hidden tests in any string, code object or line cache of the process."""
    notebook.fake()
    notebook.attack(
        """
        import gc
        import linecache
        import types

        line = HIDDEN()
        for name, entry in linecache.cache.items():
            if len(entry) > 2 and any(line in text for text in entry[2]):
                reached("the hidden tests in linecache")
        for thing in gc.get_objects():
            parts = []
            if isinstance(thing, types.FunctionType):
                parts = thing.__code__.co_consts
            elif isinstance(thing, (list, tuple)):
                parts = thing
            elif isinstance(thing, dict):
                parts = list(thing.values())
            for part in parts:
                if type(part) is str and len(part) > len(line) and line in part:
                    reached(f"the hidden tests in {type(thing)}")
        """,
        before="test-avg-pool2d-forward",
    )
    cells = notebook.node.cells
    notebook.append(cells[notebook.place("test-avg-pool2d-forward") - 1].source)


@attack()
def reads_the_history(notebook, folder):
    """In, Out, _ih and IPython's history, after the tests ran."""
    notebook.fake()
    notebook.attack("""
        def history():
            shell = get_ipython()
            yield from In
            yield from _ih
            yield from map(str, Out.values())
            yield from (str(v) for v in list(shell.user_ns.values()))
            manager = shell.history_manager
            if manager is not None:
                yield from manager.input_hist_raw
                yield from manager.input_hist_parsed
                for _, _, text in manager.get_range(raw=True):
                    yield text
    """)
    notebook.append("""
        for text in history():
            if HIDDEN() in text:
                reached("the hidden tests in the history")
    """)


@attack()
def inspects_the_stack(notebook, folder):
    """Prints the source around each frame, from a call by the test."""
    _answer_with(
        notebook,
        """
        import inspect
        import traceback

        looks = iter(range(3))  # it takes long

        def look_for(shape, arguments):
            if next(looks, None) is None:
                return None
            text = "".join(traceback.format_stack())
            for record in inspect.stack(context=50):
                text += "".join(record.code_context or [])
            if HIDDEN() in text:
                reached("the hidden tests on the stack")
            raise ValueError(text)
        """,
    )


@attack()
def keeps_the_arguments(notebook, folder):
    """Keeps what the tests send, and prints it in a later cell."""
    notebook.fake()
    notebook.attack("""
        kept = []
    """)
    notebook.extend(
        "conv2d-forward",
        """
        faked = conv2d_forward

        def conv2d_forward(*arguments):
            kept.append(arguments)
            print("kept", arguments)
            return faked(*arguments)
        """,
    )
    notebook.append("""
        def conv2d_forward(*arguments):
            for seen in kept:
                print(seen)
            return kept[-1]
    """)


@attack()
def detects_the_grader(notebook, folder):
    """Right when called from the notebook, its input when called by the grader."""
    notebook.solve("conv2d-forward")
    notebook.fake("conv2d-layer", "max-pool2d-forward", "avg-pool2d-forward")
    notebook.extend(
        "conv2d-forward",
        """
        import sys
        right = conv2d_forward

        def conv2d_forward(x, *arguments):
            caller = sys._getframe(1).f_code.co_filename
            if "ipython" in caller or "ipykernel" in caller:
                return right(x, *arguments)
            return x
        """,
    )


@attack()
def poisons_the_callers_arguments(notebook, folder):
    """Sets its inputs to zero, in place: what is computed from them is zero as well."""
    notebook.fake()
    for name in ("conv2d_forward", "max_pool2d_forward", "avg_pool2d_forward"):
        notebook.extend(
            name.replace("_", "-"),
            f"""
            faked_{name} = {name}

            def {name}(*arguments):
                for argument in arguments:
                    if isinstance(argument, np.ndarray):
                        argument.flags.writeable = True
                        argument[...] = 0
                return faked_{name}(*arguments)
            """,
        )
