"""The grader's side of naming known mistakes in failing answers."""

from __future__ import annotations

import logging
import socket
import threading
from weakref import WeakKeyDictionary

from proctor.bank.reference import Known
from proctor.sandbox.jail import Jail
from proctor.wire.frames import Channel, ChannelError, with_timeouts

# Of wall time, for a mistake that waits for what never comes; the process itself minds
# what runs too long. Nothing else takes so long, on the slowest machine.
_SECONDS = 300.0
_log = logging.getLogger(__name__)
# One process for all: each other would find out anew what every mistake gives.
_asking = threading.Lock()
# In a run: assignment and test whose mistakes ended the process, or held it. They would
# do so again.
_given_up: WeakKeyDictionary[Jail, set[tuple[str, str]]] = WeakKeyDictionary()


class _Process:
    """A process that recognises known mistakes, and remembers what they gave.

    Parameters
    ----------
    known
        Of the one assignment that it knows.
    """

    def __init__(self, jail: Jail, known: Known) -> None:
        jail.learn_once(("reference", known.assignment), known.lessons)
        self.known, self.asked = known, 0
        self._taught: set[str] = set()
        here, there = socket.socketpair()
        with_timeouts(here)
        try:
            self._child = jail.examiner.fork([there.fileno()])
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
            for lesson in self.known.lessons_on(cell):
                self._channel.send({"lesson": lesson}, seconds=_SECONDS)
            self._taught.add(cell)
        self._channel.send(question, [body], _SECONDS)
        answer, _ = self._channel.receive(_SECONDS)
        return answer

    def close(self) -> None:
        """End it."""
        self._child.end()
        self._channel.close()


class Diagnosis:
    """Names the known mistakes of one submission.

    A process is started at the first failing test that has known mistakes, and serves
    all submissions. Whatever happens to it, verdicts stay as they are.

    Parameters
    ----------
    seed
        Of this grading run's random inputs.
    """

    def __init__(self, jail: Jail, known: Known, seed: int) -> None:
        self._jail, self._known, self._seed = jail, known, seed

    def wanted(self, test: str) -> bool:
        """Tell whether mistakes are known of what a test cell tests."""
        return bool(self._known.bank.of_cell(_cell_of(test)))

    def name_bugs(
        self,
        test: str,
        source: str,
        checks: list[dict],
        observed: tuple[dict, memoryview],
        stood_in: bool,
    ) -> None:
        """Give each failing check that is recognised its ``bug``, title and question.

        Parameters
        ----------
        test, source
            The test cell.
        checks
            Its checks, which are changed.
        observed
            What those that failed saw, as the examiner sent it.
        stood_in
            Whether right versions of earlier functions stood in then.
        """
        failed, body = observed
        # A dict as the codec writes it: pairs.
        seen = {name for name, _ in failed["d"]}
        lost = [check["name"] for check in checks if check["message"]]
        question = {
            "of": self._known.assignment,
            "cell": _cell_of(test),
            "name": test,
            "source": source,
            "seed": self._seed,
            "stood_in": stood_in,
            "failed": failed,
            "unseen": [name for name in lost if name not in seen],
            "passed": [check["name"] for check in checks if not check["message"]],
        }
        bank = self._known.bank
        for name, bug_id in self._ask(question, body).items():
            bug = bank.find(bug_id)
            for check in checks:
                if check["name"] == name and bug:
                    check["bug"] = bug.id
                    check |= {"title": bug.title, "question": bug.question}

    def _ask(self, question: dict, body: memoryview) -> dict[str, str]:
        try:
            with _asking:
                answer = self._answer(question, body)
        except (ChannelError, OSError) as error:
            self._fail(question, str(error))
            return {}
        if answer["trouble"]:
            self._fail(question, answer["trouble"])
        return answer["bugs"]

    def _answer(self, question: dict, body: memoryview) -> dict:
        """Ask; once more if the process had served others and may have been worn out.

        Raises
        ------
        ChannelError
            If it does not answer, or did not before. It is ended then.
        """
        given_up = _given_up.setdefault(self._jail, set())
        key = self._known.assignment, question["name"]
        if key in given_up:
            raise ChannelError("a known mistake ended the process, or held it")
        process = self._find()
        fresh = not process.asked
        try:
            answer = process.ask(question, body)
        except (ChannelError, OSError):
            process.close()
            if fresh:
                given_up.add(key)
                raise
            return self._answer(question, body)
        self._jail.keep(process)
        return answer

    def _find(self) -> _Process:
        """Return a process that waits, or a new one."""
        while process := self._jail.kept(_Process):
            if process.known == self._known:
                return process
            process.close()
        return _Process(self._jail, self._known)

    def _fail(self, question: dict, why: str) -> None:
        # For the author, who asks for it: nobody's grade depends on it.
        _log.info("%s: no diagnosis: %s", question["name"], why)


def _cell_of(test: str) -> str:
    return test.removeprefix("test-")
