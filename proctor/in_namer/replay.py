"""A test cell whose checks run when they are asked for, in a world of this process."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from functools import partial
from types import CodeType

from proctor import rubric as rubrics
from proctor.in_examiner import testcell
from proctor.in_examiner.calls import Calls
from proctor.in_examiner.remote import Remote
from proctor.in_examiner.renames import Renames
from proctor.in_namer.world import Learned, make_world
from proctor.in_student.answers import Answers
from proctor.rubric import pace
from proctor.rubric.errors import AuthorError
from proctor.rubric.observation import Attempt, Observation


class NotTried(Exception):
    """It is not known what a world gives in a check; the text says why."""


class Replay:
    """Runs the checks of a test cell in a world that is made for the first of them.

    Parameters
    ----------
    code
        The mistaken cell; None: the reference's own.
    asked
        ``cell``; ``name``, ``visible``, ``hidden`` and ``seed`` of the test.
    """

    def __init__(self, known: Learned, code: CodeType | None, asked: dict) -> None:
        self._known, self._code, self._asked = known, code, asked
        # Once begun, the test has its rubric, or cannot be had.
        self._rubric: rubrics.Rubric | None = None
        self._begun = False
        # Forgets what a check has left of arrays: there are many checks and mistakes.
        self._forget: Callable[[], None] = lambda: None

    def attempt(
        self,
        name: str,
        turn: int,
        observer: Callable[[Observation], None] | None = None,
        stands_in: bool = False,
    ) -> tuple[Attempt | None, BaseException | None]:
        """Run a check; an observer may end it by raising.

        Parameters
        ----------
        stands_in
            Whether right versions of earlier functions stand in, as the test has them:
            they need not refuse what the reference's refuse.

        Returns
        -------
        tuple
            The attempt, None if the test itself failed, after which no student's
            mistake is asked for; and what ended the check.

        Raises
        ------
        NotTried
            If the check cannot be run, since the test could not be begun.
        """
        if self._rubric is None:
            if self._begun:
                raise NotTried("the test could not be begun")
            self._begun = True
            self._rubric = self._begin()
        rubric = self._rubric
        rubric.observer = observer
        try:
            with rubric.standing_in() if stands_in else contextlib.nullcontext():
                failure = rubric.attempt(name, turn)
        except AuthorError as error:
            return None, error
        finally:
            self._forget()
        return rubric.latest, failure

    def _begin(self) -> rubrics.Rubric:
        """Make the world, and run the test cell up to its checks."""
        asked = self._asked
        world = make_world(self._known, asked["cell"], self._code)
        calls = _WithinCalls(world)
        examination = _Choosing(calls, asked["seed"])
        rubrics.set_examination(examination)
        test = testcell.find(asked["name"], asked["visible"], asked["hidden"])
        namespace = testcell.new_namespace()
        namespace |= calls("begin", test.unknown(namespace))
        statements, _ = test.parts["hidden"]
        exec(statements, namespace)
        self._forget = calls.forgetting()
        if examination.rubric is None:
            raise AuthorError("the test cell has no rubric")
        return examination.rubric


class _Choosing(Remote):
    """An examination that runs checks when it wants to."""

    def register(self, rubric: rubrics.Rubric) -> None:
        super().register(rubric)
        rubric.run_at_once = False

    def libraries_of(self, value: object, among: Sequence[str]) -> list[str]:
        """Return none: no known mistake is refused for what it uses.

        A student's is, and has no name: it agrees with nothing that was observed.
        """
        return []


class _WithinCalls(Calls):
    """Calls that are answered in this process."""

    def __init__(self, world: dict) -> None:
        self._answers = Answers(lambda: world, self._ask)
        self.deadline = 0.0
        self.ended = ""
        self.standing_in: dict[str, Callable] = {}
        self.renamed = Renames()

    def forgetting(self) -> Callable[[], None]:
        """Return what drops all objects that are kept from now on."""
        return partial(self._answers.forget, self._answers.kept)

    def _ask(self, name: str, positional: tuple, named: dict) -> object:
        return self.standing_in[name](*positional, **named)

    def processor_seconds(self) -> float:
        """Return the processor time of this process, where the mistake runs."""
        return pace.own_seconds()

    def _exchange(
        self, request: dict, buffers: Sequence[bytes | memoryview]
    ) -> tuple[object, memoryview]:
        reply, answer = self._answers.reply(request, memoryview(b"".join(buffers)))
        return reply, memoryview(b"".join(answer))
