"""In this course no test ever runs in the process of a student's code."""

from pathlib import Path

import pytest

from proctor.cli import main

ROOT = Path(__file__).parents[2]


GRADED = ["09_spatial", "18_acceleration", "19_spatial_two", "milestone_cnn"]


@pytest.mark.parametrize("name", GRADED)
def test_every_test_is_examined_apart(name, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    assert main(["lint", name]) == 0
    said = capsys.readouterr().out
    assert said.endswith("tests, each is examined apart from the student's code\n")
