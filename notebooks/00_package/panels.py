# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Arrays side by side
#
# > Small arrays as tables beside each other, the places that differ marked.
#
# The tutor (`tinytorch.tutoring`) shows what was wanted and what came in this way. A marked
# place is framed and bold, and a screen reader says "differs": no meaning hangs on colour
# alone. Nothing has a colour of its own but the frame, so it is read on dark pages too.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp panels

# %%
#| export
import html
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# %% [markdown]
# ## One array
#
# A table has two axes. Of an array with more, one slice is shown, and its caption says
# which.


# %%
#| export
_MOST_ROWS, _MOST_COLUMNS = 12, 14
_CELL = (
    "padding: 2px 7px; min-width: 2em; text-align: right; color: inherit; background: transparent; "
    "font-variant-numeric: tabular-nums; border: 1px solid rgba(128, 128, 128, .45)"
)
_MARKED = (
    f"{_CELL}; font-weight: bold; border: 3px solid #d55e00; "
    "background: rgba(230, 159, 0, .3)"
)
_PLACE = (
    "padding: 2px 5px; text-align: right; color: inherit; background: transparent; "
    "font-weight: normal; font-size: 85%; opacity: .75; border: 0"
)
_HEARD = "position: absolute; width: 1px; height: 1px; overflow: hidden"


def number(value: float) -> str:
    """Return a number as it is written by hand."""
    whole = float(value).is_integer() and abs(value) < 1e15
    return str(int(value)) if whole else f"{value:.6g}"


class Panel:
    """A slice of an array as a table.

    Parameters
    ----------
    name
        What the array is called.
    array
        Of any number of axes.
    marks
        Which places differ, of the array's shape; None: nothing is marked.
    first
        The indices of the axes before the last two; None: the first slice.
    """

    def __init__(
        self,
        name: str,
        array: np.ndarray,
        marks: np.ndarray | None = None,
        first: tuple[int, ...] | None = None,
    ):
        marks = np.zeros(array.shape, bool) if marks is None else marks
        before = max(array.ndim - 2, 0)
        first = (0,) * before if first is None else first
        index = f"[{', '.join(map(str, first))}]" if first else ""
        shape = " x ".join(map(str, array.shape)) or "a number"
        self.caption = f"{name}{index} ({shape})" if array.size else f"{name} ({shape})"
        if not array.size:
            array, marks = np.zeros((0, 0)), np.zeros((0, 0), bool)
        elif array.ndim < 2:
            array, marks = array.reshape(1, -1), marks.reshape(1, -1)
        else:
            array, marks = array[first], marks[first]
        self.cut = array.shape[0] > _MOST_ROWS or array.shape[1] > _MOST_COLUMNS
        self.array = array[:_MOST_ROWS, :_MOST_COLUMNS]
        self.marks = marks[:_MOST_ROWS, :_MOST_COLUMNS]

    def lines(self) -> list[str]:
        """Return the table as lines of text, all of one width."""
        cells = [
            [
                f"[{number(value)}]" if marked else f" {number(value)} "
                for value, marked in zip(*row, strict=True)
            ]
            for row in zip(self.array.tolist(), self.marks.tolist(), strict=True)
        ]
        wide = max((len(cell) for row in cells for cell in row), default=0)
        rows = ["".join(cell.rjust(wide) for cell in row) for row in cells]
        lines = [self.caption, *rows, *(["..."] if self.cut else [])]
        length = max(map(len, lines))
        return [line.ljust(length) for line in lines]

    def html(self) -> str:
        """Return the table as HTML."""
        head = "".join(
            f'<th scope="col" style="{_PLACE}">{j}</th>'
            for j in range(self.array.shape[1])
        )
        rows = []
        for i, (values, marks) in enumerate(zip(self.array, self.marks, strict=True)):
            cells = "".join(
                _cell(number(v), bool(m)) for v, m in zip(values, marks, strict=True)
            )
            rows.append(f'<tr><th scope="row" style="{_PLACE}">{i}</th>{cells}</tr>')
        dots = "<div>...</div>" if self.cut else ""
        return (
            '<div style="overflow-x: auto"><table style="border-collapse: collapse; '
            'margin: 0"><caption style="text-align: left; color: inherit; padding: 0 0 '
            f'4px; white-space: nowrap">{html.escape(self.caption)}</caption><thead><tr><td style="{_PLACE}">'
            f"</td>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>{dots}</div>"
        )


def _cell(text: str, marked: bool) -> str:
    if not marked:
        return f'<td style="{_CELL}">{text}</td>'
    return f'<td style="{_MARKED}">{text}<span style="{_HEARD}"> differs</span></td>'


# %% [markdown]
# ## Blocks
#
# What is shown consists of blocks, each of which is a text as well, for terminals.


# %%
#| export
@dataclass(frozen=True)
class Words:
    """A paragraph, the beginning of which may be bold."""

    text: str
    bold: str = ""

    def lines(self) -> list[str]:
        """Return it as lines of text."""
        return textwrap.wrap(f"{self.bold} {self.text}".strip(), 88)

    def html(self) -> str:
        """Return it as HTML."""
        bold = f"<b>{html.escape(self.bold)}</b> " if self.bold else ""
        text = re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(self.text))
        return f'<p style="margin: 6px 0">{bold}{text}</p>'


@dataclass(frozen=True)
class Code:
    """Lines of Python."""

    text: str

    def lines(self) -> list[str]:
        """Return them, moved to the right."""
        return [f"    {line}" for line in self.text.splitlines()]

    def html(self) -> str:
        """Return them as HTML."""
        style = (
            "margin: 6px 0; overflow-x: auto; color: inherit; background: transparent; "
            "font: 13px/1.5 monospace"
        )
        return f'<pre style="{style}">{html.escape(self.text)}</pre>'


@dataclass(frozen=True)
class Panels:
    """Tables beside each other; folded away, if they have a heading."""

    panels: Sequence[Panel]
    heading: str = ""

    def lines(self) -> list[str]:
        """Return the tables as text; nothing where they are folded away."""
        if self.heading:
            return []
        columns = [panel.lines() for panel in self.panels]
        most = max(map(len, columns))
        padded = [c + [" " * len(c[0])] * (most - len(c)) for c in columns]
        return ["   ".join(row).rstrip() for row in zip(*padded, strict=True)]

    def html(self) -> str:
        """Return the tables as HTML; on a narrow page one is below the other."""
        tables = "".join(panel.html() for panel in self.panels)
        style = "display: flex; flex-wrap: wrap; gap: 12px 28px; margin: 8px 0"
        shown = f'<div style="{style}">{tables}</div>'
        if not self.heading:
            return shown
        return (
            f"<details><summary>{html.escape(self.heading)}</summary>{shown}</details>"
        )


# %%
#| export
class Page:
    """Blocks as the value of a cell: a web page, or text where none can be shown."""

    def __init__(self, blocks: Sequence[Words | Code | Panels]):
        self.blocks = list(blocks)

    def __repr__(self) -> str:
        shown = ("\n".join(block.lines()) for block in self.blocks)
        return "\n\n".join(text for text in shown if text)

    def _repr_html_(self) -> str:
        shown = "".join(block.html() for block in self.blocks)
        return (
            '<div style="max-width: 860px; border-left: 4px solid #0072b2; '
            f'padding: 2px 0 2px 14px">{shown}</div>'
        )


# %% [markdown]
# Try it: two numbers are exchanged.

# %%
wanted, got = np.array([[0, 1, 2], [3, 4, 5]]), np.array([[0, 1, 2], [3, 5, 4]])
marks = wanted != got
Page([Panels([Panel("wanted", wanted, marks), Panel("came", got, marks)])])
