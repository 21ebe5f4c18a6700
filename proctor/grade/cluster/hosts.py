"""The workers of a cluster, seen from the grader: who may grade, where is room."""

from __future__ import annotations

import contextlib
import threading
import time
import uuid
from collections.abc import Callable, Collection, Iterator

from distributed import Client, Future

from proctor.grade.cluster import there
from proctor.grade.cluster.greeting import Wanted, meet
from proctor.grade.cluster.local import Forks
from proctor.grade.cluster.seats import Host, Seat
from proctor.grade.pool import PoolLost
from proctor.text import plain_line

# How often it is asked who is there.
LOOK_SECONDS = 0.5
# How long to wait for somebody who can grade: a queue of jobs may take minutes.
WAIT_SECONDS = 300.0
_LOOK_AGAIN = 15.0
# So many may wait at a worker beside those that it works on.
_AHEAD = 1
_MOST = 256


class Hosts:
    """Watches a cluster's workers, and gives places at those that may grade.

    Parameters
    ----------
    station
        The name of the run at the workers.
    tell
        Called with a line for each worker that is refused.
    forks
        Starts workers here; None: others start them.

    Attributes
    ----------
    jobs, most
        How many results may wait for the writer, and how many submissions may be asked
        for at once.
    """

    jobs = 16

    def __init__(
        self,
        client: Client,
        station: str,
        wanted: Wanted,
        tell: Callable[[str], None],
        forks: Forks | None = None,
    ) -> None:
        self._client, self._station, self._wanted = client, station, wanted
        self._tell, self._forks, self._grading = tell, forks, 0
        self.most = min(_MOST, forks.most * (1 + _AHEAD)) if forks else _MOST
        self._address = f"local:{forks.most}" if forks else client.scheduler.address
        self._hosts: dict[str, Host] = {}
        self._greeting: dict[str, Future] = {}
        self._begun: dict[str, str] = {}
        self.refused: dict[str, str] = {}
        self.level = ""
        self.lost = self._closed = self._stopped = self._ended = False
        # Who waits for room at any worker is many; for what else changes, few.
        lock = threading.RLock()
        self._changed, self._room = threading.Condition(lock), threading.Condition(lock)
        self._watching = threading.Thread(target=self._watch, daemon=True)
        self._watching.start()

    def wait(self, seconds: float) -> None:
        """Wait until somebody can grade.

        Raises
        ------
        PoolLost
            If nobody comes, or those that are started here are refused. Where others
            start them, who is refused may be the first of many.
        """
        deadline = time.monotonic() + seconds
        told = False
        with self._changed:
            while not self._hosts and not self.lost:
                left = deadline - time.monotonic()
                nobody = self._forks and self._forks.why_ended()
                refused = self.refused and not self._greeting
                if left <= 0 or nobody or (refused and self._forks):
                    break
                if refused and not told:
                    told = True
                    self._tell(
                        f"another that may grade is waited for, up to {seconds:.0f} s"
                    )
                self._changed.wait(min(left, 1.0))
            if not self._hosts:
                raise PoolLost(self.why_lost())

    def why_lost(self) -> str:
        """Say why nobody grades any more."""
        if self.lost:
            return (
                f"the scheduler {self._address} is lost: what was graded is written; "
                "start it again, then run the same command"
            )
        if self.refused:
            each = "; ".join(f"{a}: {why}" for a, why in sorted(self.refused.items()))
            return f"no worker of {self._address} can grade: {each}"
        if self._forks:
            why = self._forks.why_ended() or "it does not answer"
            return f"no worker could be started here: {why}"
        return (
            f"no worker is at {self._address}: start some, with the same proctor and "
            "course, then run the same command"
        )

    def expect(self, number: int) -> None:
        """Have workers for so many submissions, where they are started here."""
        if self._forks:
            with self._changed:
                self._forks.have(number)

    @contextlib.contextmanager
    def grading(self) -> Iterator[None]:
        """Have one more submission under way, and a worker for it if there may be."""
        with self._changed:
            self._grading += 1
            self.expect(self._grading)
        try:
            yield
        finally:
            with self._changed:
                self._grading -= 1

    def take(self) -> Seat | None:
        """Return a place, when there is one; None: no more are given."""
        return self.find(alone=False)

    def find(self, alone: bool, without: Collection[Host] = ()) -> Seat | None:
        """Return a place, when there is one; None: no more are given.

        Parameters
        ----------
        without
            Workers that will not do; if no other is there, or about to grade, there is
            no place.

        Raises
        ------
        PoolLost
            If there is nobody at whom there could be one.
        """
        empty_since = None
        mine: Host | None = None
        with self._changed:
            while not (self._stopped if alone else self._closed):
                if self.lost:
                    raise PoolLost(self.why_lost())
                if self._hosts:
                    empty_since = None
                elif empty_since is None:
                    empty_since = time.monotonic()
                elif time.monotonic() - empty_since > WAIT_SECONDS:
                    raise PoolLost(self.why_lost())
                if alone:
                    others = set(self._hosts.values()) - set(without)
                    if without and not others and not self._greeting:
                        return None
                    if mine is None or mine.gone:
                        mine = self._reserve(without)
                    if mine and mine.free == mine.slots:
                        mine.reserved, mine.free = False, 0
                        return Seat(self, mine, mine.slots)
                elif found := self._with_room():
                    found.free -= 1
                    return Seat(self, found, 1)
                waits = self._changed if alone else self._room
                waits.wait(_LOOK_AGAIN if self._hosts else 1.0)
            if mine:
                mine.reserved = False
        return None

    def _with_room(self) -> Host | None:
        there = [h for h in self._hosts.values() if h.free > 0 and not h.reserved]
        # Who has least to do.
        return max(there, key=lambda host: host.free / host.slots, default=None)

    def _reserve(self, without: Collection[Host]) -> Host | None:
        there = [
            host
            for host in self._hosts.values()
            if not (host.reserved or host in without)
        ]
        found = max(there, key=lambda host: host.free / host.slots, default=None)
        if found:
            found.reserved = True
        return found

    def give_back(self, host: Host, taken: int) -> None:
        """Have places at a worker free again."""
        with self._changed:
            host.free += taken
            self._room.notify(taken)
            self._changed.notify_all()

    def refuse(self, host: Host, why: str) -> None:
        """Have a worker grade nothing any more."""
        with self._changed:
            if host.gone:
                return
            self._refuse(host.address, host.machine, why)
            self._leave(host.address)
            self._changed.notify_all()

    def close(self) -> None:
        """Give no place any more; what is under way goes on."""
        with self._changed:
            self._closed = True
            self._wake()

    def stop(self) -> None:
        """Give none to a submission whose worker ended, either."""
        self._stopped = True
        self.close()

    def end(self) -> None:
        """Look no more."""
        self._ended = True
        self.stop()
        self._watching.join(30)

    def _watch(self) -> None:
        while not self._ended:
            try:
                info = self._client.scheduler_info(n_workers=-1)
                there_now = {
                    address: (str(about["local_directory"]), about["nthreads"])
                    for address, about in info["workers"].items()
                }
            except Exception:
                there_now = None
            with self._changed:
                if there_now is None or self._client.status != "running":
                    break
                self._see(there_now)
                self._changed.notify_all()
            time.sleep(LOOK_SECONDS)
        if not self._ended:
            self.lose()

    def lose(self) -> None:
        """Take note that the scheduler is gone."""
        with self._changed:
            self.lost = True
            for host in self._hosts.values():
                for event in list(host.waiting):
                    event.set()
            self._wake()

    def _wake(self) -> None:
        self._room.notify_all()
        self._changed.notify_all()

    def _see(self, there_now: dict[str, tuple[str, int]]) -> None:
        """Take note of who is there: a folder and a number of threads, by address.

        The folder is another each time that a worker begins, the address may be the
        same: who comes in place of one that ended, or was refused, is somebody else.
        """
        for address, begun in list(self._begun.items()):
            if there_now.get(address, ("", 0))[0] != begun:
                del self._begun[address]
                self._leave(address)
                self._greeting.pop(address, None)
                self.refused.pop(address, None)
        for address, (begun, threads) in there_now.items():
            self._begun[address] = begun
            if address in self._hosts or address in self.refused:
                continue
            if address not in self._greeting:
                self._greeting[address] = self._client.submit(
                    there.greet,
                    self._station,
                    key=f"proctor greets {address} {uuid.uuid4().hex}",
                    workers=[address],
                    pure=False,
                )
            elif self._greeting[address].done():
                self._hear(address, threads, self._greeting.pop(address))

    def _leave(self, address: str) -> None:
        if host := self._hosts.pop(address, None):
            host.gone = True
            for event in list(host.waiting):
                event.set()

    def _hear(self, address: str, threads: int, answer: Future) -> None:
        found = meet(answer, self._wanted, self.level)
        if found.why_not:
            self._refuse(address, found.machine, found.why_not)
            return
        self.level = found.level
        machine, slots = found.machine, threads + _AHEAD
        same = {h.number for h in self._hosts.values() if h.machine == machine}
        number = next(n for n in range(len(same) + 1) if n not in same)
        host = Host(address, machine, number, slots, free=slots)
        if threads == 1 and number < len(found.processors):
            host.processor = found.processors[number]
        self._hosts[address] = host
        self._room.notify(host.slots)

    def _refuse(self, address: str, machine: str, why: str) -> None:
        self.refused[address] = why = plain_line(why, 400)
        with contextlib.suppress(Exception):
            self._tell(f"the worker {address} ({machine}) is refused: {why}")
