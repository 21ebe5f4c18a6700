"""From an author's notebook to a student's page, on a course of one notebook."""

import json

import pytest
from conftest import run
from small import ASSIGNMENT, HIDDEN, RELEASED, TASK, TRUTH

from proctor.sandbox.levels import best_level


def test_an_author_checks_and_a_class_is_graded(small_course):
    checked = run("course", "check", cwd=small_course)
    assert (checked.returncode, checked.stderr) == (0, "")
    said = checked.stdout.splitlines()
    assert said[1] == (
        f"{ASSIGNMENT}: visible checks catch 1 of 1 mistakes and pass 2 of 2 right "
        "solutions"
    )
    assert said[2] == f"proctor gate {ASSIGNMENT}"
    assert said[3].startswith("caught 1/1, named 1/1, variants 1/1; seed ")

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


def generate_assignment(course):
    done = run("nbgrader", "generate_assignment", ASSIGNMENT, cwd=course)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_an_edited_test_is_not_graded_by_the_one_before(small_course):
    """One line says what to run; after that, the new test is what counts."""
    said = (
        f"proctor: source/{ASSIGNMENT}/small.ipynb is not what {TRUTH} and its "
        f"hidden_tests/ give: run nbgrader generate_assignment {ASSIGNMENT}, then the "
        "same command again\n"
    )
    notebook = small_course / "submitted/ada" / ASSIGNMENT / RELEASED.name
    notebook.parent.mkdir(parents=True)
    notebook.write_bytes(
        (small_course / "source" / ASSIGNMENT / RELEASED.name).read_bytes()
    )
    hidden, truth = small_course / HIDDEN, small_course / TRUTH
    generate_assignment(small_course)
    for path, old, new, *commands in (
        (hidden, "positive", "large", ("autograde", ASSIGNMENT), ("gate", ASSIGNMENT)),
        (truth, "two ones, doubled", "twice one is two", ("check", notebook)),
    ):
        path.write_text(path.read_text().replace(old, new))
        for command in commands:
            done = run("proctor", *command, cwd=small_course)
            assert (done.returncode, done.stderr) == (2, said), command
    generate_assignment(small_course)
    # What was written again and says the same is no other test.
    truth.write_text(truth.read_text())
    options = "--results", "results.json", "--sandbox", best_level()
    done = run("proctor", "autograde", ASSIGNMENT, *options, cwd=small_course)
    assert (done.returncode, done.stderr) == (0, "")
    results = json.loads((small_course / "results.json").read_text())
    (submission,) = results["submissions"]
    assert submission["score"] == 3
    assert submission["cells"][0]["checks"][0]["name"] == "large numbers"
