# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # The explorer's motion
#
# > How the window explorer counts windows, says what one does, draws, and moves.
#
# A part of the web page that `tinytorch.explorer` puts together, in JavaScript. To use the
# explorer, nothing below must be read.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp explorer_script

# %% [markdown]
# ## Counting
#
# First the counting: how many windows fit, what is left over at the end of each axis, and
# which rows the window reads. Rows are numbered from 0 in the image; padding lies before 0.

# %%
#| export
COUNTING = """
const $ = name => document.getElementById(name);
const setting = {}, names = Object.keys(START);
let now = 0, timer = null;

const apart = () => setting.dilation || 1;
const reach = () => (setting.kernel - 1) * apart() + 1;
function count() {
  const {size, stride, padding} = setting;
  const all = size + 2 * padding, room = all - reach();
  const along = room < 0 ? 0 : Math.floor(room / stride) + 1;
  return {all, room, along, total: along * along, rest: room < 0 ? all : room % stride};
}
function read(cell, along) {
  for (let i = 0; i < along; i++) {
    const from = cell - i * setting.stride;
    if (from >= 0 && from < reach() && from % apart() === 0) return true;
  }
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
WORDS = """
function say(name, text) {
  if ($(name).textContent !== text) $(name).textContent = text;
}
const plural = (n, word) => n + ' ' + word + (n === 1 ? '' : 's');
function span(word, from, to) {
  const signed = n => String(n).replace('-', '\\u2212');
  return from === to ? word + ' ' + signed(from)
    : word + 's ' + signed(from) + ' to ' + signed(to);
}
function spread(word, from) {
  const {kernel} = setting, last = from + reach() - 1;
  if (apart() === 1 || kernel === 1) return span(word, from, last);
  const met = Array.from({length: kernel - 1}, (_, u) => from + u * apart());
  return (word + 's ' + met.join(', ') + ' and ' + last).replaceAll('-', '\\u2212');
}
function reached() {
  const {kernel, dilation} = setting;
  return !dilation ? '' : 'A window reaches over (' + kernel + ' \\u2212 1)\\u00b7'
    + dilation + ' + 1 = ' + reach() + ' rows and columns.';
}
function skipped(c) {
  // Between windows that stand apart, and where no number of a dilated one comes by.
  let rows = 0;
  for (let row = 0; row < (c.along - 1) * setting.stride + reach(); row++)
    rows += !read(row, c.along);
  return rows === 0 ? '' : ' Before that, ' + plural(rows, 'row') + ' and '
    + plural(rows, 'column') + (rows === 1 ? ' is' : ' are') + ' in no window.';
}
function describe() {
  const {size, kernel, stride, padding} = setting, c = count();
  const inside = size + ' + 2\\u00b7' + padding + ' \\u2212 ' + reach();
  if (!c.total) {
    say('formula', 'The window does not fit: '
      + (apart() > 1 ? reach() : 'a kernel of ' + kernel) + ' is larger than '
      + size + ' + 2\\u00b7' + padding + ' = ' + c.all + '. ' + reached());
    say('remainder', ''); say('story', 'There is no output.');
    return;
  }
  // With numbers the pictures say it; the formula is what a task of module 09 asks for.
  const computed = 'output size = \\u230a(' + inside + ') / ' + stride
    + '\\u230b + 1 = \\u230a' + c.room + ' / ' + stride + '\\u230b + 1 = ' + c.along;
  say('formula', (OPERATION ? '' : reached() ? computed + '. ' : computed) + reached());
  const padded = Math.min(c.rest, padding), gap = c.along > 1 ? stride - kernel : 0;
  say('remainder', (c.rest === 0
    ? 'Nothing is left over at the end of the rows and columns.'
    : 'Left over at the end: ' + plural(c.rest, 'row') + ' and ' + plural(c.rest, 'column')
      + (padded === 0 ? '.' : padded === c.rest ? ', all of it padding.'
         : ', ' + padded + ' of them padding.'))
    + (apart() > 1 ? skipped(c) : gap < 1 ? '' : ' Between two windows ' + plural(gap, 'row') + ' or '
      + plural(gap, 'column') + (gap === 1 ? ' is' : ' are') + ' skipped.'));
  const row = Math.floor(now / c.along), column = now % c.along;
  const top = row * stride, left = column * stride;
  let zeros = 0;
  for (let u = 0; u < kernel; u++) for (let v = 0; v < kernel; v++)
    if (outside(top + u * apart()) || outside(left + v * apart())) zeros++;
  say('story', 'Window ' + (now + 1) + ' of ' + c.total + ' makes output row ' + row
    + ', column ' + column + '. It reads ' + spread('row', top - padding)
    + ' and ' + spread('column', left - padding) + '; ' + zeros + ' of its ' + kernel * kernel
    + ' numbers ' + (zeros === 1 ? 'is' : 'are') + ' padding.');
}
"""

# %% [markdown]
# The two grids. Moving the window changes two rectangles only; the rest is drawn again when
# a setting changes.

# %%
#| export
DRAWING = """
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
function frameHere() {
  if (apart() === 1) return rect('here', 0, 0, setting.kernel);
  let cells = rect('reach', 0, 0, reach());
  for (let u = 0; u < reach(); u += apart()) for (let v = 0; v < reach(); v += apart())
    cells += rect('tap', u, v, 1);
  return '<g class="here">' + cells + '</g>';
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
  canvas('input', c.all, cells + (c.total ? frameHere() : ''));
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
CONTROLS = """
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
# The page itself is in [the window explorer](explorer.ipynb).
