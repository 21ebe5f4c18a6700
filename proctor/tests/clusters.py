"""A Dask cluster to grade at, and a class to grade there."""

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import distributed

from proctor.tests.commands import environment
from proctor.tests.test_late import entered_course, hand_in
from proctor.tests.tiny import FILE, NAME

MINUTES = 10
SEED = ("--seed", "3")


class Started:
    """A process that is no child of this one."""

    def __init__(self, pid: int) -> None:
        self.pid, self._alive = pid, os.pidfd_open(pid)

    def has_ended(self, seconds: float = 0) -> bool:
        """Tell whether it has ended, or does within so many seconds."""
        return bool(select.select([self._alive], [], [], seconds)[0])

    def end(self, number: int) -> None:
        """Send it a signal, and wait until it has ended."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._alive, number)
        assert self.has_ended(60), self.pid
        os.close(self._alive)


class Cluster:
    """A scheduler, and workers that are started when so many are wanted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._security = distributed.Security.temporary()
        for name in ("ca_file", "client_cert", "client_key"):
            (folder / name).write_text(getattr(self._security, f"tls_{name}"))
        self._tls = ["--tls-ca-file", folder / "ca_file"]
        self._tls += ["--tls-cert", folder / "client_cert"]
        self._tls += ["--tls-key", folder / "client_key"]
        self.workers: list[Started] = []
        self.scheduler, self.address = None, ""
        script = Path(__file__).with_name("dask_worker.py")
        self._forks = subprocess.Popen(
            [sys.executable, script, folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        self.begin()

    def settings(self) -> dict[str, str]:
        """Return Dask's settings, as the variables of a client."""
        begin = "DASK_DISTRIBUTED__COMM__TLS__"
        return {
            f"{begin}CA_FILE": str(self.folder / "ca_file"),
            f"{begin}CLIENT__CERT": str(self.folder / "client_cert"),
            f"{begin}CLIENT__KEY": str(self.folder / "client_key"),
        }

    def begin(self) -> None:
        """Start the scheduler."""
        where = self.folder / "scheduler.json"
        where.unlink(missing_ok=True)
        command = ["--host", "tls://127.0.0.1", "--port", "0", "--no-dashboard"]
        command += ["--scheduler-file", where, *self._tls]
        self.scheduler = self._start("scheduler", *command)
        self._wait(lambda: where.exists() and where.read_text().endswith("}"))
        self.address = json.loads(where.read_text())["address"]

    def have(self, number: int, **settings: str) -> None:
        """Have so many workers, and no files of an earlier test."""
        for name in ("holds", "release", "killed", "level", "crowded"):
            (self.folder / name).unlink(missing_ok=True)
        if self.scheduler.has_ended():
            self._end_all()
            self.begin()
        for gone in [one for one in self.workers if one.has_ended()]:
            self._forget(gone)
        for extra in self.workers[number:]:
            self.stop(extra)
        while len(self.workers) < number:
            self.add(**settings)

    def add(self, *more: str, **settings: str) -> Started:
        """Start a worker."""
        options = ["--no-nanny", "--nthreads", "1", "--no-dashboard"]
        options += ["--host", "127.0.0.1", "--memory-limit", "0", *more]
        command = [self.address, *options, *self._tls]
        worker = self._start("worker", *command, **settings)
        self.workers.append(worker)
        return worker

    def _start(self, kind: str, *arguments: str | Path, **settings) -> Started:
        request = {
            "arguments": [kind, *map(str, arguments)],
            "environment": environment() | settings,
            "log": str(self.folder / f"{kind}.log"),
        }
        self._forks.stdin.write(json.dumps(request) + "\n")
        self._forks.stdin.flush()
        return Started(int(self._forks.stdout.readline()))

    def stop(self, worker: Started) -> None:
        """End a worker as one is ended that has done its part."""
        worker.end(signal.SIGTERM)
        self.workers.remove(worker)

    def _forget(self, worker: Started) -> None:
        worker.end(signal.SIGKILL)
        self.workers.remove(worker)

    def holder(self) -> int:
        """Wait until a worker holds a submission; return its process."""
        self._wait((self.folder / "holds").exists)
        return int((self.folder / "holds").read_text())

    def _client(self) -> distributed.Client:
        security = self._security
        return distributed.Client(self.address, security=security, set_as_default=False)

    def joined(self) -> None:
        """Wait until the scheduler knows all workers, and none that have ended."""
        wanted = sorted(one.pid for one in self.workers)
        with self._client() as client:

            def there() -> list[int]:
                return sorted(client.run(os.getpid, on_error="ignore").values())

            self._wait(lambda: there() == wanted)

    def processing(self) -> list[str]:
        """Return the names of what is at the workers."""
        with self._client() as client:
            return [key for keys in client.processing().values() for key in keys]

    def _wait(self, holds) -> None:
        deadline = time.monotonic() + 60 * MINUTES
        while not holds():
            logs = [path.read_text() for path in self.folder.glob("*.log")]
            assert time.monotonic() < deadline, logs
            time.sleep(0.02)

    def _end_all(self) -> None:
        for process in [*self.workers, self.scheduler]:
            process.end(signal.SIGKILL)
        self.workers = []

    def end(self) -> None:
        """End everything."""
        self._end_all()
        self._forks.stdin.close()
        self._forks.wait()
        self._forks.stdout.close()


def untidy_class(folder: Path) -> Path:
    """Make a course in the gradebook, with an untidy class; nobody is graded."""
    course = entered_course(folder)
    hand_in(course, "good", "01")
    hand_in(course, "triple", double="3 * x")
    hand_in(course, "absolute", double="2 * abs(x)")
    hand_in(course, "second-file")
    place = course / "submitted" / "second-file" / NAME
    (place / FILE).rename(place / "tiny (1).ipynb")
    shutil.copy(course / "release" / NAME / FILE, place)
    (place / "own.csv").write_text("1,2\n")
    hand_in(course, "link")
    (link := course / "submitted" / "link" / NAME / FILE).unlink()
    link.symlink_to(course / "source" / NAME / FILE)
    (course / "submitted" / "none" / NAME).mkdir(parents=True)
    (broken := course / "submitted" / "broken" / NAME).mkdir(parents=True)
    (broken / FILE).write_text("{")
    hand_in(course, "when")
    (course / "submitted" / "when" / NAME / "timestamp.txt").write_text("1/2/2026")
    return course


def told(cluster, *more):
    results = ("--feedback", "--results", "results.json")
    return ("autograde", NAME, *SEED, *results, "--cluster", cluster, *more)
