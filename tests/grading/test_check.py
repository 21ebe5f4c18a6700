"""``proctor check``: what a student or a pipeline types."""

import json
import shutil
import sys

import pytest
from classroom import FILE, MAX_SCORE, NAME, SEED
from conftest import ROOT, run
from spatial_points import BY_HAND, TESTS

from proctor.sandbox.levels import best_level
from proctor.tests import tiny

POINTS = TESTS | BY_HAND
STATUSES = {"passed", "partial", "failed", "error", "timeout", "ungraded"}
WAITS = "waits for a person to grade it"
CHECK = {"name": str, "score": float, "max_score": float, "message": str}
# What is said of a mistake that is known.
BUG = {"bug": str, "title": str, "question": str}
CELL = CHECK | {"grade_id": str, "status": str, "checks": list, "extra_credit": float}
del CELL["name"]
SUBMISSION = {
    "student": str,
    "status": str,
    "score": float,
    "max_score": float,
    "needs_manual_grade": bool,
    "seconds": float,
    "mended": list,
    "message": str,
    "cells": list,
    "late_penalty": float,
}
RUN = {
    "schema": str,
    "assignment": str,
    "started": str,
    "sandbox": str,
    "seed": int,
    "finished": bool,
    "submissions": list,
}


def check(notebook, folder=ROOT, *options, **more):
    """Check a notebook as somebody in ``folder`` does."""
    level = ("--sandbox", best_level())
    return run("proctor", "check", notebook, *level, *options, cwd=folder, **more)


@pytest.fixture(scope="module")
def submitted(demo):
    """Where a sample submission is handed in."""
    return lambda student: demo[0] / "submitted" / student / NAME / FILE


@pytest.fixture(scope="module")
def tiny_course(tmp_path_factory):
    """A course of another, small notebook: what is shown is not about ours."""
    return tiny.course(tmp_path_factory.mktemp("tiny"), bugs=[], variants="")


@pytest.fixture(scope="module")
def flipped(demo, submitted, tmp_path_factory):
    """What a wrong submission gets, with a seed: the command, and its results."""
    results = tmp_path_factory.mktemp("flipped") / "results.json"
    options = ("--seed", f"{SEED}", "--results", results)
    done = check(submitted("kernel-flipped"), demo[0], *options)
    return done, json.loads(results.read_text())


def test_full_marks(demo, submitted):
    done = check(submitted("correct-vectorised"), demo[0])
    assert (done.returncode, done.stderr) == (0, "")
    first, *cells, last = done.stdout.splitlines()
    assert first == "09_spatial: 95 of 100 points"
    full = [f"  {p}/{p}  {n.removeprefix('test-')}" for n, p in POINTS.items()]
    assert sorted(cells) == sorted([*full[:-1], f"  ?/5  reflection: {WAITS}"])
    assert last.startswith(f"sandbox: {best_level()}; seed ")


def test_what_is_wrong_and_why(flipped):
    done, _ = flipped
    assert (done.returncode, done.stderr) == (0, "")
    assert "09_spatial: 86.25 of 100 points" in done.stdout
    line = "  11.25/20  conv2d-forward: conv2d-forward, the example by hand: at [0"
    assert line in done.stdout
    assert "      0/2.75  the kernel is neither flipped nor transposed: " in done.stdout
    assert f"sandbox: {best_level()}; seed {SEED}" in done.stdout


def has_shape(found, shape):
    assert {name: type(value) for name, value in found.items()} == shape


def test_results_have_their_shape(flipped):
    _, results = flipped
    has_shape(results, RUN)
    assert results["schema"] == "proctor/results/v1"
    assert results["assignment"] == NAME
    assert results["sandbox"] == best_level()
    assert results["seed"] == SEED
    (submission,) = results["submissions"]
    has_shape(submission, SUBMISSION)
    assert submission["student"] == "spatial"
    assert (submission["score"], submission["max_score"]) == (86.25, MAX_SCORE)
    assert submission["needs_manual_grade"]
    assert {c["grade_id"]: c["max_score"] for c in submission["cells"]} == POINTS
    for cell in submission["cells"]:
        has_shape(cell, CELL)
        assert cell["status"] in STATUSES
        if cell["grade_id"] == "reflection":
            assert (cell["score"], cell["checks"], cell["message"]) == (0, [], WAITS)
            continue
        assert cell["checks"]
        for one in cell["checks"]:
            known = {"bug": type(None)} if one["bug"] is None else BUG
            has_shape(one, CHECK | known)
        for total in ("score", "max_score"):
            assert sum(one[total] for one in cell["checks"]) == cell[total]
        names = [one["name"] for one in cell["checks"]]
        assert len(set(names)) == len(names)


def test_the_checks_are_named_and_say_what_was_lost(flipped):
    (submission,) = flipped[1]["submissions"]
    wanting = [c for c in submission["cells"] if c["score"] < c["max_score"]]
    (cell,) = [c for c in wanting if c["message"] != WAITS]
    assert (cell["grade_id"], cell["status"]) == ("test-conv2d-forward", "partial")
    lost = {c["name"]: c for c in cell["checks"] if c["score"] < c["max_score"]}
    flipping = lost["the kernel is neither flipped nor transposed"]
    assert flipping["message"] and flipping["score"] == 0
    kept = [c for c in cell["checks"] if c["name"] not in lost]
    assert kept and not any(c["message"] for c in kept)


def test_the_same_as_autograde(demo, submitted, flipped, tmp_path):
    """Cell by cell and check by check, with the same seed."""
    course = shutil.copytree(demo[0], tmp_path / "course")
    options = ["--student", "kernel-flipped", "--force", "--seed", f"{SEED}"]
    options += ["--sandbox", best_level(), "--results", "results.json"]
    done = run("proctor", "autograde", NAME, *options, cwd=course)
    assert (done.returncode, done.stderr) == (0, "")
    results = json.loads((course / "results.json").read_text())
    assert results["seed"] == SEED
    has_shape(results, RUN)
    (graded,) = results["submissions"]
    (checked,) = flipped[1]["submissions"]
    apart = {"student": "", "seconds": 0}
    for cell in graded["cells"]:
        # For who looks over several runs of a class.
        assert cell.pop("answer")
    assert graded | apart == checked | apart


def test_another_name_and_a_link_above_it(demo, submitted, tmp_path):
    (tmp_path / "mine").mkdir()
    shutil.copy(submitted("half-done"), tmp_path / "mine/my work.ipynb")
    (tmp_path / "linked").symlink_to(tmp_path / "mine")
    notebook = tmp_path / "linked/my work.ipynb"
    done = check(notebook, demo[0])
    assert done.returncode == 2
    assert done.stderr.startswith(
        "proctor: no assignment has a notebook my work.ipynb (there is "
    )
    assert " 09_spatial/spatial.ipynb, " in done.stderr
    assert done.stderr.endswith("): say with --assignment whose it is\n")
    done = check(notebook, demo[0], "--assignment", NAME)
    assert (done.returncode, done.stderr) == (0, "")
    assert "09_spatial: 25 of 100 points" in done.stdout


def test_what_lies_beside_is_the_students_and_not_the_courses(tiny_course, tmp_path):
    """A module beside the notebook can be imported; the course's folders are closed."""
    course = shutil.copytree(tiny_course, tmp_path / "course")
    answers = tiny.SOLUTIONS | {"double": "from helper import double"}
    own = f"import numpy as np\n\n{tiny.SOLUTIONS['double']}"
    earned = {}
    for place in ("outside", "course", "course/source", "course/submitted/a/09"):
        folder = tmp_path / place
        folder.mkdir(parents=True, exist_ok=True)
        notebook = tiny.write(folder / tiny.FILE, tiny.hidden(tiny.cells_of(answers)))
        (folder / "helper.py").write_text(own)
        done = check(notebook, course, "--assignment", tiny.NAME)
        assert done.stderr == ""
        earned[place] = "  4/4  double" in done.stdout.splitlines()
        # Where it is not there, a person has to look.
        assert done.returncode == (0 if earned[place] else 1)
    assert earned == {
        "outside": True,
        "course": False,
        "course/source": False,
        "course/submitted/a/09": True,
    }


def test_an_unknown_assignment(demo, submitted):
    done = check(submitted("raises"), demo[0], "--assignment", "10_tokens")
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("proctor: no assignment '10_tokens' in ")
    assert line.count("09_spatial") == 1 and line.endswith("): name one of these")
    assert line.count("00_package") == 1  # which has several notebooks


def test_nobody_reads_on(tiny_course, tmp_path):
    notebook = tiny_course / "source" / tiny.NAME / tiny.FILE
    results = tmp_path / "results.json"
    check = f"proctor check {notebook} --sandbox {best_level()} --results {results}"
    # With tables and without.
    report = f"proctor report {tiny.NAME} --results {results} --to {tmp_path / 'to'}"
    for command in (check, report):
        done = run("sh", "-c", f"({command}; echo $? >&2) | true", cwd=tiny_course)
        assert done.stderr == "141\n"


def test_no_notebook(demo, submitted):
    done = check(submitted("not-a-notebook"), demo[0])
    assert (done.returncode, done.stderr) == (1, "")
    assert "09_spatial: 0 of 100 points" in done.stdout
    assert "needs attention: spatial.ipynb is no notebook: not JSON" in done.stdout


def test_no_file(demo, tmp_path):
    done = check(tmp_path / FILE, demo[0])
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"proctor: no file {tmp_path / FILE}\n"
    done = check(tmp_path, demo[0])
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"proctor: {tmp_path} is a folder: name a notebook in it, or say with "
        "--assignment what is looked for in it\n"
    )


def test_results_that_cannot_be_written(tiny_course, tmp_path):
    notebook = tiny_course / "release" / tiny.NAME / tiny.FILE
    done = check(notebook, tiny_course, "--results", tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"proctor: the results {tmp_path} cannot be written: it is a folder\n"
    )
    done = check(notebook, tiny_course, "--results", "/dev/full")
    assert done.returncode == 2
    assert done.stderr == (
        "proctor: the results /dev/full cannot be written (No space left on device): "
        "mend that, then run the same command again\n"
    )


def test_outside_a_course(submitted, tmp_path):
    done = check(submitted("half-done"), tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"proctor: no course in {tmp_path} or above it")


def test_no_folder_for_the_results(demo, submitted):
    done = check(submitted("half-done"), demo[0], "--results", "nowhere/r.json")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "proctor: no folder nowhere for the results\n"


def test_loads_no_nbgrader(demo, submitted):
    """It takes seconds to load, and a check has no need of it."""
    command = [sys.executable, "-X", "importtime", "-m", "proctor", "check"]
    command += [submitted("correct-vectorised"), "--sandbox", best_level()]
    done = run(*command, cwd=demo[0])
    assert done.returncode == 0
    names = {line.split("|")[-1].strip() for line in done.stderr.splitlines()}
    assert "proctor.commands.check" in names
    packages = {name.split(".")[0] for name in names}
    assert not packages & {"nbgrader", "nbformat", "sqlalchemy", "tornado"}


def test_a_full_temporary_folder_costs_nothing(private_mounts, tiny_course):
    script = """
        mount -t tmpfs -o size=4k tmpfs /mnt
        head -c 4096 /dev/zero > /mnt/full
        TMPDIR=/mnt exec proctor check "$@"
    """
    notebook = tiny_course / "source" / tiny.NAME / tiny.FILE
    arguments = [notebook, "--sandbox", best_level()]
    command = [*private_mounts, "sh", "-ec", script, "sh", *arguments]
    done = run(*command, cwd=tiny_course)
    assert done.returncode == 0, done.stderr
    assert "01_tiny: 7 of 7 points" in done.stdout
