"""The students' repository: what is in it, and what is not."""

import json
import re
import shutil
import subprocess
import sys

import pytest
from conftest import run
from small import ASSIGNMENT, HIDDEN, RELEASED, TRUTH

from course.project import CourseError, Project
from course.publish import leaks, publish


@pytest.fixture(autouse=True, scope="module")
def identity(tmp_path_factory):
    """Git knows who commits, by a file of its own."""
    file = tmp_path_factory.mktemp("git") / "config"
    file.write_text("[user]\nname = test\nemail = test@localhost\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_CONFIG_GLOBAL", str(file))
        yield


def git(folder, *arguments):
    # Not by `run`, which keeps variables of its own.
    done = subprocess.run(
        ["git", *map(str, arguments)], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def published(committed_small, tmp_path_factory):
    """The small course with an owner, and its students' repository; to be copied."""
    folder = tmp_path_factory.mktemp("published")
    author = shutil.copytree(committed_small, folder / "small", symlinks=True)
    for path in (author / "settings.ini", author / RELEASED):
        path.write_text(path.read_text().replace("OWNER_NAME", "somebody"))
    # As its user types it.
    program = [sys.executable, "-P", "-m", "course", "publish", folder / "students"]
    done = subprocess.run(program, cwd=author, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"none of \d\d+ lines that solve or test is in", done.stdout)
    return folder


@pytest.fixture
def author(published, tmp_path):
    return shutil.copytree(published / "small", tmp_path / "small", symlinks=True)


@pytest.fixture
def students(published, tmp_path):
    return shutil.copytree(published / "students", tmp_path / "students")


def refusal(author, folder, until=None) -> str:
    """Publish what is refused, and return why."""
    with pytest.raises(CourseError) as caught:
        publish(Project(author), folder, until)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_without_an_owner_nothing_is_written(small_course, tmp_path):
    done = run("course", "publish", tmp_path / "students", cwd=small_course)
    assert done.returncode == 2
    assert done.stderr.startswith("course: settings.ini has user = OWNER_NAME: write")
    assert not (tmp_path / "students").exists()


def test_an_owner_that_was_not_built_is_refused(author, tmp_path):
    path = author / RELEASED
    path.write_text(path.read_text().replace("somebody", "OWNER_NAME"))
    said = refusal(author, tmp_path / "students")
    assert said.startswith(f"{RELEASED} leads to OWNER_NAME: run course build")


def test_what_is_in_it(author, students, tmp_path):
    files = git(students, "ls-files").split()
    assert {"README.md", "LICENSE", "settings.ini", "binder/postBuild"} <= {*files}
    assert str(RELEASED) in files and "course/student.py" in files
    assert not [f for f in files if f.startswith(("notebooks", "source", "proctor"))]
    assert "tinytorch/core/small.py" not in files
    assert (author / "tinytorch/core/small.py").exists()
    readme = (students / "README.md").read_text()
    assert "somebody/tinytorch-course/main?labpath=release%2F01_small" in readme
    assert git(students, "status", "--porcelain") == ""
    assert git(students, "log", "--format=%s") == f"The course, until {ASSIGNMENT}\n"
    # What Binder and Colab do in a bare clone.
    git(tmp_path, "clone", "--quiet", students, "clone")
    clone = tmp_path / "clone"
    done = run(sys.executable, "-P", "-c", _MAIN, "build", "--student", "s", cwd=clone)
    assert done.returncode == 0, done.stderr
    assert (clone / "s/tinytorch/__init__.py").is_file()


_MAIN = (
    "import sys; sys.path.insert(0, '.'); import course.cli as c; sys.exit(c.main())"
)


def test_again_after_a_change_a_student_pulls_and_keeps_their_work(
    author, students, tmp_path
):
    assert publish(Project(author), students).commit == ""
    git(tmp_path, "clone", "--quiet", students, "clone")
    work = tmp_path / "clone/notes.txt"
    work.write_text("mine")
    (author / "binder/apt.txt").write_text("graphviz\n")
    (author / "binder/runtime.txt").unlink()
    git(students, "rm", "--quiet", "LICENSE")
    git(students, "commit", "--quiet", "-m", "by hand")
    (students / "news.md").write_text("Room 5.\n")
    git(students, "add", "news.md")
    git(students, "commit", "--quiet", "-m", "news")
    assert publish(Project(author), students).commit
    git(tmp_path / "clone", "pull", "--quiet")
    assert work.read_text() == "mine"
    there = {path.name for path in (tmp_path / "clone").rglob("*")}
    assert {"apt.txt", "news.md", "LICENSE"} <= there and "runtime.txt" not in there


def solution_into_release(author, students):
    path = author / RELEASED
    text = path.read_text().replace("# YOUR CODE HERE", "return 2 * x")
    path.write_text(text)
    return f"{RELEASED} has a line of {TRUTH}, 'return 2 * x'"


def hidden_test_into_binder(author, students):
    line = "x = -rubric.rng.uniform(1, 2, (3, 2))"
    assert line in (author / HIDDEN).read_text()
    with (author / "binder/postBuild").open("a") as file:
        file.write(f"    {line}\n")
    return f"binder/postBuild has a line of {TRUTH}, {line!r}"


def mistake_into_one_line_of_json(author, students):
    text = json.dumps({"cells": [{"a": "def f(x):\n    return 3 * x\n"}]})
    (author / "release" / ASSIGNMENT / "notes.json").write_text(text)
    return f"release/{ASSIGNMENT}/notes.json has a line of notebooks/01_small/bugs.py"


def solution_into_an_earlier_commit(author, students):
    (students / "leak.py").write_text("def double(x):\n    return 2 * x\n")
    git(students, "add", ".")
    git(students, "commit", "--quiet", "-m", "leak")
    git(students, "rm", "--quiet", "leak.py")
    git(students, "commit", "--quiet", "-m", "no leak")
    return "git's blob"


@pytest.mark.parametrize(
    "leak",
    [
        solution_into_release,
        hidden_test_into_binder,
        mistake_into_one_line_of_json,
        solution_into_an_earlier_commit,
    ],
)
def test_what_solves_or_tests_does_not_go_out(author, students, leak):
    said = leak(author, students)
    before = git(students, "log", "--format=%H")
    why = refusal(author, students)
    assert why.startswith("nothing is committed: ") and said in why
    assert git(students, "log", "--format=%H") == before


def test_an_author_hears_of_it_before(author, students):
    # A question is for students, in whatever form the bank has it.
    question = "How much is it twice?"
    with (author / "notebooks" / ASSIGNMENT / "bugs.py").open("a") as file:
        file.write(f'\nOWN = ("One is added", "{question}")\n')
        # So is its id, where the code stands beside it.
        file.write('OWN = ("one-is-added", "return x + 1")\n')
    with (author / "binder/postBuild").open("a") as file:
        file.write(f"    # {question}\n    {question}\n    one-is-added\n")
    assert leaks(Project(author)) == []
    said = hidden_test_into_binder(author, students)
    assert leaks(Project(author)) == [f"{said}, published until {ASSIGNMENT}"]


@pytest.mark.parametrize(
    "place, said",
    [
        ("small/students", "is part of this course, or holds it"),
        (".", "is part of this course, or holds it"),
        ("full", "is not empty and no git repository"),
        ("foreign", "was not made by course publish"),
        ("students", "has changes that are not committed (M README.md)"),
    ],
)
def test_another_folder_is_left_alone(author, students, tmp_path, place, said):
    (tmp_path / "full").mkdir()
    (tmp_path / "full/file").write_text("mine")
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign/release").write_text("mine")
    git(tmp_path / "foreign", "init", "--quiet")
    (students / "README.md").write_text("changed")
    assert said in refusal(author, (tmp_path / place).resolve())
    assert (tmp_path / "foreign/release").read_text() == "mine"
    assert (tmp_path / "full/file").read_text() == "mine"


def test_where_git_knows_nobody_nothing_is_written(author, tmp_path, monkeypatch):
    file = tmp_path / "config"
    file.write_text("[user]\nuseConfigOnly = true\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(file))
    assert "git does not know who commits: git config" in refusal(
        author, tmp_path / "new"
    )
    assert not (tmp_path / "new").exists()


def test_an_unknown_assignment_is_one_line(author, tmp_path):
    assert "there is 01_small" in refusal(author, tmp_path / "new", "09_none")


@pytest.mark.slow
def test_this_course_goes_out_module_by_module(checkout, tmp_path):
    project = Project(checkout)
    for path in (checkout / "settings.ini", *checkout.glob("release/*/*.ipynb")):
        path.write_text(path.read_text().replace("OWNER_NAME", "somebody"))
    folder = tmp_path / "students"
    first = publish(project, folder)
    assert first.assignments[-1] == "09_spatial" and first.searched[0] > 3000
    assert not (folder / "release/18_acceleration").exists()
    assert not (folder / "tinytorch/core/spatial.py").exists()
    last = publish(project, folder, project.assignments()[-1])
    assert last.commit and last.files > first.files
    assert (folder / "release/18_fast_convolution").is_dir()
