"""Each assignment's tests, tried on all wrong and right solutions of its bank."""

import pytest
from conftest import ROOT, run

from course import gates
from course.project import CourseError, Project

# What takes longest first.
GRADED = "09_spatial", "milestone_cnn", "18_acceleration"


@pytest.mark.parametrize("assignment", GRADED)
def test_its_bank_passes(assignment):
    done = run("proctor", "gate", assignment, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_course_check_tries_them_all(monkeypatch, capsys):
    tried = []
    monkeypatch.setattr(gates, "_status", lambda *given: tried.append(given) or 0)
    gates.run_bank_gates(Project(ROOT))
    names = sorted(GRADED)
    assert capsys.readouterr().out.splitlines() == [f"proctor gate {n}" for n in names]
    assert [(*command[1:], folder) for command, folder in tried] == [
        ("-m", "proctor", "gate", name, ROOT) for name in names
    ]


def test_course_check_names_what_failed(monkeypatch):
    monkeypatch.setattr(gates, "_status", lambda command, _: "18" in command[-1])
    with pytest.raises(CourseError, match=r"^the tests of 18_acceleration are not what"):
        gates.run_bank_gates(Project(ROOT))
