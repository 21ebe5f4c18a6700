"""A warm parent whose grader was interrupted says nothing."""

import subprocess
import sys

import pytest

from proctor.sandbox import start


@pytest.mark.parametrize("told", ["", '{"start": "pass"'])
def test_told_nothing_or_half(told):
    command = [sys.executable, "-I", "-S", "-c", start.COMMAND, "0"]
    done = subprocess.run(command, input=told, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
