"""One namer for all of a run's workers on a machine: who asks first has it.

Each other would find out anew what every known mistake gives. Who has it serves the
others at a socket, in a folder that is this user's alone; where that worker ends, even
by a kill, the next that asks has it, and finds out anew.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import socket
import stat
import threading
import time
from functools import partial
from pathlib import Path

from proctor.bank.reference import Reference
from proctor.grade import namer_process
from proctor.grade.namer_process import Namer, NamerProcess
from proctor.sandbox.jail import Jail
from proctor.wire.frames import Channel, ChannelError, Closed, with_timeouts

# So many times as long as the namer's process may take, which others ask as well.
_PATIENCE = 4
_SOON = 0.02
_log = logging.getLogger(__name__)


class SharedNamer(Namer):
    """Names known mistakes, by a process that others on this machine use too.

    Parameters
    ----------
    folder
        Whose name all workers of a run have, and nobody else can guess; it is made if
        it is not there.
    """

    def __init__(self, jail: Jail, reference: Reference, seed: int, folder: Path):
        super().__init__(jail, reference, seed)
        self._folder = folder
        self._alone = self._closed = False
        # Of who serves: what others must not have, and where they come.
        self._lock: int | None = None
        self._listener: socket.socket | None = None
        self._served: set[socket.socket] = set()
        # Of who is served.
        self._server: Channel | None = None

    def _answer(self, question: dict, body: memoryview) -> dict:
        """Ask who has the namer; be that one, where nobody is.

        Raises
        ------
        ChannelError
            If it does not answer.
        """
        while not (self._server or self._has_it() or self._reach()):
            time.sleep(_SOON)  # who has it has just begun, or ended
        if self._server is None:
            return super()._answer(question, body)
        seconds = _PATIENCE * namer_process._SECONDS
        try:
            self._server.send(question, [body], seconds)
            answer, _ = self._server.receive(seconds)
        except ChannelError as error:
            self._leave()
            if isinstance(error, Closed):
                return self._answer(question, body)
            raise
        if "error" in answer:
            raise ChannelError(answer["error"])
        return answer

    def _has_it(self) -> bool:
        if self._alone or self._lock is not None:
            return True
        lock = -1
        try:
            _make_own(self._folder)
            lock = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._listen()
        except BlockingIOError:
            os.close(lock)
            return False
        except OSError as error:
            _log.info("no namer is shared: %s", error)
            if lock >= 0:
                os.close(lock)
            self._alone = True
            return True
        self._lock = lock
        welcome = partial(self._welcome, self._listener)
        threading.Thread(target=welcome, daemon=True).start()
        return True

    def _listen(self) -> None:
        address = self._folder / "namer"
        address.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX)
        try:
            listener.bind(str(address))
            listener.listen(socket.SOMAXCONN)
        except BaseException:
            listener.close()
            raise
        self._listener = listener

    def _reach(self) -> bool:
        there = socket.socket(socket.AF_UNIX)
        try:
            there.connect(str(self._folder / "namer"))
        except OSError:
            there.close()
            return False
        self._server = Channel(with_timeouts(there).detach())
        return True

    def _leave(self) -> None:
        if self._server:
            self._server.close()
            self._server = None

    def _welcome(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                there, _ = listener.accept()
                serving = threading.Thread(
                    target=self._serve, args=(there,), daemon=True
                )
                serving.start()

    def _serve(self, there: socket.socket) -> None:
        self._served.add(there)
        channel = Channel(os.dup(there.fileno()))
        try:
            while not self._closed:
                question, body = channel.receive()
                try:
                    with self._asking:
                        answer = super()._answer(question, body)
                except (ChannelError, OSError) as error:
                    answer = {"error": str(error)}
                if not self._closed:
                    channel.send(answer)
        except ChannelError:
            pass  # it has ended
        finally:
            self._served.discard(there)
            channel.close()
            there.close()

    def _start(self) -> NamerProcess:
        if self._closed:
            raise Closed("the namer has ended")
        return super()._start()

    def close(self) -> None:
        """End the process, and leave it to others to have one."""
        self._closed = True
        self._leave()
        if self._listener:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        for there in list(self._served):
            with contextlib.suppress(OSError):
                there.shutdown(socket.SHUT_RDWR)
        with self._asking:
            super().close()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _make_own(folder: Path) -> None:
    """Make a folder, or see that it is this user's alone.

    Raises
    ------
    PermissionError
        If it is not.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    about = folder.lstat()
    alone = stat.S_ISDIR(about.st_mode) and not about.st_mode & 0o077
    if not alone or about.st_uid != os.geteuid():
        raise PermissionError(f"{folder} is somebody else's")
