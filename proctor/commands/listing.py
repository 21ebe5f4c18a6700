"""What a command did for each of a class, as a table for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from proctor.commands.table import make_console
from proctor.text import plain


def print_lines(
    title: str, columns: Sequence[str], lines: Iterable[Sequence[str]]
) -> None:
    """Print a table; the last column is the one that may be broken into lines."""
    lines = list(lines)
    if not lines:
        return
    table = Table(
        title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False
    )
    for name in columns:
        table.add_column(name, no_wrap=name != columns[-1])
    for line in lines:
        table.add_row(*(Text(plain(cell)) for cell in line))
    make_console().print(table)


def counted(words: Iterable[str]) -> str:
    """Return how many there are of each word: ``12 new, 3 unknown``."""
    words = list(words)
    return ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words))
