"""A jail of each level that protects, and a course with a class in its gradebook."""

import contextlib
import shutil
import signal

import pytest

from proctor.gradebook.fast_import import spare_nbgrader
from proctor.sandbox.jail import Jail
from proctor.sandbox.limits import Limits
from proctor.tests import lms_files, processes, tiny
from proctor.tests.commands import WarmProctor
from proctor.tests.sandboxes import LIMITS, make_package, needed
from proctor.tests.term import grade_term

# What tests import of nbgrader they name; the rest of it takes longer.
spare_nbgrader()
# Who starts the tests in the background has them ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def jails():
    """Return jails that one file leaves to the next; the latest three stay open."""
    opened: dict[tuple, tuple[Jail, contextlib.ExitStack]] = {}

    def jail_of(level, limits=None, build=processes.empty_package):
        key = level, limits or Limits(), build
        # The last is the latest.
        opened[key] = opened.pop(key, None) or _opened(*key)
        if len(opened) > 3:
            opened.pop(next(iter(opened)))[1].close()
        return opened[key][0]

    yield jail_of
    for _, stack in opened.values():
        stack.close()


def _opened(level, limits, build):
    stack = contextlib.ExitStack()
    return stack.enter_context(processes.open_jail(level, limits, build=build)), stack


def _slow(level):
    return pytest.param(level, marks=pytest.mark.slow)


# An author at work sees one level, `make test` all.
@pytest.fixture(scope="module", params=["namespace", _slow("landlock"), _slow("uid")])
def jail(request, jails):
    needed(request.param)
    return jails(request.param, LIMITS, make_package)


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


@pytest.fixture(scope="session")
def graded_term(tmp_path_factory, warm_proctor):
    """A course that was collected from Canvas and graded; to be copied."""
    return grade_term(tmp_path_factory.mktemp("term"), warm_proctor)


@pytest.fixture
def course(tmp_path, enrolled):
    return shutil.copytree(enrolled, tmp_path / "course")


@pytest.fixture
def run(course, warm_proctor):
    return lambda *arguments: warm_proctor.run(course, *arguments)
