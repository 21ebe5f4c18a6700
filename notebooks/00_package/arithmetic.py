# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # The explorer's arithmetic
#
# > What the window explorer shows of the numbers: pixels, products, and what they make.
#
# A part of the web page that `tinytorch.explorer` puts together: `explore(...,
# operation="convolution")`, or `"maximum"`, or `"mean"`. To use it, nothing below must be
# read.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp arithmetic

# %%
#| export
OPERATIONS = ("convolution", "maximum", "mean")

# Seen where no other image is given: a seven, as it might be written.
SEVEN = [
    [0, 0, 0, 0, 0, 0, 0, 0],
    [0, 7, 9, 9, 9, 9, 8, 0],
    [0, 2, 3, 3, 4, 9, 7, 0],
    [0, 0, 0, 0, 5, 9, 2, 0],
    [0, 0, 2, 6, 9, 8, 1, 0],
    [0, 0, 1, 6, 9, 3, 0, 0],
    [0, 0, 1, 9, 5, 0, 0, 0],
    [0, 0, 4, 9, 1, 0, 0, 0],
]

# %% [markdown]
# ## What it adds to the page

# %%
#| export
BODY = """
<figure><figcaption id="parts-title"></figcaption>
<svg id="parts" role="img" aria-labelledby="parts-title"></svg></figure>"""

WORDS = '<p id="sum"></p><p id="back-words"></p>'

STYLE = """
text.pixel { fill: var(--ink); } text.result { fill: var(--ink); font-weight: 600; }
#parts text { fill: var(--ink); font-size: 11px; }
#parts text.total { font-weight: 700; font-size: 13px; }
rect.part { fill: none; stroke: var(--line); }
rect.winner { fill: var(--here); stroke: var(--edge); stroke-width: 3; }
text, rect.here, g.here { pointer-events: none; }
#output rect[data-place] { pointer-events: all; }
#input rect.here, #input rect.tap { fill: none; } #output { cursor: pointer; }
"""

# %% [markdown]
# ## The numbers
#
# Padding is zeros, and minus infinity for the maximum. Without a kernel of one's own it
# compares left with right: minus ones in its first column, ones in its last.

# %%
#| export
NUMBERS = """
const pixel = (row, column) => outside(row) || outside(column)
  ? (OPERATION === 'maximum' ? -Infinity : 0)
  : (IMAGE[row - setting.padding] || [])[column - setting.padding] || 0;
function weight(u, v) {
  if (WEIGHTS && setting.kernel === WEIGHTS.length) return WEIGHTS[u][v];
  const last = setting.kernel - 1;
  return v === last ? 1 : v === 0 ? -1 : 0;
}
function windowAt(index, along) {
  const {kernel, stride} = setting, found = [];
  const top = Math.floor(index / along) * stride, left = index % along * stride;
  for (let u = 0; u < kernel; u++) for (let v = 0; v < kernel; v++)
    found.push({row: top + u * apart(), column: left + v * apart(), u, v,
      weight: weight(u, v)});
  for (const cell of found) cell.value = pixel(cell.row, cell.column);
  return found;
}
function answer(cells) {
  if (OPERATION === 'maximum') return Math.max(...cells.map(cell => cell.value));
  const share = cell => OPERATION === 'mean' ? cell.value : cell.value * cell.weight;
  const total = cells.reduce((sum, cell) => sum + share(cell), 0);
  return OPERATION === 'mean' ? total / cells.length : total;
}
const shown = n => n === -Infinity ? '\\u2212\\u221e'
  : String(Math.round(100 * n) / 100 + 0).replace('-', '\\u2212');
const inside = n => n < 0 ? '(' + shown(n) + ')' : shown(n);
function cellText(row, column, padding) {
  if (!OPERATION) return padding ? '0' : '';
  return shown(pixel(row, column));
}
function resultText(index, along) {
  return OPERATION ? shown(answer(windowAt(index, along))) : '';
}
"""

# %% [markdown]
# ## The window, part by part
#
# Each number of the window with its kernel number and their product; for the maximum the
# winner is framed. Then the same in words, and where a gradient would go.

# %%
#| export
PARTS = """
function drawParts(c) {
  if (!OPERATION) return;
  const cells = c.total ? windowAt(now, c.along) : [], total = answer(cells);
  const wide = OPERATION === 'convolution' ? 62 : 40, high = 34;
  const first = cells.findIndex(cell => cell.value === total);
  let drawn = '';
  cells.forEach((cell, i) => {
    const x = cell.v * wide + 2, y = cell.u * high + 2;
    const kind = OPERATION === 'maximum' && i === first ? 'winner' : 'part';
    drawn += '<rect class="' + kind + '" x="' + x + '" y="' + y + '" width="' + wide
      + '" height="' + high + '"/>';
    const lines = OPERATION !== 'convolution' ? [shown(cell.value)]
      : [shown(cell.value) + ' \\u00b7 ' + inside(cell.weight),
         '= ' + shown(cell.value * cell.weight)];
    lines.forEach((line, n) => drawn += '<text x="' + (x + wide / 2) + '" y="'
      + (y + 21 + 13 * n - 6 * (lines.length - 1)) + '">' + line + '</text>');
  });
  const side = setting.kernel, svg = $('parts');
  const width = side * wide + 4, height = side * high + 4;
  svg.setAttribute('viewBox', '0 0 ' + width + ' ' + height);
  svg.setAttribute('width', width); svg.setAttribute('height', height);
  svg.innerHTML = drawn;
  say('parts-title', c.total ? {convolution: 'pixel \\u00b7 kernel number',
    maximum: 'the window', mean: 'the window'}[OPERATION] : '');
  describeParts(c, cells, total, first);
}
function describeParts(c, cells, total, first) {
  if (!c.total) { say('sum', ''); say('back-words', ''); return; }
  const few = cells.length <= 16, values = cells.map(cell => inside(cell.value));
  if (OPERATION === 'maximum') {
    say('sum', 'The largest of its ' + cells.length + ' numbers is ' + shown(total) + '.');
    const place = n => String(n - setting.padding).replace('-', '\\u2212');
    say('back-words', 'Going back, its gradient goes to one pixel alone, the first that '
      + 'is largest: row ' + place(cells[first].row) + ', column '
      + place(cells[first].column) + '.');
  } else if (OPERATION === 'mean') {
    say('sum', few ? 'Mean: (' + values.join(' + ') + ') / ' + cells.length + ' = '
      + shown(total) : 'The mean of its ' + cells.length + ' numbers is ' + shown(total)
      + '.');
    say('back-words', 'Going back, each of its ' + cells.length + ' pixels gets 1/'
      + cells.length + ' of its gradient.');
  } else {
    const products = cells.filter(cell => cell.value !== 0 && cell.weight !== 0)
      .map(cell => inside(cell.value) + '\\u00b7' + inside(cell.weight));
    say('sum', products.length && products.length <= 16
      ? 'Sum: ' + products.join(' + ') + ' = ' + shown(total)
        + (products.length < cells.length ? ' (products with 0 are left out)' : '')
      : 'The sum of its ' + cells.length + ' products is ' + shown(total) + '.');
    say('back-words', 'Going back, each pixel gets the gradient of this output times its '
      + 'kernel number, and each kernel number gets it times its pixel.');
  }
}
"""

# %% [markdown]
# ## Pointing
#
# Pointing at an output, or touching it, moves the window there. The arrow keys do the same
# when the output is in focus.

# %%
#| export
POINTING = """
function jump(to) {
  const total = count().total;
  if (to < 0 || to >= total || to === now) return;
  stop(); now = to; move();
}
if (OPERATION) {
  const output = $('output');
  output.tabIndex = 0;
  for (const kind of ['pointerover', 'click'])
    output.addEventListener(kind, event => {
      const place = event.target.getAttribute('data-place');
      if (place !== null) jump(Number(place));
    });
  output.addEventListener('keydown', event => {
    const along = count().along, column = now % along;
    const by = {ArrowRight: column < along - 1 ? 1 : 0, ArrowLeft: column > 0 ? -1 : 0,
      ArrowDown: along, ArrowUp: -along}[event.key];
    if (by === undefined) return;
    event.preventDefault(); jump(now + by);
  });
}
"""

# %% [markdown]
# The page itself is in [the window explorer](explorer.ipynb).
