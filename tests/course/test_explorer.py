"""The window explorer, in a browser and without one."""

import re
import subprocess
import sys

import numpy as np
import pytest

from tinytorch.core.spatial import (
    avg_pool2d_forward,
    conv2d_forward,
    max_pool2d_forward,
    output_size,
)
from tinytorch.core.spatial_two import conv_forward
from tinytorch.explorer import explore

IN = "frames[0].document"
MINUS = "\u2212"


@pytest.fixture
def page(opened, tmp_path):
    """Open the explorer in a page; its width and its background can be chosen."""

    def open_page(background="white", width=800, **start):
        path = tmp_path / "page.html"
        html = explore(**start)._repr_html_()
        path.write_text(
            f'<!doctype html><meta charset="utf-8"><body style="margin: 10px; '
            f'background: {background}">{html}',
            encoding="utf-8",
        )
        opened.media()
        opened.open(path, width)
        return opened

    return open_page


def text(page, name):
    return page.run(f"{IN}.getElementById('{name}').textContent")


# Each value of each slider, remainders, gaps, and windows that do not fit.
SETTINGS = [
    (size, kernel, stride, padding)
    for size in range(1, 15)
    for kernel in (1 + size % 3, 3, 7)
    for stride in (1, 2 + size % 4)
    for padding in (0, 1 + size % 4)
]

READ_ALL = """
(settings => settings.map(setting => {
  const page = frames[0].document, at = name => page.getElementById(name);
  ['size', 'kernel', 'stride', 'padding'].forEach((name, i) => {
    at(name).value = setting[i]; at(name).dispatchEvent(new Event('input'));
  });
  return {
    formula: at('formula').textContent, remainder: at('remainder').textContent,
    outputs: at('output').querySelectorAll('.empty, .made').length,
    cells: at('input').querySelectorAll('.image, .padding').length,
    image: at('input').querySelectorAll('.image').length,
    unread: at('input').querySelectorAll('.unread').length,
    windows: Number(at('window').max),
  };
}))(%s)
"""


def test_numbers_are_those_of_output_size(page):
    shown = page().run(READ_ALL % [list(setting) for setting in SETTINGS])
    for (size, kernel, stride, padding), seen in zip(SETTINGS, shown, strict=True):
        all_cells = size + 2 * padding
        assert (seen["cells"], seen["image"]) == (all_cells**2, size**2)
        if kernel > all_cells:
            assert "does not fit" in seen["formula"] and seen["outputs"] == 0
            continue
        outputs = output_size(size, kernel, stride, padding)
        assert int(re.search(r"= (\d+)$", seen["formula"])[1]) == outputs
        assert seen["outputs"] == seen["windows"] == outputs**2
        gaps = max(0, stride - kernel) * (outputs - 1)
        left_over = all_cells - ((outputs - 1) * stride + kernel)
        said = re.search(r"end: (\d+) rows?", seen["remainder"])
        assert int(said[1] if said else 0) == left_over
        assert ("skipped" in seen["remainder"]) == (gaps > 0)
        # A cell is unread if its row or its column is.
        assert seen["unread"] == all_cells**2 - (all_cells - left_over - gaps) ** 2


def test_formula_and_words_of_one_window(page):
    shown = page(size=8, kernel=3, stride=2, padding=1)
    assert text(shown, "formula") == (
        f"output size = ⌊(8 + 2·1 {MINUS} 3) / 2⌋ + 1 = ⌊7 / 2⌋ + 1 = 4"
    )
    assert text(shown, "remainder") == (
        "Left over at the end: 1 row and 1 column, all of it padding."
    )
    assert text(shown, "story") == (
        f"Window 1 of 16 makes output row 0, column 0. It reads rows {MINUS}1 to 1 and "
        f"columns {MINUS}1 to 1; 5 of its 9 numbers are padding."
    )
    shown.run(
        f"{IN}.getElementById('window').value = 7;"
        f"{IN}.getElementById('window').dispatchEvent(new Event('input'))"
    )
    assert text(shown, "story") == (
        "Window 7 of 16 makes output row 1, column 2. It reads rows 1 to 3 and columns "
        "3 to 5; 0 of its 9 numbers are padding."
    )
    moved = f"{IN}.querySelector('#input .here').style.transform"
    assert shown.run(moved) == "translate(80px, 40px)"
    assert shown.run(f"{IN}.querySelectorAll('#output .made').length") == 6


def test_windows_with_gaps(page):
    """Their numbers are the output sizes and the places of module 19's windows."""
    settings = [
        (size, kernel, stride, padding, dilation)
        for size in (1, 5, 9, 14)
        for kernel in (1, 2, 3, 5)
        for stride in (1, 2, 5)
        for padding in (0, 1)
        for dilation in (1, 2, 3, 4)
    ]
    script = READ_ALL.replace("'padding']", "'padding', 'dilation']")
    shown = page(dilation=2).run(script % [list(setting) for setting in settings])
    for (size, kernel, stride, padding, dilation), seen in zip(
        settings, shown, strict=True
    ):
        reach, every = (kernel - 1) * dilation + 1, size + 2 * padding
        if reach > every:
            assert "does not fit" in seen["formula"] and seen["outputs"] == 0
            continue
        begins = range(0, every - reach + 1, stride)
        assert seen["outputs"] == len(begins) ** 2
        assert f"= {len(begins)}. A window reaches over" in seen["formula"]
        met = {begin + u * dilation for begin in begins for u in range(kernel)}
        assert seen["unread"] == every**2 - len(met) ** 2
        passed_by = {*range(max(met) + 1)} - met
        said = re.search(r"(\d+) columns? (is|are) in no window", seen["remainder"])
        if dilation > 1:
            assert int(said[1] if said else 0) == len(passed_by)


def test_words_of_a_window_with_gaps(page):
    shown = page(size=8, kernel=3, stride=2, padding=1, dilation=2)
    assert text(shown, "formula") == (
        f"output size = ⌊(8 + 2·1 {MINUS} 5) / 2⌋ + 1 = ⌊5 / 2⌋ + 1 = 3. "
        f"A window reaches over (3 {MINUS} 1)·2 + 1 = 5 rows and columns."
    )
    assert text(shown, "remainder") == (
        "Left over at the end: 1 row and 1 column, all of it padding. "
        "Before that, 4 rows and 4 columns are in no window."
    )
    assert text(shown, "story") == (
        f"Window 1 of 9 makes output row 0, column 0. It reads rows {MINUS}1, 1 and 3 "
        f"and columns {MINUS}1, 1 and 3; 5 of its 9 numbers are padding."
    )
    assert shown.run(f"{IN}.querySelectorAll('#input .here .tap').length") == 9


def test_keyboard_alone_is_enough(page):
    shown = page(size=7, kernel=3)
    # The first Tab goes to the frame's first slider.
    reached = []
    for _ in range(8):
        shown.page.keyboard.press("Tab")
        reached.append(shown.run(f"{IN}.activeElement.id"))
    assert reached == [
        *("size", "kernel", "stride", "padding"),
        *("back", "play", "next", "window"),
    ]
    shown.page.keyboard.press("ArrowRight")
    assert text(shown, "window-value") == "2 of 25"
    shown.run(f"{IN}.getElementById('kernel').focus()")
    shown.page.keyboard.press("ArrowRight")
    assert text(shown, "kernel-value") == "4"
    assert text(shown, "formula").endswith("= 4")


def test_play_moves_the_window_and_is_not_read_aloud(page):
    shown = page(size=7, kernel=3)
    press = f"{IN}.getElementById('play').click()"
    live = f"{IN}.getElementById('words').getAttribute('aria-live')"
    assert text(shown, "window-value") == "1 of 25", "nothing moves by itself"
    shown.run(press)
    assert (text(shown, "play"), shown.run(live)) == ("Pause", "off")
    shown.run(
        "new Promise(done => { const wait = () => frames[0].document.getElementById("
        "'window').value >= 3 ? done() : setTimeout(wait, 50); wait(); })"
    )
    shown.run(press)
    assert (text(shown, "play"), shown.run(live)) == ("Play", "polite")
    stopped = text(shown, "window-value")
    assert (
        shown.run(
            "new Promise(done => setTimeout(() => done(frames[0].document"
            ".getElementById('window-value').textContent), 900))"
        )
        == stopped
    )


ANSWERS = """
(settings => settings.map(setting => {
  const page = frames[0].document, at = name => page.getElementById(name);
  ['size', 'kernel', 'stride', 'padding'].forEach((name, i) => {
    at(name).value = setting[i]; at(name).dispatchEvent(new Event('input'));
  });
  return [...at('output').querySelectorAll('.result')].map(one => one.textContent);
}))(%s)
"""


def test_numbers_of_windows_with_gaps(page):
    image = (np.arange(81).reshape(9, 9) * 7 % 19 - 6).tolist()
    setting = [9, 3, 2, 1]
    shown = page(operation="convolution", image=image, dilation=3)
    seen = shown.run(ANSWERS % [setting])[0]
    x = np.pad(np.array(image, float), 1)[None, None]
    weight = np.zeros((1, 1, 3, 3))
    weight[..., 0], weight[..., -1] = -1, 1
    wanted = conv_forward(x, weight, None, (2, 2), (3, 3))
    assert wanted.shape == (1, 1, 3, 3)
    numbers = [float(one.replace(MINUS, "-")) for one in seen]
    assert np.allclose(numbers, wanted.ravel())


@pytest.mark.parametrize("operation", ["convolution", "maximum", "mean"])
def test_numbers_are_those_of_the_functions(page, operation):
    """Of an image of one's own, and for the kernel that the page brings along."""
    image = (np.arange(64).reshape(8, 8) * 7 % 19 - 6).tolist()
    settings = [[8, 3, 1, 0], [8, 2, 2, 1], [7, 3, 2, 1], [6, 4, 3, 2], [8, 1, 5, 0]]
    shown = page(operation=operation, image=image).run(ANSWERS % settings)
    for (size, kernel, stride, padding), seen in zip(settings, shown, strict=True):
        x = np.array(image, float)[None, None, :size, :size]
        window, pairs = (kernel, kernel), ((stride, stride), (padding, padding))
        if operation == "convolution":
            weight = np.zeros((1, 1, *window))
            weight[..., 0], weight[..., -1] = -1, 1
            wanted = conv2d_forward(x, weight, None, *pairs)
        elif operation == "maximum":
            wanted = max_pool2d_forward(x, window, *pairs)
        else:
            wanted = avg_pool2d_forward(x, window, *pairs)
        numbers = [float(one.replace(MINUS, "-").replace("∞", "inf")) for one in seen]
        assert np.allclose(numbers, wanted.ravel(), atol=0.006)


def test_pointing_at_an_output_shows_its_products(page):
    shown = page(size=8, kernel=[[1, 2], [3, 4]], operation="convolution")
    shown.run(
        f"{IN}.querySelector('#output [data-place=\"8\"]').dispatchEvent("
        "new PointerEvent('pointerover', {bubbles: true}))"
    )
    assert text(shown, "window-value") == "9 of 49"
    assert text(shown, "sum") == "Sum: 7·1 + 9·2 + 2·3 + 3·4 = 43"
    parts = f"[...{IN}.querySelectorAll('#parts text')].map(one => one.textContent)"
    assert shown.run(parts)[:4] == ["7 · 1", "= 7", "9 · 2", "= 18"]
    # Neither a pixel nor a kernel number is 0 in what is added.
    shown.run(f"{IN}.querySelector('#output [data-place=\"0\"]').dispatchEvent("
              "new PointerEvent('pointerover', {bubbles: true}))")  # fmt: skip
    assert text(shown, "sum") == "Sum: 7·4 = 28 (products with 0 are left out)"
    shown.run(f"{IN}.querySelector('#output [data-place=\"8\"]').dispatchEvent("
              "new PointerEvent('pointerover', {bubbles: true}))")  # fmt: skip
    # The same by keys, at the edge no further.
    shown.run(f"{IN}.getElementById('output').focus()")
    shown.page.keyboard.press("ArrowDown")
    shown.page.keyboard.press("ArrowLeft")
    shown.page.keyboard.press("ArrowLeft")
    assert text(shown, "window-value") == "15 of 49"


def test_the_winner_is_framed_and_gets_the_gradient(page):
    shown = page(image=[[1, 5], [5, 2]], kernel=2, operation="maximum")
    assert text(shown, "sum") == "The largest of its 4 numbers is 5."
    assert "row 0, column 1." in text(shown, "back-words")
    assert shown.run(f"{IN}.querySelectorAll('#parts .winner').length") == 1
    assert text(page(image=[[1, 5], [5, 2]], kernel=2, operation="mean"), "sum") == (
        "Mean: (1 + 5 + 5 + 2) / 4 = 3.25"
    )


def test_reduced_motion_does_not_glide(page):
    shown = page()
    glide = (
        f"frames[0].getComputedStyle({IN}.querySelector('#input .here'))"
        ".transitionDuration"
    )
    assert shown.run(glide) == "0.2s"
    shown.media(reduced_motion="reduce")
    assert shown.run(glide) == "0s"


def test_a_screen_reader_finds_names_and_values(page):
    spoken = page(size=7, kernel=3, stride=2, padding=1).spoken()
    sliders = [(name, value) for role, name, value in spoken if role == "slider"]
    assert [name for name, _ in sliders] == [
        *("size", "kernel", "stride", "padding"),
        "window",
    ]
    buttons = [name for role, name, _ in spoken if role == "button"]
    assert buttons == ["Back", "Play", "Next"]
    pictures = [name for role, name, _ in spoken if role in ("image", "img")]
    assert pictures == ["input: 7 by 7, with padding 9 by 9", "output: 4 by 4"]


@pytest.mark.parametrize(
    ("background", "system", "theme"),
    [
        ("#111", "light", "dark"),
        ("white", "dark", "light"),
        ("transparent", "dark", "light"),
        ("transparent; color-scheme: light dark", "dark", "dark"),
        ("transparent; color-scheme: light dark", "light", "light"),
    ],
)
def test_the_theme_is_the_notebooks(page, background, system, theme):
    shown = page(background=background)
    shown.media(color_scheme=system)
    seen = shown.run(
        "new Promise(done => setTimeout(() => done("
        f"{IN}.documentElement.dataset.theme), 300))"
    )
    assert seen == theme


def test_follows_a_change_of_theme(page):
    shown = page(background="white")
    seen = shown.run(
        "document.body.style.background = '#111';"
        "new Promise(done => setTimeout(() => done("
        f"{IN}.documentElement.dataset.theme), 300))"
    )
    assert seen == "dark"


@pytest.mark.parametrize("operation", [None, "convolution"])
@pytest.mark.parametrize("width", [360, 800])
def test_fits_its_frame(page, width, operation):
    kernel = 7 if operation else 1
    shown = page(width=width, size=14, kernel=kernel, padding=4, operation=operation)
    inside = shown.run(f"{IN}.documentElement.scrollHeight")
    assert inside <= shown.run("document.querySelector('iframe').clientHeight")
    assert shown.run(f"{IN}.documentElement.scrollWidth") <= width
    assert shown.run("document.documentElement.scrollWidth") <= width
    assert shown.run("document.querySelectorAll('p').length") == 0


def test_asks_the_network_for_nothing(page):
    assert page().requested == []
    assert "http" not in explore().page()


def brightness(colour):
    if len(colour) == 4:
        colour = "#" + "".join(2 * digit for digit in colour[1:])
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [
        p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a, b):
    low, high = sorted((brightness(a), brightness(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1])
def test_contrast(theme):
    style = re.findall(r":root[^{]*{([^}]*)}", explore().page())[theme]
    colour = dict(re.findall(r"--(\w+): (#\w+)", style))
    assert contrast(colour["ink"], colour["page"]) >= 7
    assert contrast(colour["dash"], colour["page"]) >= 4.5  # the zeros of the padding
    for line in ("line", "unread", "edge"):
        assert contrast(colour[line], colour["page"]) >= 3
    assert contrast(colour["edge"], colour["image"]) >= 3


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ({"size": 15}, "size must be a whole number from 1 to 14, got 15"),
        ({"stride": 0}, "stride must be a whole number from 1 to 5, got 0"),
        ({"dilation": 5}, "dilation must be a whole number from 1 to 4, got 5"),
        ({"kernel": 2.5}, "kernel must be a whole number from 1 to 7, got 2.5"),
        (
            {"kernel": [[1, 2]]},
            "kernel must be a square of at most 7 by 7 numbers, got [[1, 2]]",
        ),
        (
            {"operation": "median"},
            "operation must be one of convolution, maximum, mean, or None, "
            "got 'median'",
        ),
    ],
)
def test_refuses_what_no_slider_has(start, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        explore(**start)


def test_needs_no_ipython_and_says_what_it_is():
    code = (
        "import sys; sys.modules['IPython'] = None\n"
        "from tinytorch.explorer import explore\n"
        "print(explore(size=8))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == (
        "Window explorer (size 8, kernel 3, stride 1, padding 0): to move it, open the "
        "notebook in Jupyter.\n"
    )
