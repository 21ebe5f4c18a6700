"""The sessions of one notebook: the one that its cells run in, and those beside it.

Each is a process of the student's; the examiner's is one for all. Where the student's
ends, another goes on from the cells so far. Where right versions of earlier functions
stand in, that is in a session of its own, which no later cell runs in.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator

from proctor.grade.examiner_process import ExaminerProcess
from proctor.grade.student_process import Session, Verdict
from proctor.sandbox.jail import Jail

_DEFINITION = re.compile(r"^(?:def|class) +(\w+)", re.MULTILINE)
# A notebook whose process ends more often, or hangs once more, is not run to its end.
_MOST_RESTARTS, _SECONDS_OF_A_HANG = 3, 1.0


class Sessions:
    """Runs a notebook's cells and tests in turn.

    Parameters
    ----------
    jail, seed, processor
        See :class:`~proctor.grade.student_process.Session`.
    files
        What the cells find beside them, by relative name.

    Attributes
    ----------
    verdicts
        On the tests so far, by grade_id.
    """

    def __init__(
        self, jail: Jail, seed: int, files: dict[str, bytes], processor: int | None
    ) -> None:
        self._jail, self._seed, self._processor = jail, seed, processor
        self._files = files
        self.verdicts: dict[str, Verdict] = {}
        # The functions that lost points; None: it cannot be told which.
        self._wrong: set[str] | None = set()
        # The student's cells so far, without those that ended a process or took too
        # long.
        self._ran: list[str] = []
        self._ends = self._ends_beside = 0
        self._beside: _Beside | None = None
        self._open = contextlib.ExitStack()
        self._examiner = self._new_examiner()
        self._session = self._new_session()

    def run_cell(self, source: str) -> list[dict]:
        """Run a cell of the student's; return its outputs."""
        self._go_on()
        with self._counting(self._session):
            shown = self._session.run_cell(source)
        late = any(output.get("ename") == "TimeLimit" for output in shown)
        if not self._session.ended and not late:
            self._ran.append(source)
        return shown

    def examine(
        self, name: str, source: str, points: float, observe: bool, own: str
    ) -> Verdict:
        """Run a test cell; ``own`` is the text of the student's cell that it tests."""
        self._go_on()
        given_up = self._session.ended
        with self._counting(self._session):
            verdict = self._session.examine(name, source, points, observe)
        # Where these functions lost nothing before, right ones cannot help.
        helped = self._wrong is None or self._wrong & set(verdict.stand_ins)
        given_up = given_up or self._ends_beside > _MOST_RESTARTS
        if verdict.again and helped and not given_up:
            session = self._session_beside(set(verdict.stand_ins))
            if not session.ended:
                with self._counting(session):
                    verdict = session.examine(name, source, points, observe, verdict)
        if verdict.score < points and self._wrong is not None:
            names = set(_DEFINITION.findall(own))
            self._wrong = self._wrong | names if names else None
        self.verdicts[name] = verdict
        return verdict

    def _go_on(self) -> None:
        """Start anew after a process that ended: it costs its own cell alone."""
        if not self._session.ended or self._ends > _MOST_RESTARTS:
            return
        if time.monotonic() >= self._session.deadline:
            return
        session = self._new_session(self._session)
        self._replay(session)
        if session.ended:
            session.close()
            self._ends = _MOST_RESTARTS + 1
            return
        self._session.close()
        self._session = session

    @contextlib.contextmanager
    def _counting(self, session: Session) -> Iterator[None]:
        """Count the ends of processes; whoever hangs costs time, and does so twice."""
        before, start = session.ended, time.monotonic()
        yield
        if not session.ended or before:
            return
        hung = time.monotonic() - start > _SECONDS_OF_A_HANG
        ends = _MOST_RESTARTS if hung else 1
        if session is self._session:
            self._ends += ends
        else:
            self._ends_beside += ends

    def _session_beside(self, stand_ins: set[str]) -> Session:
        """Return a session in which the cells so far have run and these may stand in.

        The one that was used before serves again, unless it has seen the right version
        of a function that is the student's own in this test.
        """
        beside = self._beside
        if beside and (beside.session.ended or not beside.seen <= stand_ins):
            beside.session.close()
            beside = None
        if beside is None:
            beside = _Beside(self._new_session(self._session))
        self._beside = beside
        beside.seen |= stand_ins
        with self._counting(beside.session):
            self._replay(beside.session, beside.ran)
        beside.ran = len(self._ran)
        return beside.session

    def _new_examiner(self) -> ExaminerProcess:
        examiner = self._jail.kept(ExaminerProcess, self._processor)
        examiner = examiner or ExaminerProcess(self._jail, self._processor)
        self._open.callback(self._leave_examiner, examiner)
        return examiner

    def _leave_examiner(self, examiner: ExaminerProcess) -> None:
        """Leave it to the next submission, or end it."""
        if examiner.can_go_on():
            self._jail.keep(examiner, self._processor)
        else:
            examiner.close()

    def _new_session(self, earlier: Session | None = None) -> Session:
        if self._examiner.ended:
            self._examiner = self._new_examiner()
        session = Session(
            self._jail, self._seed, self._processor, earlier, self._examiner
        )
        self._open.callback(session.close)
        session.give_files(self._files)
        return session

    def _replay(self, session: Session, first: int = 0) -> None:
        for source in self._ran[first:]:
            session.run_cell(source, quiet=True)

    def close(self) -> None:
        """End the processes."""
        self._open.close()


class _Beside:
    """A session in which right versions stand in.

    Attributes
    ----------
    seen
        The names of those that it may have seen.
    ran
        How many of the student's cells have run in it.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.seen: set[str] = set()
        self.ran = 0
