"""The web pages, a student's feedback page and the class's report, in a browser."""

import shutil

import chromium
import pytest
from accessible import violations

from proctor.tests.commands import run

pytestmark = pytest.mark.slow
NAME = "09_spatial"
# Of each kind one.
PAGES = (
    "index",
    "modules/09_spatial/spatial",
    "mistakes/milestone_cnn",
    "explorer",
    "guides/comparison",
    "reference/rubric",
    "search",
)


@pytest.fixture
def phone(browser):
    page = chromium.Browser(
        browser, viewport={"width": 390, "height": 844}, has_touch=True
    )
    yield page
    assert page.elsewhere() == []
    page.close()


@pytest.fixture
def desk(browser):
    page = chromium.Browser(browser, viewport={"width": 1200, "height": 900})
    yield page
    assert page.elsewhere() == []
    page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_anybody_can_read_them(site, desk, screenshots, theme):
    desk.media(color_scheme=theme)
    for name in PAGES if theme == "light" else PAGES[::2]:
        desk.visit((site / f"{name}.html").as_uri())
        desk.picture(screenshots / f"site-{name.replace('/', '-')}-{theme}.png")
        assert violations(desk.page) == [], name
        white = desk.run("getComputedStyle(document.body).backgroundColor")
        assert (white == "rgb(255, 255, 255)") == (theme == "light")


def test_on_a_phone_nothing_is_wider_than_the_screen(site, phone, screenshots):
    for name in ("index", "modules/09_spatial/spatial", "mistakes/09_spatial"):
        phone.visit((site / f"{name}.html").as_uri())
        phone.picture(screenshots / f"site-{name.replace('/', '-')}-phone.png")
        assert phone.run("document.documentElement.scrollWidth") == 390, name


def test_the_search_shows_the_place(site, desk, screenshots):
    desk.visit((site / "index.html").as_uri())
    desk.page.get_by_role("textbox", name="Search").fill("kernel flipped")
    desk.page.keyboard.press("Enter")
    first = desk.page.locator("#search-results li").first
    assert "Which number of the kernel meets" in first.inner_text()
    assert first.locator("mark").first.inner_text().lower() == "kernel"
    desk.picture(screenshots / "site-search.png")
    # It leads into what is folded, and opens it.
    first.locator("a").click()
    desk.page.get_by_text("The kernel is flipped", exact=True).wait_for()
    assert desk.page.url.endswith("#conv-kernel-flipped")
    desk.picture(screenshots / "site-mistake.png")
    desk.visit((site / "search.html").as_uri() + "?q=nosuchword")
    assert "Nothing has all of these words" in desk.page.inner_text("[role=main]")


def test_the_explorer_of_a_module_by_keys(site, desk, screenshots):
    desk.visit((site / "modules/09_spatial/spatial.html").as_uri())
    frames = desk.page.locator("iframe[title='Window explorer']")
    assert frames.count() == 5
    frame = frames.nth(1).content_frame
    assert frame.locator("#window-value").inner_text() == "1 of 16"
    frame.locator("#window").focus()
    desk.page.keyboard.press("ArrowRight")
    assert frame.locator("#window-value").inner_text() == "2 of 16"
    desk.picture(screenshots / "site-explorer-keys.png")
    # The pad of the same page makes a line of what is drawn.
    pad = desk.page.locator("iframe[title='Drawing pad']").content_frame
    pad.locator("#pad").focus()
    for key in ("Space", "ArrowDown", "ArrowDown"):
        desk.page.keyboard.press(key)
    assert len(pad.locator("#line").input_value()) == 71


def test_the_explorer_by_touch(site, phone, screenshots):
    phone.visit((site / "explorer.html").as_uri())
    frame = phone.page.locator("iframe").first.content_frame
    # Five cells in a row: the second row's second.
    frame.locator("#output").tap(position={"x": 47, "y": 47})
    assert frame.locator("#window-value").inner_text() == "7 of 25"
    phone.picture(screenshots / "site-explorer-touch.png")


def test_a_students_page_and_the_class(demo, desk, screenshots, tmp_path):
    """Both as the demo's class has them."""
    folder = demo[0]
    desk.visit((folder / "feedback/kernel-flipped" / NAME / "spatial.html").as_uri())
    assert "The kernel is flipped" in desk.page.inner_text("main")
    desk.picture(screenshots / "feedback.png")
    assert violations(desk.page) == []
    desk.media(color_scheme="dark")
    assert violations(desk.page) == []
    desk.media()
    copied = shutil.copytree(folder, tmp_path / "course", symlinks=True)
    done = run("proctor", "report", NAME, cwd=copied)
    assert done.returncode == 0, done.stderr
    desk.visit((copied / "results" / NAME / "report.html").as_uri())
    assert "The kernel is flipped" in desk.page.inner_text("body")
    desk.picture(screenshots / "class.png")
    assert violations(desk.page) == []
