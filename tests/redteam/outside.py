"""What an attacker would like to reach: listeners that offer the solutions."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

from redteam.submission import SOLVED, Outside


@contextlib.contextmanager
def listening(course: Path, home: Path) -> Iterator[tuple[Outside, list[str]]]:
    """Listen until the end; gives the addresses, and a list that grows by contacts."""
    solutions = "\n\n".join(SOLVED.values()).encode()
    contacts: list[str] = []
    with contextlib.ExitStack() as stack:

        def opened(family, kind, address) -> socket.socket:
            server = stack.enter_context(socket.socket(family, kind))
            server.bind(address)
            if kind == socket.SOCK_STREAM:
                server.listen()
            return server

        local = ("127.0.0.1", 0)
        unix, abstract = course.parent / "socket", f"redteam-{course.parent.name}"
        tcp = opened(socket.AF_INET, socket.SOCK_STREAM, local)
        udp = opened(socket.AF_INET, socket.SOCK_DGRAM, local)
        file = opened(socket.AF_UNIX, socket.SOCK_STREAM, str(unix))
        unix.chmod(0o777)
        hidden = opened(socket.AF_UNIX, socket.SOCK_STREAM, f"\0{abstract}")
        names = {tcp: "TCP", udp: "UDP", file: "a socket file", hidden: "abstract"}
        stop, stopped = socket.socketpair()
        stack.callback(stop.close)
        stack.callback(stopped.close)

        def serve() -> None:
            while True:
                ready, _, _ = select.select([*names, stopped], [], [])
                if stopped in ready:
                    return
                for server in ready:
                    contacts.append(names[server])
                    if server is udp:
                        _, address = server.recvfrom(1 << 16)
                        server.sendto(solutions, address)
                        continue
                    connection, _ = server.accept()
                    with connection, contextlib.suppress(OSError):
                        connection.sendall(solutions)

        thread = threading.Thread(target=serve)
        thread.start()
        stack.callback(thread.join)
        stack.callback(stop.send, b".")
        yield (
            Outside(
                course,
                home,
                tcp.getsockname()[1],
                udp.getsockname()[1],
                str(unix),
                abstract,
            ),
            contacts,
        )
