# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # The explorer's page
#
# > What the window explorer looks like: sliders, two grids, words, and their colours.
#
# A part of the web page that `tinytorch.explorer` puts together. To use the explorer,
# nothing below must be read.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp explorer_page

# %% [markdown]
# ## The page
#
# Each slider has a label and, beside it, its value. What changes is said in the paragraphs
# of `#words`, which a screen reader reads aloud as they change.

# %%
#| export
SLIDER = """
<div class="slider"><label for="{name}">{name}</label><output id="{name}-value"
for="{name}"></output><input id="{name}" type="range" min="{least}" max="{most}"></div>"""

BODY = """
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
rect.here, rect.tap { fill: var(--here); stroke: var(--edge); stroke-width: 3; }
rect.reach { fill: none; stroke: var(--edge); stroke-dasharray: 4 3; }
text { fill: var(--dash); font-size: 10px; text-anchor: middle; }
pattern path { stroke: var(--unread); }
@media (prefers-reduced-motion: no-preference) {
  #input .here { transition: transform .2s; } }
@media (forced-colors: active) { .here, rect.tap { stroke: Highlight; } }
"""

# %% [markdown]
# ## Its height, and the dark
#
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
# The page itself is in [the window explorer](explorer.ipynb).
