"""A submission's place at a worker of a cluster, and what comes of its task there."""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from distributed import CancelledError, Future

from proctor.grade.pool import PoolLost

if TYPE_CHECKING:
    from proctor.grade.cluster.hosts import Hosts

# How long a result may be on its way before it is asked whether its worker is there.
_FETCH_SECONDS = 3.0


@dataclass(eq=False)
class Host:
    """A worker that may grade.

    Attributes
    ----------
    number
        Its place among the workers of its machine.
    slots, free
        How many submissions it may have, and how many more it takes now.
    """

    address: str
    machine: str
    number: int
    slots: int
    processor: int | None = None
    free: int = 0
    reserved: bool = False
    gone: bool = False
    waiting: set[threading.Event] = field(default_factory=set)


class Seat:
    """A submission's place at a worker."""

    def __init__(self, hosts: Hosts, host: Host, taken: int) -> None:
        self._hosts, self.host, self._taken = hosts, host, taken

    def wait(self, future: Future) -> bool:
        """Wait for a task; tell whether it came to an end, the worker being there.

        Raises
        ------
        PoolLost
            If the scheduler is gone.
        """
        changed = threading.Event()
        future.add_done_callback(lambda _: changed.set())
        self.host.waiting.add(changed)
        try:
            while not (future.done() or self.host.gone or self._hosts.lost):
                changed.wait(5.0)
                changed.clear()
        finally:
            self.host.waiting.discard(changed)
        if future.status == "cancelled" or self._hosts.lost:
            self._hosts.lose()
            raise PoolLost(self._hosts.why_lost())
        return future.done()

    def fetch(self, future: Future) -> object:
        """Return what came of a task; None: the worker ended with it.

        Raises
        ------
        PoolLost
            If the scheduler is gone.
        """
        seconds = _FETCH_SECONDS
        while True:
            try:
                return future.result(timeout=seconds)
            except TimeoutError:
                # The scheduler would have it done again, by who is gone.
                if self.host.gone:
                    return None
                if self._hosts.lost:
                    raise PoolLost(self._hosts.why_lost()) from None
                seconds *= 2
            except CancelledError:
                self._hosts.lose()
                raise PoolLost(self._hosts.why_lost()) from None

    def move(self, without: Collection[Host] = ()) -> bool:
        """Go to another worker, where nobody else is; tell whether there is one.

        Parameters
        ----------
        without
            Workers that will not do.
        """
        self.end()
        found = self._hosts.find(alone=True, without=without)
        if found is None:
            return False
        self.host, self._taken = found.host, found._taken
        return True

    def end(self) -> None:
        """Give the place to another."""
        self._hosts.give_back(self.host, self._taken)
        self._taken = 0
