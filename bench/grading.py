"""What grading a class costs: proctor, nbgrader as it comes, and the notebooks alone.

python bench/grading.py [--submissions N] [--sample N] [--rounds N] [--sandbox LEVEL]
python bench/grading.py --scale [N ...] [--rounds N] [--sandbox LEVEL]

Makes the course in a scratch folder, and a class: sample submissions and variants of
them, right and wrong, and one in fifty that is no notebook. Three take turns:

proctor
    ``proctor autograde``, as many at once as there are processors.
nbgrader
    ``nbgrader autograde`` without anything of ours in its configuration, on the first
    submissions of the class: its own preprocessors, a Jupyter kernel for each
    submission, one after the other. It grades with the same hidden tests, which run in
    the kernel.
alone
    The code of the same submissions: all code cells, with the hidden tests in the test
    cells, each cell up to its first error, as in a kernel. One warm process that has
    imported IPython, NumPy, Matplotlib, tinytorch and proctor.rubric forks a child for
    each notebook; its cells run in an IPython shell that renders figures as a notebook
    does. No sandbox, no second process, no gradebook, no file read or written, one
    thread. Then once more without the test cells. The warm process is not counted.

Each run begins with nobody graded. Its CPU seconds are those of the command and of the
processes below it that were waited for; that none escapes is seen by a submission that
burns some. The start is the cost of a class of one, that submission included. Memory
is sampled in runs of their own, which are not timed.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import os
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ASSIGNMENT, NOTEBOOK = "09_spatial", "spatial.ipynb"
COPIED = ("notebooks", "source", "release", "tinytorch", "course", "proctor")
COPIED_FILES = ("nbgrader_config.py", "settings.ini", "README.md")
STOCK_CONFIG = """\
c = get_config()
c.CourseDirectory.root = {!r}
c.CourseDirectory.course_id = "tinytorch"
"""
LOOPS, VECTORISED = "correct-loops", "correct-vectorised"
# They come in turn: an example, and a text in one of its cells that becomes another.
KINDS: list[tuple[str, ...]] = [
    (LOOPS,),
    ("kernel-flipped",),
    (VECTORISED,),
    (LOOPS, "output-size", "1 + room // stride", "room // stride"),
    (VECTORISED, "conv2d-forward", "ocuv->bohw", "ocvu->bohw"),
    ("half-done",),
    (LOOPS, "conv2d-forward", "HO", "rows"),  # right
    ("raises",),
    (VECTORISED, "conv2d-forward", ", weight)", ", weight, optimize=True)"),  # right
    (LOOPS, "conv2d-layer", "(2 / ", "(1 / "),
    ("pads-max-with-zero",),
    (VECTORISED, "conv2d-forward", "::sh, ::sw", ":, :"),
    (LOOPS, "max-pool2d-forward", "-np.inf", "0.0"),
    ("stride-swapped",),
    (VECTORISED, "avg-pool2d-forward", "mean(axis=(4, 5))", "mean(5).mean(4)"),  # right
    (LOOPS, "conv2d-layer", "np.zeros(out", "np.ones(out"),
    (LOOPS, "output-size", "1 + room // stride", "1 + room / stride"),
    (VECTORISED, "conv2d-forward", "out + bias", "out * bias"),
    (LOOPS, "avg-pool2d-forward", "* kernel_size[1])", "* kernel_size[0])"),
    (LOOPS, "max-pool2d-forward", "= max(\n", "= np.maximum(\n"),  # right
]
BROKEN, BROKEN_EVERY = "not-a-notebook", 50
BURNT = 2.0
BURN = f"""
import time
begin = time.process_time()
while time.process_time() < begin + {BURNT}:
    pass
"""
SIZES = [20, 200, 2000]
SAMPLED_EVERY = 0.05
ENDS_WITHIN = 30


@dataclass(frozen=True)
class Cost:
    """Seconds: on the clock, and of all processors together."""

    wall: float
    cpu: float

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.wall + other.wall, self.cpu + other.cpu)

    def __sub__(self, other: Cost) -> Cost:
        return Cost(self.wall - other.wall, self.cpu - other.cpu)

    def __mul__(self, factor: float) -> Cost:
        return Cost(self.wall * factor, self.cpu * factor)

    def __truediv__(self, number: float) -> Cost:
        return Cost(self.wall / number, self.cpu / number)


# The source of each code cell, and whether it is a test.
Code = list[tuple[str, bool]]


class Memory:
    """The most memory that a command was seen to use, in MB.

    Attributes
    ----------
    main
        Resident, of the process started.
    tree
        Of it and all processes below, shared pages counted once (the sum of PSS); None
        if one of them may not be looked at, or the system does not tell.
    """

    def __init__(self) -> None:
        self.main: float = 0.0
        self.tree: float | None = 0.0

    def watch(self, process: subprocess.Popen) -> None:
        """Sample until the process ends."""
        while process.poll() is None:
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                self.main = max(self.main, _kilobytes(process.pid, "status", "VmHWM"))
            self._sample_tree(process.pid)
            time.sleep(SAMPLED_EVERY)

    def _sample_tree(self, process: int) -> None:
        total = 0.0
        for pid in _tree(process):
            try:
                total += _kilobytes(pid, "smaps_rollup", "Pss")
            except (FileNotFoundError, ProcessLookupError):
                continue  # it has ended
            except PermissionError:
                self.tree = None
        if self.tree is not None:
            self.tree = max(self.tree, total)

    def __str__(self) -> str:
        shown = [self.main or None, self.tree or None]
        return "".join(f"{'-' if m is None else f'{m:.0f}':>9}" for m in shown)


def _kilobytes(pid: int, file: str, name: str) -> float:
    """Return an entry of a file in /proc, in MB."""
    for line in Path(f"/proc/{pid}/{file}").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0


def _tree(root: int) -> list[int]:
    """Return a process and those below it."""
    below: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            parent = int(path.read_text().rpartition(")")[2].split()[1])
            below.setdefault(parent, []).append(int(path.parent.name))
    found = [root]
    for pid in found:
        found += below.get(pid, [])
    return found


def run(
    command: Sequence[str],
    folder: Path,
    environment: dict[str, str],
    log: Path,
    good: tuple[int, ...] = (0,),
    memory: Memory | None = None,
) -> Cost:
    """Run a command and return what it cost; what it printed goes to ``log``.

    Raises
    ------
    RuntimeError
        If its exit status is not ``good``.
    """
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with (
        log.open("wb") as printed,
        subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            process_group=0,  # Ctrl-C is for this program to pass on, once
        ) as process,
    ):
        try:
            if memory:
                memory.watch(process)
            status = process.wait()
        except BaseException:
            _end(process)
            raise
    wall, after = (
        time.perf_counter() - start,
        resource.getrusage(resource.RUSAGE_CHILDREN),
    )
    if status not in good:
        tail = log.read_text(errors="replace")[-2000:]
        raise RuntimeError(f"{' '.join(command)} ended with {status}:\n{tail}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, cpu)


def _end(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(ENDS_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()


def python(module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module with this interpreter."""
    return [sys.executable, "-m", module, *arguments]


class Course:
    """A course folder with one assignment, in which classes hand in.

    Parameters
    ----------
    root
        With a gradebook that knows the assignment.
    grade
        The command, without the students to grade.
    packages
        Where Python looks first.
    """

    def __init__(self, root: Path, grade: list[str], packages: Path) -> None:
        self.root, self._grade = root, grade
        settings = root.parent / "settings"  # nobody's own Jupyter configuration
        self.environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(packages),
            "JUPYTER_CONFIG_DIR": str(settings),
        }
        self.log = root / "log.txt"
        self._classes: dict[str, dict[str, bytes]] = {}
        self._present = ""

    def hand_in(self, name: str, submissions: dict[str, bytes]) -> None:
        """Have a class of this name, with the notebook of each student."""
        self._classes[name] = submissions
        for student, content in submissions.items():
            folder = self._folder(name) / student / ASSIGNMENT
            folder.mkdir(parents=True)
            (folder / NOTEBOOK).write_bytes(content)

    def _folder(self, name: str) -> Path:
        return self.root / f"class-{name}"

    def grade(
        self,
        name: str,
        *options: str,
        student: str | None = None,
        memory: Memory | None = None,
    ) -> Cost:
        """Grade a class, or one student of it, of whom nobody was graded before.

        Raises
        ------
        RuntimeError
            If the command fails, or somebody has no graded notebook after it.
        """
        self._begin_anew(name)
        command = [*self._grade, *options]
        wanted = self._classes[name]
        if student:
            command += ["--student", student]
            wanted = {student: wanted[student]}
        # 1: there was a submission that is no notebook.
        cost = run(command, self.root, self.environment, self.log, (0, 1), memory)
        graded = len(list(self.root.glob(f"autograded/*/{ASSIGNMENT}/{NOTEBOOK}")))
        expected = sum(map(is_notebook, wanted.values()))
        if graded != expected:
            tail = self.log.read_text(errors="replace")[-2000:]
            raise RuntimeError(f"{graded} of {expected} were graded:\n{tail}")
        return cost

    def _begin_anew(self, name: str) -> None:
        submitted = self.root / "submitted"
        if self._present:
            submitted.rename(self._folder(self._present))
        self._folder(name).rename(submitted)
        self._present = name
        for folder in ("autograded", "feedback"):
            shutil.rmtree(self.root / folder, ignore_errors=True)
        for path in self.root.glob("gradebook.db*"):
            path.unlink()
        shutil.copy(self.root.parent / "gradebook.db", self.root)


def make_courses(scratch: Path, options: Sequence[str] = ()) -> tuple[Course, Course]:
    """Return the course with our configuration, and one with nbgrader's own.

    Both have the same gradebook. In the second, what a submission may import lies in a
    folder of its own: tinytorch without the solutions, and proctor for the tests.

    Parameters
    ----------
    options
        Of ``proctor autograde``.
    """
    from course.project import Project
    from course.student import build_student

    ours, theirs, packages = (scratch / name for name in ("ours", "theirs", "packages"))
    no_caches = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    for name in COPIED:
        shutil.copytree(ROOT / name, ours / name, ignore=no_caches)
    for name in COPIED_FILES:
        shutil.copy(ROOT / name, ours)
    build_student(Project(ours), packages)
    shutil.copytree(ours / "proctor", packages / "proctor")
    theirs.mkdir()
    (theirs / "nbgrader_config.py").write_text(STOCK_CONFIG.format(str(theirs)))
    command = python("proctor", "autograde", ASSIGNMENT, "--force", *options)
    course = Course(ours, command, ours)
    generate = python("nbgrader", "generate_assignment", ASSIGNMENT)
    run(generate, ours, course.environment, course.log)
    (ours / "gradebook.db").rename(scratch / "gradebook.db")
    # nbgrader lists what lies in source/ before it grades.
    shutil.copytree(ours / "source" / ASSIGNMENT, theirs / "source" / ASSIGNMENT)
    command = python("nbgrader", "autograde", ASSIGNMENT, "--force")
    return course, Course(theirs, command, packages)


class Author:
    """Writes submissions.

    Parameters
    ----------
    course
        A folder with ``source/`` and ``release/``.
    """

    def __init__(self, course: Path) -> None:
        self._release, self._source = (
            (course / folder / ASSIGNMENT / NOTEBOOK).read_text(encoding="utf-8")
            for folder in ("release", "source")
        )

    def notebook(self, example: str, *replaced: str) -> dict:
        """Return an example's notebook; in one of its cells, a text may be replaced."""
        from proctor.examples import read_example

        cells = read_example(ROOT / "examples" / example).cells()
        if replaced:
            name, old, new = replaced
            if old not in cells[name]:
                raise RuntimeError(f"{name} of {example} no longer says {old!r}")
            cells[name] = cells[name].replace(old, new)
        notebook = json.loads(self._release)
        for cell in notebook["cells"]:
            if name := cell["metadata"].get("nbgrader", {}).get("grade_id"):
                cell["source"] = cells.get(name, cell["source"])
        return notebook

    def a_class(self, number: int) -> dict[str, bytes]:
        """Return the submissions of a class; no two are alike."""
        kinds = [self.notebook(*kind) for kind in KINDS]
        broken = (ROOT / "examples" / BROKEN / NOTEBOOK).read_bytes()
        submissions = {}
        for index in range(number):
            content = broken
            if (index + 1) % BROKEN_EVERY:
                content = signed(kinds[index % len(kinds)], f"student {index}")
            submissions[f"s{index:05}"] = content
        return submissions

    def code(self, submission: bytes) -> Code:
        """Return the code cells with the hidden tests, and whether each is a test."""
        tests = {
            cell["metadata"]["nbgrader"]["grade_id"]: "".join(cell["source"])
            for cell in json.loads(self._source)["cells"]
            if cell["metadata"].get("nbgrader", {}).get("grade")
        }
        cells = []
        for cell in json.loads(submission)["cells"]:
            if cell["cell_type"] == "code":
                test = tests.get(cell["metadata"].get("nbgrader", {}).get("grade_id"))
                cells.append((test or "".join(cell["source"]), test is not None))
        return cells


def is_notebook(content: bytes) -> bool:
    """Tell a submission that can be graded from one that is broken."""
    return content.startswith(b"{")


def signed(notebook: dict, comment: str) -> bytes:
    """Return a notebook as a file, with a comment at the end of its first solution."""
    notebook = json.loads(json.dumps(notebook))
    solution = next(
        cell
        for cell in notebook["cells"]
        if cell["metadata"].get("nbgrader", {}).get("solution")
    )
    solution["source"] = "".join(solution["source"]) + f"\n# {comment}"
    return json.dumps(notebook, indent=1).encode()


def alone(notebooks: list[Code], course: Course) -> tuple[Cost, Cost]:
    """Return what the code of one notebook costs alone, with and without its tests.

    Parameters
    ----------
    course
        That with nbgrader's own configuration, for what can be imported.
    """
    path = course.root / "code.json"
    path.write_text(json.dumps(notebooks), encoding="utf-8")
    environment = course.environment | {
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    command = [sys.executable, str(Path(__file__).resolve()), "--alone", str(path)]
    run(command, course.root, environment, course.log)
    measured = json.loads(path.with_suffix(".measured").read_text(encoding="utf-8"))
    tested, untested = ([Cost(*one) for one in kind] for kind in measured)
    return mean(tested), mean(untested)


def run_alone(path: Path) -> None:
    """Be the warm process: fork for each notebook, and write what each child cost."""
    notebooks = json.loads(path.read_text(encoding="utf-8"))
    run_cell = _warm_shell()
    gc.collect()
    gc.freeze()  # a collection in a child would copy all pages
    costs: tuple[list, list] = [], []
    for notebook in notebooks:
        untested = [cell for cell in notebook if not cell[1]]
        for cells, found in zip((notebook, untested), costs, strict=True):
            start = time.perf_counter()
            child = os.fork()
            if not child:
                try:
                    for source, _ in cells:
                        run_cell(source)
                finally:
                    os._exit(0)
            _, _, used = os.wait4(child, 0)
            wall = time.perf_counter() - start
            found.append((wall, used.ru_utime + used.ru_stime))
    path.with_suffix(".measured").write_text(json.dumps(costs), encoding="utf-8")


def _warm_shell() -> Callable[[str], object]:
    """Import what notebooks use, render a figure, and return what runs a cell."""
    import matplotlib.pyplot  # noqa: F401
    from IPython.core.history import HistoryManager
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    import proctor.rubric  # noqa: F401
    import tinytorch  # noqa: F401

    class Shell(InteractiveShell):
        def enable_gui(self, gui=None):
            pass

        def init_history(self):  # its own starts a thread, and no fork is safe then
            self.history_manager = HistoryManager(
                shell=self, parent=self, enabled=False
            )

    config = Config()
    config.HistoryManager.hist_file = ":memory:"
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.xmode = "Plain"
    config.InteractiveShell.cache_size = 0
    shell = Shell.instance(config=config)
    sys.stdout = sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115
    shell.run_cell("%matplotlib inline")
    shell.run_cell("from matplotlib import pyplot; pyplot.plot([1]); pyplot.show()")
    shell.reset()
    return lambda source: shell.run_cell(source, store_history=False)


def mean(costs: list[Cost]) -> Cost:
    """Return the cost of one of them."""
    return sum(costs, Cost(0, 0)) / len(costs)


@dataclass(frozen=True)
class Round:
    """What was measured in one turn.

    Attributes
    ----------
    number, sample
        How many submissions proctor and nbgrader graded.
    ours, theirs
        The cost of all of them.
    ours_one, theirs_one
        The cost of a class of one.
    alone, untested
        The cost of one submission's code, with and without the test cells.
    """

    number: int
    sample: int
    ours: Cost
    theirs: Cost
    ours_one: Cost
    theirs_one: Cost
    alone: Cost
    untested: Cost

    @property
    def our_each(self) -> Cost:
        """Of one submission in the class."""
        return self.ours / self.number

    @property
    def our_next(self) -> Cost:
        """Of one submission more."""
        return (self.ours - self.ours_one) / (self.number - 1)

    @property
    def their_each(self) -> Cost:
        """Of one submission, were the class as large for nbgrader."""
        return (self.theirs_one + self.their_next * (self.number - 1)) / self.number

    @property
    def their_next(self) -> Cost:
        """Of one submission more."""
        return (self.theirs - self.theirs_one) / (self.sample - 1)


def compare(options: argparse.Namespace, ours: Course, theirs: Course) -> None:
    """Have the three take turns, and print what they cost."""
    author = Author(ours.root)
    submissions = author.a_class(options.submissions)
    notebooks = {s: n for s, n in submissions.items() if is_notebook(n)}
    sample = dict(list(notebooks.items())[: options.sample])
    cells = [author.code(content) for content in sample.values()]
    ours.hand_in("all", submissions)
    theirs.hand_in("all", sample)
    print(
        f"{len(submissions)} submissions of {ASSIGNMENT}, "
        f"{len(submissions) - len(notebooks)} of them no notebook; nbgrader and alone: "
        f"the first {len(sample)}; rounds: {options.rounds}"
    )
    print_burnt(author, {"proctor": ours, "nbgrader": theirs})
    first = next(iter(submissions))
    rounds = []
    for _ in range(options.rounds):
        ours_one = ours.grade("all", student=first)
        ours_all = ours.grade("all")
        theirs_one = theirs.grade("all", student=first)
        theirs_all = theirs.grade("all")
        code = alone(cells, theirs)
        counts = (len(submissions), len(sample))
        rounds.append(Round(*counts, ours_all, theirs_all, ours_one, theirs_one, *code))
    pages = ours.grade("all", "--feedback") / len(submissions)
    print_costs(rounds, pages)
    memories = {"proctor": Memory(), "nbgrader": Memory()}
    ours.grade("all", memory=memories["proctor"])
    theirs.grade("all", memory=memories["nbgrader"])
    print(f"\n{'most memory, MB':{WIDTH}}{'command':>9}{'and below':>10}")
    for name, memory in memories.items():
        print(f"{name:{WIDTH}}{memory}")


def print_burnt(author: Author, courses: dict[str, Course]) -> None:
    """Print how much is counted of what a submission burns."""
    notebook = author.notebook(LOOPS)
    pair = {"idle": signed(notebook, ""), "burns": signed(notebook, f"\n{BURN}")}
    for name, course in courses.items():
        course.hand_in("pair", pair)
        course.grade("pair", student="idle")  # the first run compiles what it imports
        idle, burns = (course.grade("pair", student=student) for student in pair)
        counted = burns.cpu - idle.cpu
        print(f"of {BURNT} CPU seconds burnt, {name}'s count has {counted:.2f}")


WIDTH = 44
HEADING = "".join(f"{name:>9}" for name in ("median", "min", "max"))


def columns(values: Sequence[float], digits: int) -> str:
    """Return the median, the least and the largest."""
    shown = (statistics.median(values), min(values), max(values))
    return "".join(f"{value:9.{digits}f}" for value in shown)


def print_costs(rounds: list[Round], pages: Cost) -> None:
    """Print rates, CPU seconds, and how they compare."""
    print(f"\n{'':{WIDTH}}{'submissions per second':>27}{'CPU seconds each':>27}")
    print(f"{'':{WIDTH}}{HEADING}{HEADING}")
    for name, costs in {
        "proctor": [r.our_each for r in rounds],
        "proctor, one more": [r.our_next for r in rounds],
        "proctor --feedback, once": [pages],
        "nbgrader, to a class as large": [r.their_each for r in rounds],
        "nbgrader, one more": [r.their_next for r in rounds],
        "alone": [r.alone for r in rounds],
        "alone, without the test cells": [r.untested for r in rounds],
    }.items():
        rates = columns([1 / cost.wall for cost in costs], 2)
        print(f"{name:{WIDTH}}{rates}{columns([c.cpu for c in costs], 3)}")

    print(f"\n{'a class of one':{WIDTH}}{'seconds':>27}{'CPU seconds':>27}")
    for name, costs in {
        "proctor": [r.ours_one for r in rounds],
        "nbgrader": [r.theirs_one for r in rounds],
    }.items():
        wall, cpu = [c.wall for c in costs], [c.cpu for c in costs]
        print(f"{name:{WIDTH}}{columns(wall, 2)}{columns(cpu, 2)}")

    print(f"\n{'':{WIDTH}}{HEADING}")
    for name, each, more in (
        (
            "rate, proctor / nbgrader",
            lambda r: r.their_each.wall / r.our_each.wall,
            lambda r: r.their_next.wall / r.our_next.wall,
        ),
        (
            "CPU seconds, nbgrader / proctor",
            lambda r: r.their_each.cpu / r.our_each.cpu,
            lambda r: r.their_next.cpu / r.our_next.cpu,
        ),
        (
            "CPU seconds each, proctor - alone",
            lambda r: r.our_each.cpu - r.alone.cpu,
            lambda r: r.our_next.cpu - r.alone.cpu,
        ),
        (
            "CPU seconds each, nbgrader - alone",
            lambda r: r.their_each.cpu - r.alone.cpu,
            lambda r: r.their_next.cpu - r.alone.cpu,
        ),
    ):
        print(f"{name:{WIDTH}}{columns([each(r) for r in rounds], 3)}")
        print(f"{'  of one more':{WIDTH}}{columns([more(r) for r in rounds], 3)}")


def scale(options: argparse.Namespace, ours: Course) -> None:
    """Print what a submission costs in classes of several sizes."""
    author, sizes = Author(ours.root), sorted(set(options.scale))
    for size in sizes:
        ours.hand_in(str(size), author.a_class(size))
    ones: list[Cost] = []
    costs: dict[int, list[Cost]] = {size: [] for size in sizes}
    for _ in range(options.rounds):
        ones.append(ours.grade(str(sizes[0]), student="s00000"))
        for size in sizes:
            costs[size].append(ours.grade(str(size)))
    memories = {size: Memory() for size in sizes}
    for size, memory in memories.items():
        ours.grade(str(size), memory=memory)

    each = {size: [c / size for c in costs[size]] for size in sizes}
    more = {
        size: [(c - one) / (size - 1) for c, one in zip(costs[size], ones, strict=True)]
        for size in sizes
    }
    print(f"proctor autograde {ASSIGNMENT}; rounds: {options.rounds}")
    start = [one.cpu for one in ones]
    print(f"\n{'':28}{HEADING}")
    print(f"a class of one, CPU seconds {columns(start, 2)}")
    for name, of in (("CPU seconds", "cpu"), ("seconds", "wall")):
        print(f"\n{name:16}{'each':>27}{'each, without the start':>27}")
        print(f"{'submissions':16}{HEADING}{HEADING}")
        for size in sizes:
            values = (
                columns([getattr(c, of) for c in kind[size]], 3)
                for kind in (each, more)
            )
            print(f"{size:<16}{''.join(values)}")
        ratios = (
            columns(
                [
                    getattr(large, of) / getattr(small, of)
                    for small, large in zip(
                        kind[sizes[0]], kind[sizes[-1]], strict=True
                    )
                ],
                3,
            )
            for kind in (each, more)
        )
        ratio = f"{sizes[-1]} / {sizes[0]}"
        print(f"{ratio:16}{''.join(ratios)}")
    print(f"\n{'most memory, MB':16}{'command':>9}{'and below':>10}")
    for size, memory in memories.items():
        print(f"{size:<16}{memory}")


def main(arguments: list[str] | None = None) -> int:
    """Make the scratch courses, and measure in them."""
    options = _parser().parse_args(arguments)
    if options.scale == []:
        options.scale = SIZES
    if options.alone:
        run_alone(options.alone)
        return 0
    from proctor.sandbox.levels import best_level

    level = options.sandbox or best_level()
    print(
        f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors, "
        f"Python {sys.version.split()[0]}; proctor: sandbox {level}, "
        f"{options.jobs} submissions at once"
    )
    try:
        with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
            wanted = ["--sandbox", level, "--jobs", str(options.jobs)]
            ours, theirs = make_courses(Path(scratch), wanted)
            if options.scale:
                scale(options, ours)
            else:
                compare(options, ours, theirs)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    print(f"load {os.getloadavg()[0]:.1f}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="What grading a class costs.")
    parser.add_argument("--submissions", type=_several, default=200, metavar="N")
    parser.add_argument(
        "--sample",
        type=_several,
        default=20,
        metavar="N",
        help="how many of them nbgrader grades",
    )
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), metavar="N")
    parser.add_argument("--sandbox", metavar="LEVEL", help="default: the best there is")
    parser.add_argument(
        "--scale",
        type=_several,
        nargs="*",
        metavar="N",
        help=f"instead: proctor in classes of these sizes (default: {SIZES})",
    )
    parser.add_argument("--alone", type=Path, help=argparse.SUPPRESS)
    return parser


def _several(text: str) -> int:
    if int(text) < 2:
        raise argparse.ArgumentTypeError("at least 2: the start is a class of one")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
