"""A setting that is misspelt is told, once, with the one that was meant."""

import subprocess
import sys

import pytest

from proctor.cli import main
from proctor.settings import Course

CONFIG = "c = get_config()\nc.CourseDirectory.course_id = 'x'\n"
# A setting, what is said of it, and what was meant.
MISSPELT = [
    ("c.Sandbox.memry_mb = 1", "setting", "c.Sandbox.memory_mb"),
    ("c.Proctor.clustr = 'local:2'", "setting", "c.Proctor.cluster"),
    ("c.Proctor.memory_mb = 1", "setting", "c.Sandbox.memory_mb"),
    ("c.Feedback.show_test = True", "setting", "c.Feedback.show_tests"),
    ("c.Sandboxx.memory_mb = 1", "section of settings", "c.Sandbox"),
    ("c.sandbox.memory_mb = 1", "section of settings", "c.Sandbox"),
    ("c.Procter.cluster = ''", "section of settings", "c.Proctor"),
    ("c.GenerateFeedbck.force = True", "section of settings", "c.GenerateFeedback"),
]
# The names of all that can be configured in nbgrader and in what it is made of.
OTHERS = """
import importlib, pkgutil, re
import ipykernel.kernelapp, jupyterlab.labapp, nbgrader
from traitlets.config import Configurable
for module in pkgutil.walk_packages(nbgrader.__path__, "nbgrader."):
    if not re.search(r"\\btests\\b|__main__|alembic", module.name):
        importlib.import_module(module.name)
classes = [Configurable]
for each in classes:
    classes += each.__subclasses__()
print(*sorted({each.__name__ for each in classes}))
"""


@pytest.fixture
def course(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "source/ps1").mkdir(parents=True)
    return tmp_path


def configure(course, text):
    (course / "nbgrader_config.py").write_text(f"{CONFIG}{text}\n")


def name_of(text):
    section, _, trait = text.partition(" = ")[0].rpartition(".")
    return section, f"{section}.{trait}"


@pytest.mark.parametrize(("text", "kind", "meant"), MISSPELT)
def test_it_is_told_in_one_line_with_the_nearest(course, text, kind, meant, capsys):
    configure(course, text)
    section, setting = name_of(text)
    name = setting if kind == "setting" else section
    main(["lint", "ps1"])
    told = capsys.readouterr().err.splitlines()
    assert told[0] == (
        f"proctor: {name} is no {kind}, and unused: did you mean {meant}?"
    )
    assert not any(name in line for line in told[1:])


def test_the_doctor_tells_it_as_well(course, capsys):
    configure(course, "c.Sandbox.levl = 'landlock'")
    main(["doctor"])
    assert capsys.readouterr().err == (
        "proctor: c.Sandbox.levl is no setting, and unused: did you mean "
        "c.Sandbox.level?\n"
    )


def test_where_none_is_near_all_are_named(course, capsys):
    configure(course, "c.Proctor.qq = 1")
    main(["lint", "ps1"])
    assert capsys.readouterr().err.splitlines()[0] == (
        "proctor: c.Proctor.qq is no setting, and unused: c.Proctor has apart, "
        "cluster, export, test_prefix, truths, why_stale"
    )


def test_one_of_the_command_line_is_told(course, capsys):
    configure(course, "")
    try:
        main(["lint", "ps1", "--Sandbox.memry_mb=1"])
    finally:
        main(["doctor", "--best"])  # forgets it
    assert "did you mean c.Sandbox.memory_mb?" in capsys.readouterr().err


def test_what_is_right_or_somebody_elses_is_not_told(course, capsys):
    command = [sys.executable, "-W", "ignore", "-c", OTHERS]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    others = {n for n in found.stdout.splitlines()[-1].split() if n[0] != "_"}
    others -= {"Sandbox", "Proctor"}
    assert {
        "Feedback",
        "FeedbackApp",
        "GenerateFeedbackApp",
        "LabApp",
        "HTMLExporter",
    } <= others
    lines = [f"c.{name}.anything = 1" for name in sorted(others)]
    lines += ["c.Sandbox.packages.append('pandas')", "c.Sandbox.memory_mb = 3000"]
    # To look at a section, or a setting of one, sets nothing.
    lines += ["c.Sandboxx", "c.Sandbox.Limits"]
    configure(course, "\n".join(lines))
    read = Course.find()
    assert capsys.readouterr().err == ""
    assert read.sandbox.packages[-1] == "pandas"
    assert read.sandbox.limits.memory_mb == 3000
