"""What visible checks let pass: each mistake of a bank is tried, as students see it."""

import json
import sys

import pytest
import small
from conftest import ROOT, run

from course.lint.visible import Seen, see
from course.project import CourseError, Project

BANK = small.TRUTH.parent


def test_a_mistake_that_passes_needs_a_reason(small_course):
    truth = small_course / small.TRUTH
    seen = see(Project(small_course), small.ASSIGNMENT)
    assert seen.problems() == []
    assert seen.summary() == (
        "visible checks catch 1 of 1 mistakes and pass 2 of 2 right solutions"
    )
    assert seen.lines() == ["triple: AssertionError: two ones, doubled"]

    text = truth.read_text()
    truth.write_text(
        text.replace("double(np.ones(2)) == 2", "double(np.zeros(2)) == 0")
    )
    built = run("course", "build", cwd=small_course)
    assert built.returncode == 0, built.stderr
    checked = run("course", "check", "--fast", cwd=small_course)
    assert (checked.returncode, checked.stderr) == (
        2,
        "course: notebooks/01_small: the visible check lets 'triple' pass: add an "
        "example that shows it, or list it in silent.py with the reason\n",
    )
    silent = small_course / BANK / "silent.py"
    silent.write_text("SILENT = {'triple': 'three times nothing is twice nothing'}\n")
    checked = run("course", "check", "--fast", "--mistakes", cwd=small_course)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert checked.stdout.splitlines()[1:] == [
        f"{small.ASSIGNMENT}: visible checks catch 0 of 1 mistakes and pass 2 of 2 "
        "right solutions",
        "  triple: not seen: three times nothing is twice nothing",
    ]
    silent.write_text("SILENT = ['triple']\n")
    with pytest.raises(CourseError, match=r"silent\.py cannot be read: AttributeError"):
        see(Project(small_course), small.ASSIGNMENT)


@pytest.mark.parametrize(
    ("seen", "problem"),
    [
        (Seen({"a": ""}, {}, {"a": " "}), "silent.py lists 'a' without a reason"),
        (
            Seen({"a": "no"}, {}, {"a": "why"}),
            "silent.py lists 'a', which the visible check catches: take it off the "
            "list",
        ),
        (
            Seen({}, {}, {"a": "why"}),
            "silent.py lists 'a', which is no mistake of the bank",
        ),
        (
            Seen({}, {"variant b of f": "ValueError: no", "the reference of f": ""}),
            "the visible check refuses variant b of f, which is right: ValueError: no",
        ),
    ],
)
def test_lists_that_are_not_true(seen, problem):
    assert seen.problems() == [problem]


CELLS = [
    {"name": "", "kind": "given", "text": "given = 3"},
    {"name": "f", "kind": "solution", "text": "def f(): return given"},
    {"name": "test-f", "kind": "test", "text": "assert f() == 3, 'three\\nlines'"},
    {"name": "g", "kind": "solution", "text": "def g(): return f() + after"},
    {"name": "", "kind": "given", "text": "after = 1"},
    {"name": "test-g", "kind": "test", "text": "assert g() == 4"},
]
TRIALS = {
    "right": ("f", CELLS[1]["text"], ""),
    "two": ("f", "def f(): return 2", "AssertionError: three"),
    "ends": ("f", "def f(): raise SystemExit", "SystemExit: "),
    "no python": ("f", "def f(:", "NameError: name 'f' is not defined"),
    "kills": (
        "f",
        "import os\ndef f(): os.kill(os.getpid(), 9)",
        "it was ended by signal 9",
    ),
    "endless": (
        "f",
        "def f():\n    while True: pass",
        "it was still running after 60 times",
    ),
    "changes what is given": ("f", "given = 5\ndef f(): return 3", ""),
    "right with what follows": ("g", CELLS[3]["text"], ""),
    "g is f": ("g", "g = f", "AssertionError: "),
}


def tried(cells, trials, lines):
    """Return what came of trials, the time of so many lines allowed beside."""
    source = (
        "import sys, course.lint.trying as trying\n"
        f"trying._LINES = {lines}\n"
        "sys.exit(trying.main())"
    )
    wanted = {
        "notebooks": [cells],
        "trials": [
            {"key": key, "cell": cell, "text": text}
            for key, (cell, text, _) in trials.items()
        ],
    }
    options = {"cwd": ROOT, "input": json.dumps(wanted)}
    done = run(sys.executable, "-c", source, **options)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_each_trial_begins_where_the_reference_left_off():
    found = tried(CELLS, TRIALS, 1e6)
    assert list(found) == list(TRIALS)
    for key, (_, _, why) in TRIALS.items():
        assert found[key].startswith(why) and bool(found[key]) == bool(why), key


def test_a_trial_may_take_long_where_the_reference_does():
    """Ten times as long is no reason to end it; ten thousand times as long is."""
    counts = "def f(): return sum(1 for _ in range({}))"
    cells = [
        {"name": "f", "kind": "solution", "text": counts.format(1_000_000)},
        {"name": "test-f", "kind": "test", "text": "assert f() < 2_000_000, 'many'"},
        {"name": "g", "kind": "solution", "text": counts.format(1_000)},
        {"name": "test-g", "kind": "test", "text": "assert f() < 2_000_000, 'many'"},
    ]
    long = counts.format(10_000_000)
    found = tried(cells, {"f": ("f", long, ""), "g": ("g", long, "")}, 1)
    assert found["f"] == "AssertionError: many"
    assert found["g"].startswith("it was still running after 60 times")
