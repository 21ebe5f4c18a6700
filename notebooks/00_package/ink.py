# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Your own digit
#
# > A pad to draw a digit on, and what makes an image of your drawing or photograph.
#
# `tt.pad()` as the last line of a cell is the pad. A page in a notebook reaches the running
# Python in no way that works everywhere: so the pad writes a line of text, which you copy
# into a cell. That works in JupyterLab, Notebook, VS Code, Colab and on a phone, needs no
# network, and the drawing stays in your notebook. Where no page is shown at all,
# `tt.photo("my.jpg", digit=True)` takes a file.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp ink

# %%
#| export
import html
from pathlib import Path

import numpy as np

from tinytorch.explorer_page import FITTING, STYLE

# %% [markdown]
# ## An image as a line of text
#
# The digits of the course were scanned as 32x32 pixels, black or white, and counted in
# blocks of 4x4: sixteen numbers from 0 to 16 in 8x8 places. The line of text has one
# letter for each, a row after the other: 0 to 9, and then a to g for 10 to 16.

# %%
#| export
_LETTERS = "0123456789abcdefg"


def drawing(text: str) -> np.ndarray:
    """Return the image that the pad wrote as a line of text.

    Returns
    -------
    np.ndarray
        Shape (8, 8), float32 from 0 to 1, as `tinytorch.datasets.digits` has them.

    Raises
    ------
    ValueError
        If it is no line of the pad's.
    """
    rows = str(text).lower().split()
    right = len(rows) == 8 and all(
        len(row) == 8 and not set(row) - set(_LETTERS) for row in rows
    )
    if not right:
        raise ValueError(
            "drawing needs the pad's line of text, 8 times 8 letters from 0 to g with a "
            f"blank after each eighth; got {text!r}: draw, press Copy, and paste it here"
        )
    counts = [[_LETTERS.index(letter) for letter in row] for row in rows]
    return np.array(counts, np.float32) / 16


# %% [markdown]
# ## The pad
#
# It keeps the strokes and not the pixels: so every line is as thick as in the scanned
# digits, whether the drawing is large or small. The arrow keys move a pen, the space bar
# puts it down and lifts it.

# %%
#| export
_PAD_BODY = """
<div id="grids">
<figure><figcaption id="pad-title">Draw a digit, as large as the field.</figcaption>
<canvas id="pad" width="256" height="256" tabindex="0" role="application"
aria-labelledby="pad-title" aria-describedby="keys"></canvas></figure>
<figure><figcaption id="seen-title">what a network sees: 8 by 8</figcaption>
<svg id="seen" role="img" aria-labelledby="seen-title"></svg></figure>
</div>
<div id="moving"><button id="clear" type="button">Clear</button>
<button id="copy" type="button">Copy</button>
<input id="line" readonly aria-label="Your drawing as a line of text"></div>
<div id="words" aria-live="polite"><p id="said"></p></div>
<p id="keys">Without a mouse: the arrow keys move the pen, the space bar puts it down and
lifts it.</p>
"""

_PAD_STYLE = """
canvas { display: block; touch-action: none; background: #000; cursor: crosshair;
  border: 1px solid var(--line); width: 256px; height: 256px; }
#line { flex: 1 1 200px; min-width: 0; font: 12px monospace; padding: 6px;
  color: inherit; background: transparent; border: 1px solid var(--dash); }
#keys { font-size: 13px; } #moving { margin-top: 4px; }
"""

# %%
#| export
_PAD_SCRIPT = """
const $ = name => document.getElementById(name);
const SIDE = 256, LETTERS = '0123456789abcdefg', pen = {x: SIDE / 2, y: SIDE / 2};
let strokes = [], down = false;
const context = $('pad').getContext('2d');
function trace(on, strokes, width, place) {
  on.lineCap = on.lineJoin = 'round'; on.lineWidth = width; on.strokeStyle = '#fff';
  for (const stroke of strokes) {
    on.beginPath();
    stroke.forEach((point, i) => i ? on.lineTo(...place(point)) : on.moveTo(...place(point)));
    on.lineTo(...place(stroke[stroke.length - 1])); on.stroke();
  }
}
// As large as the scanned digits: the lines, with their width, fill the height or the width.
function counted() {
  const fine = document.createElement('canvas'); fine.width = fine.height = 128;
  const on = fine.getContext('2d', {willReadFrequently: true}), points = strokes.flat();
  const ends = axis => [Math.min(...points.map(p => p[axis])),
    Math.max(...points.map(p => p[axis]))];
  const counts = new Array(64).fill(0);
  if (!points.length) return counts;
  const [left, right] = ends(0), [top, bottom] = ends(1), WIDTH = 21;
  const long = Math.max(right - left, bottom - top, 1), scale = (128 - WIDTH) / long;
  trace(on, strokes, WIDTH, ([x, y]) => [64 + (x - (left + right) / 2) * scale,
    64 + (y - (top + bottom) / 2) * scale]);
  const pixels = on.getImageData(0, 0, 128, 128).data;
  // The middle of each of 32x32 pixels says whether it is ink.
  for (let y = 0; y < 32; y++) for (let x = 0; x < 32; x++)
    if (pixels[4 * ((4 * y + 2) * 128 + 4 * x + 2) + 3] > 127)
      counts[8 * Math.floor(y / 4) + Math.floor(x / 4)]++;
  return counts;
}
"""

_PAD_CONTROLS = """
const READY = 'Then press Copy, and paste the line into the next cell, between the quotes.';
function say(name, text) { if ($(name).textContent !== text) $(name).textContent = text; }
function draw() {
  context.clearRect(0, 0, SIDE, SIDE);
  trace(context, strokes, 20, point => point);
  if (document.activeElement === $('pad')) {
    context.strokeStyle = down ? '#e69f00' : '#888'; context.lineWidth = 2;
    context.beginPath(); context.arc(pen.x, pen.y, 7, 0, 7); context.stroke();
  }
  const counts = counted(), letters = counts.map(count => LETTERS[count]).join('');
  $('line').value = strokes.length ? letters.match(/.{8}/g).join(' ') : '';
  $('copy').disabled = $('clear').disabled = !strokes.length;
  $('seen').setAttribute('viewBox', '0 0 256 256');
  $('seen').setAttribute('width', 160); $('seen').setAttribute('height', 160);
  $('seen').innerHTML = counts.map((count, i) => {
    const grey = Math.round(count * 255 / 16);
    return '<rect x="' + i % 8 * 32 + '" y="' + Math.floor(i / 8) * 32
      + '" width="32" height="32" stroke="#555" fill="rgb(' + [grey, grey, grey] + ')"/>';
  }).join('');
  fit();
}
function place(event) {
  const box = $('pad').getBoundingClientRect();
  return [(event.clientX - box.left) * SIDE / box.width,
    (event.clientY - box.top) * SIDE / box.height];
}
$('pad').addEventListener('pointerdown', event => {
  $('pad').setPointerCapture(event.pointerId);
  down = true; strokes.push([place(event)]); say('said', READY); draw();
});
$('pad').addEventListener('pointermove', event => {
  if (!down || !event.buttons) return;
  strokes[strokes.length - 1].push(place(event)); draw();
});
for (const name of ['pointerup', 'pointercancel'])
  $('pad').addEventListener(name, () => { down = false; draw(); });
$('pad').addEventListener('keydown', event => {
  const by = {ArrowLeft: [-8, 0], ArrowRight: [8, 0], ArrowUp: [0, -8], ArrowDown: [0, 8]};
  if (event.key === ' ') { down = !down; say('said', READY);
    if (down) strokes.push([[pen.x, pen.y]]); }
  else if (by[event.key]) {
    pen.x = Math.max(8, Math.min(SIDE - 8, pen.x + by[event.key][0]));
    pen.y = Math.max(8, Math.min(SIDE - 8, pen.y + by[event.key][1]));
    if (down) strokes[strokes.length - 1].push([pen.x, pen.y]);
  } else return;
  event.preventDefault(); event.stopPropagation(); draw();
});
say('said', READY);
for (const name of ['focus', 'blur']) $('pad').addEventListener(name, draw);
$('clear').addEventListener('click', () => {
  strokes = []; down = false; say('said', 'The pad is empty.'); draw();
});
$('copy').addEventListener('click', async () => {
  $('line').select();
  let copied = document.execCommand('copy');
  if (!copied && navigator.clipboard)
    copied = await navigator.clipboard.writeText($('line').value).then(() => true, () => false);
  say('said', copied ? 'Copied: paste it into the next cell, between the quotes.'
    : 'This page may not copy: the line is selected, press Ctrl+C, then paste it into the '
      + 'next cell.');
});
"""


# %%
#| export
class Pad:
    """The pad as a value of a cell: a web page, or one line where none can be."""

    def __repr__(self) -> str:
        return (
            "Drawing pad: to draw, open the notebook in Jupyter. "
            'Or take a photograph: photo("my.jpg", digit=True).'
        )

    def page(self) -> str:
        """Return the whole web page as text."""
        script = _PAD_SCRIPT + _PAD_CONTROLS + FITTING
        return (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            f"<title>Drawing pad</title><style>{STYLE}{_PAD_STYLE}</style></head>"
            f"<body>{_PAD_BODY}<script>'use strict'; {script}</script></body></html>"
        )

    def _repr_html_(self) -> str:
        return (
            "<div><p>Run this cell to see the drawing pad.</p>"
            '<iframe title="Drawing pad" style="width: 100%; max-width: 724px; '
            'height: 430px; border: 1px solid #8888; box-sizing: border-box" '
            'allow="clipboard-write" '
            f'srcdoc="{html.escape(self.page())}"></iframe></div>'
        )


def pad() -> Pad:
    """Return a pad to draw a digit on, to be the last value of a cell."""
    return Pad()


# %% [markdown]
# ## A photograph
#
# A digit on paper is dark on light, somewhere in the picture, and larger than 8x8. What is
# clearly darker than the paper is ink; it is cut out, scaled and counted as the pad does.


# %%
#| export
def photo(path: str | Path, size: int | None = None, digit: bool = False) -> np.ndarray:
    """Return a picture of your own as numbers, grey, from 0 for black to 1 for white.

    Parameters
    ----------
    path
        Of a file: PNG, JPEG, GIF, BMP, WebP.
    size
        Pixels of its longer side; None: as it is.
    digit
        It is a digit, dark on light paper: returned as the digits of the course are.

    Returns
    -------
    np.ndarray
        Shape (height, width), float32; with ``digit`` (8, 8).

    Raises
    ------
    ValueError
        If it is no picture, or nothing in it is darker than the paper.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        # Telephones turn the picture by a note in the file.
        picture = ImageOps.exif_transpose(Image.open(path)).convert("L")
    except FileNotFoundError:
        raise ValueError(
            f"there is no file {str(path)!r} here, in {Path.cwd()}: put it beside the "
            "notebook (in Colab: Files, Upload), or name its folder too"
        ) from None
    except (UnidentifiedImageError, OSError) as error:
        raise ValueError(f"{path} is no picture that can be read: {error}") from None
    if size is not None or digit:
        picture.thumbnail((size or 256, size or 256))
    grey = np.asarray(picture, np.float32) / 255
    return as_digit(grey) if digit else grey


def as_digit(grey: np.ndarray) -> np.ndarray:
    """Return the dark digit of a light picture as 8x8 numbers from 0 to 1.

    Raises
    ------
    ValueError
        If nothing in it is clearly darker than the rest.
    """
    paper = np.percentile(grey, 90)
    ink = grey < (paper + grey.min()) / 2
    if paper - grey.min() < 0.2:
        raise ValueError("nothing in the picture is clearly darker than its paper")
    rows, columns = (np.flatnonzero(ink.any(axis=axis)) for axis in (1, 0))
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    long = max(ink.shape)
    square = np.zeros((long, long), bool)
    top, left = (long - ink.shape[0]) // 2, (long - ink.shape[1]) // 2
    square[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    places = ((np.arange(32) + 0.5) * long / 32).astype(int)
    scanned = square[np.ix_(places, places)]
    return scanned.reshape(8, 4, 8, 4).mean(axis=(1, 3), dtype=np.float32)


# %% [markdown]
# ## Tried

# %%
seven = drawing(
    "00000000 0ceeeeg0 00000cc0 00000g60 00006e00 0000g600 000cc000 000g4000"
)
seven.round(1)

# %%
paper = np.full((60, 40), 0.9, np.float32)
paper[20:52, 18:22] = 0.2
as_digit(paper)[:, 3:5]
