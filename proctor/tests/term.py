"""A small class that was collected from Canvas and graded, with dates."""

import shutil

from proctor.sandbox.levels import best_level
from proctor.tests import tiny
from proctor.tests.lms_files import canvas_export, canvas_zip

GRADE = ("autograde", tiny.NAME, "--seed", "1", "--sandbox", best_level())


def grade_term(folder, warm_proctor):
    """Make a course that was collected from Canvas and graded; one cannot be read.

    Right is 4 of the 7 points: nobody wrote the second task.
    """
    tiny.course(folder, bugs=[], variants="")
    shutil.rmtree(folder / "notebooks")
    tiny.enter(folder)
    warm_proctor.run(folder, "roster", canvas_export(folder / "export.csv"))
    more = {"intwicehanded_103_9003_tiny-1.ipynb": b"{}"}
    warm_proctor.run(folder, "collect", canvas_zip(folder / "s.zip", **more), tiny.NAME)
    (folder / "dates.csv").write_text(
        "assignment,student,due\n"
        "01_tiny,,2026-11-01 23:59 Europe/Berlin\n"
        "01_tiny,never-came,2026-11-08 23:59 Europe/Berlin\n"
    )
    done = warm_proctor.run(folder, "dates", "dates.csv")
    assert "2026-11-01 22:59:00 UTC" in done.output, done.output
    late = folder / "submitted/late-once/01_tiny/timestamp.txt"
    late.write_text("2026-11-02 12:00:00 UTC\n")
    (folder / "nbgrader_config.py").write_text(
        tiny.CONFIG
        + "import sys\nsys.path.insert(0, '.')\n"
        + "c.AssignLatePenalties.plugin_class = 'late.OnePoint'\n"
    )
    (folder / "late.py").write_text(
        "from nbgrader.plugins import BasePlugin\n\n\n"
        "class OnePoint(BasePlugin):\n"
        "    def late_submission_penalty(self, student, score, seconds):\n"
        "        return 1.0\n"
    )
    done = warm_proctor.run(folder, *GRADE)
    assert done.status == 1, done.output  # one needs attention
    return folder
