"""Fixtures: proctor kept warm, and a small class to be graded."""

import shutil
from contextlib import closing

import pytest
from classroom import Proctor, example, hand_in, new_course
from undisturbed import CLASS, Undisturbed


@pytest.fixture(scope="module")
def proctor(tmp_path_factory):
    with closing(Proctor(tmp_path_factory.mktemp("proctor"))) as proctor:
        yield proctor


@pytest.fixture(scope="module")
def ungraded(demo, tmp_path_factory):
    """A course in which a class has handed in, and nothing is graded."""
    course = new_course(demo[0], tmp_path_factory.mktemp("ungraded") / "course")
    for student, name in CLASS.items():
        hand_in(course, student, example(demo[0], name))
    return course


@pytest.fixture
def course(ungraded, tmp_path):
    """A copy of the course, not graded."""
    return shutil.copytree(ungraded, tmp_path / "course")


@pytest.fixture(scope="module")
def undisturbed(proctor, ungraded, tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    return Undisturbed(proctor, shutil.copytree(ungraded, folder / "course"))


@pytest.fixture
def finished(undisturbed, tmp_path):
    """A copy of the graded course."""
    return shutil.copytree(undisturbed.course, tmp_path / "finished")
