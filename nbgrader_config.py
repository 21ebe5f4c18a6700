"""nbgrader's configuration, read by every nbgrader command and by formgrader."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
# This course's own tools, also where they are not installed (a student's environment).
if str(HERE) not in sys.path:
    sys.path.insert(0, str(HERE))

import course.nbgrader_hooks  # noqa: E402
import proctor.nbgrader_hooks  # noqa: E402
from course.project import Project  # noqa: E402
from course.student import build_student  # noqa: E402

# nbgrader starts `alembic` by name; `.venv/bin/nbgrader` may run without activation.
BIN = str(Path(sys.executable).parent)
if os.environ.get("PATH", "").split(os.pathsep)[0] != BIN:
    os.environ["PATH"] = os.pathsep.join([BIN, os.environ.get("PATH", "")])

c = get_config()  # noqa: F821 (traitlets provides it)

c.CourseDirectory.root = str(HERE)
c.CourseDirectory.source_directory = Project(HERE).source.name
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

# Students' side: autograded/ -> feedback/.
c.GenerateFeedback.preprocessors = proctor.nbgrader_hooks.feedback_steps()
