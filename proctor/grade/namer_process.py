"""The namer's process, seen from the grader."""

from __future__ import annotations

import logging
import socket
import threading

from proctor.bank.bank import Bug
from proctor.bank.reference import Reference
from proctor.grade.programs import NAMER
from proctor.grade.verdict import Verdict
from proctor.notebook.assignment import TestCell
from proctor.sandbox.jail import Jail
from proctor.wire.frames import Channel, ChannelError, with_timeouts

# Of wall time, for a mistake that waits for what never comes; the process itself minds
# what runs too long. Nothing else takes so long, on the slowest machine.
_SECONDS = 300.0
_log = logging.getLogger(__name__)


class NamerProcess:
    """Recognises known mistakes, and remembers what they gave.

    Parameters
    ----------
    reference
        Of the one assignment that it knows.
    """

    def __init__(self, jail: Jail, reference: Reference) -> None:
        self._reference, self.asked = reference, 0
        self._taught: set[str] = set()
        here, there = socket.socketpair()
        with_timeouts(here)
        try:
            self._child = jail.trusted.fork([there.fileno()], program=NAMER)
        except BaseException:
            here.close()
            raise
        finally:
            there.close()
        self._channel = Channel(here.detach())

    def ask(self, question: dict, body: memoryview) -> dict:
        """Return its answer; the mistakes of the cell are learned before."""
        self.asked += 1
        cell = question["cell"]
        if cell not in self._taught:
            for lesson in self._reference.lessons_on(cell):
                self._channel.send({"lesson": lesson}, seconds=_SECONDS)
            self._taught.add(cell)
        self._channel.send(question, [body], _SECONDS)
        answer, _ = self._channel.receive(_SECONDS)
        return answer

    def close(self) -> None:
        """End it."""
        self._child.end()
        self._channel.close()


class Namer:
    """Names the known mistakes behind failing checks, for all submissions of a run.

    A process is started at the first failing test that has known mistakes. One serves
    all: each other would find out anew what every mistake gives. Whatever happens to
    it, verdicts stay as they are.

    Parameters
    ----------
    seed
        From which the inputs follow on which mistakes are looked for.
    """

    def __init__(self, jail: Jail, reference: Reference, seed: int) -> None:
        self._jail, self._reference, self.seed = jail, reference, seed
        self._process: NamerProcess | None = None
        self._learned = False
        # The tests whose mistakes ended the process, or held it: they would again.
        self._given_up: set[str] = set()
        self._asking = threading.Lock()

    def knows(self, task: str) -> bool:
        """Tell whether mistakes are known of a task."""
        return bool(self._reference.bank.of_cell(task))

    def name(self, task: str, test: TestCell, verdict: Verdict) -> Verdict:
        """Return the verdict with the known mistakes that were recognised.

        Parameters
        ----------
        task
            The grade_id of the cell that the test is about.
        """
        if verdict.observed is None:
            return verdict
        seen, body = verdict.observed
        # A dict as it is encoded: pairs.
        known = {name for name, _ in seen["failed"]["d"]}
        passed = [name for name, passes in seen["passed"].items() if passes]
        question = {
            "of": self._reference.assignment,
            "cell": task,
            "name": test.name,
            "visible": test.visible,
            "hidden": test.hidden,
            "seed": self.seed,
            "failed": seen["failed"],
            "unseen": [n for n in seen["passed"] if n not in known and n not in passed],
            "passed": passed,
            "stood_in": seen["stood_in"],
        }
        return verdict.naming(self._ask(question, body))

    def _ask(self, question: dict, body: memoryview) -> dict[str, Bug]:
        """Return the mistakes by the names of the checks."""
        try:
            with self._asking:
                answer = self._answer(question, body)
        except (ChannelError, OSError) as error:
            self._fail(question, str(error))
            return {}
        if answer["trouble"]:
            self._fail(question, answer["trouble"])
        bank = self._reference.bank
        found = {name: bank.find(bug) for name, bug in answer["bugs"].items()}
        return {name: bug for name, bug in found.items() if bug}

    def _answer(self, question: dict, body: memoryview) -> dict:
        """Ask; once more if the process had served others and may have been worn out.

        Raises
        ------
        ChannelError
            If it does not answer, or did not before. It is ended then.
        """
        if question["name"] in self._given_up:
            raise ChannelError("a known mistake ended the process, or held it")
        process = self._process = self._process or self._start()
        fresh = not process.asked
        try:
            return process.ask(question, body)
        except (ChannelError, OSError):
            self._end()
            if fresh:
                self._given_up.add(question["name"])
                raise
            return self._answer(question, body)

    def _start(self) -> NamerProcess:
        if not self._learned:
            for lesson in self._reference.lessons():
                self._jail.trusted.learn(lesson, NAMER)
            self._learned = True
        return NamerProcess(self._jail, self._reference)

    def close(self) -> None:
        """End the process."""
        self._end()

    def _end(self) -> None:
        if self._process:
            self._process.close()
            self._process = None

    def _fail(self, question: dict, why: str) -> None:
        # For the author, who asks for it: nobody's grade depends on it.
        _log.info("%s: no diagnosis: %s", question["name"], why)
