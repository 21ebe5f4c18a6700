"""One check, run once: its random numbers, what it saw, and what ended it."""

from __future__ import annotations

import contextlib
import hashlib
import io
import time
from collections.abc import Callable
from types import FunctionType

import numpy as np

from proctor.rubric.cost import Costing, TookLong
from proctor.rubric.errors import AuthorError, CheckFailed, describe, kind_of
from proctor.rubric.observation import Attempt, Observation
from proctor.rubric.where import Examination

_LONGEST_TEXT = 300
# For what keeps the machine busy to pass, before a call that took long is tried again;
# twice as long each time.
_PAUSE = 0.05


class Attempts(Costing):
    """Runs checks.

    Attributes
    ----------
    functions
        The checks by name.
    observer
        Called with each observation; it may end the attempt by raising.
    """

    def __init__(self, examination: Examination):
        super().__init__(examination)
        self.functions: dict[str, FunctionType] = {}
        self.observer: Callable[[Observation], None] | None = None
        # Of the running check; None where there is none. Its generator, once asked for.
        self._entropy: list[int] | None = None
        self._rng: np.random.Generator | None = None
        self._turns: dict[str, int] = {}
        self._attempt = Attempt()
        self._shared = []
        # The libraries for which no check can pass; empty where it uses none.
        self._forbidden = ""

    @property
    def rng(self) -> np.random.Generator:
        """Random numbers of the running check: the same for one seed and name."""
        if self._rng is None:
            if self._entropy is None:
                raise AuthorError("rubric.rng is for the inside of a check")
            self._rng = np.random.default_rng(self._entropy)
        return self._rng

    def attempt(self, name: str, turn: int | None = None) -> BaseException | None:
        """Run a check; return what ended it, or None if it passed.

        Parameters
        ----------
        turn
            Which random numbers it gets; without it, those of the last attempt, and
            others where that took too long.
        """
        if turn is not None:
            return self._attempt_once(name, turn)
        begun = turn = self._turns.get(name, 0)
        while True:
            failure = self._attempt_once(name, turn)
            if not isinstance(failure, TookLong):
                return failure
            # With the same numbers again, the answer could have been kept.
            turn = self._turns[name] = turn + 1
            if turn >= begun + failure.turns:
                return failure
            time.sleep(_PAUSE * 2 ** (turn - begun - 1))

    def _attempt_once(self, name: str, turn: int) -> BaseException | None:
        function = self.functions[name]
        digest = hashlib.sha256(name.encode()).digest()
        entropy = [self._examination.seed, int.from_bytes(digest[:8], "big")]
        self._entropy = [*entropy, turn] if turn else entropy
        self._attempt = attempt = Attempt(turn=turn)
        self._shared = []
        nowhere = _Nowhere()
        try:
            # What student code prints could hold the inputs, and a warning on stderr
            # would cost the whole cell under plain nbgrader.
            with (
                contextlib.redirect_stdout(nowhere),
                contextlib.redirect_stderr(nowhere),
            ):
                if used := self._forbidden:
                    raise CheckFailed(f"uses {used}, which this task does not allow")
                function()
        except (AuthorError, KeyboardInterrupt):
            raise
        except BaseException as error:
            if isinstance(error, CheckFailed) and error.by_itself:
                # Mistakes are looked for in any order of the checks.
                attempt.verdict = error.by_itself
            elif isinstance(error, AssertionError):
                attempt.verdict = describe(error, function, name)
            else:
                attempt.raised = kind_of(error), _text_of(error)
            return error
        finally:
            self._entropy = self._rng = None
        return None

    @property
    def latest(self) -> Attempt:
        """What the latest attempt saw."""
        return self._attempt

    def _observe(self, observation: Observation) -> None:
        self._attempt.add(observation)
        if self.observer is not None:
            self.observer(observation)


class _Nowhere(io.TextIOBase):
    """Takes any text and keeps none."""

    def write(self, text: str) -> int:
        return len(text)


def _text_of(error: BaseException) -> str:
    """Return an exception's text, which student code may have made."""
    try:
        return str(error)[:_LONGEST_TEXT]
    except Exception:
        return ""
