"""Each test has a copy of the notebook's process, and finds nothing of another."""

from dataclasses import replace
from pathlib import Path

import pytest

from proctor.sandbox import forks
from proctor.sandbox.levels import best_level
from proctor.sandbox.limits import Limits
from proctor.tests import processes
from proctor.tests.ran import QUICK, SOLVED, ran, scores, summing
from proctor.tests.tiny import cells_of, notebook_of

# Keeps all that it is given, and whatever stands in beside it.
RECORDS = SOLVED["double"].replace(
    "    if x", "    seen.append((x, globals().get('total')))\n    if x"
)


@pytest.fixture(scope="module")
def jail(jails):
    return jails(best_level(), QUICK)


def test_what_a_test_gave_is_not_there_afterwards(jail):
    before = ["seen = []"]
    verdicts, cells = ran(
        jail, RECORDS, before, ["len(seen)", "double(np.ones(1))", "len(seen)"]
    )
    assert scores(verdicts) == {"test-double": 4, "test-total": 3}
    shown = [c["outputs"][0]["data"]["text/plain"] for c in (cells[-3], cells[-1])]
    assert shown == ["0", "1"]


KEEPS = """
import builtins

def double(x):
    builtins.of_before = x
    if x.size == 0:
        raise ValueError("no numbers")
    return 2 * x
"""


LATER = """
def total(x):
    if hasattr(np, "changed") or hasattr(__import__("builtins"), "of_before"):
        raise RuntimeError("another test was here")
    return float(2 * x.sum())

def noise(count):
    return np.random.default_rng().normal(0, 3, count)
"""


CHANGES = SOLVED["double"].replace("    if x", "    np.changed = 1\n    if x")


@pytest.mark.parametrize("double", [CHANGES, KEEPS], ids=["module", "builtins"])
def test_a_test_finds_nothing_of_another(jail, double):
    cells = cells_of(SOLVED | {"double": double, "total": LATER})
    verdicts = processes.run(jail, notebook_of(cells))
    assert verdicts["test-total"].checks[0].message == ""
    assert verdicts["test-total"].score == 3


def test_nothing_that_has_run_a_test_is_left(jail):
    starts = "    import threading\n    threading.Timer(0.01, print, ['x']).start()\n"
    double = SOLVED["double"].replace("    if x", f"{starts}    if x")
    look = "import threading\nthreading.active_count()"
    verdicts, cells = ran(jail, double, after=[look])
    assert scores(verdicts) == {"test-double": 4, "test-total": 3}
    assert cells[-1]["outputs"][0]["data"]["text/plain"] == "1"


def test_no_process_forks_but_to_be_copied(jail):
    forks = "import os\ntry:\n    os.fork()\nexcept OSError as error:\n    print(error)"
    within = SOLVED["double"].replace("    if x", "    os.fork()\n    if x")
    verdicts, cells = ran(jail, within, [forks])
    assert "not permitted" in cells[1]["outputs"][0]["text"]
    assert scores(verdicts) == {"test-double": 0, "test-total": 3}
    assert "PermissionError" in verdicts["test-double"].message


def counting_in(place):
    """Return a right `double` that keeps count in a file, and uses it."""
    counts = (
        f"    with open('{place}', 'a') as file:\n        file.write('x')\n"
        f"    if len(open('{place}').read()) > 40:\n        return 3 * x\n    if x"
    )
    return SOLVED["double"].replace("    if x", counts)


def test_no_test_finds_a_file_that_another_wrote(jail):
    names = [f"sum{n}" for n in range(4)]
    cells = cells_of(SOLVED | {"double": counting_in("count")})
    for name in names:
        # Each calls it some five times.
        cells += summing(name, "return sum(double(x).sum() for _ in range(20)) / 20")
    verdicts = processes.run(jail, notebook_of(cells))
    assert [verdicts[f"test-{name}"].score for name in names] == [1] * 4
    assert (verdicts["test-double"].score, verdicts["test-total"].score) == (4, 3)


def test_what_a_cell_wrote_is_there_for_each_test(jail):
    before = ["open('two', 'w').write('2')\nopened = open('two')"]
    reads = "    opened.seek(0)\n    two = int(opened.read())\n    if x"
    reads_on = "    two = int(opened.read() or two_of['x'])\n    if x"
    for body in (reads, reads_on):
        double = SOLVED["double"].replace("    if x", body).replace("2 *", "two *")
        double = f"two_of = {{'x': 2}}\n{double}"
        verdicts, _ = ran(jail, double, before)
        assert scores(verdicts) == {"test-double": 4, "test-total": 3}


def test_the_place_in_an_open_file_is_each_tests_own(jail):
    before = ["open('far', 'w').write('2' * 1000)\nopened = open('far')"]
    moves = "    if opened.tell() > 400: return 3 * x\n    opened.read(90)\n    if x"
    double = SOLVED["double"].replace("    if x", moves)
    cells = cells_of(SOLVED | {"double": double}, before)
    for n in range(4):
        cells += summing(f"sum{n}", "return double(x).sum()")
    verdicts = processes.run(jail, notebook_of(cells))
    wanted = {f"test-sum{n}": 1 for n in range(4)}
    assert scores(verdicts) == {"test-double": 4, "test-total": 3} | wanted


def test_who_keeps_what_only_a_test_may_use_is_not_graded_by_it(jail):
    keeps = (
        "import os\nkept = []\n"
        "os.register_at_fork(before=lambda: kept.extend("
        "os.dup(n) for n in range(3, 20) if n not in kept and _open(n)))\n"
        "def _open(n):\n    try:\n        os.fstat(n)\n        return True\n"
        "    except OSError:\n        return False"
    )
    verdicts, _ = ran(jail, SOLVED["double"], [keeps])
    assert scores(verdicts) == {"test-double": 0, "test-total": 0}
    assert "only a test may use" in verdicts["test-double"].message


@pytest.mark.parametrize(
    "instead", ["0", "-1", "4", "os.getpid()", "plain() and 0 or 1"]
)
def test_who_does_not_let_itself_be_copied_earns_nothing(jail, instead):
    patched = f"import os\nplain = os.fork\nos.fork = lambda: {instead}"
    verdicts, _ = ran(jail, SOLVED["double"], [patched])
    assert sum(scores(verdicts).values()) in (0, 7)
    if instead != "plain() and 0 or 1":
        assert scores(verdicts) == {"test-double": 0, "test-total": 0}


def carrying(mark, seen):
    """Return a `double` that leaves a mark, and a `total` that looks for it."""
    double = SOLVED["double"].replace("    if x", f"    {mark}\n    if x")
    total = f"def total(x):\n    return float(2 * x.sum()) if {seen} else 0.0\n"
    noise = "\n\ndef noise(count):\n    return np.random.normal(0, 3, count)\n"
    return {"double": double, "total": total + noise}


@pytest.mark.parametrize(
    ("before", "mark", "seen"),
    [
        (
            "import os\nopen('f', 'w').write('x')",
            "os.close(os.open('f', os.O_WRONLY | os.O_TRUNC))",
            "not os.path.getsize('f')",
        ),
        (
            "import threading\nfirst = threading.get_native_id",
            "[threading.Thread(target=int).start() for _ in range(60)]",
            "number() > 60",
        ),
        (
            "import os\nopen('f', 'w').close()",
            "os.path.exists('f') and os.unlink('f')",
            "'f' not in here()",
        ),
        ("import os", "os.mkdir('d') if 'd' not in here() else 0", "'d' in here()"),
    ],
    ids=["emptied", "threads", "removed", "made"],
)
def test_no_test_leaves_a_mark_for_another(jail, before, mark, seen):
    helps = (
        "import os, threading\n\ndef here():\n    return os.listdir('.')\n\n"
        "def number():\n    found = []\n    thread = threading.Thread(target=lambda: "
        "found.append(threading.get_native_id()))\n    thread.start()\n"
        "    thread.join()\n    return found[0]"
    )
    cells = cells_of(SOLVED | carrying(mark, seen), [before, helps])
    verdicts = processes.run(jail, notebook_of(cells))
    assert verdicts["test-double"].score == 4
    assert verdicts["test-total"].score <= 1  # the noise alone


@pytest.mark.slow
def test_copies_have_no_more_memory_than_two_processes():
    limits = Limits(cell_seconds=120, notebook_seconds=600, memory_mb=400)
    takes = (
        "import os\nimport numpy as np\nplain = os.fork\n\ndef fork():\n"
        "    global much\n    much = None\n    much = np.ones(25 << 20)\n"
        "    return plain()\n\nos.fork = fork"
    )
    cells = cells_of(SOLVED, [takes])
    for n in range(4):
        cells += summing(f"sum{n}", "return double(x).sum()")
    with processes.open_jail(best_level(), limits) as jail:
        verdicts = processes.run(jail, notebook_of(cells))
    said = [verdict.message for verdict in verdicts.values()]
    assert any("too much memory" in message for message in said)
    assert verdicts["test-double"].score == 4


@pytest.mark.slow
def test_who_never_says_that_it_was_copied_costs_one_cells_time():
    silent = (
        "import os, time\nos.register_at_fork(after_in_child=lambda: time.sleep(99))"
    )
    limits = Limits(cell_seconds=1, notebook_seconds=20)
    with processes.open_jail(best_level(), limits) as jail:
        verdicts, _ = ran(jail, SOLVED["double"], [silent])
    assert scores(verdicts) == {"test-double": 0, "test-total": 0}


def living(runs):
    """Return the numbers of what a notebook's process forked, and that lives."""
    found = set()
    for pid in forks.descendants(runs._process._child.number()):
        threads = Path(f"/proc/{pid}/task").glob("*/stat")
        states = [one.read_text().rpartition(")")[2].split()[0] for one in threads]
        if set(states) - {"Z", "X"}:
            found.add(pid)
    return found


# Uses the leave that was given for a copy, twice for each.
STRANGERS = """
import ctypes, os, time
libc, tries = ctypes.CDLL(None), 0

def take():
    global tries
    tries += 1
    if tries % 3 and libc.fork() == 0:
        time.sleep(600)

os.register_at_fork(before=take)
"""
# The first thread of each copy ends; the one that lives on says that it was copied.
WITHOUT_ITS_FIRST = """
import ctypes, os, threading, time

def say():
    global taken
    time.sleep(0.1)
    taken = bytearray(b"x" * (100 << 20))
    for number in range(30, 2, -1):
        try:
            os.write(number, b".")
        except OSError:
            continue
        break
    time.sleep(600)

def end():
    threading.Thread(target=say, daemon=True).start()
    number = {"x86_64": 60, "aarch64": 93}[os.uname().machine]
    ctypes.CDLL(None).syscall(number, 0)

os.register_at_fork(after_in_child=end)
"""


def test_what_is_forked_beside_a_copy_is_ended():
    number = processes.test_cell("test-0", "assert True", 1.0)
    with (
        processes.open_jail(best_level(), QUICK) as jail,
        processes.runs(jail) as opened,
    ):
        opened.run_cell(STRANGERS)
        for n in range(3):
            opened.hold(replace(number, name=f"test-{n}"))
            assert len(living(opened)) == n + 1
            assert living(opened) == opened._process._copies.taken
        opened._process.rest()
        assert living(opened) == opened._process._copies.taken


@pytest.mark.slow
def test_a_copy_without_its_first_thread_is_none():
    """The system shows nothing of its memory, and nothing of what it has open."""
    number = processes.test_cell("test-0", "assert True", 1.0)
    with (
        processes.open_jail(best_level(), QUICK) as jail,
        processes.runs(jail) as opened,
    ):
        opened.run_cell(WITHOUT_ITS_FIRST)
        for n in range(2):
            opened.hold(replace(number, name=f"test-{n}"))
        assert living(opened) == set()
        assert all("copied" in copy.ended for copy in opened._snapshots.values())


GROWS = """
import os

def take():
    global taken
    taken = bytearray(150 << 20)
    for i in range(0, len(taken), 4096):
        taken[i] = 1

os.register_at_fork(after_in_child=take)
"""


@pytest.mark.slow
def test_copies_that_grow_as_they_are_made_have_no_more_either():
    """Each is stopped, and counted, before the next cell runs."""
    limits = Limits(cell_seconds=120, notebook_seconds=600, memory_mb=400)
    number, most = processes.test_cell("test-0", "assert True", 1.0), 0
    with (
        processes.open_jail(best_level(), limits) as jail,
        processes.runs(jail) as opened,
    ):
        opened.run_cell(GROWS)
        for n in range(12):
            opened.hold(replace(number, name=f"test-{n}"))
            copies = opened._snapshots.values()
            most = max(most, sum(copy.memory(exact=False) for copy in copies))
        ended = [copy.ended for copy in copies]
    assert sum("too much memory" in why for why in ended) >= 6
    assert most < 1200 << 20
