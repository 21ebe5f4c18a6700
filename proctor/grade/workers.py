"""Several submissions at once."""

from __future__ import annotations

import contextlib
import itertools
import queue
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from types import FrameType
from typing import Generic, TypeVar

from proctor.grade.places import Place, Places

Item = TypeVar("Item")
Result = TypeVar("Result")


class NotTaken(Exception):
    """What was stopped before anything came of an item."""


class Workers(Generic[Item, Result]):
    """Threads that each take an item after the other, until none is left.

    Parameters
    ----------
    work
        Called in a thread with an item and the place where it runs. What it raises
        ends all, when what others had under way is done; :class:`NotTaken` leaves the
        item out.
    items
        Taken one at a time, when a thread is free.
    places
        How many work at once, and where.

    Attributes
    ----------
    stopped
        Whether no new item is taken any more.
    """

    def __init__(
        self,
        work: Callable[[Item, Place], Result],
        items: Iterable[Item],
        places: Places,
    ) -> None:
        self._work, self._items = work, enumerate(items)
        self._places = places
        self._taking = threading.Lock()
        # Plain: what Ctrl-C sets must wait for no lock.
        self.stopped = False
        # Bounded, so that results do not pile up before a slow disk.
        self._done: queue.Queue[tuple[int, Result] | BaseException | None] = (
            queue.Queue(2 * places.jobs)
        )
        self._threads = [
            threading.Thread(target=self._take_turns, daemon=True)
            for _ in range(places.most)
        ]
        self._working = self._next = 0
        self._failed: BaseException | None = None

    def stop(self) -> None:
        """Take no new item; what is under way is finished."""
        self.stopped = True
        self._places.stop()

    def in_order(self) -> Iterator[Result]:
        """Yield the results in the order of the items."""
        early: dict[int, Result] = {}
        for number, result in itertools.chain.from_iterable(self._batches(1, 0.0)):
            early[number] = result
            while early and min(early) == self._next:
                yield early.pop(self._next)
                self._next += 1

    def batches(self, most: int, seconds: float) -> Iterator[list[Result]]:
        """Yield results that came close together.

        Parameters
        ----------
        most
            How many there may be in one list.
        seconds
            How long the first of them may wait for others.
        """
        for batch in self._batches(most, seconds):
            yield [result for _, result in batch]

    def _batches(self, most: int, seconds: float) -> Iterator[list[tuple[int, Result]]]:
        while self._working:
            batch: list[tuple[int, Result]] = []
            deadline = None
            while len(batch) < most and self._working:
                left = None if deadline is None else deadline - time.monotonic()
                try:
                    item = self._done.get(timeout=left and max(left, 0.0))
                except queue.Empty:
                    break
                if isinstance(item, BaseException):
                    # What others finished is not to be lost for it.
                    self._failed = self._failed or item
                    self.stop()
                    continue
                if item is None:
                    self._working -= 1
                    continue
                batch.append(item)
                deadline = deadline or time.monotonic() + seconds
            if batch:
                yield batch
        if self._failed:
            raise self._failed

    def _take_turns(self) -> None:
        try:
            while place := self._places.take():
                with self._taking:
                    number, item = next(self._items, (-1, None))
                try:
                    if number < 0 or self.stopped:
                        break
                    # A place is held until somebody can take the result.
                    self._done.put((number, self._work(item, place)))
                except NotTaken:
                    pass
                finally:
                    # Unused, too: somebody may wait for all of a worker's.
                    place.end()
        except BaseException as error:
            self._done.put(error)
        # There is no item for anybody, or no reason to take one.
        self._places.close()
        self._done.put(None)

    def __enter__(self) -> Workers[Item, Result]:
        self._working = len(self._threads)
        try:
            with _interrupted_later():
                for thread in self._threads:
                    thread.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        self.stop()
        # A thread may wait to hand in what nobody takes any more.
        while any(thread.is_alive() for thread in self._threads):
            with contextlib.suppress(queue.Empty):
                self._done.get(timeout=0.05)


@contextlib.contextmanager
def _interrupted_later() -> Iterator[None]:
    """Let Ctrl-C wait: a thread that is half begun can be neither ended nor awaited."""
    usual = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(usual):
        yield
        return
    came: list[tuple[int, FrameType | None]] = []
    signal.signal(signal.SIGINT, lambda *signalled: came.append(signalled))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
        if came:
            usual(*came[0])


@contextlib.contextmanager
def interruptible(workers: Workers) -> Iterator[None]:
    """Have Ctrl-C let what runs be finished; a second one ends it.

    To be entered before the workers are: the first of them may be at work before the
    last has begun.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        if workers.stopped:
            raise KeyboardInterrupt
        workers.stop()

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
