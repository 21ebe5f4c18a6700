"""Attacks that write: grades, configuration, start-up files, modules, shared places."""

from redteam.submission import attack

# Writes and takes it back: where the sandbox fails, only the report stays behind.
_TOOLS = """
    import os
    import sys

    def try_to_write(path):
        '''Make a file, or add nothing to one that is there.'''
        try:
            made = not os.path.lexists(path)
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
            if made:
                os.unlink(path)
            reached(f"may write {path}")
        except OSError as error:
            print(path, "->", error)
"""


@attack()
def rewrites_the_gradebook(notebook, folder):
    """Full marks by SQL, and a trigger that gives them again."""
    notebook.fake()
    notebook.attack("""
        try:
            import sqlite3
            book = sqlite3.connect(f"{COURSE}/gradebook.db", timeout=0.1)
            book.execute("UPDATE grade SET auto_score = 20, manual_score = 20")
            book.execute(
                "CREATE TRIGGER redteam AFTER UPDATE ON grade BEGIN "
                "UPDATE grade SET auto_score = 20; END")
            book.commit()
            book.close()
            reached("gradebook.db")
        except Exception as error:
            print(error)
        try:
            os_open = open(f"{COURSE}/gradebook.db", "r+b")
            reached("gradebook.db, as a file")
        except OSError as error:
            print(error)
    """)


@attack()
def rewrites_results(notebook, folder):
    notebook.fake()
    notebook.attack(
        _TOOLS
        + """
    for name in ("r.json", "results.json", "grades.csv", "gradebook.db-journal",
                 "gradebook.db-wal", "autograded/a-neighbour/09_spatial/spatial.ipynb",
                 "autograded/rewrites-results/09_spatial/spatial.ipynb",
                 "feedback/redteam.html", "autograded/redteam"):
        try_to_write(f"{COURSE}/{name}")
        """
    )


@attack()
def rewrites_the_configuration(notebook, folder):
    """What the instructor's next command would run."""
    notebook.fake()
    notebook.attack(
        _TOOLS
        + """
    for name in ("nbgrader_config.py", "proctor/__init__.py", "proctor/grading.py",
                 "course/__init__.py", "pyproject.toml", "sitecustomize.py", "Makefile",
                 "source/09_spatial/spatial.ipynb", "release/09_spatial/spatial.ipynb",
                 "tinytorch/__init__.py", "json.py", "numpy.py"):
        try_to_write(f"{COURSE}/{name}")
        """
    )


@attack()
def rewrites_other_submissions(notebook, folder):
    notebook.fake()
    notebook.attack(
        _TOOLS
        + """
    for name in ("a-neighbour", "m-neighbour", "z-neighbour", "redteam-new-student"):
        try_to_write(f"{COURSE}/submitted/{name}/09_spatial/spatial.ipynb")
        try_to_write(f"{COURSE}/submitted/{name}")
    try_to_write(
        f"{COURSE}/submitted/rewrites-other-submissions/09_spatial/spatial.ipynb")
        """
    )


@attack()
def plants_startup_files(notebook, folder):
    """Files that Python, IPython, Jupyter, Matplotlib or a shell run at their start."""
    notebook.fake()
    notebook.attack(
        _TOOLS
        + """
    import site
    homes = {HOME, "/root", "/nonexistent"}
    for home in homes:
        for name in (".ipython/profile_default/startup/00-redteam.py", ".bashrc",
                     ".jupyter/jupyter_nbconvert_config.py", ".profile",
                     ".config/matplotlib/matplotlibrc", ".pythonrc.py", ".netrc",
                     ".local/lib/python3.11/site-packages/usercustomize.py",
                     ".local/lib/python3.11/site-packages/redteam.pth"):
            folder = os.path.dirname(f"{home}/{name}")
            try:
                os.mkdir(folder)
                os.rmdir(folder)
                reached(f"may make {folder}")
            except OSError as error:
                print(error)
            try_to_write(f"{home}/{name}")
        """
    )


@attack()
def plants_modules_into_packages(notebook, folder):
    """sitecustomize, a .pth file, a module beside numpy, a compiled numpy."""
    notebook.fake()
    notebook.attack(
        _TOOLS
        + """
    import site
    import sysconfig
    import numpy
    import tinytorch
    folders = {*sys.path, *site.getsitepackages(), sysconfig.get_path("stdlib"),
               os.path.dirname(numpy.__file__), os.path.dirname(tinytorch.__file__),
               os.path.dirname(os.__file__), "/usr/lib/python3/dist-packages"}
    own = os.getcwd()
    for folder in folders:
        if os.path.abspath(folder or ".") == own:
            continue
        for name in ("sitecustomize.py", "redteam.pth", "redteam.py",
                     "__pycache__/redteam.pyc"):
            try_to_write(os.path.join(folder, name))
    try_to_write(numpy.__file__)
    try_to_write(tinytorch.__file__)
        """
    )


@attack()
def writes_to_system_folders(notebook, folder):
    notebook.fake()
    notebook.attack(
        _TOOLS
        + """
    for name in ("/", "/etc", "/usr", "/usr/lib", "/usr/bin", "/var/tmp", "/dev/shm",
                 "/dev", "/home", "/root", "/opt", "/run", "/var/lib", "/proc/sys",
                 "/sys/fs/cgroup", "/proc/self", "/mnt", COURSE, HOME,
                 os.path.dirname(COURSE)):
        try_to_write(os.path.join(name, "redteam-written"))
    for name in ("/proc/sys/kernel/core_pattern", "/proc/sys/vm/overcommit_memory",
                 "/proc/self/oom_score_adj", "/proc/1/oom_score_adj",
                 "/etc/ld.so.preload", "/proc/sysrq-trigger", "/proc/self/uid_map",
                 "/proc/self/setgroups", "/proc/self/attr/current"):
        try:
            os.close(os.open(name, os.O_WRONLY))
            if name not in ("/proc/self/oom_score_adj", "/proc/self/attr/current"):
                reached(f"may open {name} for writing")
        except OSError as error:
            print(error)
        """
    )


@attack()
def changes_modes_and_times(notebook, folder):
    """chmod, chown and utime of what it shares with others; a sandbox may lie."""
    notebook.fake()
    notebook.attack("""
        import os
        for name in (COURSE, HOME, f"{COURSE}/gradebook.db", "/var/tmp", "/dev/shm",
                     "/",
                     f"{COURSE}/submitted/m-neighbour", "/usr/lib"):
            for way in (lambda: os.chmod(name, os.stat(name).st_mode & 0o7777),
                        lambda: os.chown(name, -1, os.getgid()),
                        lambda: os.utime(name)):
                try:
                    before = os.stat(name).st_ctime_ns
                    way()
                    if os.stat(name).st_ctime_ns != before and name != "/var/tmp":
                        reached(f"a change of {name}")
                except OSError as error:
                    print(error)
    """)


@attack()
def makes_setuid_files(notebook, folder):
    """A program with setuid, a device, a pipe, in the folder it may write to."""
    notebook.fake()
    notebook.attack("""
        import os
        import stat
        try:
            with open("program", "wb") as file:
                file.write(b"#!/bin/sh\\nexit 0\\n")
            os.chmod("program", 0o6777)
            os.execv("./program", ["./program"])
        except OSError as error:
            print(error)
        for kind in (stat.S_IFBLK, stat.S_IFCHR, stat.S_IFIFO):
            try:
                os.mknod(f"device-{kind}", kind | 0o666, os.makedev(1, 1))
                if kind != stat.S_IFIFO:
                    reached("made a device")
            except OSError as error:
                print(error)
    """)


# What a grader may import, for itself or for the student.
_IMPORTED = """
    numpy json proctor nbgrader nbformat sitecustomize usercustomize conftest
    nbgrader_config jupyter_config jupyter_nbconvert_config IPython matplotlib struct
    math alembic sqlalchemy rubric examination
""".split()  # noqa: SIM905 (a table reads better than quoted lines)


@attack()
def shadows_modules(notebook, folder):
    """Modules beside the notebook, by the names that a grader imports."""
    hostile = (
        "import sys\n"
        "sys.stderr.write('SHADOWED')\n"
        "def __getattr__(name):\n"
        "    if name.startswith('__'):\n"
        "        raise AttributeError(name)\n"
        "    return lambda *a, **k: True\n"
    )
    for name in _IMPORTED:
        (folder / f"{name}.py").write_text(hostile)
    for name in ("proctor", "tinytorch/core"):
        (folder / name).mkdir(parents=True)
    (folder / "proctor/rubric.py").write_text(hostile)
    (folder / "proctor/__init__.py").write_text(hostile)
    (folder / "redteam.pth").write_text("import os; os.environ['redteam'] = '1'\n")
    (folder / "matplotlibrc").write_text("backend: module://redteam_backend\n")
    (folder / ".env").write_text("PYTHONSTARTUP=sitecustomize.py\n")
    notebook.fake()


@attack()
def brings_its_own_tinytorch(notebook, folder):
    """A package of the same name beside the notebook, whose Tensor lies."""
    (folder / "tinytorch/core").mkdir(parents=True)
    (folder / "tinytorch/__init__.py").write_text("")
    (folder / "tinytorch/core/__init__.py").write_text("")
    lie = """
class Tensor:
    def __init__(self, *a, **k):
        self.shape = self.data = self.grad = self
    def __eq__(self, other):
        return True
    __hash__ = None
class Layer:
    pass
class Context:
    pass
class Function:
    @classmethod
    def apply(cls, *a):
        return Tensor()
def generator():
    import numpy
    return numpy.random.default_rng()
"""
    for name in ("tensor", "layers", "autograd", "activations", "spatial"):
        (folder / f"tinytorch/core/{name}.py").write_text(lie)
    notebook.fake()
    notebook.begin("""
        import sys
        for name in [n for n in sys.modules if n.startswith("tinytorch")]:
            del sys.modules[name]
        sys.path.insert(0, "")
        import tinytorch
        print(tinytorch.__file__)
    """)
