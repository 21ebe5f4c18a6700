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
# as well: `explore(operation="convolution")`. To use it, nothing below must be read.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp explorer

# %%
#| export
import html
import json
from typing import Any

from tinytorch import arithmetic

# %% [markdown]
# ## The page
#
# Each slider has a label and, beside it, its value. What changes is said in the paragraphs
# of `#words`, which a screen reader reads aloud as they change.

# %%
#| export
_RANGES = {"size": (1, 14), "kernel": (1, 7), "stride": (1, 5), "padding": (0, 4)}

_SLIDER = """
<div class="slider"><label for="{name}">{name}</label><output id="{name}-value"
for="{name}"></output><input id="{name}" type="range" min="{least}" max="{most}"></div>"""

_BODY = """
<div id="settings" role="group" aria-label="Settings">{sliders}
</div>
<div id="grids">
<figure><figcaption id="input-title"></figcaption>
<svg id="input" role="img" aria-labelledby="input-title"></svg></figure>
<figure><figcaption id="output-title"></figcaption>
<svg id="output" role="img" aria-labelledby="output-title"></svg></figure>{parts}
</div>
<div id="moving" role="group" aria-label="Moving the window">
<button id="back" type="button">Back</button>
<button id="play" type="button">Play</button>
<button id="next" type="button">Next</button>
<div class="slider"><label for="window">window</label><output id="window-value"
for="window"></output><input id="window" type="range" min="1"></div>
</div>
<div id="words" aria-live="polite">
<p id="formula"></p><p id="remainder"></p><p id="story"></p>{words}</div>
<ul id="legend" aria-label="Colours">
<li><i class="image"></i>image</li><li><i class="padding"></i>padding</li>
<li><i class="unread"></i>in no window</li><li><i class="here"></i>the window, and
what it makes</li><li><i class="made"></i>made before</li></ul>
"""

# %% [markdown]
# ## Its looks
#
# Blue, orange and green of Okabe and Ito's palette, which most people with a colour vision
# deficiency can tell apart. No meaning hangs on colour alone: padding is dashed and holds
# a 0, unread cells are hatched, the window has a thick edge.

# %%
#| export
STYLE = """
:root { --page: #fff; --ink: #222; --line: #4a7ba6; --image: #cfe3f5; --dash: #767676;
  --unread: #555; --edge: #a84300; --here: #e69f0066; --made: #74c3a9; --rim: #ccc;
  color-scheme: light; }
:root[data-theme=dark] { --page: #1c1c1c; --ink: #e8e8e8; --line: #7fb2dc;
  --image: #1d4a70; --dash: #a0a0a0; --unread: #c8c8c8; --edge: #ffb347;
  --here: #e69f0059; --made: #23775c; --rim: #555; color-scheme: dark; }
* { box-sizing: border-box; }
html { overflow: auto; background: var(--page); }
body { margin: 0; padding: 12px; color: var(--ink); font: 14px/1.45 system-ui, sans-serif;
  max-width: 720px; }
#settings { display: grid; grid-template-columns: repeat(auto-fit, minmax(140px, 1fr));
  gap: 4px 20px; }
.slider { display: grid; grid-template-columns: 1fr auto; align-items: baseline; }
.slider input { grid-column: 1 / 3; width: 100%; margin: 4px 0; min-height: 24px;
  accent-color: var(--edge); }
output { font-variant-numeric: tabular-nums; font-weight: 600; }
#grids { display: flex; flex-wrap: wrap; gap: 12px 24px; margin: 12px 0; }
figure { margin: 0; } figcaption { margin-bottom: 4px; }
svg { display: block; max-width: 100%; height: auto; }
#moving { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; }
#moving .slider { flex: 1 1 180px; }
button { font: inherit; color: inherit; background: transparent; padding: 4px 12px;
  border: 1px solid var(--dash); border-radius: 4px; min-width: 64px; min-height: 32px; }
button:disabled { opacity: .5; }
:focus-visible { outline: 3px solid var(--edge); outline-offset: 2px; }
p { margin: 6px 0; }
#legend { display: flex; flex-wrap: wrap; gap: 2px 16px; list-style: none; padding: 0;
  margin: 10px 0 0; font-size: 13px; }
i { display: inline-block; width: 14px; height: 14px; margin-right: 6px;
  vertical-align: -2px; border: 1px solid var(--line); }
i.image { background: var(--image); }
i.padding { border: 1px dashed var(--dash); }
i.unread { background: repeating-linear-gradient(45deg, transparent 0 3px,
  var(--unread) 3px 4px); }
i.here { border: 3px solid var(--edge); background: var(--here); }
i.made { background: var(--made); }
rect.image { fill: var(--image); stroke: var(--line); }
rect.padding { fill: none; stroke: var(--dash); stroke-dasharray: 3 2; }
rect.unread { fill: url(#hatch); stroke: none; }
rect.empty { fill: none; stroke: var(--line); }
rect.made { fill: var(--made); stroke: var(--line); }
rect.here { fill: var(--here); stroke: var(--edge); stroke-width: 3; }
text { fill: var(--dash); font-size: 10px; text-anchor: middle; }
pattern path { stroke: var(--unread); }
@media (prefers-reduced-motion: no-preference) {
  #input rect.here { transition: transform .2s; } }
@media (forced-colors: active) { rect.here { stroke: Highlight; } }
"""

# %% [markdown]
# ## How it works
#
# First the counting: how many windows fit, what is left over at the end of each axis, and
# which rows the window reads. Rows are numbered from 0 in the image; padding lies before 0.

# %%
#| export
_COUNTING = """
const $ = name => document.getElementById(name);
const setting = {}, names = Object.keys(START);
let now = 0, timer = null;

function count() {
  const {size, kernel, stride, padding} = setting;
  const all = size + 2 * padding, room = all - kernel;
  const along = room < 0 ? 0 : Math.floor(room / stride) + 1;
  return {all, room, along, total: along * along, rest: room < 0 ? all : room % stride};
}
function read(cell, along) {
  for (let i = 0; i < along; i++)
    if (cell >= i * setting.stride && cell < i * setting.stride + setting.kernel)
      return true;
  return false;
}
function outside(cell) {
  return cell < setting.padding || cell >= setting.padding + setting.size;
}
"""

# %% [markdown]
# The words: the formula with its numbers, what is left over, and what this window does.

# %%
#| export
_WORDS = """
function say(name, text) {
  if ($(name).textContent !== text) $(name).textContent = text;
}
const plural = (n, word) => n + ' ' + word + (n === 1 ? '' : 's');
function span(word, from, to) {
  const signed = n => String(n).replace('-', '\\u2212');
  return from === to ? word + ' ' + signed(from)
    : word + 's ' + signed(from) + ' to ' + signed(to);
}
function describe() {
  const {size, kernel, stride, padding} = setting, c = count();
  const inside = size + ' + 2\\u00b7' + padding + ' \\u2212 ' + kernel;
  if (!c.total) {
    say('formula', 'The window does not fit: a kernel of ' + kernel + ' is larger than '
      + size + ' + 2\\u00b7' + padding + ' = ' + c.all + '.');
    say('remainder', ''); say('story', 'There is no output.');
    return;
  }
  // With numbers the pictures say it; the formula is what a task of module 09 asks for.
  say('formula', OPERATION ? '' : 'output size = \\u230a(' + inside + ') / ' + stride + '\\u230b + 1 = \\u230a'
    + c.room + ' / ' + stride + '\\u230b + 1 = ' + c.along);
  const padded = Math.min(c.rest, padding), gap = c.along > 1 ? stride - kernel : 0;
  say('remainder', (c.rest === 0
    ? 'Nothing is left over at the end of the rows and columns.'
    : 'Left over at the end: ' + plural(c.rest, 'row') + ' and ' + plural(c.rest, 'column')
      + (padded === 0 ? '.' : padded === c.rest ? ', all of it padding.'
         : ', ' + padded + ' of them padding.'))
    + (gap < 1 ? '' : ' Between two windows ' + plural(gap, 'row') + ' or '
      + plural(gap, 'column') + (gap === 1 ? ' is' : ' are') + ' skipped.'));
  const row = Math.floor(now / c.along), column = now % c.along;
  const top = row * stride, left = column * stride;
  let zeros = 0;
  for (let u = 0; u < kernel; u++) for (let v = 0; v < kernel; v++)
    if (outside(top + u) || outside(left + v)) zeros++;
  say('story', 'Window ' + (now + 1) + ' of ' + c.total + ' makes output row ' + row
    + ', column ' + column + '. It reads ' + span('row', top - padding,
    top - padding + kernel - 1) + ' and ' + span('column', left - padding,
    left - padding + kernel - 1) + '; ' + zeros + ' of its ' + kernel * kernel
    + ' numbers ' + (zeros === 1 ? 'is' : 'are') + ' padding.');
}
"""

# %% [markdown]
# The two grids. Moving the window changes two rectangles only; the rest is drawn again when
# a setting changes.

# %%
#| export
_DRAWING = """
const CELL = OPERATION ? 30 : 20;
function label(kind, row, column, said) {
  return '<text class="' + kind + '" x="' + (column * CELL + CELL / 2 + 2) + '" y="'
    + (row * CELL + CELL / 2 + 6) + '">' + said + '</text>';
}
function rect(kind, row, column, side) {
  return '<rect class="' + kind + '" x="' + (column * CELL + 2) + '" y="' + (row * CELL + 2)
    + '" width="' + side * CELL + '" height="' + side * CELL + '"/>';
}
function canvas(name, side, content) {
  const length = Math.max(side, 1) * CELL + 4;
  $(name).setAttribute('viewBox', '0 0 ' + length + ' ' + length);
  $(name).setAttribute('width', length); $(name).setAttribute('height', length);
  $(name).innerHTML = content;
}
function drawInput(c) {
  let cells = '<defs><pattern id="hatch" width="6" height="6" patternUnits='
    + '"userSpaceOnUse"><path d="M0 6 6 0"/></pattern></defs>';
  for (let row = 0; row < c.all; row++) for (let column = 0; column < c.all; column++) {
    const padding = outside(row) || outside(column);
    cells += rect(padding ? 'padding' : 'image', row, column, 1);
    if (!read(row, c.along) || !read(column, c.along))
      cells += rect('unread', row, column, 1);
    else if (cellText(row, column, padding))
      cells += label(padding ? '' : 'pixel', row, column, cellText(row, column, padding));
  }
  canvas('input', c.all, cells + (c.total ? rect('here', 0, 0, setting.kernel) : ''));
  say('input-title', 'input: ' + setting.size + ' by ' + setting.size + (setting.padding
    ? ', with padding ' + c.all + ' by ' + c.all : ''));
}
function drawOutput(c) {
  let cells = '';
  for (let i = 0; i < c.total; i++) {
    const row = Math.floor(i / c.along), column = i % c.along;
    cells += rect('empty', row, column, 1).replace('/>', ' data-place="' + i + '"/>');
    if (OPERATION) cells += label('result', row, column, resultText(i, c.along));
  }
  canvas('output', c.along, cells + (c.total ? rect('here', 0, 0, 1) : ''));
  say('output-title', c.total ? 'output: ' + c.along + ' by ' + c.along : 'no output');
}
function move() {
  const c = count();
  if (c.total) {
    const row = Math.floor(now / c.along), column = now % c.along;
    const to = (name, scale) => $(name).querySelector('.here').style.transform =
      'translate(' + column * CELL * scale + 'px,' + row * CELL * scale + 'px)';
    to('input', setting.stride); to('output', 1);
    $('output').querySelectorAll('rect:not(.here)').forEach((cell, i) =>
      cell.setAttribute('class', i < now ? 'made' : 'empty'));
    $('window').setAttribute('aria-valuetext', 'output row ' + row + ', column ' + column);
  }
  $('window').value = now + 1;
  say('window-value', c.total ? now + 1 + ' of ' + c.total : 'none');
  describe(); drawParts(c); fit();
}
function draw() {
  const c = count();
  for (const name of names) {
    $(name).value = setting[name]; say(name + '-value', String(setting[name]));
  }
  now = Math.min(now, Math.max(0, c.total - 1));
  $('window').max = Math.max(1, c.total);
  for (const name of ['window', 'back', 'play', 'next']) $(name).disabled = c.total < 2;
  drawInput(c); drawOutput(c); move();
}
"""

# %% [markdown]
# The controls. Nothing moves before Play is pressed; while it plays, the words are not read
# aloud, and with reduced motion the steps are slower and do not glide.

# %%
#| export
_CONTROLS = """
function stop() {
  clearInterval(timer); timer = null;
  $('words').setAttribute('aria-live', 'polite'); say('play', 'Play');
}
function step(by) {
  const total = count().total;
  now = (now + by + total) % total; move();
}
function play() {
  if (timer) { stop(); return; }
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  $('words').setAttribute('aria-live', 'off'); say('play', 'Pause');
  timer = setInterval(() => step(1), calm ? 1500 : 600);
}
for (const name of names) {
  setting[name] = START[name];
  $(name).addEventListener('input', () => {
    stop(); setting[name] = Number($(name).value); now = 0; draw();
  });
}
$('window').addEventListener('input', () => {
  stop(); now = Number($('window').value) - 1; move();
});
$('back').addEventListener('click', () => { stop(); step(-1); });
$('next').addEventListener('click', () => { stop(); step(1); });
$('play').addEventListener('click', play);
"""

# %% [markdown]
# The page fits itself into the notebook: as high as its content, and dark where the
# notebook behind it is dark. A notebook's theme is its own, not the system's, so the colour
# behind the frame decides. Where nothing there has a colour, the marks of Colab and VS Code
# are looked for, then whether the page follows the system.

# %%
#| export
FITTING = """
function frame() {
  try { return window.frameElement; } catch { return null; }
}
function fit() {
  if (frame()) frame().style.height = document.body.offsetHeight + 2 + 'px';
}
function isDark() {
  for (let behind = frame(); behind; behind = behind.parentElement) {
    const colour = behind.ownerDocument.defaultView.getComputedStyle(behind)
      .backgroundColor.match(/[\\d.]+/g);
    if (colour && (colour.length < 4 || Number(colour[3]) > 0.5))
      return 0.3 * colour[0] + 0.6 * colour[1] + 0.1 * colour[2] < 128;
  }
  const system = matchMedia('(prefers-color-scheme: dark)').matches;
  if (!frame()) return system;
  if (frame().closest('[theme=dark], .vscode-dark, .vscode-high-contrast')) return true;
  return system && getComputedStyle(frame()).colorScheme.includes('dark');
}
function dress() { document.documentElement.dataset.theme = isDark() ? 'dark' : 'light'; }
dress();
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', dress);
if (frame()) {
  frame().parentElement.querySelector('p')?.remove();
  const watch = new MutationObserver(() => setTimeout(dress, 100));
  for (const node of [parent.document.documentElement, parent.document.body])
    watch.observe(node, {attributes: true});
}
addEventListener('resize', fit);
draw();
"""

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
            _SLIDER.format(name=name, least=least, most=most)
            for name, (least, most) in _RANGES.items()
        )
        given = {"START": self.start, "OPERATION": self.operation or ""}
        given |= {"IMAGE": self.image, "WEIGHTS": self.weights}
        constants = "".join(f"const {n} = {json.dumps(v)};" for n, v in given.items())
        script = _COUNTING + arithmetic.NUMBERS + _WORDS + _DRAWING + arithmetic.PARTS
        script += _CONTROLS + arithmetic.POINTING + FITTING
        style = STYLE + (arithmetic.STYLE if self.operation else "")
        body = _BODY.format(
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
