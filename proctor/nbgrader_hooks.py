"""What ``nbgrader_config.py`` adds to nbgrader on the grading side."""

from __future__ import annotations

import os
import tempfile
import warnings
from pathlib import Path

from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.preprocessors import Execute
from nbgrader.utils import setenv
from sqlalchemy.exc import SAWarning
from traitlets import Callable

from proctor.feedback import HideTests
from proctor.mend import MendCells

# nbgrader 0.9.6 reads a submission that SQLAlchemy has not added to its session yet.
# The warning is nobody's to act on here, and would come with every submission.
warnings.filterwarnings("ignore", category=SAWarning, module="nbgrader")


class ExecuteWithPackage(Execute):
    """Execute a submission with the student's edition of the course's package.

    The grader's own environment holds the reference solution; without this,
    ``from tinytorch.core.spatial import *`` in a solution cell would be full marks.
    """

    build_package = Callable(
        help="Called with an empty folder: writes the student's package into it."
    ).tag(config=True)

    def preprocess(self, nb, resources=None, km=None):
        """Execute all cells, the student's package first on the kernel's path."""
        with tempfile.TemporaryDirectory() as folder:
            self._sockets = Path(folder) / "kernel"
            package = Path(folder) / "package"
            self.build_package(package)
            paths = [str(package), *filter(None, [os.environ.get("PYTHONPATH")])]
            with setenv(PYTHONPATH=os.pathsep.join(paths)):
                return super().preprocess(nb, resources, km)

    def create_kernel_manager(self):
        """Return a kernel manager that talks over sockets only this user can open.

        Over TCP, the default, other users of the machine could listen.
        """
        manager = super().create_kernel_manager()
        manager.transport = "ipc"
        manager.ip = str(self._sockets)
        return manager


def sanitize_steps() -> list[type]:
    """Return autograde's first steps: mend the submission, then nbgrader's own."""
    return [MendCells, *Autograde.sanitize_preprocessors.default_args[0]]


def autograde_steps() -> list[type]:
    """Return autograde's second steps: nbgrader's own, executed with our package."""
    steps = Autograde.autograde_preprocessors.default_args[0]
    return [ExecuteWithPackage if step is Execute else step for step in steps]


def feedback_steps() -> list[type]:
    """Return generate_feedback's steps: hide the tests, then nbgrader's own."""
    return [HideTests, *GenerateFeedback.preprocessors.default_args[0]]
