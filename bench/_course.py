"""Course folders in which a class is graded: with our configuration, and without."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from _class import ASSIGNMENT, NOTEBOOK, ROOT, is_notebook
from _cost import Cost, Memory, python, run

COPIED = ("notebooks", "source", "release", "tinytorch", "course", "proctor")
COPIED_FILES = ("nbgrader_config.py", "settings.ini", "README.md")
STOCK_CONFIG = """\
c = get_config()
c.CourseDirectory.root = {!r}
c.CourseDirectory.course_id = "tinytorch"
"""


class Course:
    """A course folder with one assignment, in which classes hand in.

    Parameters
    ----------
    root
        With a gradebook that knows the assignment.
    grade
        The command, without the students to grade.
    packages
        Where Python looks first.
    """

    def __init__(self, root: Path, grade: list[str], packages: Path) -> None:
        self.root, self._grade = root, grade
        settings = root.parent / "settings"  # nobody's own Jupyter configuration
        self.environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(packages),
            "JUPYTER_CONFIG_DIR": str(settings),
        }
        self.log = root / "log.txt"
        # Of each class, who hands in, and whether it is a notebook.
        self._classes: dict[str, dict[str, bool]] = {}
        self._present = ""

    def copy(self, name: str) -> Course:
        """Return a course like this one, in a folder of this name beside it."""
        root = self.root.with_name(name)
        shutil.copytree(self.root, root)
        for path in root.glob("nbgrader_config.py"):
            path.write_text(path.read_text().replace(str(self.root), str(root)))
        return Course(root, self._grade, Path(self.environment["PYTHONPATH"]))

    def hand_in(self, name: str, submissions: Iterable[tuple[str, bytes]]) -> None:
        """Have a class of this name, with the notebook of each student."""
        students = self._classes[name] = {}
        for student, content in submissions:
            students[student] = is_notebook(content)
            folder = self._folder(name) / student / ASSIGNMENT
            folder.mkdir(parents=True)
            (folder / NOTEBOOK).write_bytes(content)

    def _folder(self, name: str) -> Path:
        return self.root / f"class-{name}"

    def grade(
        self,
        name: str,
        *options: str,
        student: str | None = None,
        memory: Memory | None = None,
    ) -> Cost:
        """Grade a class, or one student of it, of whom nobody was graded before.

        Raises
        ------
        RuntimeError
            If the command fails, or somebody has no graded notebook after it.
        """
        self._begin_anew(name)
        command = [*self._grade, *options]
        wanted = self._classes[name]
        if student:
            command += ["--student", student]
            wanted = {student: wanted[student]}
        # 1: there was a submission that is no notebook.
        cost = run(command, self.root, self.environment, self.log, (0, 1), memory)
        graded = len(list(self.root.glob(f"autograded/*/{ASSIGNMENT}/{NOTEBOOK}")))
        expected = sum(wanted.values())
        if graded != expected:
            tail = self.log.read_text(errors="replace")[-2000:]
            raise RuntimeError(f"{graded} of {expected} were graded:\n{tail}")
        return cost

    def _begin_anew(self, name: str) -> None:
        submitted = self.root / "submitted"
        if self._present:
            submitted.rename(self._folder(self._present))
        self._folder(name).rename(submitted)
        self._present = name
        for folder in ("autograded", "feedback"):
            shutil.rmtree(self.root / folder, ignore_errors=True)
        for path in self.root.glob("gradebook.db*"):
            path.unlink()
        shutil.copy(self.root.parent / "gradebook.db", self.root)


def make_courses(scratch: Path, options: Sequence[str] = ()) -> tuple[Course, Course]:
    """Return the course with our configuration, and one with nbgrader's own.

    Both have the same gradebook. In the second, what a submission may import lies in a
    folder of its own: tinytorch without the solutions, and proctor for the tests.

    Parameters
    ----------
    options
        Of ``proctor autograde``.
    """
    from course.project import Project
    from course.student import build_student

    ours, theirs, packages = (scratch / name for name in ("ours", "theirs", "packages"))
    no_caches = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    for name in COPIED:
        shutil.copytree(ROOT / name, ours / name, ignore=no_caches)
    for name in COPIED_FILES:
        shutil.copy(ROOT / name, ours)
    build_student(Project(ours), packages)
    shutil.copytree(ours / "proctor", packages / "proctor")
    theirs.mkdir()
    (theirs / "nbgrader_config.py").write_text(STOCK_CONFIG.format(str(theirs)))
    command = python("proctor", "autograde", ASSIGNMENT, "--force", *options)
    course = Course(ours, command, ours)
    generate = python("nbgrader", "generate_assignment", ASSIGNMENT)
    run(generate, ours, course.environment, course.log)
    (ours / "gradebook.db").rename(scratch / "gradebook.db")
    # nbgrader lists what lies in source/ before it grades.
    shutil.copytree(ours / "source" / ASSIGNMENT, theirs / "source" / ASSIGNMENT)
    command = python("nbgrader", "autograde", ASSIGNMENT, "--force")
    return course, Course(theirs, command, packages)
