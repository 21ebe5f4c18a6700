"""The level ``landlock`` on older kernels: the rights of each version of Landlock."""

import json

import pytest
from conftest import ROOT

from proctor.sandbox import levels
from proctor.sandbox.limits import Limits
from proctor.tests import processes
from proctor.tests.sandboxes import shown
from redteam import attacks  # noqa: F401 (importing enters them)
from redteam.submission import FILE, NAME, REACHED, SUBMISSIONS, Outside

# What a missing right of Landlock's would allow: files outside, and signals.
TRIED = (
    "changes-modes-and-times",
    "empties-what-is-read",
    "files-that-leave-their-folder",
    "leaves-its-folder",
    "leases-common-files",
    "links-common-files",
    "locks-the-gradebook",
    "plants-modules-into-packages",
    "rewrites-other-submissions",
    "rewrites-results",
    "rewrites-the-configuration",
    "rewrites-the-gradebook",
    "signals-by-descriptors",
    "writes-to-system-folders",
)
VERSIONS = range(1, 7)
LIMITS = Limits(cell_seconds=20, memory_mb=1024)


@pytest.fixture(scope="module")
def outside(tmp_path_factory):
    """A course, with files that an attack would like to change, and a home."""
    top = tmp_path_factory.mktemp("outside")
    found = Outside(top / "course", top / "home")
    for name in (
        "gradebook.db",
        "nbgrader_config.py",
        "r.json",
        f"submitted/m-neighbour/{NAME}/{FILE}",
    ):
        path = found.course / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"this is {name}")
    found.home.mkdir()
    return found


def state(outside):
    return {
        path: (path.stat().st_mode, path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(outside.course.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def cells(outside, tmp_path_factory):
    """The cells that attack, of each submission."""
    submitted, found = tmp_path_factory.mktemp("submitted"), {}
    for name in TRIED:
        folder = SUBMISSIONS[name].build(
            ROOT / "release" / NAME / FILE, submitted, outside
        )
        sources = [
            "".join(cell["source"])
            for cell in json.loads((folder / FILE).read_text())["cells"]
        ]
        found[name] = [source for source in sources if "def reached(" in source]
        assert found[name], name
    return found


@pytest.fixture(scope="module", params=VERSIONS, ids="landlock-{}".format)
def jail(request):
    (found,) = levels.examine_machine(["landlock"])
    if found.reason:
        pytest.skip(found.reason)
    with processes.open_jail("landlock", LIMITS, landlock=request.param) as jail:
        yield jail


@pytest.mark.parametrize("name", TRIED)
def test_reaches_nothing(jail, cells, outside, name):
    before = state(outside)
    with processes.student(jail) as session:
        for source in cells[name]:
            said = session.run_cell(f"import numpy as np\n{source}")
            assert REACHED not in json.dumps(said), said
        # It is still there, and so is who forks it.
        assert shown(session.run_cell("1")) == "1"
    assert state(outside) == before
