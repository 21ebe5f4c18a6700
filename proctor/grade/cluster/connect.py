"""Reach a Dask cluster by its address, or start workers on this machine."""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import dask
from distributed import Client, LocalCluster
from distributed.security import Security

from proctor.errors import GradingError
from proctor.text import plain_line

_LOCAL = re.compile(r"local:(\d+)")
_SECONDS = 20
_ENDS_WITHIN = 15
_SETTINGS = {
    # A submission may have some megabytes, and it is no mistake.
    "distributed.admin.large-graph-warning-threshold": "1GiB",
    "distributed.comm.timeouts.connect": f"{_SECONDS}s",
    "distributed.admin.tick.limit": "1h",
}

# Of workers that are started here. Dask looks at what they do every 10 ms, and every 20
# ms at how late its own loop is, for pages that nobody sees.
_CALM = {
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "10s",
}


@contextlib.contextmanager
def connected(address: str, tls: bool, tell: Callable[[str], None]) -> Iterator[Client]:
    """Be the client of a scheduler.

    Parameters
    ----------
    address
        Of a running one, or ``local:N``.
    tls
        Whether nothing goes over a network but encrypted.

    Raises
    ------
    GradingError
        If it does not answer, or not so.
    """
    # What goes wrong is said in our own lines.
    with contextlib.ExitStack() as stack:
        stack.enter_context(_quiet())
        stack.enter_context(dask.config.set(_SETTINGS))
        if _LOCAL.fullmatch(address):
            stack.enter_context(dask.config.set(_CALM))
            number = int(_LOCAL.fullmatch(address)[1])
            if number < 1:
                raise GradingError("--cluster local:N wants 1 worker or more, got 0")
            security = Security.temporary() if tls else None
            cluster = stack.enter_context(_local(number, security))
            where = cluster.scheduler_address
        else:
            where = address
            security = _security(address, tls, tell)
        try:
            client = Client(
                where, security=security, timeout=_SECONDS, set_as_default=False
            )
        except Exception as error:
            raise GradingError(_why(address, error, tls)) from None
        stack.callback(_close, client)
        yield client


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    names = ("distributed", "distributed.client", "tornado.application", "asyncio")
    before = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


def _close(client: Client) -> None:
    with contextlib.suppress(Exception):
        client.close(timeout=5)


def _security(address: str, tls: bool, tell: Callable[[str], None]) -> Security | None:
    """Return what an address is to be reached with.

    Raises
    ------
    GradingError
        If it is no address, or encryption is asked for and not configured.
    """
    parts = urlsplit(address)
    if not (parts.scheme and parts.netloc):
        raise GradingError(
            f"--cluster wants the address of a Dask scheduler, such as "
            f"tcp://HOST:8786 or tls://HOST:8786, or local:N; got {address!r}"
        )
    encrypted = parts.scheme in ("tls", "wss")
    if tls and not encrypted:
        raise GradingError(
            f"--tls wants an encrypted scheduler (tls://...), got {address!r}: start "
            "it with --tls-ca-file, --tls-cert and --tls-key"
        )
    if not encrypted:
        if not _is_here(parts.hostname or ""):
            tell(
                f"what goes to {address} is not encrypted: submissions, scores and "
                "tests can be read, and changed, on the way (see --tls)"
            )
        return None
    security = Security(require_encryption=True)
    if not (security.tls_ca_file and security.tls_client_cert):
        raise GradingError(
            f"{address} is encrypted, and Dask's settings name no certificate: set "
            "distributed.comm.tls.ca-file, client.cert and client.key, in a file of "
            "Dask's or as DASK_DISTRIBUTED__COMM__TLS__CA_FILE and so on"
        )
    return security


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _why(address: str, error: Exception, tls: bool) -> str:
    reason = plain_line(str(error) or type(error).__name__, 200)
    return (
        f"no scheduler answers at {address} ({reason}): see that it runs there"
        f"{' with the same certificates' if tls else ''} and that its Dask is the same"
    )


@contextlib.contextmanager
def _local(number: int, security: Security | None) -> Iterator[LocalCluster]:
    """Start a scheduler in this process, and workers in others.

    They are ours to end: Ctrl-C on the terminal is for this process alone.
    """
    with contextlib.ExitStack() as stack:
        cluster = stack.enter_context(
            LocalCluster(
                n_workers=0,
                host="127.0.0.1",
                scheduler_port=0,
                dashboard_address=None,
                security=security,
                silence_logs=False,
                protocol="tls://" if security else "tcp://",
            )
        )
        command = [sys.executable, "-m", "distributed.cli.dask_worker"]
        command += [cluster.scheduler_address, "--nthreads", "1", "--no-dashboard"]
        command += ["--host", "127.0.0.1", "--memory-limit", "0", "--death-timeout"]
        command += ["60", "--nworkers", str(number)]
        environment = os.environ | {
            f"DASK_{name.upper().replace('.', '__').replace('-', '_')}": str(value)
            for name, value in _CALM.items()
        }
        if security:
            folder = stack.enter_context(_certificates(security))
            for option, path in folder.items():
                command += [option, path]
        log = subprocess.DEVNULL
        workers = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment,
            start_new_session=True,
        )
        stack.callback(_end, workers)
        yield cluster


@contextlib.contextmanager
def _certificates(security: Security) -> Iterator[dict[str, str]]:
    """Write certificates into files, for the options of ``dask worker``."""
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        found = {}
        for option, text in {
            "--tls-ca-file": security.tls_ca_file,
            "--tls-cert": security.tls_worker_cert,
            "--tls-key": security.tls_worker_key,
        }.items():
            path = Path(folder, option.strip("-"))
            path.touch(mode=0o600)
            path.write_text(text)
            found[option] = str(path)
        yield found


def _end(workers: subprocess.Popen) -> None:
    """End workers, and all that they started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(workers.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        workers.wait(_ENDS_WITHIN)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(workers.pid, signal.SIGKILL)
    workers.wait()
