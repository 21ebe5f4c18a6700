"""Each assignment's tests, tried on all wrong and right solutions of its bank."""

import runpy
from collections import Counter

import pytest
from conftest import ROOT, run

from course import autograder, build, cli
from proctor import bank
from proctor.notebook.built import Built
from proctor.settings import Course

# What takes longest first.
GRADED = "18_acceleration", "09_spatial", "milestone_cnn", "19_spatial_two"
# Inputs that tell two mistakes apart badly are not for who changes something else:
# `course check` draws a new seed each time, and whoever writes tests runs that.
SEED = "7"


@pytest.mark.parametrize("assignment", GRADED)
def test_its_bank_passes(assignment):
    done = run("proctor", "gate", assignment, "--seed", SEED, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_loops_are_mistakes_of_each_fast_kernel():
    """So the gate shows that they are found."""
    course = Course.read(ROOT)
    name = "18_acceleration"
    built = Built.read(course.layout, course.marks, name, course.config)
    bugs = bank.load(course.truth(name), built.solutions(), whole=False).bugs
    assert len({bug.cell for bug in bugs if "-loops-" in bug.id}) == 9


def test_course_check_tries_them_all(monkeypatch, capsys):
    tried = []
    monkeypatch.setattr(build, "check", lambda own: tried.append(own.root) or [])
    monkeypatch.setattr(
        autograder, "autograder", lambda *command: tried.append(command) or 0
    )
    monkeypatch.chdir(ROOT)
    assert cli.main(["check"]) == 0
    names = sorted(GRADED)
    said = capsys.readouterr().out.splitlines()
    assert said[1:] == [f"proctor gate {name}" for name in names]
    assert tried == [ROOT, *((ROOT, "gate", name) for name in names)]


def test_course_check_names_what_failed(monkeypatch, capsys):
    monkeypatch.setattr(build, "check", lambda _project: [])
    monkeypatch.setattr(autograder, "autograder", lambda *command: "18" in command[-1])
    monkeypatch.chdir(ROOT)
    assert cli.main(["check"]) == 2
    assert capsys.readouterr().err == (
        "course: the tests of 18_acceleration are not what they should be: see the "
        "lines of proctor gate 18_acceleration above\n"
    )


def test_an_id_names_one_mistake_of_the_course():
    """A student's page over the course counts a mistake by its id."""
    banks = [
        runpy.run_path(str(path))["BUGS"] for path in ROOT.glob("notebooks/*/bugs.py")
    ]
    assert len(banks) > 3
    times = Counter(bug.id for bugs in banks for bug in bugs)
    assert [name for name, number in times.items() if number > 1] == []
