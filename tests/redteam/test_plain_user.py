"""What a plain user grades with, where all that we have is closed to others."""

import os
import sysconfig
import tempfile
from pathlib import Path

import pytest

from redteam.plain_user import OPEN, PLAIN_USER, candidates

pytestmark = pytest.mark.skipif(
    os.getuid() != 0, reason="only root can become another user"
)


def test_copies_run_where_the_originals_are_closed():
    packages = sysconfig.get_path("purelib")
    with tempfile.TemporaryDirectory(dir=OPEN) as folder:
        Path(folder).chmod(0o755)
        # No program but the copy of ours.
        (python,) = candidates([], packages, Path(folder))
        assert python.program.startswith(folder) and python.packages.startswith(folder)
        assert python.trouble(PLAIN_USER) == ""
        Path(folder).chmod(0o700)
        assert "Permission denied" in python.trouble(PLAIN_USER)
