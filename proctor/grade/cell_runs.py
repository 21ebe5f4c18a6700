"""One notebook's cells, run in order in one process, which is copied for the tests.

Where the process ends, another goes on from the cells so far. At each test it is
copied; what becomes of the copies is in :mod:`proctor.grade.student_runs`.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable

from proctor.grade import safe_outputs
from proctor.grade.examiner_process import ExaminerPool
from proctor.grade.places import Place
from proctor.grade.programs import PLAIN
from proctor.grade.snapshot import Snapshot
from proctor.grade.student_process import Definitions, StudentProcess
from proctor.grade.used_up import UsedUp
from proctor.grade.verdict import Verdict
from proctor.notebook.assignment import TestCell
from proctor.notebook.names import bound
from proctor.notebook.stubs import Stubs
from proctor.sandbox.jail import Jail
from proctor.text import plain_line

# A notebook whose process ends more often, or hangs once more, is not run to its end.
_MOST_RESTARTS = 3
# A longer cell, or more of them, is compiled when it is run.
_MOST_AHEAD, _MOST_AHEAD_IN_ALL = 1 << 16, 1 << 20
# In a SyntaxError's text: of the changed cell, which is not the one that ran.
_LINE = re.compile(r" \(line \d+\)")
GIVEN_UP = "the notebook ended its process, or hung, again and again"


class CellRuns:
    """Runs a notebook's cells.

    Parameters
    ----------
    examiners
        Who know what their tests say of a task that nobody has written.
    files
        What the cells find beside them, by relative name.
    place
        Where its processes run.
    program
        What is imported when they begin.

    Attributes
    ----------
    quiet
        Whether nobody reads what the cells show.
    given
        By the id of a given cell that the student changed, the text as it was given: it
        is run where the changed one ends in an error.
    others
        The ids of those that make otherwise what other cells need.
    notes
        Where a given cell was run as it was given, a line each.
    behind
        What the last cell defines behind the error that it ended in, or at which it was
        stopped.
    """

    def __init__(
        self,
        jail: Jail,
        examiners: ExaminerPool,
        files: dict[str, bytes],
        place: Place,
        program: str = PLAIN,
    ) -> None:
        self._program = program
        self._jail, self._examiners = jail, examiners
        self._place, self._files = place, files
        # What has run so far, without the cells that ended a process or took too long;
        # and where between them the tests stand.
        self._ran: list[str | TestCell] = []
        self._snapshots: dict[TestCell, Snapshot] = {}
        self._unwritten: dict[TestCell, Verdict] = {}
        # What the process was asked and did where a test stands; what it did again for
        # tests that are over.
        self._asked: dict[TestCell, Stubs] = {}
        self._copied: set[TestCell] = set()
        self._spent: list[Snapshot] = []
        # The cells that it compiled before it ran any.
        self._ahead: list[str] = []
        self.quiet = False
        self.given: dict[str, str] = {}
        self.others: frozenset[str] = frozenset()
        # By the number of what has run, the given text to run after it.
        self._as_given: dict[int, str] = {}
        self.notes: list[str] = []
        self.behind: list[str] = []
        self._ends = 0
        # What took how long; the tasks whose own cells took too long, or ended the
        # process; and why a test stood there without a process, for no fault of its own
        # task.
        self._used_up = UsedUp()
        self._at_fault: set[str] = set()
        self._untried: dict[TestCell, str] = {}
        self._process: StudentProcess | None = None
        self._open = contextlib.ExitStack()

    def prepare(self, sources: Iterable[str]) -> None:
        """Have the cells that will be run made ready; what comes of it is theirs."""
        left, chosen = _MOST_AHEAD_IN_ALL, []
        for source in sources:
            if len(source) < min(_MOST_AHEAD, left):
                left -= len(source)
                chosen.append(source)
        earlier = self._process
        if earlier.compile(chosen):
            self._ahead = chosen
        else:
            self._process = self._new_process(earlier)
            earlier.close()

    def run_cell(
        self, source: str, name: str = "", cell_id: str = "", taken: str = ""
    ) -> list[dict]:
        """Run a cell of the student's; return its outputs.

        Parameters
        ----------
        name
            Its grade_id, where it has one.
        cell_id
            By which `given` and `others` know it.
        taken
            The text of given cells whose names it takes, or deletes.
        """
        if self._process.ended and not self._go_on():
            return [safe_outputs.error("NotRun", self._why_not())]
        begun = self._place.now()
        shown = self._process.run_cell(source, self.quiet)
        errors = {output.get("ename") for output in shown}
        late, refused = "TimeLimit" in errors, "NotRun" in errors
        ended = bool(self._process.ended)
        if ended:
            self._count(self._process.hung)
        elif late:
            self._ran.append(Definitions(source))
        else:
            self._ran.append(source)
            again = self.given[cell_id] if cell_id in self.others else taken
            if again:
                self._as_given[len(self._ran)] = again
        self.behind = [plain_line(name, 40) for name in self._process.behind]
        seconds = self._place.now() - begun
        if not refused:
            self._used_up.cell(name, source, seconds, ended)
        # Not where other cells had left it less time than a cell has.
        had_time = self._process.deadline - begun >= self._jail.limits.cell_seconds
        if (late and had_time) or (ended and not late and not refused):
            self._at_fault.add(name)
        if ended and not refused and bound(source) and self._go_on():
            self._define(Definitions(source))
        return shown

    def _define(self, source: Definitions) -> None:
        """Have what a cell defines that ended its process, in the one that goes on."""
        self._process.run_cell(source, self.quiet, kept=False)
        self.behind = [plain_line(name, 40) for name in self._process.behind]
        if self._process.ended:
            self._count(self._process.hung)
        elif self.behind:
            self._ran.append(source)

    def run_given(self, cell_id: str, why: str) -> None:
        """Run a given cell as it was given, where the changed one ended in an error.

        Also where it took the process with it: what it defines is no student's to lose.
        """
        text = self.given.get(cell_id)
        if text is None or (self._process.ended and not self._go_on()):
            return
        self._process.run_cell(text, self.quiet, kept=False)
        self._as_given.pop(len(self._ran), None)
        self._ran.append(text)
        why = _LINE.sub("", why)
        self.notes.append(
            f"a given cell was changed and ended in an error ({why}): "
            "it was run as it was given too"
        )

    def hold(self, test: TestCell, stubs: Stubs | None = None, task: str = "") -> None:
        """Keep the notebook as it is now for a test.

        Parameters
        ----------
        stubs
            What the test is about as it was handed out. Where the notebook still has
            it so, the test says what it says of any such notebook.
        task
            The grade_id of the cell that it is about. Where neither this nor the test
            could be run for what other cells did, a person has to look.
        """
        if self._process.ended and not self._go_on() and task not in self._at_fault:
            self._untried[test] = self._why_not()
        unwritten = stubs and self._examiners.unwritten(test, stubs.names)
        self._ran.append(test)
        if unwritten:
            self._asked[test] = stubs
            if self._process.has(stubs):
                self._unwritten[test] = unwritten
                return
        self._copied.add(test)
        self._snapshots[test] = self._process.snapshot()

    def pass_by(self, test: TestCell) -> None:
        """Take note of where a test stands that runs together with all cells."""
        self._ran.append(test)

    def _go_on(self) -> bool:
        """Start anew after a process that ended, and tell whether there is one.

        It costs its own cell alone.
        """
        if not self._may_go_on():
            return False
        self._start_anew()
        if self._process.ended:
            self._ends = _MOST_RESTARTS + 1
        return not self._process.ended

    def _start_anew(self) -> None:
        """Run again what has run, in a new process.

        It is asked and copied as the first one was, or its copies' numbers would tell
        a test that the one before it had changed something.
        """
        earlier, self._process = self._process, self._new_process(self._process)
        earlier.close()
        if self._ahead:
            self._process.compile(self._ahead)
        for step in self._ran:
            if isinstance(step, str):
                self._process.run_cell(step, self.quiet, kept=False)
                continue
            if step in self._asked:
                self._process.has(self._asked[step])
            if step in self._copied:
                copy = self._process.snapshot()
                if self._process.hung:  # what it did before took longer now
                    self._untried.setdefault(step, self._process.ended)
                if step in self._snapshots:
                    self._snapshots[step] = copy
                else:  # it was run
                    self._spent.append(copy)

    def _why_not(self) -> str:
        """Return why no cell is run any more."""
        if self._place.now() >= self._process.deadline:
            limit = self._jail.limits.notebook_seconds
            return f"the notebook took longer than {limit:g} s"
        return GIVEN_UP if self._gives_up() else self._process.ended

    def _may_go_on(self) -> bool:
        return not self._gives_up() and self._place.now() < self._process.deadline

    def _gives_up(self) -> bool:
        return self._ends > _MOST_RESTARTS

    def _count(self, hung: bool) -> None:
        """Count the ends of processes; whoever hangs costs time, and does so twice."""
        self._ends += _MOST_RESTARTS if hung else 1

    def _new_process(self, earlier: StudentProcess | None) -> StudentProcess:
        process = StudentProcess(self._jail, self._place, earlier, self._program)
        self._open.callback(process.close)
        process.give_files(self._files)
        return process
