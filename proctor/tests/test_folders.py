"""A course folder: who handed in where, and what is said where it cannot be used."""

import contextlib
import os
from pathlib import Path

import pytest
from traitlets.config import Config

from proctor.cli import main
from proctor.commands.results_file import require_place
from proctor.errors import GradingError
from proctor.gradebook.database import open_gradebook
from proctor.gradebook.folders import Folders
from proctor.layout import Layout
from proctor.settings import Course
from proctor.tests import tiny
from proctor.tests.commands import plain_user

NAME, OTHERS = "09_spatial", ["09_spatial", "18_acceleration"]


@pytest.fixture
def course(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Course.read(tiny.course(tmp_path))


def hand_in(course, *places):
    for place in places:
        path = course.home / "submitted" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")


def test_who_handed_in_at_a_wrong_place(course):
    hand_in(
        course,
        "ada/09_spatial/spatial.ipynb",
        "ada/9_spatial/spatial.ipynb",
        "bo/18_acceleration/acceleration.ipynb",
        "cy/18_acceleration/spatial.ipynb",
        "dee/notes/notes.txt",
        "eve/acceleration.ipynb",
        "flo/9_spatial/my work.ipynb",
        "gus/spatial.ipynb",
        "hal/09_Spatial (1)/spatial.ipynb",
        "hal/18_acceleration/acceleration.ipynb",
        "ida/homework/spatial.ipynb",
        "jo/homework/09_spatial/spatial.ipynb",
        "kim/a\nb/spatial.ipynb",
        "spatial.ipynb",
    )
    (course.home / "submitted/leo").mkdir()
    assert Folders(course).students(NAME) == ["ada"]
    assert Folders(course).misplaced(NAME, ["spatial"], OTHERS) == {
        student: f"no folder 09_spatial (there is: {there})"
        for student, there in {
            "flo": "9_spatial",
            "gus": "spatial.ipynb",
            "hal": "09_Spatial (1)",
            "ida": "homework",
            "jo": "homework",
            "kim": "a?b",
        }.items()
    }
    assert Folders(course).misplaced("18_acceleration", ["acceleration"], OTHERS) == {
        "eve": "no folder 18_acceleration (there is: acceleration.ipynb)"
    }


def test_nobody_handed_in(course):
    assert Folders(course).students(NAME) == []
    assert Folders(course).misplaced(NAME, ["spatial"], OTHERS) == {}


def test_the_assignments_of_a_course(course):
    for name in ("02_more", "_old"):
        (course.home / "source" / name).mkdir()
        (course.home / "source" / name / "more.ipynb").write_text("{}")
    (course.home / "source/03_empty").mkdir()
    assert course.layout.assignments() == ["01_tiny", "02_more"]


@contextlib.contextmanager
def closed(path):
    """Let nobody read a file or folder, and be nobody in particular."""
    folders = [folder for folder in path.parents if folder.owner() == path.owner()]
    if os.getuid() == 0:
        for folder in folders:
            folder.chmod(folder.stat().st_mode | 0o011)
    mode = path.stat().st_mode
    path.chmod(0)
    try:
        with plain_user():
            yield
    finally:
        path.chmod(mode)


def test_submissions_that_cannot_be_read(course):
    hand_in(course, "ada/09_spatial/spatial.ipynb")
    folder = course.home / "submitted"
    said = rf"{folder} cannot be read \(Permission denied\): the user who grades must"
    with closed(folder), pytest.raises(GradingError, match=said):
        Folders(course).students(NAME)


def test_a_gradebook_that_cannot_be_read(tmp_path):
    path = tmp_path / "gradebook.db"
    path.write_bytes(b"")
    said = rf"the gradebook {path} cannot be read \(Permission denied\): the user who"
    with (
        closed(path),
        pytest.raises(GradingError, match=said),
        open_gradebook(Layout.of(tmp_path, Config())),
    ):
        pass


CONFIGURATIONS = [
    {},
    {"source_directory": "masters", "release_directory": "handout"},
    {"directory_structure": "{assignment_id}/{nbgrader_step}/{student_id}"},
    {"submitted_directory": "/elsewhere/in", "course_id": " trimmed "},
    {"root": "/somewhere/else", "db_url": "sqlite:////tmp/grades.db"},
]


@pytest.mark.parametrize("settings", CONFIGURATIONS)
def test_the_layout_is_nbgraders_own(tmp_path, monkeypatch, settings):
    from nbgrader.coursedir import CourseDirectory

    monkeypatch.chdir(tmp_path)  # nbgrader's root, where no other is configured
    config = Config({"CourseDirectory": settings})
    ours, theirs = Layout.of(tmp_path, config), CourseDirectory(config=config)
    assert (str(ours.root), ours.db_url) == (theirs.root, theirs.db_url)
    assert ours.course_id == theirs.course_id
    for stage in ("source", "release", "submitted", "autograded", "feedback"):
        folder = getattr(theirs, f"{stage}_directory")
        wanted = theirs.format_path(folder, "ada", "ps1")
        assert ours.path(stage, "ada", "ps1") == Path(wanted)


@pytest.mark.parametrize("jobs", ["x", "0", "-1", "1.5"])
def test_a_number_of_jobs(jobs, capsys):
    with pytest.raises(SystemExit):
        main(["autograde", NAME, f"--jobs={jobs}"])
    wanted = f"--jobs: a whole number of 1 or more was wanted, got '{jobs}'"
    said = capsys.readouterr().err
    assert said == f"proctor: argument {wanted} (see proctor autograde --help)\n"


def test_where_results_cannot_be_written(tmp_path):
    require_place(None)
    require_place(tmp_path / "results.json")
    path = tmp_path / "there.json"
    path.write_text("")
    require_place(path)
    said = r"results .*there.json cannot be written \(Permission denied\): name another"
    with closed(path), pytest.raises(GradingError, match=said):
        require_place(path)
