"""Workers on one machine have one namer, whichever of them ends."""

import contextlib
import logging
import threading

import pytest

from proctor.grade import namer_process
from proctor.grade.namer_process import NamerProcess
from proctor.grade.shared_namer import SharedNamer
from proctor.tests import processes, tiny
from proctor.tests.naming import NEGATIVE, POSITIVE, reference_of, returns
from proctor.tests.tiny import BUGS, SOLUTIONS

pytest_plugins = ["proctor.tests.namer_fixtures"]


@pytest.fixture
def begun(monkeypatch):
    """What says each start of a namer's process."""
    starts, start = [], NamerProcess.__init__

    def counted(self, *about):
        starts.append(self)
        start(self, *about)

    monkeypatch.setattr(NamerProcess, "__init__", counted)
    return starts


@pytest.fixture
def workers(naming_jail, tmp_path):
    """Return a function that makes another worker's namer."""
    with contextlib.ExitStack() as stack:
        known = reference_of(tmp_path, BUGS, tiny.SAME_VALUES)

        def another(folder=tmp_path / "met"):
            namer = SharedNamer(naming_jail, known, 1, folder)
            stack.callback(namer.close)
            return namer

        yield another


def named(namer, expression="3 * x"):
    cells = tiny.cells_of(SOLUTIONS | returns(expression))
    verdicts = processes.run_with(namer, namer._jail, tiny.notebook_of(cells))
    checks = verdicts["test-double"].checks
    return {check.name: check.bug or None for check in checks if check.message}


TRIPLE = {POSITIVE: "triple", NEGATIVE: "triple"}


def test_several_workers_have_one_namer(workers, begun):
    three = [workers() for _ in range(3)]
    assert [named(one) for one in three] == 3 * [TRIPLE]
    assert len(begun) == 1


def test_who_ask_at_once_have_one_namer(workers, begun):
    found = []
    threads = [
        threading.Thread(target=lambda one: found.append(named(one)), args=(workers(),))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == 3 * [TRIPLE]
    assert len(begun) == 1


def test_another_has_the_namer_when_its_worker_ends(workers, begun):
    first, second, third = workers(), workers(), workers()
    assert named(first) == named(second) == TRIPLE
    first.close()
    assert named(second) == named(third) == TRIPLE
    assert len(begun) == 2


def test_what_holds_the_namer_costs_the_others_no_verdict(
    workers, begun, monkeypatch, caplog
):
    monkeypatch.setattr(namer_process, "_SECONDS", 1.0)
    caplog.set_level(logging.INFO, logger=namer_process.__name__)
    first, second = workers(), workers()
    assert named(first) == TRIPLE
    # As a mistake that sleeps.
    monkeypatch.setattr(NamerProcess, "ask", _too_late)
    assert named(second) == {POSITIVE: None, NEGATIVE: None}
    assert "test-double: no diagnosis: no answer in time" in caplog.messages


def _too_late(self, question, body):
    raise namer_process.ChannelError("no answer in time")


def test_a_folder_that_others_can_write_to_is_not_used(workers, begun, tmp_path):
    (open_to_all := tmp_path / "open").mkdir()
    open_to_all.chmod(0o777)
    assert [named(workers(open_to_all)) for _ in range(2)] == 2 * [TRIPLE]
    assert len(begun) == 2 and not any(open_to_all.iterdir())
