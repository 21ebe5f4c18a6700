"""Another runs where one sleeps, and goes first where one computes for long."""

import os
import signal
import socket
import subprocess
import threading
from pathlib import Path

import pytest

from proctor.grade.places import Places
from proctor.grade.snapshot import Seeds
from proctor.grade.student_runs import StudentRuns
from proctor.in_examiner.calls import Calls
from proctor.sandbox import forks
from proctor.sandbox.children import Child
from proctor.sandbox.levels import best_level
from proctor.sandbox.limits import Limits
from proctor.tests import processes
from proctor.tests.turns import Process, results
from proctor.wire.frames import Channel, Late, with_timeouts


@pytest.fixture(scope="module")
def jail():
    with processes.open_jail(best_level(), Limits(cell_seconds=600)) as jail:
        yield jail


@pytest.mark.slow
def test_another_starts_while_one_sleeps(jail):
    sleeping = []

    def work(name, place):
        examiners = processes.examiners(jail)
        with StudentRuns(jail, examiners, Seeds(1, 1), {}, place) as runs:
            if name == "sleeps":
                sleeping.append(runs)
                shown = runs.run_cell("import time\ntime.sleep(600)")
                return name, shown[0]["ename"]
            shown = runs.run_cell("6 * 7")
            sleeping[0]._process._child.signal(signal.SIGINT)
            return name, shown[0]["data"]["text/plain"]

    # There is one place: nobody would be there to end the sleep.
    done = results(work, ["sleeps", "works"], Places(1, megabytes=1))
    assert sorted(done) == [("sleeps", "KeyboardInterrupt"), ("works", "42")]


@pytest.mark.slow
def test_others_go_first_where_one_computes_for_long(jail, monkeypatch):
    """It is held still until they have begun; then it goes on."""
    monkeypatch.setattr("proctor.grade.places._TURN", 0.3)
    order = []

    def work(name, place):
        examiners = processes.examiners(jail)
        with StudentRuns(jail, examiners, Seeds(1, 1), {}, place) as runs:
            text = "6 * 7"
            if name == "computes":
                text = (
                    "import time\nend = time.process_time() + 1\n"
                    "while time.process_time() < end:\n    pass\n6 * 7"
                )
            shown = runs.run_cell(text)
            order.append(name)
            return shown[0]["data"]["text/plain"], place.held_still

    items = ["computes", *"abcdef"]
    done = results(work, items, Places(1, megabytes=1))
    assert order[-1] == "computes"
    assert [shown for shown, _ in done] == ["42"] * 7
    assert sorted(held > 0 for _, held in done) == [False] * 6 + [True]


TEST = """
from proctor.rubric import Rubric

rubric = Rubric(points=1)

@rubric.check("number", points=1)
def _():
    rubric.whole_number(answer(), 42)

rubric.score()
"""


SLOW = """
import time

def answer():
    end = time.process_time() + 1
    while time.process_time() < end:
        pass
    return 42
"""


@pytest.mark.slow
def test_a_test_that_computes_for_long_lets_others_go_first(jail, monkeypatch):
    monkeypatch.setattr("proctor.grade.places._TURN", 0.3)
    test, order = processes.test_cell("number", TEST, 1.0), []

    def work(name, place):
        examiners = processes.examiners(jail)
        with StudentRuns(jail, examiners, Seeds(1, 1), {}, place) as runs:
            score = None
            if name == "is slow":
                runs.run_cell(SLOW)
                runs.hold(test)
                score = runs.examine(test, False).score
            order.append(name)
            return score, place.held_still

    done = results(work, ["is slow", *"abcdef"], Places(1, megabytes=1))
    assert order == [*"abcdef", "is slow"]
    score, held = max(done, key=lambda found: found[1])
    assert score == 1.0 and held > 0


def test_nothing_is_late_while_it_is_held_still():
    """The time for which the other end is stopped does not count."""
    here, there = socket.socketpair()
    channel = Channel(with_timeouts(here).detach())
    other = Channel(there.detach())
    looks = []

    def idle():
        looks.append(channel.now())
        if len(looks) == 8:
            other.send("at last")
        return True

    channel.idle = idle
    # Each look is after a tenth of a second.
    assert channel.receive(0.3)[0] == "at last"
    channel.idle = lambda: False
    with pytest.raises(Late):
        channel.receive(0.3)
    channel.close()
    other.close()


def test_who_sends_in_drops_is_looked_at():
    here, there = socket.socketpair()
    channel, looks = Channel(with_timeouts(here).detach()), []
    ended = threading.Event()

    def drop():
        there.sendall(b"\xff\x00\x00\x00\x00\x00\x00\x00")  # 255 letters follow
        for _ in range(200):
            if ended.wait(0.02):
                break
            there.send(b" ")

    thread = threading.Thread(target=drop)
    thread.start()
    channel.idle = lambda: looks.append(1) or len(looks) > 1000
    with pytest.raises(Late):
        channel.receive(0.5)
    ended.set()
    thread.join()
    assert looks
    channel.close()
    there.close()


@pytest.mark.parametrize(("student", "examiner", "held"), [(1, 0, 1), (0, 1, 0)])
def test_nobody_is_held_still_while_the_examiner_computes(
    monkeypatch, student, examiner, held
):
    """Its clock would stand as well, and it would go on."""
    clock = [100.0]
    monkeypatch.setattr("proctor.grade.places.time.monotonic", lambda: clock[0])
    places = Places(1, megabytes=1 << 40)  # no room for who waits: it is let go at once
    place, own, other = places.take(), Process(9.0), Process(9.0)
    monkeypatch.setattr(Places, "wanted", True)
    for _ in range(100):
        place.look(own, other)
        clock[0] += 0.1
        own.wanted += student * 0.1
        other.wanted += examiner * 0.1
    assert own.signals == [signal.SIGSTOP, signal.SIGCONT] * held
    assert other.signals == []


def test_what_a_process_forked_is_held_still_with_it():
    process = subprocess.Popen(["sh", "-c", "sleep 600 & sleep 600"])
    child = Child(process.pid, os.pidfd_open(process.pid))

    def names():
        kin = forks.descendants(process.pid)
        return [Path(f"/proc/{pid}/comm").read_text().strip() for pid in kin]

    try:
        # Until both are no shell any more: it cannot be stopped while one becomes that.
        while names() != ["sleep", "sleep"]:
            pass
        family = forks.Family(child, set())
        all_of_them = {process.pid, *forks.descendants(process.pid)}
        family.signal(signal.SIGSTOP)

        def states():
            found = (Path(f"/proc/{pid}/stat").read_text() for pid in all_of_them)
            return {text.rpartition(")")[2].split()[0] for text in found}

        while states() != {"T"}:
            pass
        family.signal(signal.SIGCONT)
        while "T" in states():
            pass
        assert family.wanted_seconds() > 0
    finally:
        forks.kill_forked(process.pid, set())
        process.kill()
        process.wait()
        child.end()


def test_who_waits_for_a_stopped_process_knows_it():
    process = subprocess.Popen(["sleep", "600"])
    stat = os.open(f"/proc/{process.pid}/stat", os.O_RDONLY)
    here, there = socket.socketpair()
    channel = Channel(here.detach())
    calls = Calls(channel, stat)
    try:
        assert not channel.idle()
        process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED)
        assert channel.idle()
    finally:
        process.kill()
        process.wait()
        there.close()
        calls.close()
