"""The Makefile makes the environment when it must, and only then."""

import sys

import pytest
from conftest import copy_checkout, run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return copy_checkout(tmp_path_factory.mktemp("make"))


def make(folder, *arguments):
    return run("make", f"PYTHON={sys.executable}", *arguments, cwd=folder)


def test_environment_is_made_once_and_again_when_stale(folder):
    made = make(folder, "environment")
    assert made.returncode == 0, made.stderr
    assert "making the environment" in made.stdout
    assert make(folder, "environment").stdout == ""
    assert run(folder / ".venv/bin/proctor", "--help", cwd=folder).returncode == 0

    lock = folder / "uv.lock"
    lock.write_text(lock.read_text() + "\n")
    assert "making the environment" in make(folder, "environment").stdout
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
        "Python 3.11, 3.12 or 3.13 is needed, found Python 3.8.18: install one, or "
        "name it: make PYTHON=/path/to/python3.12"
    )


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
