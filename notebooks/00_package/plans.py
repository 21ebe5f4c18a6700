# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # The plan of a network
#
# > Layers as boxes as large as what comes out of them, from left to right.
#
# `plan(...)` as the last line of a cell draws it: a picture that is as wide as the page, on
# a phone too, dark or light, with the same said in words.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp plans

# %%
#| export
import html
from collections.abc import Sequence

# %% [markdown]
# ## One stage
#
# A stage of shape (channels, height, width) is a stack of squares, at most eight of them;
# a row of numbers is a narrow bar.

# %%
#| export
_HIGH, _UNIT, _BACK, _ARROW = 190, 8, 5, 30


def _column(names: Sequence[str]) -> int:
    """Return how wide each column is, so that the longest name fits."""
    return max(120, 9 * max(map(len, names), default=0))


def _stage(name: str, shape: Sequence[int], middle: float) -> str:
    """Return one stage as SVG, in a column of its own."""
    channels, height, width = shape if len(shape) == 3 else (1, shape[0], 1)
    sheets = min(channels, 8)
    unit = _UNIT if height <= 12 else 96 / height
    high, wide = height * unit, max(width * unit, 10)
    left = middle - (wide + (sheets - 1) * _BACK) / 2
    top = 100 - (high + (sheets - 1) * _BACK) / 2
    drawn = "".join(
        f'<rect x="{left + i * _BACK:.1f}" y="{top + i * _BACK:.1f}" width="{wide:.1f}" '
        f'height="{high:.1f}" fill="#5b9bd5" stroke="#1f4e79"/>'
        for i in range(sheets)
    )
    said = " x ".join(map(str, shape))
    return (
        # What stands between the elements is not drawn; it is read where a notebook that
        # is not trusted shows the words alone.
        f'{drawn}<text x="{middle}" y="20">{html.escape(name)}</text>: '
        f'<text x="{middle}" y="184">{said}</text>\n; '
    )


# %%
#| export
class Plan:
    """The plan as a value of a cell."""

    def __init__(self, stages: Sequence[tuple[str, Sequence[int]]]):
        self.stages = [(name, tuple(shape)) for name, shape in stages]

    def __repr__(self) -> str:
        said = (f"{name}: {' x '.join(map(str, shape))}" for name, shape in self.stages)
        return " -> ".join(said)

    def _repr_html_(self) -> str:
        column = _column([name for name, _ in self.stages])
        step = column + _ARROW
        wide = step * len(self.stages) - _ARROW
        drawn = "".join(
            _stage(name, shape, i * step + column / 2)
            for i, (name, shape) in enumerate(self.stages)
        )
        drawn += "".join(
            f'<path d="M{i * step - 22} 100h12m-5 -5l5 5l-5 5" fill="none" '
            'stroke="currentColor" stroke-width="2"/>'
            for i in range(1, len(self.stages))
        )
        return (
            f'<svg role="img" aria-label="{html.escape(repr(self))}" viewBox="0 0 {wide} '
            f'{_HIGH}" style="width: 100%; max-width: {wide}px; height: auto" '
            'font-family="system-ui, sans-serif" font-size="15" text-anchor="middle" '
            f'fill="currentColor">{drawn}</svg>'
        )


def plan(*stages: tuple[str, Sequence[int]]) -> Plan:
    """Return the plan of a network, to be the last value of a cell.

    Parameters
    ----------
    stages
        Name and shape of what comes out of each step: (channels, height, width), or the
        length of a row of numbers as (length,).
    """
    return Plan(stages)


# %%
plan(("a digit", (1, 8, 8)), ("Conv2d", (8, 6, 6)), ("answers", (10,)))
