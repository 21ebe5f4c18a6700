"""The window explorer as a page: keys, motion, readers, themes."""

import re
import subprocess
import sys

import pytest
from explorers import IN, text

from tinytorch.explorer import explore

pytest_plugins = ["explorer_fixtures"]


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
