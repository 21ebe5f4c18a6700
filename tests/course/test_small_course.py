"""From an author's notebook to a student's page, on a course of one notebook."""

import json

from conftest import run
from small import ASSIGNMENT, RELEASED, TASK

from proctor.sandbox.levels import best_level


def test_an_author_checks_and_a_class_is_graded(small_course):
    checked = run("course", "check", cwd=small_course)
    assert (checked.returncode, checked.stderr) == (0, "")
    said = checked.stdout.splitlines()
    assert said[1] == f"proctor gate {ASSIGNMENT}"
    assert said[2].startswith("caught 1/1, named 1/1, variants 1/1; seed ")

    generated = run("nbgrader", "generate_assignment", ASSIGNMENT, cwd=small_course)
    assert generated.returncode == 0, generated.stderr
    for student, body in {"ada": "x + x", "bo": "3 * x", "cy": ""}.items():
        notebook = json.loads((small_course / RELEASED).read_text())
        for cell in notebook["cells"]:
            if body and cell["metadata"].get("nbgrader", {}).get("grade_id") == TASK:
                cell["source"] = f"def double(x):\n    return {body}"
        path = small_course / "submitted" / student / ASSIGNMENT / RELEASED.name
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(notebook))
    options = "--feedback", "--results", "results.json", "--sandbox", best_level()
    graded = run("proctor", "autograde", ASSIGNMENT, *options, cwd=small_course)
    assert (graded.returncode, graded.stderr) == (0, "")
    results = json.loads((small_course / "results.json").read_text())
    cells = {s["student"]: s["cells"][0] for s in results["submissions"]}
    assert {name: cell["score"] for name, cell in cells.items()} == {
        "ada": 3,
        "bo": 0,
        "cy": 0,
    }
    assert {check["bug"] for check in cells["bo"]["checks"]} == {"triple"}
    assert cells["cy"]["checks"][0]["message"] == "not written yet"
    feedback = small_course / "feedback/bo" / ASSIGNMENT / "small.html"
    assert "What does your code give for 1?" in feedback.read_text()
