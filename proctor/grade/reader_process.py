"""The reader's process, seen from the grader."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from proctor.errors import SubmissionError
from proctor.grade.programs import READER
from proctor.grade.which import Held
from proctor.notebook.assignment import AssignedNotebook, Assignment
from proctor.notebook.read import MAX_BYTES
from proctor.sandbox.jail import Jail
from proctor.wire.frames import Channel, ChannelError, with_timeouts

# For what takes long, on the slowest machine; a notebook takes milliseconds.
_SECONDS = 60.0
# Outputs do not come back, but texts and pictures do, and JSON may take twice the room.
_MAX_REPLY = 2 * MAX_BYTES
# After a larger file a new process takes over: this one's memory is not given back.
_LARGE = 4 << 20


@dataclass(frozen=True)
class Read:
    """A notebook that was handed in, as it is to be run.

    Attributes
    ----------
    notes
        What was done, a line each.
    given
        By the id of a given cell that was changed, the text as it was given.
    others
        The ids of those that make otherwise what other cells need.
    """

    notebook: dict
    notes: list[str]
    given: dict[str, str]
    others: list[str]


class ReaderProcess:
    """Makes of a file that was handed in the notebook that is run.

    Parameters
    ----------
    jail
        Where it comes from.
    processor
        The one to run on; None: any.
    """

    def __init__(self, jail: Jail, processor: int | None = None) -> None:
        here, there = socket.socketpair()
        with_timeouts(here)
        try:
            self._child = jail.trusted.fork([there.fileno()], processor, READER)
        except BaseException:
            here.close()
            raise
        finally:
            there.close()
        self._channel = Channel(here.detach(), _MAX_REPLY, max_body=0)
        self.worn = False

    def read(self, notebook: AssignedNotebook, file: str, data: bytes) -> Read:
        """Return the notebook, read and mended.

        Parameters
        ----------
        notebook
            Which of the assignment's, or a part of it.
        file, data
            The name and the bytes of what was handed in.

        Raises
        ------
        SubmissionError
            If it is none, or takes too much to read.
        """
        reply = self._ask(notebook, file, data, look=False)
        return Read(**reply)

    def look(self, notebook: AssignedNotebook, file: str, data: bytes) -> Held:
        """Return what a file holds of the assignment's; as :meth:`read` does."""
        return Held(**self._ask(notebook, file, data, look=True))

    def _ask(
        self, notebook: AssignedNotebook, file: str, data: bytes, look: bool
    ) -> dict:
        self.worn = self.worn or len(data) > _LARGE
        names = [cell.name for cell in notebook.cells]
        asked = {"notebook": notebook.name, "cells": names, "file": file, "look": look}
        try:
            self._channel.send(asked, [data], _SECONDS)
            reply, _ = self._channel.receive(_SECONDS)
        except ChannelError:
            self.worn = True
            raise SubmissionError(
                f"{file} takes more memory or time to read than a notebook may: clear "
                "its outputs and hand it in again"
            ) from None
        if "refused" in reply:
            raise SubmissionError(reply["refused"])
        return reply

    def close(self) -> None:
        """End it."""
        self._child.end()
        self._channel.close()


class ReaderPool:
    """The readers of a run: who has read one submission waits for the next."""

    def __init__(self, jail: Jail, assignment: Assignment) -> None:
        self._jail = jail
        self._idle: dict[int | None, list[ReaderProcess]] = {}
        marks = asdict(assignment.marks)
        for notebook in assignment.notebooks:
            about = {"notebook": notebook.name}
            lesson = about | {"kernelspec": notebook.kernelspec, "marks": marks}
            jail.trusted.learn(lesson, READER)
            for given in notebook.given:
                jail.trusted.learn(about | {"given": given}, READER)
            for skipped in notebook.skipped:
                jail.trusted.learn(about | {"skipped": skipped}, READER)
            for around in notebook.around:
                jail.trusted.learn(about | {"around": around}, READER)
            for cell in notebook.cells:
                jail.trusted.learn(about | {"cell": asdict(cell)}, READER)

    @contextlib.contextmanager
    def one(self, processor: int | None) -> Iterator[ReaderProcess]:
        """Return a reader that runs on this processor, and serves nobody else."""
        waiting = self._idle.setdefault(processor, [])
        try:
            reader = waiting.pop()
        except IndexError:  # also where somebody else was faster
            reader = ReaderProcess(self._jail, processor)
        try:
            yield reader
        finally:
            if reader.worn:
                reader.close()
            else:
                waiting.append(reader)

    def close(self) -> None:
        """End those that wait."""
        for waiting in self._idle.values():
            while waiting:
                waiting.pop().close()
