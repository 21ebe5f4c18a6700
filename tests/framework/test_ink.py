"""A digit of one's own: the pad, its line of text, and photographs."""

import re

import numpy as np
import pytest
from PIL import Image

import tinytorch as tt
from tinytorch.ink import as_digit

LINE = "00000000 0ceeeeg0 00000cc0 00000g60 00006e00 0000g600 000cc000 000g4000"
IN = "frames[0].document"


def test_the_line_is_an_image():
    image = tt.drawing(f"  {LINE.upper()} ")
    assert (image.shape, image.dtype) == ((8, 8), np.float32)
    assert image[1].tolist() == [0, 12 / 16, *[14 / 16] * 4, 1, 0]


@pytest.mark.parametrize("text", ["", "0" * 64, LINE[:-1], LINE.replace("g", "h"), 7])
def test_another_text_is_refused(text):
    with pytest.raises(
        ValueError, match=r"^drawing needs the pad.s line of text, 8 tim"
    ):
        tt.drawing(text)


def test_a_photograph(tmp_path):
    pixels = np.full((90, 60), 230, np.uint8)
    pixels[30:70, 25:31] = 40
    Image.fromarray(pixels).save(tmp_path / "one.png")
    digit = tt.photo(tmp_path / "one.png", digit=True)
    assert digit.shape == (8, 8)
    assert digit[:, 3:5].mean() > 0.4 and digit[:, :3].max() == digit[:, 5:].max() == 0
    grey = tt.photo(tmp_path / "one.png", size=45)
    assert grey.shape == (45, 30) and 0.1 < grey.min() < grey.max() < 0.95


def test_what_is_no_photograph_is_one_line(tmp_path):
    (tmp_path / "notes.txt").write_text("no picture")
    with pytest.raises(ValueError, match="is no picture that can be read"):
        tt.photo(tmp_path / "notes.txt")
    with pytest.raises(ValueError, match=r"there is no file 'gone\.jpg' here"):
        tt.photo("gone.jpg")
    with pytest.raises(ValueError, match="nothing in the picture is clearly darker"):
        as_digit(np.full((9, 9), 0.9, np.float32))


DRAW = """
(points => {
  const pad = %s.getElementById('pad'), box = pad.getBoundingClientRect();
  pad.setPointerCapture = () => {};
  const send = (kind, [x, y]) => pad.dispatchEvent(new PointerEvent(kind, {
    clientX: box.left + x, clientY: box.top + y, buttons: 1, bubbles: true}));
  send('pointerdown', points[0]);
  points.slice(1).forEach(point => send('pointermove', point));
  send('pointerup', points[points.length - 1]);
  return %s.getElementById('line').value;
})(%s)
"""


@pytest.fixture
def shown(opened, tmp_path):
    path = tmp_path / "page.html"
    path.write_text(f'<meta charset="utf-8"><body>{tt.pad()._repr_html_()}')
    opened.open(path, width=390)
    return opened


@pytest.mark.slow
def test_what_is_drawn_by_hand_or_by_keys_becomes_a_line(shown):
    line = shown.run(DRAW % (IN, IN, [[40, 40], [200, 40], [90, 230]]))
    seven = tt.drawing(line)
    # A bar above, a foot on the left.
    assert seven[0].mean() > 0.5 and seven[-1, 4:].max() == 0
    assert 0.2 < seven.mean() < 0.45  # as much ink as the scanned digits have
    # The same strokes, half as large and elsewhere, are the same digit.
    shown.run(f"{IN}.getElementById('clear').click()")
    small = shown.run(DRAW % (IN, IN, [[110, 60], [190, 60], [135, 155]]))
    assert small == line
    shown.run(f"{IN}.getElementById('clear').click()")
    assert shown.run(f"{IN}.getElementById('line').value") == ""
    shown.run(f"{IN}.getElementById('pad').focus()")
    for key in ("Space", *["ArrowDown"] * 8):
        shown.page.keyboard.press(key)
    by_keys = tt.drawing(shown.run(f"{IN}.getElementById('line').value"))
    assert by_keys[:, 3:5].min() > 0.4 and by_keys[:, :2].max() == 0
    assert shown.requested == [] and "http" not in tt.pad().page()
    assert shown.run("document.documentElement.scrollWidth") <= 390


def test_a_cell_without_a_page_says_what_else_there_is():
    assert re.search(r"photo\(.*digit=True\)", repr(tt.pad()))
