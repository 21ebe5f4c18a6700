"""nbgrader's configuration, read by every nbgrader command and by formgrader."""

import os
import sys
from pathlib import Path

import course.nbgrader_hooks
import proctor.nbgrader_hooks
from course.project import Project
from course.student import build_student

HERE = Path(__file__).resolve().parent

# nbgrader starts `alembic` by name; `.venv/bin/nbgrader` may run without activation.
_BIN = str(Path(sys.executable).parent)
if _BIN not in os.environ.get("PATH", "").split(os.pathsep):
    os.environ["PATH"] = os.pathsep.join([_BIN, os.environ.get("PATH", "")])

c = get_config()  # noqa: F821 (traitlets provides it)

c.CourseDirectory.root = str(HERE)
c.CourseDirectory.course_id = "tinytorch"

# Author's side: notebooks/ -> source/ -> release/.
course.nbgrader_hooks.build_source_first()
c.GenerateAssignment.force = True  # release/ is committed, so it is always there
c.GenerateAssignment.preprocessors = course.nbgrader_hooks.release_steps()

# Grading side: submitted/ -> autograded/.
c.Autograde.sanitize_preprocessors = proctor.nbgrader_hooks.sanitize_steps()
c.Autograde.autograde_preprocessors = proctor.nbgrader_hooks.autograde_steps()
c.Execute.timeout = 60
c.ExecuteWithPackage.build_package = lambda folder: build_student(Project(HERE), folder)
