# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # The window explorer
#
# > A window that slides over an image, with size, kernel, stride and padding to change.
#
# Module 09 shows it in one line: `explore(size=7, kernel=3, stride=2, padding=1)`. It is a
# small web page inside the notebook: it needs no network and no running kernel, so it works
# in JupyterLab, Colab, VS Code and on a static page. With an operation it shows the numbers
# as well: `explore(operation="convolution")`. To use it, nothing below must be read. Its
# looks are in [the explorer's page](explorer_page.ipynb), what moves in
# [the explorer's motion](explorer_script.ipynb).

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp explorer

# %%
#| export
import html
import json
from typing import Any

from tinytorch import arithmetic, explorer_script
from tinytorch.explorer_page import BODY, FITTING, SLIDER, STYLE

_RANGES = {
    "size": (1, 14),
    "kernel": (1, 7),
    "stride": (1, 5),
    "padding": (0, 4),
    "dilation": (1, 4),
}

# %% [markdown]
# ## One line to call
#
# The page travels in the `srcdoc` of a frame, so that its styles and names cannot meet the
# notebook's. A notebook that is not trusted yet shows no frame; then the sentence above it
# stays.


# %%
#| export
class Explorer:
    """The explorer as a value of a cell: a web page, or one line where none can be.

    Parameters
    ----------
    start
        Where the sliders stand at first.
    operation
        Which numbers are shown; None: none.
    image, weights
        Rows of whole numbers; without weights, a kernel that compares left with right.
    """

    def __init__(
        self,
        start: dict[str, int],
        operation: str | None = None,
        image: list[list[int]] | None = None,
        weights: list[list[int]] | None = None,
    ):
        self.start, self.operation = start, operation
        self.image, self.weights = image or arithmetic.SEVEN, weights

    def __repr__(self) -> str:
        start = ", ".join(f"{name} {value}" for name, value in self.start.items())
        return f"Window explorer ({start}): to move it, open the notebook in Jupyter."

    def page(self) -> str:
        """Return the whole web page as text."""
        sliders = "".join(
            SLIDER.format(name=name, least=_RANGES[name][0], most=_RANGES[name][1])
            for name in self.start
        )
        given = {"START": self.start, "OPERATION": self.operation or ""}
        given |= {"IMAGE": self.image, "WEIGHTS": self.weights}
        constants = "".join(f"const {n} = {json.dumps(v)};" for n, v in given.items())
        script = explorer_script.COUNTING + arithmetic.NUMBERS + explorer_script.WORDS
        script += explorer_script.DRAWING + arithmetic.PARTS + explorer_script.CONTROLS
        script += arithmetic.POINTING + FITTING
        style = STYLE + (arithmetic.STYLE if self.operation else "")
        body = BODY.format(
            sliders=sliders,
            parts=arithmetic.BODY if self.operation else "",
            words=arithmetic.WORDS if self.operation else "",
        )
        return (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            f"<title>Window explorer</title><style>{style}</style></head>"
            f"<body>{body}<script>'use strict'; {constants}{script}</script></body></html>"
        )

    def _repr_html_(self) -> str:
        return (
            "<div><p>Run this cell to see the window explorer.</p>"
            '<iframe title="Window explorer" style="width: 100%; max-width: 724px; '
            'height: 620px; border: 1px solid #8888; box-sizing: border-box" '
            f'srcdoc="{html.escape(self.page())}"></iframe></div>'
        )


def explore(
    size: int = 7,
    kernel: int | Any = 3,
    stride: int = 1,
    padding: int = 0,
    operation: str | None = None,
    image: Any = None,
    dilation: int | None = None,
) -> Explorer:
    """Return an explorer of windows, to be the last value of a cell.

    Parameters
    ----------
    size
        Pixels of the square image along each axis, 1 to 14.
    kernel
        Pixels of the window along each axis, 1 to 7; or a square kernel of numbers.
    stride
        Pixels that the window moves, 1 to 5.
    padding
        Rows and columns of zeros on each side, 0 to 4.
    operation
        ``"convolution"``, ``"maximum"`` or ``"mean"`` shows the numbers of the image, of
        each window and of the output; None shows places alone.
    image
        A square image of up to 14 by 14 numbers to do so with, whose size counts; None:
        a seven of 8 by 8.
    dilation
        Pixels from one number of the window to the next, 1 to 4; None: they lie side by
        side, and no slider moves them apart.

    Raises
    ------
    ValueError
        If a number is no whole number or out of its range, or ``operation``, ``image`` or
        ``kernel`` is none of these.
    """
    if operation not in (None, *arithmetic.OPERATIONS):
        raise ValueError(
            f"operation must be one of {', '.join(arithmetic.OPERATIONS)}, or None, got "
            f"{operation!r}"
        )
    pixels = None if image is None else _square(image, "image", 14)
    size = size if pixels is None else len(pixels)
    weights = None if isinstance(kernel, int | float) else _square(kernel, "kernel", 7)
    kernel = kernel if weights is None else len(weights)
    start = {"size": size, "kernel": kernel, "stride": stride, "padding": padding}
    start |= {} if dilation is None else {"dilation": dilation}
    for name, value in start.items():
        least, most = _RANGES[name]
        if type(value) is not int or not least <= value <= most:
            raise ValueError(
                f"{name} must be a whole number from {least} to {most}, got {value!r}"
            )
    return Explorer(start, operation, pixels, weights)


def _square(numbers: Any, name: str, most: int) -> list[list[float]]:
    """Return the rows of a square array of numbers.

    Raises
    ------
    ValueError
        If it is none, or too large.
    """
    try:
        rows = [[round(float(number), 2) for number in row] for row in numbers]
    except (TypeError, ValueError):
        rows = []
    if not 1 <= len(rows) <= most or any(len(row) != len(rows) for row in rows):
        raise ValueError(
            f"{name} must be a square of at most {most} by {most} numbers, got {numbers!r}"
        )
    return [[int(n) if n.is_integer() else n for n in row] for row in rows]


# %% [markdown]
# ## Try it
#
# Make the stride larger until a row is left over; then let padding change that.

# %%
explore(size=8, kernel=3, stride=2, padding=0)

# %% [markdown]
# With numbers: an edge kernel on a seven, and the maximum of each window.

# %%
explore(size=8, kernel=3, operation="convolution")

# %%
explore(size=8, kernel=2, stride=2, operation="maximum")

# %% [markdown]
# Module 19 has windows with gaps. At stride 2 and dilation 2, most pixels are in none.

# %%
explore(size=9, kernel=3, stride=2, dilation=2)
