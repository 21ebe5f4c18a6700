"""A student's notebook in JupyterLab and in Notebook 7, as a person works in it."""

import re
from urllib.parse import unquote

import chromium
import pytest
from conftest import ROOT, copy_checkout
from lab_page import PATIENCE, move_the_explorer, take_from_wrong_to_right
from lab_server import serving

pytestmark = pytest.mark.slow


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


def test_a_task_from_wrong_to_right(page, screenshots):
    take_from_wrong_to_right(page, screenshots / "notebook.png")


def test_the_explorer_moves(page, screenshots):
    move_the_explorer(page, screenshots / "explorer-in-a-notebook.png")


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
