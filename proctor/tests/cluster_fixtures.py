"""Fixtures: a Dask cluster, proctor kept warm to grade there, and a class.

A file that wants them names this module in ``pytest_plugins``. None is called as one of
``conftest.py``: tests take what stands nearer to them, which a plugin never does.
"""

import shutil
from contextlib import closing

import pytest

from proctor.tests.clusters import Cluster, untidy_class
from proctor.tests.commands import WarmProctor


@pytest.fixture(scope="module")
def entered(tmp_path_factory):
    """A course in the gradebook, with an untidy class; nobody is graded."""
    return untidy_class(tmp_path_factory.mktemp("class"))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    yield cluster
    cluster.end()


@pytest.fixture(scope="module")
def proctor(tmp_path_factory, cluster):
    with pytest.MonkeyPatch.context() as patch:
        for name, value in cluster.settings().items():
            patch.setenv(name, value)
        folder = tmp_path_factory.mktemp("proctor")
        warm = WarmProctor(folder, "proctor.grade.cluster.pool")
    with closing(warm):
        yield warm


@pytest.fixture
def untidy(entered, tmp_path):
    """The course, which a test may change."""
    return shutil.copytree(entered, tmp_path / "course", symlinks=True)
