"""Files as Canvas and Moodle write them, for a class of five; what comes of them."""

from __future__ import annotations

import csv
import json
import subprocess
import zipfile
from pathlib import Path

from proctor.tests import tiny

# id, first name, last name, Canvas's number
CLASS = [
    ("all-right", "All", "Right", "101"),
    ("late-once", "Late", "Once", "102"),
    ("handed-in-twice", "Handed", "In Twice", "103"),
    ("never-came", "Never", "Came", "104"),
    ("wrong-double", "Wröng", "Double", "105"),
]
MAIL = "example.org"


def mail(student: str) -> str:
    return f"{student}@{MAIL}"


def canvas_export(path: Path, scores: dict[str, str] | None = None) -> Path:
    """Write what Canvas's gradebook exports, with two assignments."""
    scores = scores or {}
    lines = [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"],
        ["", "", "", "", ""],
        ["    Points Possible", "", "", "", ""],
    ]
    lines[0] += ["Essay (77)", f"{tiny.NAME} (78)", "Current Score", "Final Score"]
    lines[1] += ["Manual Posting", "", "", ""]
    lines[2] += ["10.00", "7.00", "(read only)", "(read only)"]
    for student, first, last, number in CLASS:
        name = [f"{last}, {first}", number, f"S{number}", student, "Section 1"]
        lines.append([*name, "9.50", scores.get(student, ""), "95.00", "95.00"])
    lines.append(["Student, Test", "199", "", "0f3a", "Section 1", "", "", "", ""])
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(lines)
    return path


def moodle_worksheet(path: Path) -> Path:
    """Write what Moodle gives as an assignment's grading worksheet."""
    head = "Identifier,Full name,Email address,Status,Grade,Maximum Grade,"
    head += "Grade can be changed,Last modified (submission),Last modified (grade),"
    lines = [f"{head}Feedback comments".split(",")]
    for student, first, last, number in CLASS:
        there = student != "never-came"
        time = "Saturday, 28 November 2026, 2:42 PM" if there else "-"
        status = "Submitted for grading" if there else "No submission"
        name = [f"Participant 9{number}", f"{first} {last}", mail(student), status]
        lines.append([*name, "", "7.00", "Yes", time, "-", ""])
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(lines)
    return path


def plain_roster(path: Path) -> Path:
    lines = [["id", "first_name", "last_name", "email", "lms_user_id"]]
    lines += [[s, first, last, mail(s), number] for s, first, last, number in CLASS]
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(lines)
    return path


def notebook(double: str = "x + x") -> bytes:
    """Return a student's notebook that doubles by an expression."""
    cells = tiny.hidden(tiny.cells_of(tiny.STUBS | {"double": body(double)}))
    return json.dumps(tiny.notebook_of(cells)).encode()


def body(expression: str) -> str:
    check = "    if x.size == 0:\n        raise ValueError('none')\n"
    return f"#| export\ndef double(x):\n{check}    return {expression}"


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def canvas_zip(path: Path, **more: bytes) -> Path:
    """Write Canvas's archive: all but one handed in."""
    files = {
        "rightall_101_9001_tiny.ipynb": notebook(),
        "oncelate_LATE_102_9002_tiny.ipynb": notebook("2 * x"),
        "intwicehanded_103_9003_tiny-1.ipynb": notebook("x * 2"),
        "doublewröng_105_9005_tiny (1).ipynb": notebook("3 * x"),
    }
    return zipped(path, files | more)


def moodle_zip(path: Path, **more: bytes) -> Path:
    """Write Moodle's archive, in folders."""
    files = {
        f"{first} {last}_9{number}_assignsubmission_file/tiny.ipynb": notebook()
        for student, first, last, number in CLASS
        if student != "never-came"
    }
    return zipped(path, files | more)


def submitted(course) -> dict[str, bytes]:
    folder = course / "submitted"
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def words(output: str) -> str:
    """Return what a table says, with its lines joined."""
    return " ".join(output.split())


def repository(folder, files: dict[str, bytes]) -> None:
    """Make a repository of one commit."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    identity = ["-c", "user.name=test", "-c", "user.email=test@localhost"]
    for command in (["init", "-q"], ["add", "."], [*identity, "commit", "-qm", "all"]):
        subprocess.run(["git", *command], cwd=folder, check=True)
