"""A cell that takes too long, or its process with it, has defined what it defines."""

import pytest

from proctor.sandbox.levels import best_level
from proctor.sandbox.limits import Limits
from proctor.tests import processes

F = "def f():\n    return 1"
G = "def g():\n    return f() + 1"
# The second does not let itself be stopped.
FOREVER = "while True:\n    pass"
STUBBORN = f"import signal\nsignal.signal(2, signal.SIG_IGN)\n{FOREVER}"
ENDS = "import os\nos._exit(0)"


@pytest.fixture(scope="module")
def jail(jails):
    return jails(best_level(), Limits(cell_seconds=1))


def ran(jail, *sources, test="assert (f(), g()) == (1, 2)"):
    """Return the points of a test behind cells, and what the first one defined."""
    with processes.runs(jail) as opened:
        found = []
        for source in sources:
            opened.run_cell(source, "task")
            found.append(opened.behind)
        held = processes.test_cell("test-task", test, 1.0)
        opened.hold(held)
        return opened.examine(held, False).score, found[0]


@pytest.mark.parametrize(
    "stops", [FOREVER, pytest.param(STUBBORN, marks=pytest.mark.slow), ENDS]
)
def test_definitions_stand_above_and_below_what_never_ends(jail, stops):
    score, names = ran(jail, f"{F}\n{stops}\n{G}")
    # What was defined before a cell was stopped is there anyway.
    above = [] if stops == FOREVER else ["f"]
    imported = {ENDS: ["os"], STUBBORN: ["signal"]}.get(stops, [])
    assert (score, names) == (1, [*above, *imported, "g"])


def test_a_test_in_a_process_made_anew_finds_them(jail):
    assert ran(jail, f"{F}\n{FOREVER}\n{G}", ENDS)[0] == 1


def test_the_cell_s_own_take_the_place_of_earlier_ones(jail):
    older = "def f():\n    return 5"
    assert ran(jail, older, f"{F}\n{ENDS}\n{G}")[0] == 1


def test_what_computes_is_not_run_again(jail):
    cell = f"{F}\nx = f()\n{ENDS}\n{G}"
    test = "try:\n    x\nexcept NameError:\n    pass\nelse:\n    assert 0"
    assert ran(jail, cell, test=test) == (1, ["f", "os", "g"])


def test_definitions_that_end_the_process_themselves_are_left_out(jail):
    cell = f"{ENDS}\nclass A:\n    os._exit(0)"
    assert ran(jail, cell, f"{F}\n{G}") == (1, [])


def test_reset_leaves_what_later_cells_need_and_gives_python_s_names_back(jail):
    cells = f"{F}\nsum = 3", "%reset -f", f"total = sum([1])\n{G}"
    assert ran(jail, *cells, test="assert (g(), total) == (2, 1)")[0] == 1
