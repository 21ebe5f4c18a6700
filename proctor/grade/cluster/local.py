"""A cluster on this machine: a scheduler in this process, workers in others.

Everybody who has an account here can reach its ports. So it is always encrypted, with
certificates that are made for the run and known to its processes alone.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator

import dask
from distributed import LocalCluster
from distributed.security import Security

from proctor.text import plain_line

_ENDS_WITHIN = 15
# Each end of a connection remembers a thousand messages, with the submissions in them.
NOTHING_KEPT = {"distributed.admin.low-level-log-length": 1}
# Dask looks at what its processes do every 10 ms, at how late their loops are every 20,
# and for results that lie at two workers, for pages that nobody sees; and tells all who
# ask on a port of its own whom they grade.
_CALM = {
    **NOTHING_KEPT,
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.scheduler.active-memory-manager.start": False,
    "distributed.scheduler.work-stealing": False,
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
}

# NumPy's, which Dask imports: who forks has no other.
_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"
)


class Forks:
    """The workers of this machine: none is started before it is asked for.

    They are ours to end: Ctrl-C on the terminal is for this process alone.

    Parameters
    ----------
    cluster
        Its scheduler listens to workers, and to this process.
    security
        What to reach the scheduler with.
    most
        How many there may be.

    Attributes
    ----------
    address, here
        The scheduler's, for all and for this process: what goes there is not copied.
    loop
        Where the scheduler runs.
    """

    def __init__(self, cluster: LocalCluster, security: Security, most: int) -> None:
        listeners = cluster.scheduler.listeners
        self.address, self.here = (one.contact_address for one in listeners)
        self.loop, self.security, self.most = cluster.loop, security, most
        self._begun = 0
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (as long as they are)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "proctor.grade.cluster.forks"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
            env=os.environ | _ONE_THREAD,
            start_new_session=True,
            bufsize=0,
        )
        about = {
            "address": self.address,
            "settings": _CALM,
            "tls": {
                "tls_ca_file": security.tls_ca_file,
                "tls_worker_cert": security.tls_worker_cert,
                "tls_worker_key": security.tls_worker_key,
            },
        }
        self._write(json.dumps(about).encode() + b"\n")

    def have(self, number: int) -> None:
        """Start workers until there are so many, or as many as there may be."""
        more = min(number, self.most) - self._begun
        if more > 0:
            self._begun += more
            self._write(b"." * more)

    def _write(self, data: bytes) -> None:
        # What has ended is seen by who waits for a worker.
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(data)

    def why_ended(self) -> str:
        """Say why no worker can come; empty: one can."""
        if self._process.poll() is None:
            return ""
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").split("\n")
        said = [line for line in lines if line.strip()]
        return plain_line(
            said[-1] if said else f"status {self._process.returncode}", 200
        )

    def close(self) -> None:
        """End workers, and all that they started."""
        self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_ENDS_WITHIN)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._errors.close()


@contextlib.contextmanager
def local_cluster(most: int) -> Iterator[Forks]:
    """Start a scheduler here, and the first of its workers."""
    security = Security.temporary()
    with (
        dask.config.set(_CALM),
        LocalCluster(
            n_workers=0,
            host="127.0.0.1",
            scheduler_port=0,
            dashboard_address=None,
            scheduler_kwargs={
                # Not the one of a scheduler that the user has started.
                "dashboard_address": "127.0.0.1:0",
                # For the workers, and for this process.
                "protocol": ["tls", "inproc"],
                "host": ["127.0.0.1", None],
            },
            security=security,
            silence_logs=False,
            protocol="tls://",
        ) as cluster,
        contextlib.closing(Forks(cluster, security, most)) as forks,
    ):
        forks.have(1)
        yield forks
