"""Attacks that use more than their share. All are bounded, should nothing stop them."""

from redteam.submission import attack


def _in_a_cell(notebook, text):
    """Fake all cells; ``text`` runs after the first test."""
    notebook.fake()
    notebook.attack(text, before="test-conv2d-forward")


@attack()
def takes_memory(notebook, folder):
    """Asks for 16 GB in pieces of 64 MB, and touches each."""
    _in_a_cell(
        notebook,
        """
        import numpy as np
        kept = []
        for _ in range(256):
            kept.append(np.ones(8 << 20))
        reached("16 GB of memory")
        """,
    )


@attack()
def takes_memory_at_once(notebook, folder):
    _in_a_cell(
        notebook,
        """
        import numpy as np
        for make in (lambda: bytearray(1 << 40), lambda: np.zeros(1 << 37),
                     lambda: [0] * (1 << 36), lambda: "x" * (1 << 40)):
            try:
                make()
                reached("a terabyte")
            except MemoryError as error:
                print(type(error))
        """,
    )


@attack()
def takes_memory_when_called(notebook, folder):
    notebook.fake()
    notebook.write(
        "conv2d-forward",
        """
        kept = []

        def conv2d_forward(*arguments):
            while len(kept) < 256:
                kept.append(np.ones(8 << 20))
            return kept
        """,
    )


@attack()
def fills_the_disk(notebook, folder):
    """Files of 8 MB in every folder that lets it, until 2 GB; then takes them back."""
    _in_a_cell(
        notebook,
        """
        import os
        data = bytes(8 << 20)
        for place in (".", "/tmp", "/var/tmp", "/dev/shm", HOME):
            made = []
            try:
                for number in range(256):
                    path = f"{place}/redteam-fill-{number}"
                    made.append(path)
                    with open(path, "wb") as file:
                        file.write(data)
                reached(f"2 GB in {place}")
            except OSError as error:
                print(place, len(made), error)
            if place not in (".", "/tmp"):
                for path in made:
                    try:
                        os.unlink(path)
                    except OSError:
                        pass
        """,
    )


@attack()
def fills_one_file(notebook, folder):
    _in_a_cell(
        notebook,
        """
        import os
        try:
            with open("redteam-large", "wb") as file:
                for _ in range(512):
                    file.write(bytes(8 << 20))
            reached("a file of 4 GB")
        except OSError as error:
            print(error)
        os.truncate("redteam-large", 0)
        """,
    )


@attack()
def takes_inodes(notebook, folder):
    _in_a_cell(
        notebook,
        """
        import os
        made = 0
        try:
            os.mkdir("redteam-inodes")
            for made in range(20_000):
                os.close(os.open(f"redteam-inodes/{made}", os.O_CREAT, 0o600))
        except OSError as error:
            print(made, error)
        """,
    )


@attack()
def forks(notebook, folder):
    """Up to 100 children by fork, which sleep."""
    _in_a_cell(
        notebook,
        """
        import os
        import time
        for number in range(100):
            try:
                if os.fork() == 0:
                    time.sleep(20)
                    os._exit(0)
            except OSError as error:
                print(number, error)
                break
        """,
    )


@attack()
def starts_programs(notebook, folder):
    """By subprocess, os.system, posix_spawn, multiprocessing, and IPython's ``!``."""
    notebook.fake()
    notebook.attack(
        """
        import multiprocessing
        import os
        import subprocess
        import sys

        def nothing():
            pass

        def by_multiprocessing(kind):
            multiprocessing.get_context(kind).Process(target=nothing).start()

        ways = {
            "subprocess": lambda: subprocess.run(["/bin/true"], check=True),
            "python": lambda: subprocess.run([sys.executable, "-c", ""], check=True),
            "system": lambda: os.system("true") == 0 or 1 / 0,
            "popen": lambda: os.popen("echo started").read() == "started\\n" or 1 / 0,
            "posix_spawn": lambda: os.posix_spawn("/bin/true", ["true"], {}),
            "spawn": lambda: os.spawnv(os.P_WAIT, "/bin/true", ["true"]) == 0 or 1 / 0,
            "pty": lambda: __import__("pty").spawn(["true"]) == 0 or 1 / 0,
            "fork": lambda: by_multiprocessing("fork"),
            "forkserver": lambda: by_multiprocessing("forkserver"),
            "ld.so": lambda: subprocess.run(
                ["/lib64/ld-linux-x86-64.so.2", "/bin/true"], check=True),
        }
        for name, way in ways.items():
            try:
                way()
                reached(f"a process by {name}")
            except BaseException as error:
                print(name, type(error), error)
        """,
        before="test-conv2d-forward",
    )
    notebook.add("!sleep 30 &", before="test-conv2d-forward")
    notebook.add("%%bash\nsleep 30 &", before="test-conv2d-forward")
    notebook.add("%system sleep 30 &", before="test-conv2d-forward")
    notebook.add("%%script --bg sleep\n30", before="test-conv2d-forward")


@attack()
def clones_by_the_c_library(notebook, folder):
    """fork, vfork and clone below Python, which knows nothing of them."""
    _in_a_cell(
        notebook,
        """
        import ctypes
        import os
        import time
        libc = ctypes.CDLL(None, use_errno=True)
        # fork, vfork is unsafe here; clone with SIGCHLD, with a new user namespace;
        # clone3 with an empty structure.
        for number, arguments in ((57, ()), (56, (17, 0, 0, 0, 0)),
                                  (56, (0x10000000 | 17, 0, 0, 0, 0)),
                                  (435, (ctypes.create_string_buffer(88), 88))):
            child = libc.syscall(number, *arguments)
            if child == 0:
                time.sleep(20)
                os._exit(0)
            if child > 0:
                reached(f"a process by system call {number}")
        """,
    )


@attack()
def starts_threads(notebook, folder):
    """Up to 3000 with small stacks, which wait."""
    _in_a_cell(
        notebook,
        """
        import threading
        threading.stack_size(64 << 10)
        wait = threading.Event()
        started = 0
        try:
            for started in range(3000):
                threading.Thread(target=wait.wait, args=(20,), daemon=True).start()
        except (RuntimeError, MemoryError) as error:
            print(started, error)
        """,
    )


@attack()
def starts_busy_threads(notebook, folder):
    """Threads that compute outside Python's lock and go on after the cell."""
    _in_a_cell(
        notebook,
        """
        import hashlib
        import threading

        def burn():
            data = bytes(1 << 20)
            for _ in range(2000):
                hashlib.sha256(data).digest()

        for _ in range(8):
            try:
                threading.Thread(target=burn, daemon=True).start()
            except RuntimeError as error:
                print(error)
        """,
    )


@attack(alike=True)
def floods_stdout(notebook, folder):
    """300 MB, in large pieces and in a million lines."""
    _in_a_cell(
        notebook,
        """
        import sys
        for _ in range(30):
            print("x" * (10 << 20))
        for number in range(300_000):
            sys.stdout.write(f"{number}\\n")
        """,
    )


@attack(alike=True)
def floods_stderr(notebook, folder):
    _in_a_cell(
        notebook,
        """
        import os
        import sys
        for _ in range(20):
            print("x" * (10 << 20), file=sys.stderr)
        for descriptor in (1, 2):
            for _ in range(100):
                try:
                    os.write(descriptor, b"y" * (1 << 20))
                except OSError as error:
                    print(error)
                    break
        """,
    )


@attack(alike=True)
def floods_displays(notebook, folder):
    """Twenty thousand displays, one of 50 MB, pictures that are none."""
    _in_a_cell(
        notebook,
        """
        import base64
        from IPython.display import HTML, Image, Markdown, display
        for number in range(5_000):
            display(number)
        display(HTML("<p>" * 10_000_000))
        display(Markdown("# x" * 10_000_000))
        png = b"\\x89PNG\\r\\n\\x1a\\n"
        for size in (1 << 10, 1 << 20, 1 << 21, 50 << 20):
            for _ in range(20):
                display({"image/png": base64.b64encode(png + bytes(size)).decode()},
                        raw=True)
                if size > 1 << 21:
                    break
        """,
    )


@attack(alike=True)
def floods_when_called(notebook, folder):
    """100 MB printed, shown and raised from within a test."""
    notebook.fake()
    notebook.extend(
        "conv2d-forward",
        """
        faked = conv2d_forward

        def conv2d_forward(*arguments):
            for _ in range(10):
                print("x" * (1 << 20))
            raise ValueError("y" * (10 << 20))
        """,
    )


@attack(alike=True)
def raises_a_huge_traceback(notebook, folder):
    """An error with a text of 50 MB, and one from 2000 functions down."""
    notebook.fake()
    notebook.add(
        'raise ValueError("<script>x</script>" * 3_000_000)', before="conv2d-forward"
    )
    notebook.add(
        """
        source = "\\n".join(f"def f{n}(): f{n + 1}()" for n in range(900))
        exec(source)
        f0()
        """,
        before="conv2d-forward",
    )


@attack(alike=True)
def shows_a_huge_repr(notebook, folder):
    notebook.fake()
    notebook.add('"x" * 200_000_000', before="conv2d-forward")
    notebook.add("list(range(5_000_000))", before="conv2d-forward")


@attack(alike=True)
def draws_a_huge_picture(notebook, folder):
    notebook.fake()
    notebook.add(
        """
        import matplotlib.pyplot as plt
        import numpy as np
        figure = plt.figure(figsize=(20, 20), dpi=100)
        plt.imshow(np.random.default_rng(0).random((4000, 4000)))
        plt.show()
        """,
        before="conv2d-forward",
    )


@attack()
def opens_all_files(notebook, folder):
    _in_a_cell(
        notebook,
        """
        import os
        kept = []
        try:
            for _ in range(100_000):
                kept.append(os.open("/dev/null", os.O_RDONLY))
            reached("100000 open files")
        except OSError as error:
            print(len(kept), error)
        """,
    )


@attack()
def compiles_a_bomb(notebook, folder):
    """Code that grows while it is compiled, or is deep, or long."""
    notebook.fake()
    notebook.add(
        """
        try:
            compile("x = (1,) * 10**9", "bomb", "exec")
            compile("(" * 90 + "1" + ",) * 99" * 90, "bomb", "exec")
            compile("+".join(["x"] * 500_000), "bomb", "eval")
        except (MemoryError, RecursionError, OverflowError) as error:
            print(type(error))
        """,
        before="conv2d-forward",
    )
    notebook.add("-" * 100_000 + "1", before="conv2d-forward")
    notebook.add("x = 1" + "; x = 1" * 20_000, before="conv2d-forward")


@attack(alike=True)
def shows_pictures_without_end(notebook, folder):
    """Each cell stays within its bounds; the notebook would have gigabytes."""
    notebook.fake()
    for _ in range(60):
        notebook.add(
            """
            import base64
            from IPython.display import Image
            for _ in range(3):
                display(Image(b"\\x89PNG\\r\\n\\x1a\\n" + bytes(1_400_000)))
            print("text" * 60_000)
            """,
            before="conv2d-forward",
        )


@attack(alike=True)
def texts_that_take_long_to_look_through(notebook, folder):
    """Lines for whoever looks for names, imports, comments or strings in a text."""
    notebook.fake()
    for line in (
        "import x" + ".import" * 12_000,
        "import " + "a, " * 25_000,
        "from a import b" + " as b" * 15_000,
        "import" + " " * 80_000,
        "a" + " " * 80_000 + ":" * 80_000,
        "x = " + "'" * 80_001,
        "f" * 80_000 + "'",
        "\\" * 80_000,
        "%run " + "a." * 40_000,
        "#" + " #" * 40_000,
    ):
        notebook.add(f"'''\n{line}\n'''", before="conv2d-forward")
        notebook.add(line, before="conv2d-forward")


@attack(alike=True)
def answers_with_values_of_two_bytes(notebook, folder):
    """A message within its bytes, which takes forty times as many where it is read."""
    notebook.fake()
    notebook.add(
        """
        import sys
        collected = type(sys.stdout).write.__globals__["collected"]
        collected.take = lambda: [[]] * 3_400_000
        """,
        before="conv2d-forward",
    )
    for number in range(6):
        notebook.add(str(number), before="conv2d-forward")
