"""What ``proctor autograde`` imports before it grades; to import this does it.

Afterwards all is as at the start of a run, in which the course's settings ask whether
nbgrader is there.
"""

import importlib
import sys

from proctor.gradebook.fast_import import spare_nbgrader

spare_nbgrader()
for _module in ("commands.autograde", "gradebook.class_run", "cli", "feedback"):
    importlib.import_module(f"proctor.{_module}")
del sys.modules["nbgrader"]
