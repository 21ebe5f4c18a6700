"""Honest work in an untidy notebook earns what it would in a tidy one, and is told."""

import json
import shutil

import pytest
from conftest import run
from untidy import CLASS, FILE, LOOK, NAME, hand_in


@pytest.fixture(scope="module")
def graded(committed, tmp_path_factory):
    """The class's results, by student."""
    course = tmp_path_factory.mktemp("untidy") / "course"
    shutil.copytree(committed, course, symlinks=True)
    done = run("nbgrader", "generate_assignment", NAME, cwd=course)
    assert done.returncode == 0, done.stderr
    released = json.loads((course / "release" / NAME / FILE).read_text())
    hand_in(released, course / "submitted")
    command = "proctor autograde", "autograde", NAME, "--results", "r.json"
    done = run(*command, cwd=course)
    assert done.returncode == 1, done.stdout + done.stderr  # a person has to look
    results = json.loads((course / "r.json").read_text())
    return {s["student"]: s for s in results["submissions"]}


@pytest.mark.parametrize("student", CLASS)
def test_loses_nothing_and_is_told(graded, student):
    found, wanted = graded[student], CLASS[student]
    lost = {
        c["grade_id"]: c["message"]
        for c in found["cells"]
        if c["score"] < c["max_score"] and c["status"] != "ungraded"
    }
    assert (found["score"], set(lost)) == (
        wanted.earns,
        {wanted.lost[0]} if wanted.lost else set(),
    ), lost
    assert not wanted.lost or wanted.lost[1] in lost[wanted.lost[0]]
    looks = wanted.lost is not None and LOOK in lost[wanted.lost[0]]
    assert found["status"] == ("needs_attention" if looks else "graded")
    assert any(wanted.said in note for note in found["mended"]) or not wanted.said
