"""Moodle's archives of submissions, by names and by its worksheet."""

import csv
import json

import pytest

from proctor.tests import lms_files, tiny
from proctor.tests.lms_files import (
    moodle_zip,
    notebook,
    submitted,
    words,
)


def test_moodle_by_names_and_by_worksheet(course, run):
    path = moodle_zip(course / "m.zip")
    done = run("collect", path, tiny.NAME)
    assert (done.status, "4 new; 0 late" in done.output) == (0, True), done.output
    # With the worksheet it is known when, too.
    lms_files.plain_roster(course / "list.csv")
    run("roster", "list.csv")
    lms_files.moodle_worksheet(course / "w.csv")
    options = "--worksheet", "w.csv", "--zone", "Europe/Berlin"
    done = run("collect", path, tiny.NAME, *options)
    assert "4 nothing new" in done.output, done.output
    stamp = course / "submitted/wrong-double/01_tiny/timestamp.txt"
    assert stamp.read_text() == "2026-11-28 13:42:00 UTC\n"


@pytest.mark.parametrize(
    "prefix", ["{}_assignsubmission_file_/", "{}_assignsubmission_file_"]
)
def test_moodle_of_other_versions(course, run, prefix):
    name = prefix.format("Wröng Double_5")
    lms_files.zipped(course / "m.zip", {f"{name}tiny.ipynb": notebook()})
    assert "1 new" in run("collect", "m.zip", tiny.NAME).output
    record = json.loads((course / "collected/01_tiny/record.json").read_text())
    assert record["students"]["wrong-double"]["prefix"] == name


def test_two_of_one_name_are_told_apart_by_the_worksheet_alone(course, run):
    rows = [["id", "first_name", "last_name", "email"]]
    rows += [[f"same-{n}", "One", "Name", f"same-{n}@example.org"] for n in (1, 2)]
    with (course / "two.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    run("roster", "two.csv")
    files = {
        f"One Name_{n}_assignsubmission_file/tiny.ipynb": notebook(f"{n} * x")
        for n in (1, 2)
    }
    lms_files.zipped(course / "m.zip", files)
    done = run("collect", "m.zip", tiny.NAME)
    assert done.status == 1 and "2 unknown" in done.output
    assert "may be same-1, same-2, who have one name" in words(done.output)
    head = "Identifier,Full name,Email address\n"
    lines = [f"Participant {n},One Name,same-{n}@example.org\n" for n in (2, 1)]
    (course / "w.csv").write_text(head + "".join(lines))
    assert run("collect", "m.zip", tiny.NAME, "--worksheet", "w.csv").status == 0
    # A group's number may be a participant's, too.
    more = {"Team A_2_assignsubmission_file/tiny.ipynb": notebook("3 * x")}
    lms_files.zipped(course / "g.zip", {**dict(list(files.items())[:1]), **more})
    done = run("collect", "g.zip", tiny.NAME, "--worksheet", "w.csv")
    assert done.status == 1 and "1 nothing new, 1 unknown" in done.output
    said = words(done.output)
    assert "participant 2 is same-2, under another name: of a group, put" in said
    assert submitted(course)["same-2/01_tiny/tiny.ipynb"] == notebook("2 * x")
