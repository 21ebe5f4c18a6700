"""A jail of each level that protects, and a course with a class in its gradebook."""

import shutil
import signal

import pytest

from proctor.tests import lms_files, processes, tiny
from proctor.tests.commands import WarmProctor
from proctor.tests.sandboxes import LIMITS, make_package, needed

# Who starts the tests in the background has them ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="module", params=["namespace", "landlock", "uid"])
def jail(request):
    needed(request.param)
    with processes.open_jail(request.param, LIMITS, build=make_package) as jail:
        yield jail


@pytest.fixture
def session(jail):
    with processes.student(jail) as session:
        yield session


@pytest.fixture(scope="session")
def warm_proctor(tmp_path_factory):
    """Proctor kept warm, for commands of any course."""
    warm = WarmProctor(tmp_path_factory.mktemp("warm"))
    yield warm
    warm.close()


@pytest.fixture(scope="session")
def enrolled(tmp_path_factory, warm_proctor):
    """A course whose class is in the gradebook, by Canvas's list; to be copied."""
    folder = tiny.course(tmp_path_factory.mktemp("enrolled"))
    lms_files.canvas_export(folder / "export.csv")
    done = warm_proctor.run(folder, "roster", "export.csv")
    assert (done.status, done.output.count(" new")) == (0, 6), done.output
    return folder


@pytest.fixture
def course(tmp_path, enrolled):
    return shutil.copytree(enrolled, tmp_path / "course")


@pytest.fixture
def run(course, warm_proctor):
    return lambda *arguments: warm_proctor.run(course, *arguments)
