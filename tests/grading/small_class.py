"""Fixtures: proctor kept warm, and a small class to be graded."""

import shutil
from contextlib import closing

import pytest
from undisturbed import CLASS, Proctor, Undisturbed, handed_in, new_course, submit


@pytest.fixture(scope="module")
def proctor(tmp_path_factory):
    with closing(Proctor(tmp_path_factory.mktemp("proctor"))) as proctor:
        yield proctor


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """A course in whose gradebook the assignment is, to be copied."""
    return new_course(tmp_path_factory.mktemp("empty"))


@pytest.fixture(scope="module")
def ungraded(empty, tmp_path_factory):
    """A course in which a class has handed in, and nothing is graded."""
    course = tmp_path_factory.mktemp("ungraded") / "course"
    shutil.copytree(empty, course)
    for student, did in CLASS.items():
        submit(course, student, handed_in(did))
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
