"""Each script of measurements says what it takes."""

import sys

import pytest
from conftest import ROOT, run

SCRIPTS = sorted(
    path
    for path in (ROOT / "bench").glob("*.py")
    if "__main__" in path.read_text() and path.name[0] != "_"
)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_help(path, tmp_path):
    done = run(sys.executable, path, "--help", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"usage: {path.name} ")
    # Nothing was measured, and nothing is left.
    assert "load" not in done.stdout and list(tmp_path.iterdir()) == []


def test_they_are_all_that_the_readme_names():
    readme = (ROOT / "bench/README.md").read_text()
    assert {path.name for path in SCRIPTS} >= {"feedback.py", "grading.py"}
    assert [p.name for p in SCRIPTS if f"bench/{p.name}" not in readme] == []
