"""The environment is the locked one, and anybody can install it."""

import configparser
import re
import tomllib
from importlib.util import find_spec

import pytest
from conftest import ROOT, run
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.tags import compatible_tags, cpython_tags
from packaging.utils import parse_wheel_filename

PROJECTS = {
    folder: tomllib.loads((ROOT / folder / "pyproject.toml").read_text())
    for folder in (".", "course", "proctor")
}
PROJECT = PROJECTS["."]
LOCK = (ROOT / "uv.lock").read_text()
# Python 3.11 and the last one that every package has a wheel for.
FIRST, LAST = 11, 15


def test_lock_names_public_addresses_only():
    hosts = set(re.findall(r'"https?://([^/"]+)', LOCK))
    assert hosts == {"pypi.org", "files.pythonhosted.org"}
    assert set(re.findall(r"source = \{ (\w+)", LOCK)) == {"registry", "editable"}


def test_lock_is_that_of_pyproject():
    done = run("uv", "lock", "--check", cwd=ROOT)
    assert done.returncode == 0, done.stderr


def test_binder_installs_what_is_locked():
    done = run(
        *("uv", "export", "--frozen", "--no-dev", "--extra", "student"),
        *("--no-emit-project", "--no-hashes", "--no-annotate", "--no-header"),
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    assert (ROOT / "binder/requirements.txt").read_text() == done.stdout, (
        "binder/requirements.txt is not what uv.lock gives: see docs/authoring.md, "
        "Upgrading a package"
    )


def test_students_and_graders_have_the_same_packages():
    settings = configparser.ConfigParser()
    settings.read(ROOT / "settings.ini")
    extra = PROJECT["project"]["optional-dependencies"]["student"]
    students = {re.match(r"[\w.-]+", line)[0] for line in extra}
    # What a notebook is opened and checked with, and what tinytorch itself needs.
    students = students - {"jupyter", "nbgrader"} | {"numpy"}
    assert set(settings["DEFAULT"]["packages"].split()) == students


def test_tinytorch_needs_numpy_alone():
    assert PROJECT["project"]["dependencies"] == ["numpy>=2.0"]


def test_python_versions_agree():
    for project in PROJECTS.values():
        assert project["project"]["requires-python"] == f">=3.{FIRST}"
    assert PROJECT["tool"]["ruff"]["target-version"] == f"py3{FIRST}"
    settings = configparser.ConfigParser()
    settings.read(ROOT / "settings.ini")
    assert settings["DEFAULT"]["min_python"] == f"3.{FIRST}"
    makefile = (ROOT / "Makefile").read_text()
    assert f"sys.version_info >= (3, {FIRST})" in makefile
    named = re.search(r"for python in (.*?);", makefile, re.DOTALL)[1]
    newest_first = [f"python3.{minor}" for minor in range(LAST, FIRST - 1, -1)]
    assert named.replace("\\\n", "").split() == ["python3", *newest_first, "python"]


def test_binder_has_a_python_that_its_builder_knows():
    """The newest one that repo2docker (2026.4.0) has an environment for."""
    assert (ROOT / "binder/runtime.txt").read_text() == "python-3.14\n"


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize("minor", range(FIRST, LAST + 1))
def test_nothing_has_to_be_compiled(minor, machine):
    """Each locked package has a wheel for Linux with glibc 2.28, or none is needed."""
    platforms = [f"manylinux_2_{glibc}_{machine}" for glibc in range(28, 4, -1)]
    platforms += [f"manylinux{year}_{machine}" for year in (2014, 2010, 1)]
    tags = set(cpython_tags((3, minor), platforms=platforms))
    tags |= set(compatible_tags((3, minor), f"cp3{minor}", platforms))
    here = {
        "python_full_version": f"3.{minor}.9",
        "python_version": f"3.{minor}",
        "sys_platform": "linux",
    }
    elsewhere = {"pywinpty"}  # Windows
    missing = {
        package["name"]
        for package in tomllib.loads(LOCK)["package"]
        if "registry" in package["source"]
        and any(
            Marker(marker).evaluate(here)
            for marker in package.get("resolution-markers", ["python_version > '3'"])
        )
        and not any(
            parse_wheel_filename(wheel["url"].rpartition("/")[2])[3] & tags
            for wheel in package.get("wheels", [])
        )
    }
    # Such as a server of the tests' own, which the system has where there is no wheel.
    asked = map(Requirement, PROJECT["dependency-groups"]["dev"])
    elsewhere |= {r.name for r in asked if r.marker and not r.marker.evaluate(here)}
    assert missing - elsewhere == set()


def test_nothing_builds_a_grammar_at_each_start():
    """As jsonschema does where it finds the package, in all that imports nbformat."""
    assert find_spec("jsonschema") and not find_spec("rfc3987_syntax")


def test_uv_is_the_same_everywhere():
    makefile = (ROOT / "Makefile").read_text()
    version = re.search(r"UV_VERSION := (\S+)", makefile)[1]
    assert f"uv=={version}" in PROJECT["dependency-groups"]["dev"]


def test_hatchling_is_the_same_everywhere():
    """What builds a wheel in the tests is what builds it for a user."""
    (wanted,) = {
        name
        for project in PROJECTS.values()
        for name in project["build-system"]["requires"]
    }
    assert wanted in PROJECT["dependency-groups"]["dev"]
