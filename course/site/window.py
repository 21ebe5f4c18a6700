"""The picture at the top of the first page: a window that slides over a digit.

An SVG that moves by itself, by CSS alone; where a reader wants no movement it stands.
"""

from __future__ import annotations

import numpy as np

# As the pad of the first notebook writes a drawing.
SEVEN = "00000000 0ceeeeg0 00000cc0 00000g60 00006e00 0000g600 000cc000 000g4000"
_CELL, _GAP = 22, 60
_STEP = 0.45  # seconds that the window stays at a place
_KERNEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])


def window_svg(digit: np.ndarray) -> str:
    """Return the picture: the digit, the window, and what each place of it gives.

    Parameters
    ----------
    digit
        Rows and columns of numbers from 0 to 1.
    """
    rows, columns = (np.array(digit.shape) - _KERNEL.shape) + 1
    made = np.array(
        [
            [(digit[r : r + 3, c : c + 3] * _KERNEL).sum() for c in range(columns)]
            for r in range(rows)
        ]
    )
    count, left = rows * columns, digit.shape[1] * _CELL + _GAP
    seconds = count * _STEP
    height = digit.shape[0] * _CELL
    top = (height - rows * _CELL) // 2
    size = 3 * _CELL
    stops = [
        f"{100 * n / count:.3f}% {{ transform: translate({c * _CELL}px, "
        f"{r * _CELL}px) }}"
        for n, (r, c) in enumerate(np.ndindex(rows, columns))
    ]
    first = "".join(_cell(0, 0, r, c, v) for (r, c), v in np.ndenumerate(1 - digit))
    grey = 0.5 - made / (2 * np.abs(made).max())
    second = "".join(
        _cell(left, top, r, c, v, f"animation-delay:{(r * columns + c) * _STEP:.2f}s")
        for (r, c), v in np.ndenumerate(grey)
    )
    return f"""<svg xmlns="http://www.w3.org/2000/svg" role="img" class="window"
viewBox="-4 -4 {left + columns * _CELL + 8} {height + 8}"
aria-label="A window of 3 by 3 numbers slides over a handwritten seven. Each place gives
one number of a second picture, in which the edges are bright or dark.">
<style>
.window .made rect {{ animation: made {seconds:.2f}s infinite backwards }}
.window .at {{ animation: at {seconds:.2f}s infinite step-end }}
@keyframes made {{ 0% {{ opacity: 0 }} 1% {{ opacity: 1 }} 100% {{ opacity: 1 }} }}
@keyframes at {{ {" ".join(stops)} }}
@media (prefers-reduced-motion: reduce) {{
.window .made rect, .window .at {{ animation: none }} }}
</style>
<g>{first}</g><g class="made">{second}</g>
<rect class="at" width="{size}" height="{size}" fill="none" stroke="#d55e00"
stroke-width="4"/>
</svg>"""


def _cell(x: int, y: int, row: int, column: int, value: float, style: str = "") -> str:
    grey = round(255 * float(value))
    kept = f' style="{style}"' if style else ""
    return (
        f'<rect x="{x + column * _CELL}" y="{y + row * _CELL}" width="{_CELL - 1}" '
        f'height="{_CELL - 1}" fill="rgb({grey},{grey},{grey})" stroke="#8888" '
        f'stroke-width="0.5"{kept}/>'
    )
