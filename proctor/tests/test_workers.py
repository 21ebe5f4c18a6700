"""All that is given to workers is done once, and ends with them."""

import signal
import threading
import time

import pytest

from proctor.grade.places import Places
from proctor.grade.workers import Workers, interruptible
from proctor.tests.turns import results


def test_all_is_done_once_with_more_threads_than_items():
    assert sorted(results(lambda item, place: item, range(5), Places(2, 1))) == [
        *range(5)
    ]


def test_what_work_raises_ends_all():
    def work(item, place):
        if item == 3:
            raise KeyError(item)
        return item

    with pytest.raises(KeyError):
        results(work, range(1000), Places(2, 1))


def test_little_is_begun_before_what_is_done_is_taken():
    """Or a slow disk, or a slow database, would have results fill the memory."""
    begun, taken, number = [], 0, 500
    places = Places(2, megabytes=1)

    def work(item, place):
        begun.append(item)

    with Workers(work, range(number), places) as workers:
        while not workers._done.full() and len(begun) < number:
            time.sleep(0.001)
        for _ in workers.batches(1, 0.0):
            taken += 1
            assert len(begun) - taken <= 3 * places.jobs
    assert taken == number


def test_ctrl_c_while_workers_begin(monkeypatch):
    """It waits until all have begun; then all are ended before it goes on."""
    begun = []

    class Thread(threading.Thread):
        def start(self):
            signal.raise_signal(signal.SIGINT)
            super().start()
            begun.append(self)

    monkeypatch.setattr("proctor.grade.workers.threading.Thread", Thread)
    with (
        pytest.raises(KeyboardInterrupt),
        Workers(str, range(9), Places(2, megabytes=1)),
    ):
        pytest.fail("the work went on")
    assert begun
    assert not any(thread.is_alive() for thread in begun)


def test_ctrl_c_while_workers_begin_lets_what_runs_be_finished(monkeypatch):
    at_work, pressed = threading.Event(), []

    class Thread(threading.Thread):
        def start(self):
            super().start()
            at_work.wait()
            if not pressed:
                signal.raise_signal(signal.SIGINT)
            pressed.append(self)

    def work(item, place):
        at_work.set()
        while not workers.stopped:
            time.sleep(0.001)
        return item

    monkeypatch.setattr("proctor.grade.workers.threading.Thread", Thread)
    workers = Workers(work, range(9), Places(1, megabytes=1))
    with interruptible(workers), workers:
        assert list(workers.batches(9, 0.0)) == [[0]]
