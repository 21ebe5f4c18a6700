"""The class's report and its like submissions, wide and narrow, in a browser."""

import chromium
import pytest
from accessible import violations

from proctor.cli import main
from proctor.gradebook.history import History
from proctor.settings import Course
from proctor.tests import classes, tiny
from proctor.tests.tiny import NAME

pytestmark = pytest.mark.slow
TAKEN = "def double(x):\n" + "    for i in range(len(x)):\n        x[i] += x[i]\n" * 9
OWN = "def total(x):\n" + "    for i in range(len(x)):\n        x[i] -= x[i] ** 2\n" * 4


@pytest.fixture
def pages(tmp_path, monkeypatch):
    """Return the folder of both pages: of nine two have an earlier text in one task."""
    tiny.course(tmp_path)
    monkeypatch.chdir(tmp_path)
    made = [classes.submission("takes-it"), classes.submission("takes-it-too")]
    for student in ("takes-it", "takes-it-too"):
        classes.answered(tmp_path, student, TAKEN, OWN)
    for index in range(7):
        answer = "def double(x):\n" + f"    x = x {'+-*/%@|'[index]} {index}\n" * 12
        classes.answered(tmp_path, f"alone-{index}", answer)
        wrong = {"positive numbers": "triple", "noise": ("wrong values", f"{index}")}
        made.append(classes.submission(f"alone-{index}", wrong))
    history = History(Course.read(tmp_path).layout)
    history.keep(classes.run(made))
    history.keep(classes.run([classes.submission("alone-0")], 2))
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "earlier.py").write_text(TAKEN)
    assert main(["report", NAME]) == 0
    assert main(["similar", NAME, "--against", "old"]) == 0
    return tmp_path / "results" / NAME


@pytest.mark.parametrize("width", [1280, 390])
def test_anybody_can_read_what_a_class_did(pages, browser, screenshots, width):
    page = chromium.Browser(browser, viewport={"width": width, "height": 900})
    for theme in ("light", "dark"):
        page.media(color_scheme=theme)
        for name in ("report", "similar"):
            page.visit((pages / f"{name}.html").as_uri())
            assert violations(page.page) == [], name
            assert page.run("document.documentElement.scrollWidth") == width
            page.picture(screenshots / f"class-{name}-{width}-{theme}.png")
    # However narrow: for how many tasks a pair is there, and how many have that.
    region = page.page.get_by_role("region", name="Pairs that are alike")
    row = region.get_by_role("row", name="old/earlier.py").first.inner_text()
    assert "double (2 of 9 have it so)" in row and "1" in row
    assert ("1 task alone" in row) == (width == 390)
    assert page.elsewhere() == []
    page.close()
