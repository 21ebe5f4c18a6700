"""What runs on a cluster's worker: a warm jail, made once, and submissions as bytes.

A worker has proctor, the same course and a sandbox of its own. It reads no gradebook
and writes nothing that lasts. What goes back is bytes, whatever happens.
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import socket
import tempfile
import threading
import time
from functools import partial
from pathlib import Path

from distributed import Worker, WorkerPlugin, get_worker

from proctor.bank.reference import read_reference
from proctor.errors import GradingError
from proctor.grade.cluster.digest import digests
from proctor.grade.cluster.packing import assignment_of, pack_result, unpack
from proctor.grade.grader import Grader
from proctor.grade.places import Place
from proctor.grade.pool import grade_handed_in
from proctor.grade.programs import open_jail
from proctor.grade.shared_namer import SharedNamer
from proctor.grade.task import Task
from proctor.notebook.beside import files_beside
from proctor.notebook.built import Built
from proctor.settings import CONFIG, Course
from proctor.text import plain_line

# Where a worker's course lies, if not where it was started, nor where it lies here.
COURSE = "PROCTOR_COURSE"
_PLUGIN_SECONDS = 20.0


class Station(WorkerPlugin):
    """An assignment's place on a worker; it ends with the run, or after idleness.

    Parameters
    ----------
    name
        Of the run, among all that this cluster has.
    about
        JSON: the assignment, seed, levels, and where the course lies.
    """

    def __init__(self, name: str, about: bytes) -> None:
        self.name, self._about = name, about

    def setup(self, worker: Worker) -> None:
        """Begin on a worker; what takes long comes with the first task."""
        self._opening, self._grader = threading.Lock(), None
        self._working, self._used = 0, time.monotonic()
        self._ended = threading.Event()

    def teardown(self, worker: Worker) -> None:
        """End the jail with the run."""
        self._ended.set()
        with self._opening:
            self._close()
        shutil.rmtree(self._folder(), ignore_errors=True)

    def greet(self) -> dict:
        """Say who this is and how it grades, with the jail open; or why it cannot.

        Returns
        -------
        dict
            ``host``, ``processors``, and either ``error``, or ``level`` and
            ``digests``.
        """
        try:
            processors = sorted(os.sched_getaffinity(0))
        except AttributeError:
            processors = []
        about = {"host": socket.gethostname(), "processors": processors}
        try:
            course, assignment = self._course(), json.loads(self._about)["assignment"]
            about["digests"] = digests(course, assignment["name"])
            with self._opening:
                about["level"] = self._open(course).sandbox
        except Exception as error:
            lines = str(error) or type(error).__name__
            about["error"] = plain_line(lines, 400)
        return about

    def grade(self, data: bytes, processor: int | None) -> bytes:
        """Grade a packed submission; return what was found, packed."""
        with self._opening:
            grader = self._open()
            self._working += 1
        try:
            with tempfile.TemporaryDirectory() as folder:
                handed, errors = unpack(data, Path(folder), grader.assignment)
                graded = grade_handed_in(grader, handed, Place(processor))
            found = graded.submission
            for name, why in errors.items():
                # The file is not here, and the grader knows why.
                if found.message.startswith(f"{name} is missing; handed in: "):
                    graded = grader.not_graded(found.student, why)
                    break
            return pack_result(graded, handed, grader.assignment)
        finally:
            with self._opening:
                self._working -= 1
                self._used = time.monotonic()

    def _course(self) -> Course:
        there = json.loads(self._about)["home"]
        places = [Path(p) for p in (os.environ.get(COURSE), there) if p]
        for place in places:
            if (place / CONFIG).is_file():
                return Course.read(place)
        try:
            return Course.find()
        except GradingError:
            looked = " or ".join(map(str, [*places, Path.cwd()]))
            raise GradingError(
                f"no course in {looked}: start the worker in the course's folder, or "
                f"name it in {COURSE}"
            ) from None

    def _open(self, course: Course | None = None) -> Grader:
        if self._grader is None:
            course = course or self._course()
            about = json.loads(self._about)
            assignment = assignment_of(about["assignment"])
            layout, name = course.layout, assignment.name
            built = partial(Built.read, layout, course.marks, name, course.config)
            truth = course.truth(name)
            reference = read_reference(layout.root, name, truth, built)
            jail = open_jail(course, name, about["level"])
            try:
                jail.wait()
                support = files_beside(layout.built(name), authors=True).files
                task = Task(assignment, reference, support)
                shared = partial(SharedNamer, folder=self._folder())
                grader = Grader(task, jail, about["seed"], shared)
            except BaseException:
                jail.close()
                raise
            grader.quiet, grader.alike = about["quiet"], about["alike"]
            self._grader, self._used = grader, time.monotonic()
            # What is there by now stays, and is not looked through again and again.
            gc.collect()
            gc.freeze()
            idle = partial(self._end_when_idle, about["idle_seconds"])
            threading.Thread(target=idle, daemon=True).start()
        return self._grader

    def _folder(self) -> Path:
        """Return where the run's workers on this machine meet."""
        return Path(tempfile.gettempdir(), self.name)

    def _end_when_idle(self, seconds: float) -> None:
        while not self._ended.wait(min(seconds / 4, 30.0)):
            with self._opening:
                since = time.monotonic() - self._used
                if not self._working and since > seconds:
                    self._close()
                    return

    def _close(self) -> None:
        if self._grader is not None:
            self._grader.close()
            self._grader = None

    def __getstate__(self) -> dict:
        return {"name": self.name, "_about": self._about}


def _station(name: str) -> Station:
    plugins, begun = get_worker().plugins, time.monotonic()
    # A worker that has just come may be asked before it has all its plugins.
    while name not in plugins and time.monotonic() - begun < _PLUGIN_SECONDS:
        time.sleep(0.05)
    return plugins[name]


def greet(name: str) -> bytes:
    """Return what a worker says of itself, as JSON."""
    return json.dumps(_station(name).greet()).encode()


def grade(name: str, data: bytes, processor: int | None) -> bytes:
    """Grade a packed submission; return what was found, packed."""
    station = _station(name)
    try:
        return station.grade(data, processor)
    except Exception as error:
        # A mistake of ours: no reason to load an exception elsewhere.
        why = plain_line(f"{type(error).__name__}: {error}", 400)
        # No room, no memory, no sandbox: another machine may have it.
        by_machine = isinstance(error, OSError | MemoryError | GradingError)
        return json.dumps({"failed": why, "by_machine": by_machine}).encode()
