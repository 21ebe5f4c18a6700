"""Binder's builder accepts the folder; a JupyterHub's nbgitpuller keeps one's work."""

import re
import sys
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import ROOT, commit_all, copy_checkout, run

from course.project import CourseError, Project

# What Binder and hubs have, with the version that was tried.
PROGRAMS = ("jupyter-repo2docker==2026.4.0", "nbgitpuller==1.3.0")
PLACE = "release/09_spatial/spatial.ipynb"


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("servers")
    python = folder / "env/bin/python"
    for command in (
        ("uv", "venv", "--quiet", "--python", sys.executable, "env"),
        ("uv", "pip", "install", "--quiet", "--python", python, *PROGRAMS),
    ):
        done = run(*command, cwd=folder)
        assert done.returncode == 0, done.stderr
    return python.parent


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The course as a hub would fetch it."""
    return commit_all(copy_checkout(tmp_path_factory.mktemp("hub") / "course"))


def test_binders_builder_accepts_the_folder(programs, address, tmp_path):
    command = programs / "jupyter-repo2docker", "--no-build", "--debug", address
    done = run(*command, cwd=tmp_path)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    asked = (ROOT / "binder/runtime.txt").read_text().strip().replace("-", "=")
    assert f"environment for {asked}" in said
    steps = re.findall(r"^RUN .*(?:requirements\.txt|postBuild).*$", said, re.MULTILINE)
    assert "binder/requirements.txt" in steps[0]
    assert steps[-1] == "RUN ./binder/postBuild"


def test_what_is_new_comes_and_ones_work_stays(programs, address, tmp_path):
    """As a student's server follows the link again, after the course has changed."""
    pull = programs / "gitpuller", f"file://{address}", "main", "mine"
    assert run(*pull, cwd=tmp_path).returncode == 0
    own = tmp_path / "mine" / PLACE
    written = own.read_text().replace("# YOUR CODE HERE", "# my code", 1)
    own.write_text(written)
    for place in (PLACE, "release/00_package/ink.ipynb"):
        path = address / place
        path.write_text(path.read_text().replace("digit", "numeral"))
    run("git", "-c", "user.name=t", "-c", "user.email=t@localhost", "commit",
        "--all", "--quiet", "-m", "new", cwd=address)  # fmt: skip
    done = run(*pull, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "# my code" in own.read_text()
    assert "numeral" in (tmp_path / "mine/release/00_package/ink.ipynb").read_text()


def test_the_link_of_a_hub(small_course):
    settings = small_course / "settings.ini"
    command = "course", "links", "--hub", "https://hub.example.edu/"
    done = run(*command, cwd=small_course)
    assert done.returncode == 2
    assert done.stderr.startswith("course: settings.ini names no repository yet: ")
    settings.write_text(settings.read_text().replace("OWNER_NAME", "somebody"))
    done = run(*command, cwd=small_course)
    assert done.returncode == 0, done.stderr
    place, link = done.stdout.splitlines()
    parts = urlsplit(link.partition(": ")[2])
    assert (parts.netloc, parts.path) == (
        "hub.example.edu",
        "/hub/user-redirect/git-pull",
    )
    assert parse_qs(parts.query) == {
        "repo": ["https://github.com/somebody/tinytorch-course"],
        "branch": ["main"],
        "urlpath": [f"lab/tree/tinytorch-course/{place}"],
    }
    with pytest.raises(CourseError, match=r"begins with https:// .* got 'hub'"):
        Project(small_course).hub_link("hub", place)
