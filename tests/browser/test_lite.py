"""The notebooks in the browser alone: JupyterLite, from a server of files.

NumPy comes from Pyodide's own address. Without TINYTORCH_ONLINE=1 no page finds that
address, and what needs NumPy is not tried; .github/workflows/pages.yml sets it.
"""

import contextlib
import functools
import http.server
import os
import re
import shutil
import subprocess
import threading
from urllib.parse import urlsplit

import chromium
import pytest
from conftest import ROOT
from lab_page import (
    PATIENCE,
    cell_with,
    move_the_explorer,
    ran,
    run_all_above,
    take_from_wrong_to_right,
    write,
)

from course.project import Project
from course.site.lite import add_lite, link, written

pytestmark = pytest.mark.slow
PACKAGES = "cdn.jsdelivr.net"
ONLINE = os.environ.get("TINYTORCH_ONLINE") == "1"


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@contextlib.contextmanager
def serving(folder):
    """Serve a folder's files, as GitHub Pages does; give the address."""
    handler = functools.partial(Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    if shutil.which("npm") is None:
        pytest.skip("no npm here, which brings Pyodide: JupyterLite was not built")
    asked = ["npm", "view", "pyodide", "version"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    if done.returncode:
        why = done.stderr.strip().split("\n")[0]
        pytest.skip(f"npm reaches no registry, so JupyterLite was not built: {why}")
    folder = tmp_path_factory.mktemp("site")
    add_lite(Project(ROOT), folder / "lite")
    with serving(folder) as found:
        yield found


@pytest.fixture(scope="module")
def page(address):
    """The first module's notebook, opened by its link."""
    if chromium.program() is None:
        pytest.skip("no Chromium or Chrome here: no page was opened in a browser")
    notebook = written(Project(ROOT))[0]
    with chromium.started(*[PACKAGES] * ONLINE) as started:
        opened = chromium.Browser(started, viewport={"width": 1280, "height": 960})
        opened.page.set_default_timeout(PATIENCE)
        opened.visit(f"{address}/{link(notebook)}")
        opened.page.wait_for_selector(".jp-CodeCell")
        yield opened
        opened.close()


def test_the_kernel_starts_on_what_is_stored(page, screenshots):
    lab = page.page
    lab.locator(".jp-RenderedMarkdown h1").first.click()
    lab.keyboard.press("a")
    cell = lab.locator(".jp-CodeCell").first
    write(lab, cell, "import sys\nf'{sys.platform}: {sum(range(10))}'")
    assert "emscripten: 45" in ran(cell)
    page.picture(screenshots / "lite.png")
    assert page.elsewhere() == []
    # What is written stays in the browser.
    lab.keyboard.press("Control+S")
    lab.locator(".jp-mod-dirty").wait_for(state="detached")
    lab.reload()
    cell_with(lab, "sum(range(10))").wait_for()


@pytest.mark.skipif(ONLINE, reason="here the packages come")
def test_where_the_packages_do_not_come_the_notebook_says_so(page, screenshots):
    lab = page.page
    run_all_above(lab, cell_with(lab, "def output_size("))
    said = lab.get_by_text(f"numpy could not be fetched from {PACKAGES}")
    said.first.scroll_into_view_if_needed()
    page.picture(screenshots / "lite-without-its-packages.png")
    assert {urlsplit(url).hostname for url in page.elsewhere()} == {PACKAGES}
    assert any(re.search(r"/numpy-[\d.]+-", url) for url in page.elsewhere())


@pytest.mark.skipif(
    not ONLINE, reason=f"TINYTORCH_ONLINE=1 is not set: no NumPy from {PACKAGES}"
)
def test_a_task_from_wrong_to_right(page, screenshots):
    take_from_wrong_to_right(page, screenshots / "lite-tutor.png")
    move_the_explorer(page, screenshots / "lite-explorer.png")
    assert {urlsplit(url).hostname for url in page.elsewhere()} == {PACKAGES}
