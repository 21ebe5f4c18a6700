"""The process that a student's cells run in, seen from the grader.

No test ever runs in it: it is copied where one is to run
(:mod:`proctor.grade.process_copies`), and stands still before the first of them begins.
"""

from __future__ import annotations

import signal
import socket

from proctor.grade import safe_outputs
from proctor.grade.places import ANYWHERE, Place
from proctor.grade.process_copies import ProcessCopies
from proctor.grade.programs import PLAIN
from proctor.grade.ran import Ran
from proctor.grade.snapshot import Snapshot
from proctor.notebook.stubs import Stubs
from proctor.sandbox import forks, room
from proctor.sandbox.children import Child
from proctor.sandbox.jail import Jail
from proctor.wire.frames import Channel, ChannelError, Late, with_timeouts

# What a cell may print as JSON, pictures included.
_MAX_HEADER = 10 << 20
_AFTER_INTERRUPT = 5.0
# What surrounds the texts and pictures that a cell may show, beside one such sign for
# each character of a text.
_AROUND = 100_000
# Of what a cell defines behind its error.
_MOST_NAMES = 20
# A guard against a process that hangs, far from what any takes.
_TAKES = 60.0
# The system begins a fork again where a signal came, which needs leave again.
_COPY_TRIES = 3
_NO_COPY = "the notebook's process could not be copied: its memory may be full"


class Definitions(str):
    """The text of a cell of which the definitions alone are run.

    It took too long, or its process with it, when all of it ran.
    """


class Answers(str):
    """As JSON, answers that are in another form than asked for; no cell's text.

    By name, what may be its value: see :mod:`proctor.in_student.said`.
    """


class StudentProcess:
    """Runs cells of the student's, and lets itself be copied for the tests.

    Parameters
    ----------
    jail
        Where the process comes from.
    place
        Where it runs.
    earlier
        The process that this one goes on from: the notebook's time runs already, and
        what it may show is one for all.
    program
        What is imported already: :data:`proctor.grade.programs.PLAIN` or ``DRAWING``.

    Attributes
    ----------
    deadline
        When the time of the notebook's cells is over, by the place's clock.
    ended
        Why no cell can be run any more; empty while one can.
    hung
        Whether that is for taking too long.
    behind
        What the last cell defines behind the error that it ended in, as it says.
    """

    def __init__(
        self,
        jail: Jail,
        place: Place = ANYWHERE,
        earlier: StudentProcess | None = None,
        program: str = PLAIN,
    ) -> None:
        self._limits, self._place = jail.limits, place
        self.deadline = place.now() + self._limits.notebook_seconds
        self._room = safe_outputs.Room()
        if earlier:
            self.deadline, self._room = earlier.deadline, earlier._room
        self.ended, self.hung = "", False
        self.behind: list[str] = []
        self._stands = False
        self._files: room.Room | None = None
        cells, cells_there = socket.socketpair()
        # Only descriptors go over these.
        self._handover, takes = socket.socketpair()
        with_timeouts(cells)
        try:
            self._child: Child = jail.parent_of(program).fork(
                [cells_there.fileno(), takes.fileno()], place.processor
            )
        except BaseException:
            cells.close()
            self._handover.close()
            raise
        finally:
            cells_there.close()
            takes.close()
        self._copies = ProcessCopies(self._child, self._limits)
        # Its copies run a moment, or longer where the student has seen to that.
        self._family = forks.Family(self._child, self._copies.taken)
        marks = (self._limits.output_kb << 10) + _AROUND
        self._cells = Channel(cells.detach(), _MAX_HEADER, 0, marks)

    @property
    def lost(self) -> bool:
        """Whether the process is gone, and so may be its copies."""
        return self._copies.lost or self._child.ended

    def give_files(self, files: dict[str, bytes]) -> None:
        """Put files into the folder that the student's cells run in."""
        if not files or self.ended:
            return
        names = [[name, len(data)] for name, data in files.items()]
        try:
            self._cells.send({"files": names}, files.values(), _TAKES)
            self._cells.receive(_TAKES)
        except ChannelError as error:
            self.ended = (
                f"the files beside the notebook could not be given to it: {error}"
            )

    def compile(self, sources: list[str]) -> bool:
        """Have cells compiled that will be run, and tell whether the process is well.

        What is done before the first copy is made is done in memory that all share.
        """
        try:
            self._run({"compile": sources}, self._seconds())
        except ChannelError as error:
            self._lose(error)
        return not self.ended

    def run_cell(
        self, source: str, quiet: bool = False, kept: bool = True
    ) -> list[dict]:
        """Run a cell of the student's; return its outputs, safe to keep.

        Parameters
        ----------
        quiet
            Whether nobody reads them: no figure is drawn, and no output is kept.
        kept
            Whether they are wanted, which the process is not told.
        """
        seconds, self.behind = self._seconds(), []
        if self.ended:
            return [safe_outputs.error("NotRun", self.ended)]
        request: dict = {"source": source, "quiet": quiet}
        if isinstance(source, Definitions):
            request["defines"] = True
        if isinstance(source, Answers):
            request["answers"] = True
        try:
            reply = self._run(request, seconds)
        except Late:
            return self._interrupt(seconds)
        except ChannelError as error:
            self._lose(error)
            return [safe_outputs.error("ProcessEnded", self.ended)]
        self.behind = _names_in(reply)
        return self._outputs_of(reply) if kept and not quiet else []

    def run_test(self, source: str) -> Ran:
        """Run a test cell together with the student's code; nothing runs after it.

        Nothing but another cell of a notebook that is run to be thrown away.
        """
        seconds = self._seconds()
        if self.ended:
            return Ran(ended=self.ended, begun=False)
        request = {"source": source, "quiet": False, "test": True}
        try:
            reply = self._run(request, seconds)
        except Late:
            self.ended, self.hung = f"the test took longer than {seconds:.3g} s", True
            return Ran(ended=self.ended, hung=True)
        except ChannelError as error:
            self._lose(error)
            return Ran(ended=self.ended)
        return Ran.of_reply(reply, self._limits.output_kb << 10)

    def _run(self, request: dict, seconds: float) -> object:
        """Have a cell run; others may go first while it says nothing."""
        self._cells.idle = lambda: self._place.look(self._family)
        try:
            self._cells.send(request, seconds=seconds)
            return self._cells.receive(seconds)[0]
        finally:
            self._cells.idle = None

    def _outputs_of(self, reply: object) -> list[dict]:
        shown = reply.get("outputs") if isinstance(reply, dict) else None
        return safe_outputs.rebuild(shown, self._limits.output_kb << 10, self._room)

    def _interrupt(self, seconds: float) -> list[dict]:
        """Stop a cell that takes too long; the process goes on if it lets itself."""
        late = f"the cell took longer than {seconds:.3g} s"
        self._child.signal(signal.SIGINT)
        try:
            reply, _ = self._cells.receive(_AFTER_INTERRUPT)
        except ChannelError:
            self.ended, self.hung = late, True
            return [safe_outputs.error("TimeLimit", f"{late} and was stopped")]
        self.behind = _names_in(reply)
        return [*self._outputs_of(reply), safe_outputs.error("TimeLimit", late)]

    def has(self, stubs: Stubs) -> bool:
        """Tell whether these functions are there as they were handed out.

        It may say what it likes: who says so earns nothing by it.
        """
        if self.ended:
            return False
        seconds = self._limits.cell_seconds
        try:
            asked = {"stubs": list(stubs.names), "source": stubs.source}
            self._cells.send(asked, seconds=seconds)
            reply, _ = self._cells.receive(seconds)
        except ChannelError as error:
            self._lose(error)
            return False
        return isinstance(reply, dict) and reply.get("there") is True

    def snapshot(self) -> Snapshot:
        """Copy the process as it is now, for a test that runs later."""
        here, there = forks.attested_pair()
        with_timeouts(here)
        told = 0
        try:
            tries = _COPY_TRIES
            while not (self.ended or told) and tries:
                told, tries = self._copy(there), tries - 1
        finally:
            there.close()
        snapshot = Snapshot(here, self.ended or ("" if told else _NO_COPY))
        self._copies.add(snapshot, told)
        return snapshot

    def _copy(self, there: socket.socket) -> int:
        """Have it fork; return the copy's number as it says it, 0 if it says none."""
        self._copies.allow_one()
        try:
            seconds = self._limits.cell_seconds
            self._cells.send({"snapshot": True}, seconds=seconds)
            socket.send_fds(self._handover, [b"."], [there.fileno()])
            reply, _ = self._cells.receive(seconds)
        except (ChannelError, OSError) as error:
            self._lose(error)
            return 0
        pid = reply.get("pid") if isinstance(reply, dict) else None
        return pid if type(pid) is int and pid > 0 else 0

    def _lose(self, error: Exception) -> None:
        self._copies.lost = True
        self.ended = self._child.stopped_for or str(error)

    def rest(self) -> None:
        """Stop the process for good, and hold its copies still.

        Whatever else it forked is killed.
        """
        if self._stands:
            return
        self._stands = True
        if self._child.gate:
            self._child.gate.close_forks()
        forks.freeze(self._child)
        self._files = room.Room(self._child)
        # By what is closed nobody can tell anybody anything.
        self._cells.close()
        self._handover.close()
        self._copies.hold()

    def changes(self) -> object:
        """Return what is equal to what it was before, if no file was changed.

        By the process, when it has been stopped, or by a copy of it.
        """
        asked = self._child.gate.changes if self._child.gate else 0
        return asked, self._files.taken() if self._files else None

    def _seconds(self) -> float:
        left = self.deadline - self._place.now()
        if left <= 0 and not self.ended:
            limit = self._limits.notebook_seconds
            self.ended = f"the notebook took longer than {limit:g} s"
            self.hung = True
        return max(min(self._limits.cell_seconds, left), 0.1)

    def close(self) -> None:
        """End the process and its copies."""
        self.rest()
        self._copies.close()
        if self._files:
            self._files.close()
        self._child.end()

    def __enter__(self) -> StudentProcess:
        return self

    def __exit__(self, *_) -> None:
        self.close()


def _names_in(reply: object) -> list[str]:
    """Return what a cell says that it defined behind its error."""
    names = reply.get("behind") if isinstance(reply, dict) else None
    names = names if isinstance(names, list) else []
    return [n for n in names[:_MOST_NAMES] if isinstance(n, str) and n.isidentifier()]
