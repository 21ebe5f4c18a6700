"""The Makefile makes the environment when it must, and only then."""

import platform
import re
import sys

import pytest
from conftest import copy_checkout, run


def said_by_us(done):
    """Return the error lines without make's own, and pip's on its configuration."""
    theirs = ("make", "WARNING: ")
    return [line for line in done.stderr.splitlines() if not line.startswith(theirs)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return copy_checkout(tmp_path_factory.mktemp("make"))


def make(folder, *arguments, **options):
    return run("make", f"PYTHON={sys.executable}", *arguments, cwd=folder, **options)


def test_environment_is_made_once_and_again_when_stale(folder):
    # One that an earlier lock made lies there, with a package that nobody has any more.
    run(sys.executable, "-m", "venv", "--without-pip", ".venv", cwd=folder)
    (folder / ".venv/.made-from").write_text(f"1 1 {folder}\n")
    (gone,) = (folder / ".venv/lib").glob("python*/site-packages")
    (gone / "gone.py").touch()
    made = make(folder, "environment")
    assert made.returncode == 0, made.stderr
    assert "making the environment" in made.stdout
    assert not (gone / "gone.py").exists()
    assert make(folder, "environment").stdout == ""
    assert run(folder / ".venv/bin/proctor", "--help", cwd=folder).returncode == 0

    lock = folder / "uv.lock"
    before = lock.read_text()
    lock.write_text(before + "\n")
    assert "-m venv" in make(folder, "--dry-run", "environment").stdout
    lock.write_text(before)
    assert make(folder, "environment").stdout == ""

    moved = folder.with_name("moved")
    folder.rename(moved)
    dry = make(moved, "--dry-run", "environment")
    moved.rename(folder)
    assert "-m venv" in dry.stdout


def test_a_python_that_is_too_old_is_one_clear_line(folder, tmp_path):
    old = tmp_path / "python3.8"
    old.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo Python 3.8.18 && exit\nexit 1\n'
    )
    old.chmod(0o755)
    done = run("make", f"PYTHON={old}", ".venv", cwd=folder)
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == (
        "Python 3.11 or later is needed, found Python 3.8.18: install one, or name it: "
        "make PYTHON=/path/to/python3.13"
    )


def test_a_package_without_a_wheel_is_one_line_that_names_it(tmp_path):
    """For a Python that is newer than a package: nothing is compiled."""
    copy = copy_checkout(tmp_path)
    lock = copy / "uv.lock"
    kept, found = [], False
    for line in lock.read_text().splitlines(keepends=True):
        found |= "/pyyaml-" in line and ".whl" in line
        # As it looks from a Python newer than all of its wheels' tags.
        if "/pyyaml-" not in line or ".whl" not in line or "-cp312-" in line:
            kept.append(line.replace("-cp312-cp312-", "-cp99-cp99-"))
    assert found
    lock.write_text("".join(kept))
    version = re.search(r'name = "pyyaml"\nversion = "(.*)"', lock.read_text())[1]

    # In a narrow window, and where programs are asked for colours.
    done = make(copy, "environment", env={"COLUMNS": "60", "CLICOLOR_FORCE": "1"})
    assert done.returncode == 2
    python = f"Python {platform.python_version()}"
    machine = f"{platform.system()} {platform.machine()}"
    assert said_by_us(done) == [
        f"pyyaml {version} has no wheel for {python} on {machine}: name another "
        "interpreter: make PYTHON=/path/to/python3.13 (uv's words: .venv/uv.log)"
    ]
    assert f"pyyaml=={version}" in (copy / ".venv/uv.log").read_text()
    # It is no environment yet: the next command tries again.
    assert "-m venv" in make(copy, "--dry-run", "environment").stdout


def test_packages_that_cannot_be_had_are_one_line(tmp_path):
    copy = copy_checkout(tmp_path / "course")
    cache = {"UV_CACHE_DIR": str(tmp_path / "empty"), "UV_OFFLINE": "1"}
    done = make(copy, "environment", env=cache)
    assert done.returncode == 2
    (said,) = said_by_us(done)
    assert said.startswith("the packages of uv.lock cannot be installed: ")
    assert ": Network connectivity is disabled" in said
    assert said.endswith(" (all of uv's words: .venv/uv.log)")


def test_clean_leaves_a_course_run_alone(tmp_path):
    copy = copy_checkout(tmp_path / "course")
    kept = ["submitted/a/09_spatial/spatial.ipynb", "gradebook.db", "feedback/a.html"]
    for name in [*kept, "build/demo/results.json"]:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_text("{}")
    done = make(copy, "clean")
    assert done.returncode == 0, done.stderr
    assert all((copy / name).is_file() for name in kept)
    assert not (copy / "build").exists()
