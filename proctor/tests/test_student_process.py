"""The process that runs a notebook's cells: how it is copied, and what it knows."""

import pytest

from proctor.grade.student_process import StudentProcess
from proctor.sandbox.gatekeeper import Gate
from proctor.sandbox.levels import best_level
from proctor.tests import processes


@pytest.fixture(scope="module")
def jail(jails):
    return jails(best_level())


def test_a_fork_that_the_system_begins_again_is_allowed_again(jail, monkeypatch):
    """Where a signal comes meanwhile, the kernel asks once more for the same fork."""
    allow, asked = Gate.allow_fork, []

    def not_at_first(gate):
        asked.append(gate)
        if len(asked) > 1:
            allow(gate)

    monkeypatch.setattr(Gate, "allow_fork", not_at_first)
    verdict = processes.verdict_on(
        jail, "answer = 42", processes.test_cell("number", "assert answer == 42", 1.0)
    )
    assert verdict.score == 1.0


def test_a_cell_that_was_handed_out_runs_as_any_other(jail):
    """It is compiled before the first notebook; what it shows is the same."""
    cells = [
        "from __future__ import annotations",
        "def typed(x: unknown):\n    return 1 / x\n\ntyped.__annotations__",
        "typed(\n    0\n)",
        "print('text');",
        "no python",
        "%who",
    ]
    with processes.open_jail(best_level()) as taught:
        for text in cells:
            taught.teach({"cell": text})
        for order in (cells, cells[2:], ["x = 1", *cells[3:]]):
            shown = []
            for where in (jail, taught):
                with processes.runs(where) as opened:
                    shown.append([opened.run_cell(text) for text in order])
            assert shown[0] == shown[1]


_CELLS = [
    "from __future__ import annotations",
    "def typed(x: unknown):\n    return 1 / x\n\ntyped.__annotations__",
    r"print('an invalid \d escape')",
    "1 is 1",
    "typed(\n    0\n)",
    "no python",
    "'a' * 3",
    "%time 2",
]


@pytest.mark.parametrize("first", [0, 1])
def test_cells_that_are_compiled_ahead_show_what_they_show(jail, first):
    """A warning of the compiler, too; and no later `__future__` is for earlier ones."""
    order = _CELLS[first:]
    shown = []
    for ahead in ([], order):
        with processes.runs(jail) as opened:
            opened.prepare(ahead)
            shown.append([opened.run_cell(text) for text in order[:-1]])
    assert shown[0] == shown[1]
    assert "invalid" in str(shown[0])


@pytest.mark.parametrize(
    "bomb", ["(" * 30_000, "-" * 60_000 + "1", "x = " + "[" * 190 + "]" * 190]
)
def test_a_cell_that_cannot_be_compiled_costs_itself_alone(jail, bomb):
    with processes.runs(jail) as opened:
        opened.prepare(["x = 1", bomb, "print(x)"])
        assert opened.run_cell("x = 1") == []
        opened.run_cell(bomb)
        (printed,) = opened.run_cell("print(x is not None)")
    assert printed["text"] == "True\n"


def test_what_ends_the_process_while_it_compiles_is_met_in_its_own_cell(
    jail, monkeypatch
):
    """Another process goes on, which compiles each cell when it is run."""
    compiled = StudentProcess.compile
    asked = []

    def ends(process, sources):
        asked.append(sources)
        process._child.end()
        return compiled(process, sources)

    monkeypatch.setattr(StudentProcess, "compile", ends)
    with processes.runs(jail) as opened:
        opened.prepare(["x = 1", "x"])
        assert asked == [["x = 1", "x"]]
        assert opened.run_cell("x = 1") == []
        (shown,) = opened.run_cell("x")
    assert shown["data"] == {"text/plain": "1"}
