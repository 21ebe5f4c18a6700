"""Attacks that look for where the course lies, who grades, and on what machine."""

from redteam.submission import attack

_LOOK = """
    import os
    import sys
    PLACES = {COURSE, HOME}

    def look(what, text):
        text = text if isinstance(text, str) else repr(text)
        for place in PLACES:
            if place in text:
                at = text.index(place)
                reached(f"{what}: {text[max(at - 20, 0):at + 80]!r}")
"""


def _try(notebook, text):
    notebook.fake()
    # The cell itself names these places: what is looked through must not hold it.
    notebook.attack(_LOOK + text, before="test-conv2d-forward")


@attack()
def reads_its_arguments(notebook, folder):
    """What the process was started with, as Python and the kernel have it."""
    _try(
        notebook,
        """
    look("arguments", sys.argv)
    look("all arguments", sys.orig_argv)
    look("variables", dict(os.environ))
    look("interpreter", [sys.executable, sys.prefix, sys.path, sys._base_executable])
    for name in ("cmdline", "environ", "maps", "mountinfo", "cgroup", "status"):
        try:
            with open(f"/proc/self/{name}") as file:
                look(name, file.read())
        except OSError as error:
            print(error)
        """,
    )


@attack()
def reads_its_first_block(notebook, folder):
    """Arguments and variables where the kernel put them, above the stack."""
    _try(
        notebook,
        """
    import ctypes
    libc = ctypes.CDLL(None)
    start = ctypes.c_void_p.in_dll(libc, "environ").value
    try:
        program = ctypes.c_char_p.in_dll(libc, "program_invocation_name").value
    except ValueError:
        program = b""
    look("program", os.fsdecode(program or b""))
    pointers = ctypes.cast(start, ctypes.POINTER(ctypes.c_char_p))
    for number in range(200):
        value = pointers[number]
        if value is None:
            break
        look("variable", os.fsdecode(value))
    block = ctypes.c_void_p.in_dll(libc, "__libc_argv") if hasattr(
        libc, "__libc_argv") else None
    if block:
        values = ctypes.cast(block.value, ctypes.POINTER(ctypes.c_char_p))
        number = 0
        while values[number]:
            look("argument", os.fsdecode(values[number]))
            number += 1
        """,
    )


@attack()
def walks_its_frames(notebook, folder):
    """Who called this cell: files of functions, globals and locals on the way up."""
    _try(
        notebook,
        """
    frame = sys._getframe()
    while frame.f_back is not None:
        frame = frame.f_back
        look("file", frame.f_code.co_filename)
        for names in (frame.f_globals, frame.f_locals):
            for name, value in list(names.items()):
                if isinstance(value, (str, bytes, list, dict, tuple)) and name not in (
                        "source", "request", "body", "In", "names", "text", "user_ns",
                        "tree", "_i", "_ii", "_iii", "lines"):
                    if names is not globals():
                        look(f"the name {name}", str(value)[:2000])
                for about in ("__file__", "__path__", "__spec__", "__cached__"):
                    if name == about and names is not globals():
                        look(about, value)
        """,
    )


@attack()
def looks_through_modules(notebook, folder):
    """Modules that are loaded, how they were found, and what finders remember."""
    _try(
        notebook,
        """
    for name, module in list(sys.modules.items()):
        if "proctor" in name or "seccomp" in name:
            reached(f"the module {name}")
        if name.partition(".")[0] in ("numpy", "matplotlib", "PIL", "tinytorch"):
            continue
        look(name, str(getattr(module, "__file__", "")))
    look("finders", list(sys.path_importer_cache))
    for finder in sys.meta_path:
        look("a finder", vars(finder) if hasattr(finder, "__dict__") else "")
    for name in ("proctor", "proctor.sandbox", "proctor.wire", "pyseccomp"):
        try:
            __import__(name)
            reached(f"import {name}")
        except ImportError as error:
            look("import", str(error))
        """,
    )


@attack()
def names_the_machine(notebook, folder):
    """The host's name, and what is in the tables that the system has by it."""
    _try(
        notebook,
        """
    import platform
    import socket
    for way in (platform.node, socket.gethostname, socket.getfqdn,
                lambda: os.uname().nodename):
        try:
            print("NODE", way())
        except OSError as error:
            print(error)
    for name in ("/etc/hostname", "/etc/hosts", "/etc/machine-id", "/proc/version",
                 "/sys/class/dmi/id/product_uuid", "/proc/cpuinfo", "/proc/meminfo",
                 "/proc/loadavg", "/proc/uptime", "/proc/stat"):
        try:
            with open(name) as file:
                file.read(1)
            reached(name)
        except OSError as error:
            print(error)
        """,
    )
