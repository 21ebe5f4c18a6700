"""How far a run is: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bar
from rich.text import Text

from proctor.grade.results import NEEDS_ATTENTION, Submission
from proctor.text import plain


class Progress:
    """Shows what is graded, what needs attention, the rate and the time left."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._graded = self._attention = 0
        self._start = time.monotonic()
        self._bar = Bar(
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[state]}"),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._task = self._bar.add_task("", total=None, state="")

    def __enter__(self) -> Progress:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def begin(self, number: int) -> None:
        """Say how many submissions there are."""
        self._start = time.monotonic()
        self._bar.update(self._task, total=number)

    def report(self, submission: Submission) -> None:
        """Count a submission."""
        needs = submission.status == NEEDS_ATTENTION
        self._attention += needs
        self._graded += not needs
        if not self._console.is_terminal:
            outcome = f"{submission.score:g}/{submission.max_score:g}"
            if needs:
                outcome = f"needs attention: {submission.message}"
            line = Text(plain(f"{submission.student}: {outcome}"))
            self._console.print(line, style="dim", soft_wrap=True)
            return
        done = self._attention + self._graded
        rate = done / max(time.monotonic() - self._start, 0.001)
        state = f"{self._attention} need attention, {rate:.1f}/s"
        self._bar.update(self._task, completed=done, state=state)
