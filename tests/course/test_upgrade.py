"""A course that changes in mid-term: modules that go, tasks that come, other points."""

import csv
import shutil

import pytest
from conftest import run
from nbgrader.api import Gradebook
from small import ASSIGNMENT, HIDDEN, RELEASED, TRUTH

# The same without building the package, in a process that has begun.
UPGRADE = "proctor upgrade", "upgrade", ASSIGNMENT
MORE = TRUTH.parent.parent / "02_more" / "more.py"
TASK = '''
# %% nbgrader={"grade": false, "grade_id": "half", "locked": false, "solution": true, "schema_version": 3, "task": false}
#| export
def half(x):
    """Return half of ``x``."""
    ### BEGIN SOLUTION
    return x / 2
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-half", "locked": true, "points": 2, "solution": false, "schema_version": 3, "task": false}
assert half(4.0) == 2, "half of 4"

# %% [markdown] tags=["graded"]
'''  # noqa: E501


def done(course, *command, status=0):
    """Run a command; return what it printed and its errors."""
    ended = run(*command, cwd=course)
    assert ended.returncode == status, ended.stdout + ended.stderr
    return ended.stdout + ended.stderr


def changed_files(course):
    return run("git", "status", "--porcelain", cwd=course).stdout


def rewrite(path, *pairs):
    text = path.read_text()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)


def test_what_was_built_of_a_module_that_is_gone_is_moved_away(small_course):
    more = small_course / MORE
    shutil.copytree((small_course / TRUTH).parent, more.parent)
    (more.parent / TRUTH.name).rename(more)
    (more.parent / "hidden_tests" / "table.csv").write_text("1\n")
    rewrite(more, ("core.small", "extra.more"))
    done(small_course, "course", "build")
    built = small_course / "source" / "02_more" / "more.ipynb"
    kept = built.read_bytes()
    assert (small_course / "tinytorch/extra/more.py").is_file()
    shutil.rmtree(more.parent)
    # One assignment alone touches no other.
    done(small_course, "course", "build", ASSIGNMENT)
    assert built.read_bytes() == kept
    lines = done(small_course, "course", "build").splitlines()
    assert [line.split(": notebooks/ no longer gives it")[0] for line in lines] == [
        "source/02_more",
        "release/02_more",
        "tinytorch/extra/more.py",
        "built source/, tinytorch/ and release/",
    ]
    assert changed_files(small_course) == ""
    (place,) = (small_course / "build/removed").iterdir()
    assert (place / "source/02_more/more.ipynb").read_bytes() == kept
    assert not (small_course / "tinytorch/extra").exists()


def test_a_plugin_stands_beside_the_configuration(small_course):
    """It is found where all is built anew, and by proctor."""
    (small_course / "own_steps.py").write_text("MINUTES = 7\n")
    config = small_course / "nbgrader_config.py"
    text = "import own_steps\nc.Execute.timeout = own_steps.MINUTES\n"
    config.write_text(f"{config.read_text()}\n{text}")
    assert "agree with it" in done(small_course, "course", "check", "--fast")
    assert "variant" in done(small_course, "proctor", "bank", ASSIGNMENT)


# nbgrader enters a submission before it is in its session.
@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")
def test_a_task_comes_in_mid_term_and_goes(small_course):
    done(small_course, "nbgrader", "generate_assignment", ASSIGNMENT)
    notebook = small_course / "submitted/by-sum" / ASSIGNMENT / RELEASED.name
    notebook.parent.mkdir(parents=True)
    shutil.copy(small_course / RELEASED, notebook)
    url = f"sqlite:///{small_course / 'gradebook.db'}"
    test = "test-double", "small", ASSIGNMENT, "by-sum"
    with Gradebook(url) as gradebook:
        gradebook.add_student("by-sum")
        gradebook.add_submission(ASSIGNMENT, "by-sum")
        grade = gradebook.find_grade(*test)
        grade.auto_score, grade.manual_score = 0.0, 2.5
        grade.needs_manual_grade = False
        gradebook.db.commit()
    before = (small_course / RELEASED).read_bytes()

    truth, hidden = small_course / TRUTH, small_course / HIDDEN
    original = truth.read_text()
    rewrite(truth, ("points: 3", "points: 5"))
    truth.write_text(truth.read_text() + TASK)
    new = hidden.with_name("test-half.py")
    new.write_text(
        "from proctor.rubric import Rubric\n\nrubric = Rubric(points=2)\n\n\n"
        '@rubric.check("numbers", points=2)\ndef _():\n'
        "    x = rubric.rng.uniform(1, 2, 3)\n    rubric.close(half(x), x / 2)\n\n\n"
        "rubric.score()\n"
    )
    # nbgrader's own command says in one line what to run, and deletes nothing.
    said = done(
        small_course, "nbgrader", "generate_assignment", ASSIGNMENT, status=1
    ).splitlines()
    errors = [line for line in said if "ERROR" in line]
    assert len(errors) == 1 and "Traceback" not in said
    assert "cells added: half, test-half: run proctor upgrade" in errors[0]
    assert (small_course / RELEASED).read_bytes() == before

    said = done(small_course, "course", "upgrade", ASSIGNMENT)
    assert "test-half   new, 2 points" in said
    assert "handed in before there was half: by-sum" in said
    assert "to be graded anew: 1: by-sum" in said
    assert b"def half" in (small_course / RELEASED).read_bytes()
    assert "def half" in (small_course / "tinytorch/core/small.py").read_text()
    with Gradebook(url) as gradebook:
        assert gradebook.find_grade(*test).manual_score == 2.5
        half = gradebook.find_grade_cell("test-half", "small", ASSIGNMENT)
        assert half.max_score == 2
        submission = gradebook.find_submission_notebook("small", ASSIGNMENT, "by-sum")
        api_cell = gradebook.find_solution_cell("half", "small", ASSIGNMENT)
        gradebook.db.add_all(
            [
                type(gradebook.find_grade(*test))(
                    cell_id=half.id, notebook=submission, manual_score=1.5
                ),
                type(submission.comments[0])(
                    cell_id=api_cell.id, notebook=submission, manual_comment="nearly"
                ),
            ]
        )
        gradebook.db.commit()
    assert "knew all of it" in done(small_course, *UPGRADE)

    # It goes again, and the first task is worth less than somebody gave by hand.
    truth.write_text(original)
    rewrite(truth, ("points: 3", "points: 2"), ('"points": 3', '"points": 2'))
    rewrite(hidden, ("points=3", "points=2"), ('numbers", points=2', 'n", points=1'))
    new.unlink()
    said = done(small_course, *UPGRADE)
    assert "2.5 by hand: 2 points, were 3" in said
    (kept,) = (small_course / "results" / ASSIGNMENT).glob("taken-out-*.csv")
    with kept.open(newline="") as file:
        rows = list(csv.reader(file))[1:]
    assert ["by-sum", "test-half", "", "1.5", "", ""] in rows
    assert ["by-sum", "half", "", "", "", "nearly"] in rows
    with Gradebook(url) as gradebook:
        grade = gradebook.find_grade(*test)
        assert (grade.manual_score, grade.needs_manual_grade) == (2.5, True)
        (left,) = gradebook.find_notebook("small", ASSIGNMENT).grade_cells
        assert (left.name, left.max_score) == ("test-double", 2)

    # What cannot be built leaves all as it is.
    before = (small_course / RELEASED).read_bytes()
    hidden.write_text("x = (\n")
    said = done(small_course, *UPGRADE, status=2)
    assert len(said.splitlines()) == 1 and "is not Python" in said
    assert (small_course / RELEASED).read_bytes() == before
