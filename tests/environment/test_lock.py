"""The environment is the locked one, and anybody can install it."""

import configparser
import re
import tomllib

from conftest import ROOT, run

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCK = (ROOT / "uv.lock").read_text()


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
        "binder/requirements.txt is not what uv.lock gives: docs/authoring.md says how "
        "to write it again"
    )


def test_tinytorch_needs_numpy_alone():
    assert PROJECT["project"]["dependencies"] == ["numpy>=2.0"]


def test_python_versions_agree():
    settings = configparser.ConfigParser()
    settings.read(ROOT / "settings.ini")
    assert PROJECT["project"]["requires-python"] == ">=3.11,<3.14"
    assert settings["DEFAULT"]["min_python"] == "3.11"
    assert (
        "(3, 11) <= sys.version_info[:2] <= (3, 13)" in (ROOT / "Makefile").read_text()
    )
    version = re.fullmatch(
        r"python-3\.(\d+)\n", (ROOT / "binder/runtime.txt").read_text()
    )
    assert 11 <= int(version[1]) <= 13


def test_uv_is_the_same_everywhere():
    makefile = (ROOT / "Makefile").read_text()
    version = re.search(r"UV_VERSION := (\S+)", makefile)[1]
    assert f"uv=={version}" in PROJECT["dependency-groups"]["dev"]
