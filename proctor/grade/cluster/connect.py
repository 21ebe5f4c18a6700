"""Reach a Dask cluster by its address, or have one on this machine."""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import dask
from distributed import Client
from distributed.security import Security

from proctor.errors import GradingError
from proctor.grade.cluster.local import NOTHING_KEPT, Forks, local_cluster
from proctor.text import plain_line

_LOCAL = re.compile(r"local:(\d+)")
_SECONDS = 20
_NAME_THEM = (
    "set distributed.comm.tls.ca-file, client.cert and client.key, in a file of Dask's "
    "or as DASK_DISTRIBUTED__COMM__TLS__CA_FILE and so on"
)
_SETTINGS = {
    # A submission may have some megabytes, and it is no mistake.
    "distributed.admin.large-graph-warning-threshold": "1GiB",
    **NOTHING_KEPT,
    "distributed.comm.timeouts.connect": f"{_SECONDS}s",
    "distributed.admin.tick.limit": "1h",
}


@contextlib.contextmanager
def connected(
    address: str, tls: bool, tell: Callable[[str], None]
) -> Iterator[tuple[Client, Forks | None]]:
    """Be the client of a scheduler; of one here, with who starts its workers.

    Parameters
    ----------
    address
        Of a running one, or ``local:N``.
    tls
        Whether nothing goes over a network but encrypted, as it always is here.

    Raises
    ------
    GradingError
        If it does not answer, or not so.
    """
    # What goes wrong is said in our own lines.
    with contextlib.ExitStack() as stack:
        stack.enter_context(_quiet())
        stack.enter_context(dask.config.set(_SETTINGS))
        forks = loop = None
        if local := _LOCAL.fullmatch(address):
            if int(local[1]) < 1:
                raise GradingError("--cluster local:N wants 1 worker or more, got 0")
            forks = stack.enter_context(local_cluster(int(local[1])))
            where, loop, security = forks.here, forks.loop, forks.security
        else:
            where, security = address, _security(address, tls, tell)
        try:
            client = Client(
                where,
                security=security,
                timeout=_SECONDS,
                set_as_default=False,
                loop=loop,
                # What would pass through the scheduler is in this process either way.
                direct_to_workers=forks is not None,
            )
        except Exception as error:
            raise GradingError(_why(address, error, tls)) from None
        stack.callback(_close, client)
        yield client, forks


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
            f"{address} is encrypted, and Dask's settings name no certificate: "
            f"{_NAME_THEM}"
        )
    try:
        security.get_connection_args("client")
    except (OSError, ValueError) as error:
        # Its own words: not those of a scheduler that does not answer.
        files = security.tls_ca_file, security.tls_client_cert, security.tls_client_key
        named = ", ".join(map(_named, files))
        raise GradingError(
            f"the certificates that Dask's settings name ({named}) "
            f"cannot be used ({plain_line(str(error), 100)}): {_NAME_THEM}"
        ) from None
    return security


def _named(setting: str | None) -> str:
    """Return a file's name; settings may hold what is in a file, and that is secret."""
    return plain_line(setting or "none", 100) if "\n" not in (setting or "") else "text"


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
