"""A pool whose submissions are graded by the workers of a Dask cluster."""

from __future__ import annotations

import contextlib
import json
import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from distributed import Client, KilledWorker

from proctor.grade.cluster import hosts, there
from proctor.grade.cluster.connect import connected
from proctor.grade.cluster.digest import digests
from proctor.grade.cluster.greeting import Wanted
from proctor.grade.cluster.hosts import Hosts
from proctor.grade.cluster.packing import (
    Malformed,
    assignment_data,
    pack,
    read_result,
)
from proctor.grade.cluster.seats import Host, Seat
from proctor.grade.course_grader import make_grader
from proctor.grade.grader import Grader
from proctor.grade.pool import HandedIn, How
from proctor.grade.settle import kept, together_as
from proctor.grade.task import Graded, Task
from proctor.grade.workers import NotTaken
from proctor.options import refuse, require_python
from proctor.sandbox import levels
from proctor.sandbox.limits import Limits
from proctor.settings import Course
from proctor.text import plain, plain_line

# Where Dask's pages see the end of a task's name, or of a class's.
_ENDS_A_NAME = str.maketrans({"-": "\u2010", ",": "\u201a", "<": "\u2039"})
# A submission at whose grading so many workers ended is not tried again.
_MOST_TRIES = 3
_ENDED = (
    f"{_MOST_TRIES} workers of the cluster ended while they graded it, one after the "
    "other: look at it, and grade it by itself, without --cluster"
)
# Where the grader fails at one worker, that may be its machine; at two, it is ours.
_MOST_FAILURES = 2
# After so long without work a worker ends its jail.
_IDLE_SECONDS = 600.0


@dataclass
class _Elsewhere:
    """In place of a jail, where submissions run on other machines."""

    level: str
    limits: Limits
    trusted: Any = None

    def __post_init__(self) -> None:
        self.trusted = self

    def learn(self, *lesson: object) -> None:
        """Nothing: nobody here is to know it."""

    def teach(self, lesson: dict) -> None:
        """Nothing: nobody here runs a cell."""

    def has(self, name: str) -> bool:
        """Tell that nothing runs here."""
        return False

    def close(self) -> None:
        """Nothing was opened."""


@dataclass(frozen=True)
class _Failed:
    """Why a worker's grader failed, and whether its machine may be why."""

    why: str
    by_machine: bool


class ClusterPool:
    """Grades at the workers of a cluster.

    Parameters
    ----------
    grader
        Says what is graded, and grades nothing.
    client
        Of the cluster's scheduler; closed by who opened it.
    hosts
        Its workers.
    station
        The name of the run at them.
    """

    def __init__(
        self, grader: Grader, client: Client, workers: Hosts, station: str
    ) -> None:
        self.grader, self._client = grader, client
        self._hosts, self._station = workers, station
        self._opened = contextlib.ExitStack()

    def expect(self, number: int) -> None:
        """Take note that at least so many are to be graded."""
        self._hosts.expect(number)

    def places(self) -> Hosts:
        """Return the places at the workers, once there is one.

        Raises
        ------
        PoolLost
            If there is none.
        """
        self._hosts.wait(hosts.WAIT_SECONDS)
        self.grader._jail.level = self._hosts.level
        return self._hosts

    def grade(self, handed: HandedIn, place: Seat) -> Graded:
        """Grade a submission at a worker; at another one, where it ends meanwhile.

        Raises
        ------
        PoolLost
            If the scheduler is gone, or no worker is left.
        NotTaken
            If the run was stopped, and it would have had to begin anew.
        """
        data = pack(handed)
        failed: dict[Host, _Failed] = {}
        with self._hosts.grading():
            for tries in range(_MOST_TRIES):
                # Whose worker ended may have ended it: nobody else is to be there.
                if tries and not place.move(failed):
                    break
                found = self._ask(handed, data, place)
                if isinstance(found, Graded):
                    for host, other in failed.items():
                        if other.by_machine:
                            why = f"{other.why}, and another worker graded it"
                            self._hosts.refuse(host, why)
                    return found
                if found:
                    failed[place.host] = found
                if len(failed) == _MOST_FAILURES:
                    break
            else:
                if not failed:
                    return self.grader.not_graded(handed.student, _ENDED)
        if failed:
            return self.grader.not_graded(handed.student, [*failed.values()][-1].why)
        raise NotTaken

    def _ask(
        self, handed: HandedIn, data: bytes, seat: Seat
    ) -> Graded | _Failed | None:
        """Return what a worker found, or how it failed; None: it ended before."""
        host = seat.host
        future = self._client.submit(
            there.grade,
            self._station,
            data,
            host.processor,
            key=task_key(handed.student, self.grader.assignment.name),
            workers=[host.address],
            allow_other_workers=False,
            pure=False,
        )
        try:
            if not seat.wait(future):
                return None
            answer = seat.fetch(future)
            return None if answer is None else self._read(answer, handed)
        except KilledWorker:
            return None
        except Malformed as error:
            self._hosts.refuse(host, f"what it answers is no result: {error}")
            return None
        finally:
            future.release()

    def _read(self, answer: object, handed: HandedIn) -> Graded | _Failed:
        if type(answer) is bytes and answer.startswith(b'{"failed"'):
            with contextlib.suppress(ValueError, KeyError):
                about = json.loads(answer)
                why = f"the grader failed: {plain_line(str(about['failed']), 300)}"
                return _Failed(why, about["by_machine"] is True)
        graded = read_result(answer, handed, self.grader.assignment)
        graded.files |= self.grader.support
        return graded

    def close(self) -> None:
        """End the run at the workers, and what was started here."""
        self._opened.close()


def task_key(student: str, assignment: str) -> str:
    """Return a task's key, as whose name Dask's pages show student and assignment.

    They show what comes before the first stroke; some, 12 letters.
    """
    name = plain(f"{student} {assignment}").translate(_ENDS_A_NAME)
    return f"{name}-{uuid.uuid4().hex}"


def open_cluster_pool(
    course: Course,
    assignment: str,
    read: Callable[[], Task],
    how: How,
    prepare: Callable[[Grader], None],
) -> ClusterPool:
    """Return a pool at a cluster's workers; see :func:`proctor.grade.pool.open_pool`.

    Raises
    ------
    GradingError
        If it cannot be graded, or the scheduler does not answer.
    """
    course.require_built(assignment)
    refuse(course.config)
    asked = levels.parse(how.level) if how.level else course.sandbox.levels
    with contextlib.ExitStack() as stack:
        client, forks = stack.enter_context(connected(how.cluster, how.tls, how.tell))
        task = read()
        require_python(task.assignment.notebooks)
        grader = Grader(task, _Elsewhere("", course.sandbox.limits), how.seed)
        _settle(grader, course, task, how)
        prepare(grader)
        station = f"proctor-{uuid.uuid4().hex}"
        about = {
            "assignment": assignment_data(grader.assignment),
            "home": str(course.home),
            "level": ",".join(asked),
            "seed": grader.seed,
            "quiet": grader.quiet,
            "alike": grader.alike,
            "idle_seconds": _IDLE_SECONDS,
        }
        plugin = there.Station(station, json.dumps(about).encode())
        try:
            client.register_plugin(plugin, name=station)
        except Exception as error:
            # A worker without proctor cannot take it; who has none is named below.
            logging.getLogger(__name__).debug("%s", error)
        stack.callback(_forget, client, station)
        wanted = Wanted(digests(course, assignment), asked)
        workers = Hosts(client, station, wanted, how.tell, forks)
        stack.callback(workers.end)
        pool = ClusterPool(grader, client, workers, station)
        pool._opened.push(stack.pop_all())
        return pool


def _settle(grader: Grader, course: Course, task: Task, how: How) -> None:
    """Have those tests run together that cannot be examined apart.

    What nobody has found out yet is found out here.
    """
    found = kept(course, task)
    if found is None:
        level, seed = how.level, how.seed
        with make_grader(
            course, task.assignment.name, lambda: task, level=level, seed=seed
        ) as local:
            found = local.settled
    grader.settled = found
    grader.assignment = together_as(grader.assignment, found)


def _forget(client: Client, station: str) -> None:
    # Who is gone has forgotten it.
    with contextlib.suppress(Exception):
        client.unregister_worker_plugin(station)
