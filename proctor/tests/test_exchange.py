"""Pages back through nbgrader's exchange, by nbgrader's own command."""

import pytest

from proctor.tests import tiny
from proctor.tests.commands import run

PAGE = "<p>seven points</p>"


@pytest.fixture
def course(tmp_path):
    """A course with three pages, of which one was handed in through the exchange."""
    (tmp_path / "course").mkdir()
    folder = tiny.course(tmp_path / "course")
    config = folder / "nbgrader_config.py"
    more = "import proctor.nbgrader\nproctor.nbgrader.install(c)\n"
    root = f'c.Exchange.root = "{tmp_path / "exchange"}"\n'
    config.write_text(config.read_text() + more + root)
    for student, times in {"by-mail": None, "again": "67", "through": "66"}.items():
        for stage in ("submitted", "autograded", "feedback"):
            (folder / stage / student / tiny.NAME).mkdir(parents=True)
        page = folder / "feedback" / student / tiny.NAME / "tiny.html"
        page.write_text(PAGE)
        if times:
            names = zip(("submitted", "autograded"), times, strict=True)
            for stage, minute in names:
                place = folder / stage / student / tiny.NAME
                time = f"2026-11-28 18:4{minute}:00.5 UTC"
                (place / "timestamp.txt").write_text(time)
            place = folder / "submitted" / student / tiny.NAME
            (place / "submission_secret.txt").write_text(f"secret of {student}")
    return folder


@pytest.mark.slow
def test_what_came_through_the_exchange_goes_back_through_it(course, tmp_path):
    command = "nbgrader", "release_feedback", tiny.NAME
    done = run(*command, cwd=course)
    # One line says what is wanted, and the last is nbgrader's.
    said, last = done.stderr.splitlines()
    assert done.returncode == 1 and "nbgrader release_feedback failed" in last
    assert f"no exchange folder {tmp_path / 'exchange'}" in said
    assert "c.Exchange.root; where students are on no machine" in said

    (tmp_path / "exchange").mkdir()
    (tmp_path / "exchange").chmod(0o777)
    done = run(*command, cwd=course)
    assert done.returncode == 0, done.stderr
    (page,) = (tmp_path / "exchange" / "tiny" / "feedback").iterdir()
    assert page.read_text() == PAGE
    said = [line for line in done.stderr.splitlines() if "WARNING" in line]
    assert [line.split("not released, ")[1] for line in said] == [
        "for it was handed in again since it was graded: again",
        "for it was not handed in through the exchange: by-mail",
    ]
