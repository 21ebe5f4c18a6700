"""The grader's side of naming known mistakes in failing answers."""

from __future__ import annotations

import logging
import socket

from proctor.examine.frames import Channel, ChannelError, with_timeouts
from proctor.known import Known
from proctor.sandbox.jail import Child, Jail

# Of wall time; the process itself minds its processor time.
_SECONDS = 6.0
_log = logging.getLogger(__name__)


class Diagnosis:
    """Names the known mistakes of one submission.

    A process is started at the first failing test that has known mistakes. Whatever
    happens to it, verdicts stay as they are.

    Parameters
    ----------
    seed
        Of this grading run's random inputs.
    processor
        See :class:`proctor.examine.session.Session`.
    """

    def __init__(
        self, jail: Jail, known: Known, seed: int, processor: int | None = None
    ) -> None:
        self._jail, self._known = jail, known
        self._seed, self._processor = seed, processor
        self._child: Child | None = None
        self._channel: Channel | None = None
        self._born = 0

    def wanted(self, test: str) -> bool:
        """Tell whether mistakes are known of what a test cell tests."""
        return bool(self._known.bank.of_cell(_cell_of(test)))

    def name_bugs(
        self,
        test: str,
        source: str,
        checks: list[dict],
        observed: tuple[dict, memoryview],
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
            self._start(question["cell"])
            self._channel.send(question, [body], _SECONDS)
            answer, _ = self._channel.receive(_SECONDS)
        except (ChannelError, OSError) as error:
            self._fail(question, str(error))
            self.close()
            return {}
        if answer["trouble"]:
            self._fail(question, answer["trouble"])
        return answer["bugs"]

    def _fail(self, question: dict, why: str) -> None:
        # For the author, who asks for it: nobody's grade depends on it.
        _log.info("%s: no diagnosis: %s", question["name"], why)

    def _start(self, cell: str) -> None:
        """Have a process that knows the cell's mistakes."""
        jail, known = self._jail, self._known
        number = jail.learn_once(("reference", known.assignment), known.lessons)
        number = max(
            number,
            jail.learn_once(
                ("bugs", known.assignment, cell), lambda: known.lessons_on(cell)
            ),
        )
        if self._child and self._born >= number:
            return
        self.close()
        self._born = jail.lessons_learned
        here, there = socket.socketpair()
        with_timeouts(here)
        try:
            self._child = jail.examiner.fork([there.fileno()], self._processor)
        except BaseException:
            here.close()
            raise
        finally:
            there.close()
        self._channel = Channel(here.detach())

    def close(self) -> None:
        """End the process."""
        if self._child:
            self._child.end()
            self._channel.close()
        self._child = self._channel = None


def _cell_of(test: str) -> str:
    return test.removeprefix("test-")
