"""The process that runs a notebook's cells: how it is copied, and what it knows."""

import pytest

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
