"""A student's notebook in JupyterLab and in Notebook 7, as a person works in it."""

import re
from urllib.parse import unquote

import chromium
import pytest
from conftest import ROOT, copy_checkout
from lab_server import serving

pytestmark = pytest.mark.slow
# The first window is not counted; and as it is asked for.
WRONG = """\
#| export
def output_size(size, kernel, stride=1, padding=0):
    return (size + 2 * padding - kernel) // stride
"""
RIGHT = """\
#| export
def output_size(size, kernel, stride=1, padding=0):
    room = size + 2 * padding - kernel
    if room < 0 or kernel < 1 or stride < 1 or padding < 0:
        raise ValueError(f"{size}, {kernel}, {stride}, {padding}")
    return room // stride + 1
"""
# A machine that others use: what has to come comes, however late.
PATIENCE = 300_000


@pytest.fixture(scope="module")
def linked():
    """What the README's first link to Binder opens."""
    found = re.search(r"\?labpath=([\w.%]+)", (ROOT / "README.md").read_text())
    return unquote(found[1])


@pytest.fixture(scope="module")
def server(student_python, linked, tmp_path_factory):
    course = copy_checkout(tmp_path_factory.mktemp("clone") / "course")
    options = "--ServerApp.root_dir=.", linked
    program, home = student_python.with_name("jupyter"), tmp_path_factory.mktemp("home")
    with serving(program, course, home, *options) as address:
        yield address


@pytest.fixture(scope="module")
def page(browser, server, linked):
    """The notebook in JupyterLab, opened by the link."""
    opened = chromium.Browser(browser, viewport={"width": 1280, "height": 960})
    opened.page.set_default_timeout(PATIENCE)
    opened.visit(server.format(f"lab/tree/{linked}"))
    opened.page.wait_for_selector("#jupyterlab-splash", state="detached")
    opened.page.wait_for_selector(".jp-CodeCell")
    yield opened
    opened.close()


def cell_with(page, text):
    """Return the code cell that has a text, scrolled to."""
    cell = page.locator(".jp-CodeCell", has=page.locator(".cm-content", has_text=text))
    cell.first.scroll_into_view_if_needed()
    return cell.first


def ran(cell):
    """Wait until a cell has run; return what it shows."""
    prompt = cell.locator(".jp-InputArea-prompt")
    prompt.filter(has_text=re.compile(r"\[\d+\]")).wait_for()
    return cell.locator(".jp-Cell-outputArea").inner_text()


def run_cell(page, cell):
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")


def write(page, cell, code):
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(code)
    page.keyboard.press("Control+Enter")


def test_a_task_from_wrong_to_right(page, screenshots):
    lab = page.page
    task = cell_with(lab, "def output_size(")
    write(lab, task, WRONG)
    task.locator(".cm-content").click()
    lab.get_by_role("menuitem", name="Run", exact=True).click()
    lab.get_by_text("Run All Above Selected Cell").click()
    run_cell(lab, task)
    check = cell_with(lab, 'Check("output-size", output_size)')
    run_cell(lab, check)
    said = ran(check)
    assert "7 pixels, kernel 3" in said and "4" in said and "5" in said
    tutor = cell_with(lab, 'tt.tutor("output-size")')
    run_cell(lab, tutor)
    assert "The first window is not counted" in ran(tutor)
    tutor.evaluate("cell => cell.scrollIntoView({block: 'end'})")
    page.picture(screenshots / "notebook.png")
    write(lab, task, RIGHT)
    run_cell(lab, check)
    check.get_by_text("5 of 100 points").wait_for()


def test_the_explorer_moves(page, screenshots):
    lab = page.page
    cell = cell_with(lab, "explore(size=7, kernel=3, stride=2, padding=1)")
    run_cell(lab, cell)
    frame = cell.frame_locator("iframe")
    frame.get_by_role("button", name="Next").click()
    assert frame.locator("#window-value").inner_text() == "2 of 16"
    page.picture(screenshots / "explorer-in-a-notebook.png")


def test_validate_says_what_fails(page, screenshots):
    lab = page.page
    assert lab.get_by_role("menuitem", name="Nbgrader").count() == 0
    lab.keyboard.press("Control+S")
    lab.locator(".validate-button").click()
    dialog = lab.locator(".jp-Dialog-content")
    dialog.wait_for()
    page.picture(screenshots / "validate.png")
    said = dialog.inner_text()
    assert "conv2d-forward" in said and "output-size is not written" not in said
    assert page.elsewhere() == []


def test_on_a_phone(browser, server, linked, screenshots):
    """Notebook 7 shows one notebook alone, no wider than the screen."""
    phone = chromium.Browser(
        browser, viewport={"width": 390, "height": 844}, has_touch=True
    )
    phone.page.set_default_timeout(PATIENCE)
    phone.visit(server.format(f"notebooks/{linked}"))
    phone.page.wait_for_selector(".jp-Notebook .jp-RenderedMarkdown h1")
    heading = phone.page.locator(".jp-Notebook .jp-RenderedMarkdown h1").first
    box = heading.bounding_box()
    assert heading.inner_text().startswith("Module 09: Spatial")
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390
    phone.picture(screenshots / "notebook-on-a-phone.png")
    assert phone.run("document.documentElement.scrollWidth") <= 390
    assert phone.elsewhere() == []
    phone.close()
