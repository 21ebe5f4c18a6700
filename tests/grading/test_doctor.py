"""``proctor doctor``, and a level of isolation that cannot be had."""

import os
import shutil
import sys

import pytest
from classroom import FILE, NAME
from conftest import run

from proctor import cli
from proctor.commands import doctor
from proctor.sandbox import levels
from proctor.sandbox.levels import LANDLOCK, NAMESPACE, PROCESS, Finding


def half_done(demo):
    return demo[0] / "submitted" / "half-done" / NAME / FILE


def test_a_level_that_there_is_not(demo, tmp_path):
    """In the settings; the command's own option is argparse's business."""
    shutil.copytree(demo[0] / "source", tmp_path / "source")
    shutil.copytree(demo[0] / "release", tmp_path / "release")
    for value, words in {
        "'strong'": "nbgrader_config.py: The 'level' trait of a Sandbox",
        "": "nbgrader_config.py cannot be read: SyntaxError",
    }.items():
        text = f"c = get_config()\nc.Sandbox.level = {value}\n"
        (tmp_path / "nbgrader_config.py").write_text(text)
        notebook = half_done(demo)
        for command in (["check", notebook], ["doctor"], ["autograde", NAME]):
            done = run("proctor", *command, cwd=tmp_path)
            assert done.returncode == 2
            (line,) = done.stderr.splitlines()
            assert line.startswith("proctor: ") and words in line


def test_doctor_names_the_levels(demo):
    done = run("proctor", "doctor", cwd=demo[0])
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    there = {
        level: said
        for level in levels.LEVELS
        for said in [line.split(":")[1].split()[0] for line in lines if level in line]
        if said in ("yes", "no")
    }
    assert set(there) == set(levels.LEVELS)
    given = [level for level in levels.LEVELS[:3] if there[level] == "yes"]
    assert done.returncode == (0 if given else 2)
    said = f"{given[0]} is given" if given else "NOT given"
    asked = "namespace, or landlock, or uid"
    assert lines[-1] == f"nbgrader_config.py asks for {asked}: {said}"


def test_doctor_outside_a_course(tmp_path):
    done = run("proctor", "doctor", cwd=tmp_path)
    assert done.stdout.splitlines()[-1].startswith("the best namespace: ")


REASON, CURE = "the kernel says no", "another kernel"


@pytest.mark.parametrize(
    ("findings", "asked", "status", "last"),
    [
        ([Finding(NAMESPACE)], NAMESPACE, 0, "namespace: given"),
        ([Finding(NAMESPACE, REASON, CURE)], NAMESPACE, 2, "namespace: NOT given"),
        ([Finding(NAMESPACE, REASON, CURE)], LANDLOCK, 0, "landlock: given"),
        ([Finding(NAMESPACE, REASON, CURE)], PROCESS, 0, "process: given"),
    ],
)
def test_doctor_of_another_machine(
    monkeypatch, capsys, tmp_path, findings, asked, status, last
):
    monkeypatch.setattr(
        levels,
        "examine_machine",
        lambda: [*findings, Finding(LANDLOCK), Finding(PROCESS)],
    )
    (tmp_path / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.Sandbox.level = {asked!r}\n"
    )
    monkeypatch.chdir(tmp_path)
    assert doctor.report() == status
    said = capsys.readouterr().out
    assert said.splitlines()[-1] == f"nbgrader_config.py asks for {last}"
    if findings[0].reason:
        assert f"why: {REASON}" in said
        assert f"cure: {CURE}" in said


@pytest.mark.parametrize(
    ("given", "best"),
    [
        ((NAMESPACE, LANDLOCK, PROCESS), NAMESPACE),
        ((LANDLOCK, PROCESS), LANDLOCK),
        ((PROCESS,), PROCESS),
    ],
)
def test_doctor_names_the_best_alone(monkeypatch, capsys, given, best):
    """For scripts: one line, whatever the machine and the course here ask for."""
    findings = [
        Finding(level) if level in given else Finding(level, REASON, CURE)
        for level in levels.LEVELS
    ]
    monkeypatch.setattr(levels, "examine_machine", lambda: findings)
    assert cli.main(["doctor", "--best"]) == 0
    assert capsys.readouterr().out == f"{best}\n"


# What root in a container usually lacks, and namespaces need: CAP_SYS_ADMIN.
WEAK = """
import ctypes, os, sys
ctypes.CDLL(None).prctl(24, 21, 0, 0, 0)  # PR_CAPBSET_DROP; an exec makes it last
os.execv(sys.executable, [sys.executable, "-m", "proctor", *sys.argv[1:]])
"""


@pytest.mark.skipif(
    os.getuid() != 0, reason="takes a capability away, which root alone has"
)
def test_a_level_that_cannot_be_had_stops_with_the_cure(demo):
    weak = (sys.executable, "-c", WEAK)
    notebook = half_done(demo)
    for command in (["check", notebook], ["autograde", NAME]):
        done = run(*weak, *command, "--sandbox", NAMESPACE, cwd=demo[0])
        assert (done.returncode, done.stdout) == (2, "")
        (line,) = done.stderr.splitlines()
        assert line.startswith("proctor: the sandbox 'namespace' cannot be had here (")
        assert "Cure: this container may not mount: start it with --cap-add" in line
    done = run(*weak, "doctor", cwd=demo[0])
    assert "why: " in done.stdout and "cure: this container" in done.stdout
    assert "namespace: no" in done.stdout
