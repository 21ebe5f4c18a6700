"""What is printed of a class: as many lines as fit a screen."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.text import Text

from proctor.report.content import Report
from proctor.report.summary import summary, with_command
from proctor.text import plain


def print_summary(report: Report, console: Console, page: Path | None = None) -> None:
    """Print what fits a screen."""
    for line in summary(report):
        text = Text(with_command(plain(line), console.width))
        console.print(text, no_wrap=True, overflow="ellipsis", crop=True)
    if page:
        console.print(Text(plain(f"the whole of it: {page}")), soft_wrap=True)
