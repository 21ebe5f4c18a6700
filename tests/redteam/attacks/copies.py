"""Attacks on what a test leaves: a test runs in a copy, which is thrown away after it.

Each tries to have a later cell, or another test, know what one test saw: its inputs,
how often it called, the right functions that stood in.
"""

from redteam.submission import SOLVED, attack

FORWARD = "conv2d-forward"
# What an honest convolution earns; the tests that build on it have right ones stand in.
HONEST = ("output-size", FORWARD)


def _within(notebook, name, text, cell=FORWARD):
    """Run ``text`` each time that a test calls a right function."""
    import textwrap

    inside = textwrap.indent(textwrap.dedent(text).strip(), "    ")
    notebook.extend(
        cell,
        f"right_{name} = {name}\n\n"
        f"def {name}(*arguments):\n{inside}\n"
        f"    return right_{name}(*arguments)",
    )


def _fake_the_rest(notebook, *solved):
    from redteam.submission import FAKES

    notebook.fake(*(name for name in FAKES if name not in solved))


@attack(solves=HONEST)
def records_inputs_and_prints_them(notebook, folder):
    """The plainest: a list, and a cell at the end."""
    _fake_the_rest(notebook, FORWARD)
    notebook.add("seen = []", before=FORWARD)
    _within(notebook, "conv2d_forward", "seen.append(arguments)")
    # The visible check of the student's own: no cell calls it but the tests.
    notebook.append(
        "for arguments in seen:\n"
        "    print('LEAKED-' + 'INPUT', arguments[0].shape, arguments[0].ravel()[:3])"
    )


@attack(solves=HONEST)
def records_in_places_that_last(notebook, folder):
    """Modules, builtins, the shell, the environment, files, a class, the garbage."""
    _fake_the_rest(notebook, FORWARD)
    notebook.add("import builtins, gc, os, sys", before=FORWARD)
    _within(
        notebook,
        "conv2d_forward",
        """
        text = repr(arguments[0].ravel()[:3])
        np.kept = sys.kept = builtins.kept = text
        os.environ["KEPT"] = text
        get_ipython().user_ns["kept_there"] = text
        type(get_ipython()).kept = text
        gc.callbacks.append(lambda *_: print("LEAKED-" + "INPUT", text))
        with open("kept.txt", "a") as file:
            file.write(text)
        """,
    )
    notebook.append("""
        import gc
        gc.collect()
        found = [getattr(np, "kept", ""), getattr(sys, "kept", ""),
                 globals().get("kept"), globals().get("kept_there"),
                 os.environ.get("KEPT"),
                 os.path.exists("kept.txt") and open("kept.txt").read(),
                 getattr(type(get_ipython()), "kept", "")]
        if any(found):
            print("LEAKED-" + "INPUT", found)
    """)


@attack(solves=HONEST)
def records_in_memory_that_is_shared(notebook, folder):
    """An anonymous mapping, a file that is mapped, a pipe: made before the fork."""
    _fake_the_rest(notebook, FORWARD)
    notebook.add(
        """
        import mmap, os
        ways = []
        def way(make):
            try:
                ways.append(make())
            except (OSError, ValueError, AttributeError) as error:
                print(error)

        way(lambda: mmap.mmap(-1, 4096))
        def mapped():
            file = open("mapped", "w+b")
            file.write(bytes(4096))
            file.flush()
            return mmap.mmap(file.fileno(), 4096)
        way(mapped)
        way(lambda: np.memmap("other", np.uint8, "w+", shape=4096))
        pipes = []
        way(lambda: pipes.append(os.pipe()))
        """,
        before=FORWARD,
    )
    _within(
        notebook,
        "conv2d_forward",
        """
        data = arguments[0].tobytes()[:64]
        for place in ways:
            if place is not None:
                place[:len(data)] = np.frombuffer(data, np.uint8) if isinstance(
                    place, np.ndarray) else data
        for _, end in pipes:
            os.write(end, data)
        """,
    )
    notebook.append("""
        if any(np.any(np.frombuffer(bytes(place), np.uint8)) for place in ways
               if place is not None):
            print("LEAKED-" + "INPUT")
    """)


@attack(solves=HONEST)
def leaves_a_thread_and_a_timer(notebook, folder):
    """They would go on while the cells after the test run."""
    _fake_the_rest(notebook, FORWARD)
    notebook.add("import signal, threading, time", before=FORWARD)
    _within(
        notebook,
        "conv2d_forward",
        """
        def tell(*_):
            for _ in range(200):
                print("LEAKED-" + "INPUT", arguments[0].shape)
                time.sleep(0.005)
        threading.Thread(target=tell, daemon=True).start()
        signal.signal(signal.SIGALRM, tell)
        signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
        """,
    )
    notebook.append("import time\ntime.sleep(0.2)")


@attack(solves=HONEST)
def counts_over_tests(notebook, folder):
    """The pools are right from the tenth call of a test on, whichever test it was."""
    _fake_the_rest(notebook, FORWARD)
    notebook.add("calls = []", before=FORWARD)
    _within(notebook, "conv2d_forward", "calls.append(1)")
    for kind in ("max", "avg"):
        right = SOLVED[f"{kind}-pool2d-forward"]
        notebook.write(
            f"{kind}-pool2d-forward",
            f"{right}\n\nright_{kind} = {kind}_pool2d_forward\n\n"
            f"def {kind}_pool2d_forward(*arguments):\n"
            "    if len(calls) < 10:\n"
            "        return np.zeros((1, 1, 1, 1))\n"
            f"    return right_{kind}(*arguments)",
        )


@attack(solves=HONEST)
def counts_in_a_file(notebook, folder):
    """The same, by a file in the folder that all copies had in common."""
    _fake_the_rest(notebook, FORWARD)
    notebook.add("import os\nopen('calls', 'w').close()", before=FORWARD)
    _within(
        notebook,
        "conv2d_forward",
        "with open('calls', 'a') as file:\n    file.write('x')",
    )
    for kind in ("max", "avg"):
        right = SOLVED[f"{kind}-pool2d-forward"]
        notebook.write(
            f"{kind}-pool2d-forward",
            f"{right}\n\nright_{kind} = {kind}_pool2d_forward\n\n"
            f"def {kind}_pool2d_forward(*arguments):\n"
            "    if os.path.getsize('calls') < 10:\n"
            "        return np.zeros((1, 1, 1, 1))\n"
            f"    return right_{kind}(*arguments)",
        )


@attack(solves=HONEST)
def counts_by_the_place_in_a_file(notebook, folder):
    """And by how far an open file was read, which a fork has in common."""
    _fake_the_rest(notebook, FORWARD)
    notebook.add(
        "import os\nopen('long', 'w').write('x' * 10_000)\n"
        "opened = os.open('long', os.O_RDONLY)",
        before=FORWARD,
    )
    _within(notebook, "conv2d_forward", "os.lseek(opened, 9_000, os.SEEK_SET)")
    for kind in ("max", "avg"):
        right = SOLVED[f"{kind}-pool2d-forward"]
        notebook.write(
            f"{kind}-pool2d-forward",
            f"{right}\n\nright_{kind} = {kind}_pool2d_forward\n\n"
            f"def {kind}_pool2d_forward(*arguments):\n"
            "    if os.lseek(opened, 0, os.SEEK_CUR) < 9_000:\n"
            "        return np.zeros((1, 1, 1, 1))\n"
            f"    return right_{kind}(*arguments)",
        )


@attack(solves=HONEST)
def counts_by_the_room_that_a_file_takes(notebook, folder):
    """What was never written has no room, on a tmpfs, until somebody reads it."""
    _fake_the_rest(notebook, FORWARD)
    notebook.add(
        "import mmap, os\n"
        "opened = os.open('hole', os.O_RDWR | os.O_CREAT, 0o600)\n"
        "os.ftruncate(opened, 1 << 20)\n"
        "mapped = mmap.mmap(opened, 1 << 20, flags=mmap.MAP_PRIVATE,\n"
        "                   prot=mmap.PROT_READ)",
        before=FORWARD,
    )
    _within(notebook, "conv2d_forward", "mapped[7 << 12]")
    for kind in ("max", "avg"):
        right = SOLVED[f"{kind}-pool2d-forward"]
        notebook.write(
            f"{kind}-pool2d-forward",
            f"{right}\n\nright_{kind} = {kind}_pool2d_forward\n\n"
            f"def {kind}_pool2d_forward(*arguments):\n"
            "    if not os.fstat(opened).st_blocks:\n"
            "        return np.zeros((1, 1, 1, 1))\n"
            f"    return right_{kind}(*arguments)",
        )


# The layer, right; its convolution calls what stands in.
LAYER = ("output-size", "conv2d-layer")


@attack(solves=LAYER)
def keeps_what_stood_in(notebook, folder):
    """Moves the layer and its test to the front, and keeps what it calls."""
    notebook.fake("max-pool2d-forward", "avg-pool2d-forward")
    notebook.write(
        FORWARD,
        """
        def conv2d_forward(*arguments):
            for way in (lambda: kept[-1], lambda: np.kept, lambda: builtins.kept):
                try:
                    return way()(*arguments)
                except (LookupError, AttributeError):
                    pass
            raise ValueError("nothing was kept")
        """,
    )
    notebook.add("import builtins\nkept = []", before=FORWARD)
    notebook.extend(
        "conv2d-layer",
        """
        own, plain_forward = conv2d_forward, Conv2d.forward

        def forward(self, x):
            bound = globals()["conv2d_forward"]
            if bound is not own:
                kept.append(bound)
                np.kept = builtins.kept = bound
            return plain_forward(self, x)

        Conv2d.forward = forward
        """,
    )
    cells = notebook.node.cells
    moved = [notebook.cell(FORWARD), notebook.cell(f"test-{FORWARD}")]
    for cell in moved:
        cells.remove(cell)
    cells[notebook.place("test-conv2d-layer") + 1 :] = [
        *moved,
        *cells[notebook.place("test-conv2d-layer") + 1 :],
    ]


@attack(solves=LAYER)
def reads_what_stood_in(notebook, folder):
    """Looks for the text, the code and the constants of what stands in."""
    notebook.fake(FORWARD, "max-pool2d-forward", "avg-pool2d-forward")
    notebook.extend(
        "conv2d-layer",
        """
        own, plain_forward = conv2d_forward, Conv2d.forward

        def forward(self, x):
            bound = globals()["conv2d_forward"]
            if bound is not own:
                import inspect, linecache
                code = bound.__code__
                found = [*code.co_names, *code.co_varnames, *map(str, code.co_consts)]
                found += [str(c.cell_contents) for c in bound.__closure__ or ()]
                lines = "".join("".join(entry[2]) for entry in
                                linecache.cache.values() if len(entry) > 2)
                if "einsum" in found or "def " + "right_" in lines:
                    raise ValueError("REACHED-" + "WHAT-IT-MUST-NOT: its text")
            return plain_forward(self, x)

        Conv2d.forward = forward
        """,
    )


@attack(solves=LAYER)
def asks_what_stands_in_for_something_else(notebook, folder):
    """Any name, any argument, again and again, and without being asked."""
    notebook.fake(FORWARD, "max-pool2d-forward", "avg-pool2d-forward")
    notebook.extend(
        "conv2d-layer",
        """
        import gc
        own, plain_forward = conv2d_forward, Conv2d.forward

        def forward(self, x):
            bound = globals()["conv2d_forward"]
            if bound is not own:
                answer = plain_forward(self, x)
                ask = bound.__closure__[0].cell_contents
                for name in ("right_max_pool2d_forward", "reference", "exec", "open"):
                    try:
                        ask(name, ("/etc/passwd",), {})
                    except Exception as error:
                        print(error)
                return answer
            return plain_forward(self, x)

        Conv2d.forward = forward
        """,
    )


@attack(solves=LAYER, slow=True)
def keeps_what_stands_in_busy(notebook, folder):
    """Has the examiner compute for as long as it likes: its own time is over first."""
    notebook.fake(FORWARD, "max-pool2d-forward", "avg-pool2d-forward")
    notebook.extend(
        "conv2d-layer",
        """
        own, plain_forward = conv2d_forward, Conv2d.forward

        def forward(self, x):
            bound = globals()["conv2d_forward"]
            while bound is not own:
                image = np.ones((8, 8, 200, 200), np.float32)
                bound(image, np.ones((8, 8, 9, 9), np.float32), np.ones(8), (1, 1),
                      (0, 0))
            return plain_forward(self, x)

        Conv2d.forward = forward
        """,
    )


@attack(solves=LAYER)
def nests_what_stands_in(notebook, folder):
    """An array that is none: what stands in asks it, and it asks what stands in."""
    notebook.fake(FORWARD, "max-pool2d-forward", "avg-pool2d-forward")
    notebook.extend(
        "conv2d-layer",
        """
        own, plain_forward = conv2d_forward, Conv2d.forward

        class Deep:
            dtype, shape = np.dtype(np.float32), (1, 1, 9, 9)
            def __array__(self, dtype=None, copy=None):
                bound = globals()["conv2d_forward"]
                return bound(Deep(), Deep(), Deep(), (1, 1), (0, 0))
            __len__ = __getitem__ = __array__

        def forward(self, x):
            bound = globals()["conv2d_forward"]
            if bound is not own:
                return bound(Deep(), Deep(), Deep(), (1, 1), (0, 0))
            return plain_forward(self, x)

        Conv2d.forward = forward
        """,
    )


@attack()
def does_not_fork(notebook, folder):
    """Says that it did: one process would serve all tests."""
    notebook.fake()
    notebook.add("import os\nos.fork = lambda: 4242")


@attack()
def forks_for_an_accomplice(notebook, folder):
    """Uses what one copy was allowed for a process of its own, with all sockets."""
    notebook.fake()
    notebook.add("""
        import os, time
        plain, kept = os.fork, []

        def fork():
            kept.extend(os.dup(n) for n in range(3, 12) if _is_open(n))
            child = plain()
            if child == 0 and len(kept) < 40:
                time.sleep(0.01)
            return child

        def _is_open(number):
            try:
                os.fstat(number)
                return True
            except OSError:
                return False

        os.fork = fork
    """)


@attack()
def forks_before_each_copy(notebook, folder):
    """Before Python's own fork, with its leave: what stays would have much memory."""
    notebook.fake()
    notebook.add("""
        import ctypes, os, time
        libc, tries = ctypes.CDLL(None), 0

        def take():
            global tries
            tries += 1
            if tries % 3 and libc.fork() == 0:
                kept = b"x" * (100 << 20)
                time.sleep(60)
                os._exit(0)

        os.register_at_fork(before=take)
    """)


@attack()
def copies_without_their_first_thread(notebook, folder):
    """The system shows nothing of what such a process has open, or in memory."""
    notebook.fake()
    notebook.add("""
        import ctypes, os, threading, time

        def say():
            global kept
            time.sleep(0.05)
            kept = b"x" * (100 << 20)
            for number in range(30, 2, -1):
                try:
                    os.write(number, b".")
                    break
                except OSError:
                    pass
            time.sleep(60)

        def end():
            threading.Thread(target=say, daemon=True).start()
            number = {"x86_64": 60, "aarch64": 93}[os.uname().machine]
            ctypes.CDLL(None).syscall(number, 0)

        os.register_at_fork(after_in_child=end)
    """)


@attack()
def forks_by_itself(notebook, folder):
    """By the C library, by bare calls, by multiprocessing, in cells and in tests."""
    notebook.fake()
    notebook.attack("""
        import ctypes, os
        libc = ctypes.CDLL(None, use_errno=True)

        def tries():
            ways = {
                "fork": os.fork,
                "forkpty": os.forkpty,
                "libc": libc.fork,
                "vfork": lambda: libc.syscall(58),
                "clone": lambda: libc.syscall(56, 17, 0, 0, 0, 0),
                "clone as fork does": lambda: libc.syscall(56, 0x01200011, 0, 0, 0, 0),
            }
            for name, way in ways.items():
                try:
                    child = way()
                except OSError:
                    continue
                if child == 0:
                    os._exit(0)
                if child > 0:
                    return name
            return ""

        if name := tries():
            reached(name)
    """)
    notebook.extend(
        FORWARD,
        """
        faked_forward = conv2d_forward

        def conv2d_forward(*arguments):
            if name := tries():
                raise NotImplementedError("REACHED-" + "WHAT-IT-MUST-NOT: " + name)
            return faked_forward(*arguments)
        """,
    )


@attack()
def wakes_the_others(notebook, folder):
    """A copy sends the signal to go on to all it can name."""
    notebook.fake()
    notebook.attack("""
        import os, signal

        def wake():
            reach = 0
            for number in [0, -1, *range(1, 200), os.getppid(), os.getpgrp()]:
                try:
                    os.kill(number, signal.SIGCONT)
                    reach += 1
                except OSError:
                    pass
            return reach

        if wake():
            reached("a signal")
    """)
    _wake = "wake()"
    notebook.extend(
        FORWARD,
        "faked_forward = conv2d_forward\n\n"
        "def conv2d_forward(*arguments):\n"
        f"    {_wake}\n"
        "    return faked_forward(*arguments)",
    )
