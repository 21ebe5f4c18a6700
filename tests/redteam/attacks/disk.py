"""Attacks on what a process may write: where it goes uncounted, and who removes it."""

import textwrap

from redteam.submission import attack


def _try(notebook, text):
    notebook.fake()
    text = "import os\n" + textwrap.dedent(text)
    notebook.attack(text, before="test-conv2d-forward")


@attack()
def digs_deep(notebook, folder):
    """Twelve hundred folders, one in the other: who removes them by calling itself?"""
    _try(
        notebook,
        """
    try:
        for _ in range(1200):
            os.mkdir("d")
            os.chdir("d")
        open("bottom", "w").close()
    except OSError as error:
        print(error)
        """,
    )


@attack()
def digs_deep_with_long_names(notebook, folder):
    """Below any path's length: nothing there can be named from above."""
    _try(
        notebook,
        """
    try:
        for _ in range(400):
            os.mkdir("d" * 250)
            os.chdir("d" * 250)
        with open("bottom", "wb") as file:
            file.write(bytes(1 << 20))
    except OSError as error:
        print(error)
        """,
    )


@attack()
def closes_its_folders(notebook, folder):
    """Modes that keep out who removes them, even their owner."""
    _try(
        notebook,
        """
    for mode in (0, 0o100, 0o200, 0o400):
        try:
            os.makedirs(f"closed-{mode}/in/it")
            open(f"closed-{mode}/in/file", "w").close()
            os.mkdir(f"closed-{mode}/empty", mode)
            os.chmod(f"closed-{mode}/in", mode)
            os.chmod(f"closed-{mode}", mode)
        except OSError as error:
            print(error)
    try:
        os.umask(0o777)
        os.mkdir("born-closed")
        os.close(os.open("born-closed-file", os.O_CREAT))
    except OSError as error:
        print(error)
        """,
    )


_FILL = """
    def fill(what, most, write):
        '''Call until it is refused; ``most`` is beyond what may be written.'''
        kept = []
        for number in range(most):
            try:
                kept.append(write(number))
            except OSError as error:
                print(what, number, error)
                return
        reached(what)
"""


@attack()
def fills_files_without_names(notebook, folder):
    """What is open and removed is on the disk, and in no folder."""
    _try(
        notebook,
        _FILL
        + """
    def without_name(number):
        file = open("redteam-fill", "wb", 0)
        os.unlink("redteam-fill")
        file.write(bytes(1 << 20))
        return file

    def never_named(number):
        file = os.open(".", os.O_TMPFILE | os.O_RDWR)
        os.write(file, bytes(1 << 20))
        return file

    fill("100 MB in files without names", 100, without_name)
    fill("100 MB in files that never had one", 100, never_named)
        """,
    )


@attack()
def fills_by_mapping(notebook, folder):
    """Pages of a removed file, kept by a mapping alone."""
    _try(
        notebook,
        _FILL
        + """
    import mmap

    def mapped(number):
        with open("redteam-fill", "w+b") as file:
            file.truncate(8 << 20)
            pages = mmap.mmap(file.fileno(), 8 << 20)
            os.unlink("redteam-fill")
        pages[:] = bytes(8 << 20)
        return pages

    fill("160 MB in removed files", 20, mapped)
        """,
    )


@attack()
def fills_with_names(notebook, folder):
    """Folders, links, long names and empty files: a disk is full of these as well."""
    _try(
        notebook,
        _FILL
        + """
    fill("20000 folders", 20_000, lambda n: os.mkdir(f"redteam-{n:0240}"))
    fill("20000 links", 20_000, lambda n: os.symlink("x" * 4000, f"l{n}"))
    fill("20000 names", 20_000, lambda n: os.close(os.open(f"f{n}", os.O_CREAT)))
        """,
    )


@attack()
def fills_by_moving(notebook, folder):
    """Files moved to and fro while somebody counts them."""
    _try(
        notebook,
        _FILL
        + """
    import itertools
    import threading
    stop = threading.Event()

    def move():
        while not stop.is_set():
            for old, new in (("redteam-a", "redteam-b"), ("redteam-b", "redteam-a")):
                try:
                    os.rename(old, new)
                except OSError:
                    stop.set()
                    return

    os.mkdir("redteam-a")
    mover = threading.Thread(target=move)
    mover.start()

    def write(number):
        # It may have been moved between two looks: nothing is written then.
        for name in itertools.cycle(("redteam-a", "redteam-b")):
            try:
                with open(f"{name}/{number}", "wb", 0) as file:
                    file.write(bytes(1 << 20))
                return
            except FileNotFoundError:
                pass

    fill("200 MB in folders that move", 200, write)
    stop.set()
        """,
    )


@attack()
def empties_what_is_read(notebook, folder):
    """To open a file to read, and to empty it: an older kernel's rules allow both."""
    _try(
        notebook,
        """
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    for name in ("gradebook.db", "submitted/m-neighbour/09_spatial/spatial.ipynb",
                 "nbgrader_config.py", "r.json"):
        path = f"{COURSE}/{name}"
        for what, way in {
            "emptied by name": lambda: os.truncate(path, 0) or 0,
            "emptied by opening": lambda: os.open(path, os.O_RDONLY | os.O_TRUNC),
            "opened to empty": lambda: os.open(path, os.O_WRONLY | os.O_TRUNC),
            "made anew": lambda: libc.creat(path.encode(), 0o600),
        }.items():
            try:
                if way() >= 0:
                    reached(f"{what}: {name}")
            except OSError as error:
                print(what, error)
        """,
    )


@attack()
def leaves_its_folder(notebook, folder):
    """Renames, links and folders that lead out of where it may write."""
    _try(
        notebook,
        """
    open("redteam-mine", "w").close()
    outside = ["..", "../..", "/tmp", "/var/tmp", "/dev/shm", COURSE, HOME, "/"]
    for place in outside:
        where = f"{place}/redteam-left"
        for what, way in {
            "moved": lambda: os.rename("redteam-mine", where),
            "replaced": lambda: os.replace("redteam-mine", where),
            "linked": lambda: os.link("redteam-mine", where),
            "pointed": lambda: os.symlink("redteam-mine", where),
            "dug": lambda: os.mkdir(where),
            "written": lambda: open(where, "w").close(),
        }.items():
            try:
                way()
                if not (place == "/tmp" and os.getcwd().startswith("/tmp/work")) and (
                        place != ".." or not os.getcwd().startswith("/tmp/work")):
                    reached(f"{what} to {place}")
                open("redteam-mine", "w").close()
            except OSError as error:
                print(what, place, error)
        """,
    )
