"""The tests of module 09, tried on a few solutions with one small change.

Of what `proctor mutate` makes of graded modules a small, fixed sample: neither may a
wrong one have full marks, nor a right one lose a point.
"""

import pytest
from conftest import ROOT, run


@pytest.mark.slow
def test_no_wrong_one_has_full_marks_and_no_right_one_loses():
    command = ("mutate", "09_spatial", "--count", "16", "--seed", "7")
    done = run("proctor", *command, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done.stdout.startswith("16 mutants, "), done.stdout
