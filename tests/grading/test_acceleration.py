"""Module 18 as it is graded: loops are found.

Where their count is forged, cheaper ones than these are: see ``little_work``.
"""

import json

from classroom import course_without_bugs
from conftest import ROOT, run

from proctor import bank
from proctor.sandbox.levels import best_level

NAME, FILE = "18_acceleration", "acceleration.ipynb"


def grading(cell):
    return cell["metadata"].get("nbgrader", {})


def submission(bugs):
    """Return the solved notebook, the bug of this number that loops in each cell."""
    source = json.loads((ROOT / "source" / NAME / FILE).read_text())
    notebook = json.loads((ROOT / "release" / NAME / FILE).read_text())
    solved = {
        grading(cell)["grade_id"]: "".join(cell["source"])
        for cell in source["cells"]
        if grading(cell).get("solution")
    }
    found = bank.load(ROOT / "notebooks" / NAME, solved, whole=False)
    looping = {}
    for bug in found.bugs:
        if "-loops-" in bug.id:
            looping.setdefault(bug.cell, []).append(bug)
    for cell in notebook["cells"]:
        name = grading(cell).get("grade_id")
        if grading(cell).get("solution"):
            cell["source"] = solved[name]
            if bugs is not None and name in looping:
                bug = looping[name][bugs % len(looping[name])]
                cell["source"] = found.source_of(bug)
    return notebook, set(looping)


def lost(tmp_path, bugs):
    """Grade; return the tasks that lost points, and those that have a loop to find."""
    notebook, looping = submission(bugs)
    course = course_without_bugs(tmp_path)
    path, results = course / FILE, course / "results.json"
    path.write_text(json.dumps(notebook))
    options = "--assignment", NAME, "--sandbox", best_level(), "--results", results
    done = run("proctor", "check", path, *options, cwd=course)
    assert (done.returncode, done.stderr) == (0, "")
    (graded,) = json.loads(results.read_text())["submissions"]
    tasks = {
        cell["grade_id"].removeprefix("test-")
        for cell in graded["cells"]
        if cell["score"] < cell["max_score"]
    }
    return tasks - {"reflection"}, looping


def test_the_reference_loses_nothing(tmp_path):
    assert lost(tmp_path, None)[0] == set()


def test_every_loop_is_found(tmp_path):
    found, looping = lost(tmp_path, 0)
    assert len(looping) == 9 and found == looping
