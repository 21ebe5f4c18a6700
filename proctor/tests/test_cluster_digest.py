"""What a worker says of itself: another where grades could be others."""

import shutil
from pathlib import Path

import pytest

import proctor
from proctor.grade.cluster.digest import difference, digests
from proctor.sandbox import packages
from proctor.settings import Course
from proctor.tests import tiny
from proctor.tests.tiny import FILE, NAME


class Old:
    """An installed package, of another version."""

    version = "0"

    def __init__(self, found):
        self.name, self.read_text = found.name, found.read_text


ADDED = {
    "settings": "c.Sandbox.cell_seconds = 7\n",
    "packages": "c.Sandbox.packages = ['numpy', 'pandas']\n",
    "students' package": (
        "def build(folder, assignment):\n"
        "    folder.mkdir()\n"
        "    (folder / 'helper.py').touch()\n"
        "c.Sandbox.build_package = build\n"
    ),
}


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Return a copy of proctor, in a folder that is called as its tests are."""
    place = tmp_path_factory.mktemp("tests") / "tests" / "proctor"
    without = shutil.ignore_patterns("tests", "__pycache__")
    return shutil.copytree(Path(proctor.__file__).parent, place, ignore=without)


@pytest.fixture
def course(tmp_path):
    (folder := tmp_path / "course").mkdir()
    return tiny.course(folder)


def of(course):
    return digests(Course.read(course), NAME)


def test_another_proctor_is_told_wherever_it_lies(course, installed, monkeypatch):
    here = of(course)
    monkeypatch.setattr(proctor, "__file__", str(installed / "__init__.py"))
    assert difference(here, of(course)) == ""
    with (installed / "grade" / "grader.py").open("a") as file:
        file.write("# another\n")
    assert difference(here, of(course)) == "its proctor is not what it is here"


@pytest.mark.parametrize("what", ADDED)
def test_other_settings_are_told(course, what):
    here = of(course)
    with (course / "nbgrader_config.py").open("a") as file:
        file.write(ADDED[what])
    said = difference(here, of(course))
    assert said.startswith(f"its {what} ") and "\n" not in said


def test_what_differs_of_packages_and_what_these_need_is_named(course, monkeypatch):
    with (course / "nbgrader_config.py").open("a") as file:
        file.write("c.Sandbox.packages = ['matplotlib']\n")
    here = of(course)
    find = packages.metadata.distribution
    needed = "contourpy"  # by Matplotlib
    monkeypatch.setattr(
        packages.metadata,
        "distribution",
        lambda name: Old(find(name)) if name == needed else find(name),
    )
    said = difference(here, of(course))
    version = find(needed).version
    assert said == f"its packages are others: contourpy 0, here contourpy {version}"


@pytest.mark.parametrize("where", ["source", "release", "notebooks"])
def test_another_course_is_told_wherever_it_lies(course, tmp_path, where):
    here = of(course)
    other = shutil.copytree(course, tmp_path / "__pycache__" / "course")
    assert difference(here, of(other)) == ""
    path = other / where / NAME / ("bugs.py" if where == "notebooks" else FILE)
    path.write_text(path.read_text() + "\n")
    assert difference(here, of(other)) == "its course is not what it is here"
