"""Fixtures: the banks of known mistakes, and notebooks in which all is solved."""

import pytest
from conftest import ROOT
from tutored import CASES, world

from course.autograder import read_bank


@pytest.fixture(scope="session")
def banks():
    return {name: read_bank(ROOT, name) for name in CASES}


@pytest.fixture(scope="module")
def spatial(banks):
    return world(banks["09_spatial"])


@pytest.fixture
def two(banks):
    """The names of module 19, solved, which a test may change."""
    return world(banks["19_spatial_two"])
