"""Which levels a machine gives, and which of those that are listed is taken."""

import json
import os
import sys
from pathlib import Path

import pytest

from proctor.errors import GradingError
from proctor.sandbox import landlock, levels
from proctor.settings import Course
from proctor.tests import container, tiny
from proctor.tests.commands import run
from proctor.tests.sandboxes import needed

# A machine on which namespaces cannot be had, such as Ubuntu as it comes.
WITHOUT_NAMESPACES = """
import errno, os, sys
import pyseccomp as seccomp
rules = seccomp.SyscallFilter(seccomp.ALLOW)
for name in ("unshare", "setns"):
    rules.add_rule(seccomp.ERRNO(errno.EPERM), name)
rules.load()
os.execv(sys.executable, [sys.executable, "-m", "proctor", *sys.argv[1:]])
"""
needs_root = pytest.mark.skipif(os.getuid() != 0, reason="a container's user is root")


@pytest.fixture(scope="module")
def without_namespaces(tmp_path_factory):
    """A way to run proctor as on a machine that refuses namespaces."""
    needed("landlock")
    script = tmp_path_factory.mktemp("launcher") / "launch.py"
    script.write_text(WITHOUT_NAMESPACES)
    return lambda *arguments, cwd: run(sys.executable, script, *arguments, cwd=cwd)


@pytest.fixture
def course(tmp_path):
    return tiny.course(tmp_path)


def in_container(*arguments, cwd):
    """Run proctor as root of a container."""
    launcher = sys.executable, container.__file__
    return run(*launcher, sys.executable, "-m", "proctor", *arguments, cwd=cwd)


def handed_out(course: Path) -> Path:
    return course / "release" / tiny.NAME / tiny.FILE


def ask_for(course: Path, value: object) -> None:
    with (course / "nbgrader_config.py").open("a") as file:
        file.write(f"c.Sandbox.level = {value!r}\n")


def test_doctor_names_the_cure(without_namespaces, course):
    done = without_namespaces("doctor", cwd=course)
    assert done.returncode == 2
    assert "namespace: no" in done.stdout and "landlock: yes" in done.stdout
    assert "cure: " in done.stdout
    assert "nbgrader_config.py asks for namespace: NOT given" in done.stdout


def test_doctor_takes_the_first_that_is_listed_and_given(without_namespaces, course):
    ask_for(course, ["namespace", "landlock", "uid"])
    done = without_namespaces("doctor", cwd=course)
    assert done.returncode == 0
    last = done.stdout.splitlines()[-1]
    assert last == (
        "nbgrader_config.py asks for namespace, or landlock, or uid: landlock is given"
    )


def test_doctor_says_what_an_older_landlock_lacks(monkeypatch, capsys, tmp_path):
    from proctor.commands import doctor

    needed("landlock")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(landlock, "version", lambda: 2)
    doctor.report()
    (line,) = [x for x in capsys.readouterr().out.splitlines() if "Landlock:" in x]
    assert "version 2, which knows nothing of emptying files, TCP" in line
    assert "signals: the list of system calls refuses these" in line


@pytest.mark.slow
def test_a_weaker_level_must_be_named(without_namespaces, course):
    done = without_namespaces("check", handed_out(course), cwd=course)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("proctor: the sandbox 'namespace' cannot be had here")
    assert "Cure: " in done.stderr and len(done.stderr.splitlines()) == 1
    assert "Or take 'landlock', which this machine gives: --sandbox" in done.stderr
    done = without_namespaces(
        "check", handed_out(course), "--sandbox", "landlock", cwd=course
    )
    assert done.returncode == 0, done.stderr
    assert "sandbox: landlock" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("how", ["configured", "asked for"])
def test_the_first_of_a_list_is_used_and_named(without_namespaces, course, how):
    options = ["--results", course / "r.json"]
    if how == "configured":
        ask_for(course, ["namespace", "landlock"])
    else:
        options += ["--sandbox", "namespace,landlock"]
    done = without_namespaces("check", handed_out(course), *options, cwd=course)
    assert done.returncode == 0, done.stderr
    assert json.loads((course / "r.json").read_text())["sandbox"] == "landlock"


@pytest.mark.slow
@needs_root
def test_a_container_gives_user_ids(course):
    ask_for(course, ["namespace", "landlock", "uid"])
    doctor = in_container("doctor", cwd=course)
    assert doctor.returncode == 0, doctor.stdout
    assert "namespace: no" in doctor.stdout and "landlock: no" in doctor.stdout
    assert "uid is given" in doctor.stdout
    right = tiny.write(course / tiny.FILE, tiny.hidden(tiny.cells_of(tiny.SOLUTIONS)))
    options = "--results", course / "r.json"
    done = in_container("check", right, *options, cwd=course)
    assert done.returncode == 0, done.stderr
    results = json.loads((course / "r.json").read_text())
    assert results["sandbox"] == "uid"
    (submission,) = results["submissions"]
    assert submission["score"] == sum(tiny.POINTS.values()), submission


@needs_root
def test_what_is_not_listed_is_not_taken(course):
    ask_for(course, ["namespace", "landlock"])
    done = in_container("check", handed_out(course), cwd=course)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert "none of the sandboxes asked for" in done.stderr
    assert "namespace: " in done.stderr and "landlock: " in done.stderr


@pytest.mark.slow
@needs_root
def test_who_may_not_change_its_root_is_told_the_cure(course):
    keep = container.LEFT - {18}
    script = (
        "import os, sys\nfrom proctor.tests import container\n"
        f"container.LEFT = {keep}\ncontainer.enter()\n"
        "os.execv(sys.executable, [sys.executable, '-m', 'proctor', *sys.argv[1:]])"
    )
    check = "check", handed_out(course), "--sandbox", "uid"
    done = run(sys.executable, "-c", script, *check, cwd=course)
    assert done.returncode == 2
    assert done.stderr.startswith("proctor: the sandbox 'uid' cannot be had here")
    assert "--cap-add SYS_CHROOT" in done.stderr
    assert "No other level that protects" in done.stderr


@pytest.mark.parametrize("value", [[], ["best"], "best", "namespace,uid"])
def test_a_level_that_is_none_is_one_line(course, value):
    ask_for(course, value)
    with pytest.raises(GradingError, match=r"nbgrader_config.py: .*level"):
        _ = Course.read(course).sandbox.levels


def test_a_list_on_the_command_line_is_read_to_its_end(course):
    check = "check", handed_out(course), "--sandbox", "namespace,best"
    done = run(sys.executable, "-m", "proctor", *check, cwd=course)
    assert done.returncode == 2
    assert "no level 'best': there is namespace, landlock, uid, process" in done.stderr


def test_process_is_taken_by_name_alone(monkeypatch):
    none = [levels.Finding(level, "not here", "elsewhere") for level in levels.LEVELS]
    by_level = {finding.level: finding for finding in none}
    monkeypatch.setattr(levels, "_examine", by_level.get)
    with pytest.raises(GradingError, match=r"namespace: not here\. Cure: elsewhere"):
        levels.choose(["namespace", "uid"])
    assert levels.choose(["process"]) == "process"
