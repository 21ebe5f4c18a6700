"""What the command says where it cannot write, and where it is interrupted."""

import os
import signal
import subprocess
import sys
import time

import pytest
from conftest import ROOT, run
from small import ASSIGNMENT

from course import autograder, cli
from course.project import Project

ONLY_READ = 'mount -t tmpfs -o ro tmpfs "$1"; exec course build'


@pytest.mark.parametrize(
    ("product", "line"),
    [
        (
            "release",
            "{} cannot be written: let your user write there, then run the same "
            "command again",
        ),
        (
            "source",
            f"{{}}/{ASSIGNMENT} cannot be read or written (Read-only file system): "
            "mend that, then run the same command again",
        ),
    ],
)
def test_a_product_that_can_only_be_read(small_course, private_mounts, product, line):
    folder = small_course / product
    done = run(*private_mounts, "sh", "-ec", ONLY_READ, "sh", folder, cwd=small_course)
    assert done.returncode == 2
    assert done.stderr == f"course: {line.format(folder)}\n"


def test_a_students_edition_where_nothing_can_be_written(checkout):
    done = run("course", "build", "--student", "/proc/x", cwd=checkout)
    assert done.returncode == 2
    assert done.stderr == (
        "course: /proc/x cannot be written (No such file or directory): mend that, or "
        "name another folder\n"
    )


def test_a_full_disk_and_an_error_that_is_ours(monkeypatch, capsys):
    errors = [OSError(28, "No space left on device", "/there/x"), OSError("a mistake")]

    def find():
        raise errors.pop(0)

    monkeypatch.setattr(Project, "find", find)
    assert cli.main(["build"]) == 2
    assert capsys.readouterr().err == (
        "course: /there/x cannot be read or written (No space left on device): mend "
        "that, then run the same command again\n"
    )
    with pytest.raises(OSError, match="a mistake"):
        cli.main(["build"])


def test_nobody_reads_on(tmp_path):
    command = f"course build --student {tmp_path}/student"
    done = run("sh", "-c", f"({command}; echo $? >&2) | true", cwd=ROOT)
    assert (done.stdout, done.stderr) == ("", "141\n")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["check", "--fats"], "unrecognized arguments: --fats (see course --help)"),
        (["upgrade"], "arguments are required: assignment (see course upgrade --help)"),
        (["bulid"], "argument COMMAND: invalid choice: 'bulid'"),
        ([], "arguments are required: COMMAND (see course --help)"),
    ],
)
def test_a_wrong_option_is_one_line(capsys, given, said):
    with pytest.raises(SystemExit, match="2"):
        cli.main(given)
    printed, line = capsys.readouterr()
    assert printed == "" and line.count("\n") == 1
    assert line.startswith("course: ") and said in line and "--help)\n" in line


@pytest.mark.parametrize("given", [["--help"], ["check", "--help"]])
def test_the_help_says_what_a_check_does(capsys, monkeypatch, given):
    monkeypatch.setenv("COLUMNS", "1000")
    with pytest.raises(SystemExit, match="0"):
        cli.main(given)
    said = capsys.readouterr().out.lower()
    for part in ("what is wrong", "to be put right"), ("notebooks/",), ("mistakes",):
        assert any(one in said for one in part)


def begin(*command, cwd):
    """Start a command as a terminal does: Ctrl-C reaches its whole group."""
    return subprocess.Popen(
        command,
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_ctrl_c_in_a_build(checkout):
    """It arrives while nbgrader writes, which would say a line of its own."""
    first = checkout / "release/00_package/package.ipynb"
    first.unlink()
    process = begin(sys.executable, "-m", "course", "build", cwd=checkout)
    while not first.exists() and process.poll() is None:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    assert process.communicate() == ("", "course: interrupted\n")
    assert process.returncode == 130


def test_ctrl_c_that_makes_another_step_fail_is_said_as_it_is(monkeypatch, capsys):
    """`shutil.rmtree` closes what it has open, and that fails in its turn."""

    def cut_short(*_, **__):
        try:
            raise KeyboardInterrupt
        finally:
            os.close(-1)

    monkeypatch.setattr(cli, "_build", cut_short)
    assert cli.main(["build"]) == 130
    assert capsys.readouterr().err == "course: interrupted\n"


def test_ctrl_c_lets_the_gate_tidy_up(checkout, tmp_path):
    """The gate, a program of its own, ends by itself and leaves nothing behind."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    source = (
        "import course.cli, course.build\n"
        "course.build.check = lambda project: []\n"
        "raise SystemExit(course.cli.main(['check']))"
    )
    command = ["env", f"TMPDIR={temporary}", sys.executable, "-c", source]
    process = begin(*command, cwd=checkout)
    # A trial lies there: between making a folder and knowing it, nobody can tidy up.
    while not any(temporary.glob("*/*")) and process.poll() is None:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    printed, errors = process.communicate()
    assert printed.splitlines()[1:] == ["proctor gate 09_spatial"]
    assert errors == "proctor: interrupted\ncourse: interrupted\n"
    assert process.returncode == 130
    assert list(temporary.iterdir()) == []


def test_a_gate_that_does_not_end_is_ended(monkeypatch, tmp_path):
    monkeypatch.setattr(autograder, "_TIDYING", 0.1)
    deaf = (
        "import os, signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN);"
        "os.kill(os.getppid(), signal.SIGINT); time.sleep(60); open('ended', 'w')"
    )
    with pytest.raises(KeyboardInterrupt):
        autograder._status([sys.executable, "-c", deaf], tmp_path)
    assert not (tmp_path / "ended").exists()
