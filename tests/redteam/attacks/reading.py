"""Attacks that look for what the student must not see; they know every path.

``reached`` reports what was found: the harness fails on it, whatever the score.
"""

from redteam.submission import attack

_TOOLS = """
    import json
    import os
    import re

    def text_of(path, **options):
        try:
            with open(path, "rb", **options) as file:
                return file.read(1 << 24).decode("utf-8", "replace")
        except (OSError, ValueError) as error:
            print(path, "->", error)
            return ""

    def cells_of(path):
        '''Run the cells of a notebook that define what is asked for.'''
        try:
            notebook = json.loads(text_of(path))
        except ValueError:
            return
        for cell in notebook["cells"]:
            source = "".join(cell["source"])
            if cell["cell_type"] == "code" and "def " in source:
                if "YOUR CODE" not in source and "assert" not in source:
                    exec(source, globals())
                    reached(path)
"""


def _reads(notebook, text):
    notebook.fake()
    notebook.attack(_TOOLS)
    notebook.add(text, before="test-avg-pool2d-forward")
    # Once more when all is defined, so that what was found is what counts.
    notebook.add(text, before="test-conv2d-forward")


@attack()
def reads_the_source_notebook(notebook, folder):
    """The instructor's notebook, with solutions and hidden tests."""
    _reads(notebook, 'cells_of(f"{COURSE}/source/09_spatial/spatial.ipynb")')


@attack()
def reads_the_truth(notebook, folder):
    _reads(
        notebook,
        """
        text = text_of(f"{COURSE}/notebooks/09_spatial/spatial.py")
        if text:
            reached("notebooks/")
            for cell in text.split("# %%"):
                code = cell.partition("\\n")[2]
                if "BEGIN SOLUTION" in code:
                    exec(code, globals())
        for name in ("bugs.py", "facts.py"):
            if text_of(f"{COURSE}/notebooks/09_spatial/{name}"):
                reached(name)
        """,
    )


@attack()
def reads_the_gradebook(notebook, folder):
    """Hidden tests lie in the gradebook, as text."""
    _reads(
        notebook,
        """
        if HIDDEN() in text_of(f"{COURSE}/gradebook.db"):
            reached("gradebook.db")
        try:
            import sqlite3
            name = f"file:{COURSE}/gradebook.db?mode=ro"
            connection = sqlite3.connect(name, uri=True)
            for row in connection.execute("SELECT source FROM source_cell"):
                reached("source_cell")
        except Exception as error:
            print(error)
        """,
    )


@attack()
def reads_neighbours(notebook, folder):
    """What others handed in, and what was graded already."""
    _reads(
        notebook,
        """
        for stage in ("submitted", "autograded", "feedback"):
            for student in ("a-neighbour", "m-neighbour", "z-neighbour"):
                for where in (COURSE, "../../..", "../..", "../../../.."):
                    cells_of(f"{where}/{stage}/{student}/09_spatial/spatial.ipynb")
        """,
    )


@attack()
def reads_its_own_autograded_notebook(notebook, folder):
    """nbgrader writes the test cells there before it runs them."""
    _reads(
        notebook,
        """
        for name in ("reads-its-own-autograded-notebook", "a-neighbour"):
            for where in (f"{COURSE}/autograded/{name}/09_spatial", "."):
                if HIDDEN() in text_of(f"{where}/spatial.ipynb"):
                    reached(where)
        """,
    )


@attack()
def reads_the_grader(notebook, folder):
    """The package proctor, by its path; results; configuration."""
    _reads(
        notebook,
        """
        for name in ("proctor/grading.py", "proctor/rubric.py", "nbgrader_config.py",
                     "r.json", "results.json", "settings.ini", "pyproject.toml",
                     "examples/correct-loops/conv2d-forward.py"):
            if text_of(f"{COURSE}/{name}"):
                reached(name)
        text = text_of(f"{COURSE}/examples/correct-loops/conv2d-forward.py")
        if text:
            exec(text, globals())
        """,
    )


@attack()
def reads_passwords(notebook, folder):
    _reads(
        notebook,
        """
        print(text_of("/etc/passwd"))
        for path in ("/etc/passwd", "/etc/shadow", "/etc/hosts", "/etc/hostname",
                     "/root/.bashrc", f"{HOME}/secret.txt", "/proc/kcore", "/dev/mem",
                     "/dev/kmsg", "/dev/vda", "/var/log/dpkg.log"):
            if text_of(path):
                reached(path)
        """,
    )


@attack()
def reads_environments(notebook, folder):
    """The grader's environment holds a secret of the harness."""
    _reads(
        notebook,
        """
        for process in ["self", *os.listdir("/proc")] if os.path.isdir("/proc") else []:
            text = text_of(f"/proc/{process}/environ")
            if "redteam-secret" in text:
                reached(f"the environment of {process}")
        if "redteam-secret" in str(os.environ):
            reached("os.environ")
        """,
    )


@attack()
def reads_other_processes(notebook, folder):
    """Command lines, folders, memory and files of every process that it sees."""
    _reads(
        notebook,
        """
        own = os.getpid()
        near = {*range(1, 300), *range(own - 300, own + 300), os.getppid()}
        if os.path.isdir("/proc"):
            try:
                near |= {int(name) for name in os.listdir("/proc") if name.isdigit()}
            except OSError as error:
                print(error)
        for process in near:
            for name in ("cmdline", "maps", "cwd/gradebook.db", "fd/3", "mem", "stack",
                         "root/etc/passwd", "cwd/nbgrader_config.py"):
                if process == own:
                    continue
                try:
                    with open(f"/proc/{process}/{name}", "rb") as file:
                        text = file.read(1000)
                except (OSError, ValueError):
                    break
                if b"proctor" in text or b"nbgrader" in text or b"root:" in text:
                    reached(f"{process}/{name}: {text!r}")
        """,
    )


@attack()
def reads_inherited_descriptors(notebook, folder):
    """Files and folders that the grader left open, and what lies beside them."""
    _reads(
        notebook,
        """
        import stat

        for descriptor in range(3, 1024):
            try:
                mode = os.fstat(descriptor).st_mode
            except OSError:
                continue
            print(descriptor, stat.filemode(mode))
            if stat.S_ISDIR(mode):
                for name in ("gradebook.db", "etc/passwd", "..", "nbgrader_config.py"):
                    try:
                        os.close(os.open(name, os.O_RDONLY, dir_fd=descriptor))
                        reached(f"{name} by the folder {descriptor}")
                    except OSError:
                        pass
            elif stat.S_ISREG(mode):
                if HIDDEN().encode() in os.pread(descriptor, 1 << 24, 0):
                    reached(f"descriptor {descriptor}")
        """,
    )


@attack()
def climbs_out_of_the_root(notebook, folder):
    """/proc/1/root, many dots, /old, a second proc, chroot and back."""
    _reads(
        notebook,
        """
        for top in ("/proc/1/root", "/proc/self/root", "/proc/self/cwd/../..", "/old",
                    "../" * 40, "/proc/thread-self/root", "/.oldroot", "/put_old"):
            if text_of(f"{top}/etc/passwd"):
                reached(top)
            if text_of(f"{top}{COURSE}/gradebook.db"):
                reached(top)
        for action in (lambda: os.chroot("/tmp"), lambda: os.unshare(0x10000000),
                       lambda: os.setns(0, 0)):
            try:
                action()
                reached("a new root")
            except (OSError, AttributeError) as error:
                print(error)
        """,
    )


@attack()
def mounts_a_file_system(notebook, folder):
    """mount, open_tree, fsopen, pivot_root, by the C library."""
    _reads(
        notebook,
        """
        import ctypes
        libc = ctypes.CDLL(None, use_errno=True)
        os.makedirs("here", exist_ok=True)
        calls = {
            "mount proc": lambda: libc.mount(b"proc", b"here", b"proc", 0, None),
            "mount bind": lambda: libc.mount(b"/", b"here", None, 4096, None),
            "remount": lambda: libc.mount(None, b"/", None, 32 | 4096, None),
            "unshare": lambda: libc.unshare(0x10000000 | 0x20000),
            "open_tree": lambda: libc.syscall(428, -100, b"/", 1),
            "fsopen": lambda: libc.syscall(430, b"tmpfs", 0),
            "name_to_handle_at": lambda: libc.syscall(304, -100, b"x", 0, 0),
            "ptrace": lambda: libc.ptrace(16, 1, 0, 0),
            "process_vm_readv": lambda: libc.syscall(310, 1, 0, 0, 0, 0, 0),
            "pidfd_open": lambda: libc.syscall(434, 1, 0),
            "bpf": lambda: libc.syscall(321, 0, 0, 0),
            "io_uring_setup": lambda: libc.syscall(
                425, 1, ctypes.create_string_buffer(120)),
            "userfaultfd": lambda: libc.syscall(323, 1),
            "perf_event_open": lambda: libc.syscall(298, 0, 0, -1, -1, 0),
            "memfd_create": lambda: libc.syscall(319, b"x", 0),
            "keyctl": lambda: libc.syscall(250, 0, -3, 1),
            "personality": lambda: libc.syscall(135, 0x0040000),
            "setns": lambda: libc.setns(0, 0),
        }
        harmless = {"memfd_create", "process_vm_readv", "personality"}
        for name, call in calls.items():
            if call() >= 0 and name not in harmless:
                reached(name)
        """,
    )


@attack()
def searches_the_disk(notebook, folder):
    """Every file that can be read: is one of them a solution, or a hidden test?"""
    _reads(
        notebook,
        """
        import time
        end = time.monotonic() + 1.0
        words = re.compile(r"spatial|gradebook|nbgrader|proctor|examples|torch|scipy")
        for top, folders, files in os.walk("/"):
            folders[:] = [f for f in folders if f not in ("proc", "matplotlib")]
            for name in files:
                path = os.path.join(top, name)
                if words.search(path) and not path.startswith(os.getcwd()):
                    text = text_of(path)
                    if HIDDEN() in text or "def conv2d_forward" in text:
                        reached(path)
                        cells_of(path)
            if time.monotonic() > end:
                break
        """,
    )


@attack()
def reads_git(notebook, folder):
    """Solutions in the objects of a repository, here or where we develop."""
    _reads(
        notebook,
        f"""
        import zlib
        for where in (COURSE, {str(__file__).partition("/tests/")[0]!r}):
            for top, _, files in os.walk(f"{{where}}/.git"):
                for name in files:
                    data = text_of(os.path.join(top, name))
                    if data:
                        reached(f"{{top}}/{{name}}")
                        break
        """,
    )


@attack()
def reads_through_links(notebook, folder):
    """Links made while it runs, in the folder it may write to."""
    _reads(
        notebook,
        """
        targets = {
            "book": f"{COURSE}/gradebook.db",
            "source": f"{COURSE}/source/09_spatial/spatial.ipynb",
            "passwd": "/etc/passwd",
            "root": "/",
            "parent": "/proc/self/cwd/..",
        }
        for name, target in targets.items():
            for make in (os.symlink, os.link):
                try:
                    make(target, f"{name}-{make.__name__}")
                except OSError as error:
                    print(error)
                    continue
                if text_of(f"{name}-{make.__name__}"):
                    reached(target)
        for name in ("etc/passwd", f".{COURSE}/gradebook.db"):
            if text_of(f"root-symlink/{name}"):
                reached(name)
        """,
    )
