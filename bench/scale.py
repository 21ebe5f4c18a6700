"""What a large class costs, on one machine and on a cluster, and what bounds it.

python bench/scale.py classes [N ...] [--jobs N] [--sandbox LEVEL]
python bench/scale.py cluster [N] [--rounds N]
python bench/scale.py compare [N] [--rounds N]
python bench/scale.py memory [N ...]
python bench/scale.py writer [N]

Makes the course in a scratch folder, and a class in which every twentieth submission is
hostile.

classes
    ``proctor autograde --feedback`` in classes of these sizes, in this order (200,
    10,000, 200: machines get slower and faster): rate, CPU seconds each, memory of the
    command and of it with all below, the size of what is written.
cluster
    The same class by two local threads and by ``--cluster local:2``, in turn, each with
    a class of one beside it: the start of a cluster is not what a submission costs.
    Then what the command itself does for each, the scheduler in it; the memory of both;
    what goes over a network for each, and what packing and reading it costs who sends
    them out.
compare
    The same class, without the hostile ones, by ``proctor autograde --jobs 2`` and as
    nbgrader's users do it on two processors: two halves in two course folders, each
    with a gradebook of its own, and ``nbgrader autograde`` in both at once. (Otter
    grades several submissions at once in Docker's containers alone.)
memory
    The most memory of the command in classes of these sizes, which get the results of
    a small one in turn (``_replay.py``): nobody grades.
writer
    The writer alone: N results that are there already, entered and written, on SQLite
    and on PostgreSQL; queries, commits, seconds and CPU seconds each.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from _class import (
    ASSIGNMENT,
    LOOPS,
    NOTEBOOK,
    Author,
    is_notebook,
    signed,
    without_skipped,
)
from _cost import Cost, Memory, cpu_of_children
from _course import Course, make_courses
from _writer import writer

HOSTILE_EVERY = 20
HOSTILE = (
    "import os; os._exit(0)",
    "raise SystemExit",
    "print('x' * 10**8)",
    "x = bytearray(1 << 40)",
    "import socket; socket.socket().connect(('127.0.0.1', 22))",
    "import os; [os.fork() for _ in range(9)]",
    "open('/etc/shadow').read()",
    "class Right(float):\n    __eq__ = lambda self, other: True\nnp.float64 = Right",
)
SIZES = [200, 10_000, 200]
REPLAYED = 60


def a_class(author: Author, number: int) -> Iterator[tuple[str, bytes]]:
    """Yield a class's submissions, every twentieth of them hostile."""
    notebook = author.notebook(LOOPS)
    for index, (student, content) in enumerate(author.a_class(number)):
        if index % HOSTILE_EVERY == HOSTILE_EVERY // 2:
            attack = HOSTILE[index // HOSTILE_EVERY % len(HOSTILE)]
            content = signed(notebook, f"student {index}\n{attack}")
        yield student, content


def classes(options: argparse.Namespace, ours: Course) -> None:
    """Print what classes of several sizes cost, from end to end."""
    author = Author(ours.root)
    print(
        f"\n{'submissions':>11}{'a second':>10}{'CPU s each':>11}{'command':>9}"
        f"{'all':>8}{'gradebook':>11}{'autograded':>12}{'feedback':>10}  (MB)"
    )
    sizes = options.numbers or SIZES
    for size in dict.fromkeys(sizes):
        ours.hand_in(str(size), a_class(author, size))
    for size in sizes:
        memory = Memory()
        cost = ours.grade(str(size), "--feedback", memory=memory)
        written = [
            _bytes(ours.root / name) / 1e6
            for name in ("gradebook.db", "autograded", "feedback")
        ]
        print(
            f"{size:11,}{size / cost.wall:10.2f}{cost.cpu / size:11.3f}{memory}"
            f"{written[0]:10.1f}{written[1]:12.1f}{written[2]:10.1f}",
            flush=True,
        )


def _bytes(path: Path) -> int:
    files = [path] if path.is_file() else path.rglob("*")
    return sum(file.stat().st_size for file in files if file.is_file())


def cluster(options: argparse.Namespace, ours: Course) -> None:
    """Print what two workers of a cluster cost beside two threads."""
    (size,) = options.numbers or [100]
    author = Author(ours.root)
    ours.hand_in("class", a_class(author, size))
    ways = {"2 threads": ("--jobs", "2"), "local:2": ("--cluster", "local:2")}
    each: dict[str, list[Cost]] = {name: [] for name in ways}
    start: dict[str, list[Cost]] = {name: [] for name in ways}
    turns = list(ways.items())
    for _ in range(options.rounds):
        # Machines get slower and faster: who begins is another each time.
        turns.reverse()
        for name, told in turns:
            one = ours.grade("class", *told, student="s00000")
            each[name].append((ours.grade("class", *told) - one) / (size - 1))
            start[name].append(one)
    print(f"\n{size} submissions, rounds: {options.rounds}; medians")
    print(
        f"{'':12}{'CPU s of one more':>18}{'a second':>10}{'CPU s, class of one':>21}"
    )
    for name in ways:
        cpu = statistics.median(cost.cpu for cost in each[name])
        wall = statistics.median(cost.wall for cost in each[name])
        one = statistics.median(cost.cpu for cost in start[name])
        print(f"{name:12}{cpu:18.3f}{1 / wall:10.2f}{one:21.2f}")
    threads, workers = ([c.cpu for c in each[name]] for name in ways)
    ratios = [w / t for t, w in zip(threads, workers, strict=True)]
    print(f"CPU seconds, local:2 / 2 threads: {_spread(ratios)}")
    one, all_of_them = Memory(), Memory()
    ours.grade("class", *ways["local:2"], student="s00000", memory=one)
    ours.grade("class", *ways["local:2"], memory=all_of_them)
    own = (all_of_them.cpu - one.cpu) / (size - 1)
    print(f"of them the command itself, with the scheduler: {1000 * own:.1f} CPU ms")
    print(
        f"most memory, MB: the command {all_of_them.main:.0f}, with its workers ",
        end="",
    )
    print("-" if all_of_them.tree is None else f"{all_of_them.tree:.0f}")
    _print_bytes(ours)


def memory(options: argparse.Namespace, ours: Course) -> None:
    """Print what the command needs for classes whose grading is replayed."""
    author, replay = Author(ours.root), Path(__file__).with_name("_replay.py")
    root, graded = ours.copy("replayed").root, ours.root / "autograded"
    given = [c for _, c in a_class(author, REPLAYED) if is_notebook(c)]
    ours.hand_in("some", ((f"s{n:05}", c) for n, c in enumerate(given)))
    ours.grade("some")
    command = [sys.executable, str(replay), str(graded), ASSIGNMENT, "--seed", "1"]
    again = Course(root, command, root)
    print(f"\n{'submissions':>11}{'CPU s each':>11}{'most memory, MB':>17}")
    for size in options.numbers or [200, 1000, 10_000]:
        class_ = itertools.islice(itertools.cycle(given), size)
        again.hand_in(str(size), ((f"s{n:05}", c) for n, c in enumerate(class_)))
        most = Memory()
        cost = again.grade(str(size), memory=most)
        print(f"{size:11,}{cost.cpu / size:11.4f}{most.main:17.0f}", flush=True)


def compare(options: argparse.Namespace, ours: Course, theirs: Course) -> None:
    """Print what a class costs proctor, and nbgrader in two halves at once."""
    (size,) = options.numbers or [40]
    author = Author(ours.root)
    submissions = {s: c for s, c in author.a_class(size) if is_notebook(c)}
    ours.hand_in("class", submissions.items())
    # nbgrader does not pass over the cells that graders skip.
    plain = [(student, without_skipped(c)) for student, c in submissions.items()]
    halves = theirs, theirs.copy("other")
    for half, part in zip(halves, (plain[::2], plain[1::2]), strict=True):
        half.hand_in("class", part)
    found: dict[str, list[Cost]] = {"proctor --jobs 2": [], "nbgrader, two halves": []}
    with ThreadPoolExecutor(len(halves)) as both:
        for _ in range(options.rounds):
            one, two = found.values()
            one.append(ours.grade("class", "--jobs", "2"))
            begin, before = time.perf_counter(), cpu_of_children()
            list(both.map(lambda half: half.grade("class"), halves))
            wall = time.perf_counter() - begin
            two.append(Cost(wall, cpu_of_children() - before))
    print(f"\n{len(plain)} submissions, rounds: {options.rounds}; medians")
    print(f"{'':22}{'a second':>10}{'CPU s each':>12}")
    for name, costs in found.items():
        wall = statistics.median(cost.wall for cost in costs)
        cpu = statistics.median(cost.cpu for cost in costs)
        print(f"{name:22}{len(plain) / wall:10.2f}{cpu / len(plain):12.3f}")
    ratios = [t.wall / o.wall for o, t in zip(*found.values(), strict=True)]
    print(f"rate, proctor / nbgrader: {_spread(ratios)}")


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):.3f} ({min(values):.3f} to {max(values):.3f})"


def _print_bytes(ours: Course) -> None:
    """Print what goes over a network for a submission, and what that costs here."""
    from proctor.grade.cluster.packing import pack, pack_result, read_result
    from proctor.grade.pool import HandedIn
    from proctor.grade.results import Submission
    from proctor.grade.task import Graded
    from proctor.notebook.built import Built
    from proctor.settings import Course as Settings

    course = Settings.read(ours.root)
    built = Built.read(course.layout, course.marks, ASSIGNMENT, course.config)
    assignment = built.as_assignment()
    out, back, spent = [], [], []
    for path in sorted((ours.root / "autograded").glob(f"*/{ASSIGNMENT}/{NOTEBOOK}")):
        student = path.parents[1].name
        place = course.layout.path("submitted", student, ASSIGNMENT)
        notebook = json.loads(path.read_text())
        record = notebook["metadata"].pop("proctor")
        submission = Submission.from_dict(record["submission"])
        begin = time.process_time()
        handed = HandedIn.at(student, {"spatial": place / NOTEBOOK})
        data = pack(handed)
        packing = time.process_time() - begin
        graded = Graded(submission, {"spatial": notebook})
        answer = pack_result(graded, handed, assignment)
        begin = time.process_time()
        read_result(answer, handed, assignment)
        spent.append(packing + time.process_time() - begin)
        out.append(len(data))
        back.append(len(answer))
    print(
        f"bytes of a submission: out {statistics.mean(out):,.0f}, back "
        f"{statistics.mean(back):,.0f}; packing and reading: "
        f"{1000 * statistics.mean(spent):.2f} CPU ms"
    )


ALONE = {"classes": classes, "cluster": cluster, "memory": memory, "writer": writer}


def main(arguments: list[str] | None = None) -> int:
    """Make the scratch course, and measure in it."""
    parser = argparse.ArgumentParser(description="What a large class costs.")
    parser.add_argument("what", choices=(*ALONE, "compare"))
    parser.add_argument("numbers", type=int, nargs="*", metavar="N")
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), metavar="N")
    parser.add_argument("--sandbox", metavar="LEVEL", help="default: the best there is")
    options = parser.parse_args(arguments)
    from proctor.sandbox.levels import best_level

    level = options.sandbox or best_level()
    print(
        f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors, "
        f"Python {sys.version.split()[0]}; sandbox {level}"
    )
    wanted = ["--sandbox", level, "--seed", "1"]
    if options.what == "classes":
        wanted += ["--jobs", str(options.jobs)]
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        ours, theirs = make_courses(Path(scratch), wanted)
        if options.what == "compare":
            compare(options, ours, theirs)
        else:
            ALONE[options.what](options, ours)
    print(f"load {os.getloadavg()[0]:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
