"""A jail of each level that protects, for the tests of what it refuses."""

import pytest

from proctor.tests import processes
from proctor.tests.commands import WarmProctor
from proctor.tests.sandboxes import LIMITS, make_package, needed


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
