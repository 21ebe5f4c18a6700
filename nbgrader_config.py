"""nbgrader's configuration, read by every nbgrader command, formgrader and proctor."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
# This course's own tools, also where they are not installed (a student's environment).
if str(HERE) not in sys.path:
    sys.path.insert(0, str(HERE))

from course.project import Project  # noqa: E402
from course.stale import why_stale  # noqa: E402
from course.student import build_student  # noqa: E402

# nbgrader starts `alembic` by name; `.venv/bin/nbgrader` may run without activation.
BIN = str(Path(sys.executable).parent)
if os.environ.get("PATH", "").split(os.pathsep)[0] != BIN:
    os.environ["PATH"] = os.pathsep.join([BIN, os.environ.get("PATH", "")])

c = get_config()  # noqa: F821 (traitlets provides it)

c.CourseDirectory.root = str(HERE)
c.CourseDirectory.source_directory = Project(HERE).source.name
c.CourseDirectory.course_id = "tinytorch"
# What lateness costs is set here (docs/teaching.md); without it, nothing.

# What a submission may import, besides the student's tinytorch, and where it is held:
# `proctor doctor` says what this machine gives.
c.Sandbox.level = ["namespace", "landlock", "uid"]  # the first that there is
c.Sandbox.packages = Project(HERE).setting("packages").split()
c.Sandbox.build_package = lambda folder, assignment: build_student(
    Project(HERE), folder, assignment
)
c.Proctor.why_stale = lambda assignment: why_stale(Project(HERE), assignment)
c.Sandbox.cell_seconds = 60
c.Sandbox.notebook_seconds = 300
c.Sandbox.memory_mb = 2048

# `proctor check` reads the above and has no need of nbgrader, which takes seconds.
if "nbgrader" in sys.modules:
    import course.nbgrader_hooks
    import proctor.nbgrader_hooks

    # Author's side: notebooks/ -> source/ -> release/.
    course.nbgrader_hooks.build_source_first()
    c.GenerateAssignment.force = True  # release/ is committed, so it is always there
    c.GenerateAssignment.preprocessors = course.nbgrader_hooks.release_steps()

    # Grading side: submitted/ -> autograded/.
    proctor.nbgrader_hooks.install(c)

    c.Execute.timeout = 60  # of nbgrader validate
