"""Cells that use up a notebook's time, or end it: what had no turn is no zero."""

import json
from dataclasses import replace

import pytest

from proctor.cli import main
from proctor.grade.used_up import UsedUp
from proctor.sandbox.levels import best_level
from proctor.sandbox.limits import Limits
from proctor.tests import processes, tiny
from proctor.tests.ran import HANGS, QUICK, SOLVED, ran, scores, summing
from proctor.tests.tiny import FILE, NAME, cell, cells_of, notebook_of

SLEEPS = "import time\nprint('my own run')\ntime.sleep(3)"
ENDS = "import os\nos._exit(0)"
# Less than a cell of these has, and than one of them takes.
SHORT = Limits(cell_seconds=20, notebook_seconds=1)


@pytest.fixture(scope="module")
def jail(jails):
    return jails(best_level(), QUICK)


@pytest.fixture(scope="module")
def short(jails):
    return jails(best_level(), SHORT)


def waits(verdict):
    """Tell whether a person has to look, for no fault of the task."""
    told = verdict.message.startswith("not tried, and no fault of this task: ")
    return told and verdict.author_error and verdict.score == 0


def test_who_came_after_the_time_was_over_waits_for_a_person(short):
    verdicts, _ = ran(short, SOLVED["double"], [SLEEPS])
    assert all(waits(verdict) for verdict in verdicts.values())
    said = verdicts["test-double"].message
    assert "the notebook took longer than 1 s before its turn came: " in said
    assert "the cell with `print('my own run')` (" in said


@pytest.mark.slow
def test_what_was_tried_before_it_keeps_its_verdict():
    cells = cells_of(SOLVED)
    cells[3:3] = [cell(SLEEPS) for _ in range(4)]
    with processes.open_jail(best_level(), replace(SHORT, notebook_seconds=9)) as jail:
        verdicts = processes.run(jail, notebook_of(cells))
    assert verdicts["test-double"].score == 4
    assert waits(verdicts["test-total"])


def test_a_task_whose_own_cell_ran_waits_too_where_others_took_its_tests_time(short):
    cells = cells_of(SOLVED)
    cells[2:2] = [cell(SLEEPS), cell("its = 'time is over'")]
    verdicts = processes.run(short, notebook_of(cells))
    assert all(waits(verdict) for verdict in verdicts.values())


def test_a_task_whose_own_cell_ends_the_process_loses_by_it(jail):
    ends = SOLVED["double"] + f"\n{ENDS}"
    verdicts, _ = ran(jail, ends, [ENDS] * 3)
    assert (verdicts["test-double"].score, verdicts["test-double"].author_error) == (
        0,
        False,
    )
    assert waits(verdicts["test-total"])


@pytest.mark.slow
def test_a_test_that_had_no_turn_for_other_tests_that_hang_waits(jail):
    hangs = "while True: pass"
    cells = cells_of(SOLVED | {"double": HANGS})
    cells += [*summing("one", hangs), *summing("two", "return 2 * x.sum()")]
    verdicts = processes.run(jail, notebook_of(cells))
    found = scores(verdicts)
    assert found == {"test-double": 3, "test-total": 3, "test-one": 0, "test-two": 0}
    assert not verdicts["test-one"].author_error
    assert waits(verdicts["test-two"])
    assert "the test test-one" in verdicts["test-two"].message


@pytest.mark.slow
def test_a_test_that_hangs_in_two_ways_counts_once(jail):
    """With the student's own function, and with the right one in its place."""
    cells = [cell("import numpy as np\n\ndef double(x):\n    while True: pass")]
    cells += summing("one", "double(x)\n    while True: pass", "double")
    cells += summing("two", "return 2 * x.sum()")
    assert scores(processes.run(jail, notebook_of(cells))) == {
        "test-one": 0,
        "test-two": 1,
    }


@pytest.mark.slow
def test_one_that_runs_together_with_all_cells_waits_too(jail):
    hang = [processes.test_cell(f"test-{n}", f"hang({n})", 1.0) for n in range(2)]
    last = processes.test_cell("test-it", "assert it == 1", 1.0)
    with processes.runs(jail) as opened:
        opened.run_cell("it = 1\n\ndef hang(n):\n    while True: pass")
        for test in (*hang, last):
            opened.pass_by(test)
        found = opened.run_together({*hang, last})
    assert [found[test].author_error for test in hang] == [False, False]
    assert (found[last].score, found[last].author_error) == (0, True)
    assert found[last].message == (
        "not tried: the notebook ended its process, or hung, again and again before "
        "its turn came; a person has to look"
    )


def test_the_student_reads_which_cells_took_the_time(tmp_path, monkeypatch, capsys):
    (folder := tmp_path / "course").mkdir()
    tiny.course(folder)
    config = (folder / "nbgrader_config.py").read_text()
    limits = "c.Sandbox.cell_seconds = 20\nc.Sandbox.notebook_seconds = 1\n"
    (folder / "nbgrader_config.py").write_text(config + limits)
    monkeypatch.chdir(folder)
    tiny.enter(folder)
    cells = tiny.hidden(cells_of(SOLVED, [SLEEPS]))
    tiny.write(folder / "submitted/ada" / NAME / FILE, cells)
    assert main(["autograde", NAME, "--results", "r.json", "--feedback"]) == 1
    (found,) = json.loads((folder / "r.json").read_text())["submissions"]
    assert found["status"] == "needs_attention"
    assert "the notebook took longer than 1 s" in found["message"]
    page = (folder / "feedback/ada" / NAME / "tiny.html").read_text()
    assert "my own run" in page and "no fault of this task" in page


def test_the_longest_are_named_and_of_ends_the_most():
    used = UsedUp()
    used.cell("", "import numpy as np\n# mine\nx = train()", 58.0, ended=False)
    used.cell("", "import numpy as np\n# mine\nx = train()", 57.0, ended=False)
    used.cell("double", "def double(x): pass", 0.01, ended=False)
    used.cell("", "import os", 70.4, ended=True)
    assert used.told("it took long") == (
        "not tried, and no fault of this task: it took long before its turn came: "
        "2 times the cell with `x = train()` (115 s), the cell with `import os` "
        "(70 s); a person has to look"
    )
    used.test("test-double", 0.1, ended=True)
    assert "came: the cell with `import os`, the test test-double; a" in used.told("x")
    short = UsedUp()
    short.cell("", "wait()", 0.94, ended=False)
    short.cell("double", "def double(x): pass", 0.01, ended=False)
    assert "came: the cell with `wait()` (0.9 s); a" in short.told("x")
