"""``nbgrader generate_feedback`` writes the pages that ``proctor autograde`` does."""

import json
import shutil

import pytest
from classroom import FILE, NAME, example, hand_in
from nbgrader.api import Gradebook

from proctor.tests.commands import run
from proctor.tests.pages import drawn, markdown

PAGES = f"*/{NAME}/*.html"
ODD = 'print("\\ud800 \\x1b[31mred\\x1b[0m \\x00 <b>")\nraise ValueError("\\udfff")'


@pytest.fixture(scope="module")
def course(demo, tmp_path_factory):
    """A graded class, in which persons had a part."""
    folder = tmp_path_factory.mktemp("nbgrader") / "course"
    shutil.copytree(demo[0], folder)
    notebook = json.loads(example(demo[0], "kernel-flipped"))
    notebook["cells"] += [
        markdown("![a](attachment:a.png) $i<n$ <b>", **{"a.png": {}}),
        {"cell_type": "code", "metadata": {}, "source": ODD, "outputs": []},
    ]
    notebook["cells"][-2]["attachments"]["a.png"]["image/png"] = drawn()
    notebook["cells"][-1]["execution_count"] = None
    hand_in(folder, "odd", notebook)
    grade(folder, "--student", "odd")
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        where = ("spatial", NAME)
        grade_ = gradebook.find_grade("reflection", *where, "correct-loops")
        grade_.manual_score, grade_.needs_manual_grade = 3.5, False
        gradebook.find_grade("test-output-size", *where, "raises").extra_credit = 0.25
        comment = gradebook.find_comment("reflection", *where, "correct-loops")
        comment.manual_comment = "Well <b>reasoned</b>.\nAnd short: ü."
        gradebook.db.commit()
    return folder


def grade(course, *options):
    command = ("proctor", "autograde", NAME, "--feedback", "--seed", "1", *options)
    done = run(*command, cwd=course)
    assert done.returncode in (0, 1), done.stderr  # 1: one is no notebook


def generate(course, *options):
    done = run("nbgrader", "generate_feedback", NAME, "--force", *options, cwd=course)
    assert done.returncode == 0, done.stderr
    return done.stderr


def pages(course):
    folder = course / "feedback"
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.glob(PAGES)}


def indexes(course):
    found = course.glob("feedback/*/index.html")
    return {path.parent.name: path.read_bytes() for path in found}


def test_both_commands_write_the_same_bytes(course):
    grade(course)
    ours, ours_too = pages(course), indexes(course)
    assert len(ours) == 11
    shutil.rmtree(course / "feedback")
    generate(course)
    theirs = pages(course)
    assert theirs.keys() == ours.keys()
    assert [name for name in ours if ours[name] != theirs[name]] == []
    # What persons gave and said is on them.
    page = theirs[f"correct-loops/{NAME}/spatial.html"].decode()
    assert "3.5\u00a0/\u00a05" in page and "Well &lt;b&gt;reasoned&lt;/b&gt;." in page
    assert b"data:image/png;base64" in theirs[f"odd/{NAME}/spatial.html"]
    # nbgrader's own mode, and no file but the pages and each student's index.
    files = {p.name for p in (course / "feedback").rglob("*") if p.is_file()}
    assert files == {"spatial.html", "index.html"}
    assert indexes(course) == ours_too and len(ours_too) == 12


def test_hidden_tests_are_shown_on_both_roads_or_on_none(course):
    name = f"raises/{NAME}/spatial.html"
    config = course / "nbgrader_config.py"
    text = config.read_text()
    hidden = b"BEGIN HIDDEN TESTS"
    try:
        assert hidden not in pages(course)[name]
        config.write_text(f"{text}\nc.Feedback.show_tests = True\n")
        generate(course, "--student", "raises")
        theirs = pages(course)[name]
        grade(course, "--student", "raises")
        assert hidden in theirs and pages(course)[name] == theirs
    finally:
        config.write_text(text)


def test_nbgraders_own_marks_say_what_is_hidden(course):
    config = course / "nbgrader_config.py"
    text = config.read_text()
    begin = 'c.ClearHiddenTests.begin_test_delimeter = "rubric = Rubric("'
    try:
        config.write_text(f"{text}\n{begin}\n")
        generate(course, "--student", "raises")
    finally:
        config.write_text(text)
    page = pages(course)[f"raises/{NAME}/spatial.html"].decode()
    assert "BEGIN HIDDEN TESTS" in page and "rubric = Rubric(" not in page
    assert "@rubric.check" not in page and "rubric.check(" not in page


def test_a_notebook_that_proctor_did_not_grade(course):
    path = course / "autograded" / "raises" / NAME / FILE
    content = path.read_text()
    notebook = json.loads(content)
    del notebook["metadata"]["proctor"]
    path.write_text(json.dumps(notebook))
    try:
        command = ("nbgrader", "generate_feedback", NAME, "--student", "raises")
        done = run(*command, "--force", cwd=course)
    finally:
        path.write_text(content)
    assert done.returncode == 1
    assert (
        f"{path} was not graded by proctor: run nbgrader autograde {NAME} "
        "--student raises --force" in done.stderr
    )


def test_students_prose_is_kept_as_it_was_written(course):
    graded = json.loads((course / "autograded" / "odd" / NAME / FILE).read_text())
    handed_in = json.loads((course / "submitted" / "odd" / NAME / FILE).read_text())
    prose = [
        ["".join(c["source"]), c.get("attachments")]
        for notebook in (graded, handed_in)
        for c in notebook["cells"]
        if c["cell_type"] == "markdown"
    ]
    half = len(prose) // 2
    assert prose[:half] == prose[half:]
    assert prose[half - 1][1] == {"a.png": {"image/png": drawn()}}
