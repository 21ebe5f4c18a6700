"""The numbers and words of the window explorer, in a browser."""

import re

import numpy as np
import pytest
from explorers import IN, MINUS, text

from tinytorch.core.spatial import (
    avg_pool2d_forward,
    conv2d_forward,
    max_pool2d_forward,
    output_size,
)
from tinytorch.core.spatial_two import conv_forward

pytest_plugins = ["explorer_fixtures"]

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
