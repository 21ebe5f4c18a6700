"""The two jobs that grade each push, which differ in who can read the tests.

*Private*: a job in the course's own repository fetches what students pushed, grades
with hidden tests, and hands reports back. *Visible*: a job in a student's repository
runs the checks that the student has anyway.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

import proctor
from proctor.lms.hosted import content
from proctor.settings import Course

PRIVATE, VISIBLE = ".proctor-ci", ".proctor-checks"
# Shell, run in the course's folder with the packages installed; leaves ``status``.
PRIVATE_CHECK = """\
test -f nbgrader_config.py || {
  echo "this job belongs into the course's own repository, which students cannot read"
  exit 2
}
# What was built lies after what it was built from, in whatever order git wrote it.
find . -name '*.ipynb' -not -path './.git/*' -exec touch {} +
rm -rf proctor-out
status=0
PYTHONPATH=@PATH@ python -m proctor pushes @PRIVATE@/students.csv @ASSIGNMENT@ \\
  --sandbox namespace,landlock,uid --out proctor-out \\
  --seen .proctor-seen/@ASSIGNMENT@.json || status=$?
# 1: a person has to look at something; it stands in the summary.
test "$status" -le 1 && test -f proctor-out/summary.md || exit 2
"""
# The same in a student's repository; leaves ``checks.md`` and ``checks.xml``.
VISIBLE_CHECK = """\
notebook=
for place in "release/@ASSIGNMENT@/" "@ASSIGNMENT@/" ""; do
  file=${place}@NOTEBOOK@.ipynb
  if test -f "$file"; then notebook=$file; break; fi
done
test -n "$notebook" || { echo "no @NOTEBOOK@.ipynb in release/@ASSIGNMENT@/"; exit 2; }
here=$PWD
cd @VISIBLE@/course
# The checks may be of the students' own package.
PYTHONPATH=$PWD/..:$PWD/package \\
  python -m proctor check "$here/$notebook" --assignment @ASSIGNMENT@ \\
  --sandbox namespace,landlock,uid --format markdown --out "$here/checks.md" \\
  --format junit --out "$here/checks.xml"
cd "$here"
"""


@dataclass(frozen=True)
class Names:
    """What differs from course to course.

    Attributes
    ----------
    notebook
        The assignment's first.
    path
        Where proctor is, from the course's folder.
    """

    assignment: str
    notebook: str
    path: str

    def fill(self, text: str, **parts: str) -> str:
        """Put parts and names into a text where it says ``@NAME@``.

        A part that stands on a line of its own is pushed in as that line is.
        """
        parts |= {
            "ASSIGNMENT": self.assignment,
            "NOTEBOOK": self.notebook,
            "PATH": self.path,
            "PRIVATE": PRIVATE,
            "PYTHON": content.python_version(),
            "VISIBLE": VISIBLE,
        }
        for name, part in parts.items():

            def pushed_in(found: re.Match, part: str = part) -> str:
                return textwrap.indent(part.rstrip(), found[1])

            text = re.sub(rf"^([ ]+)@{name}@$", pushed_in, text, flags=re.MULTILINE)
            text = text.replace(f"@{name}@", part)
        return text


def template(name: str) -> str:
    """Return a text that stands beside this module."""
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def names_of(course: Course, assignment: str) -> Names:
    """Return the names of a course's assignment.

    Raises
    ------
    GradingError
        If one is none that a shell reads as one word.
    """
    notebooks = course.layout.notebooks(assignment)
    content.require_words(assignment, notebooks)
    own = Path(proctor.__file__).resolve().parent
    inside = own.is_relative_to(course.home.resolve())
    path = own.parent.relative_to(course.home.resolve()) if inside else Path(PRIVATE)
    return Names(assignment, notebooks[0], path.as_posix())


def private_files(course: Course, names: Names) -> dict[str, bytes]:
    """Return what the private job needs beside the course that is there."""
    files = {
        f"{PRIVATE}/requirements.txt": content.requirements(course),
        f"{PRIVATE}/students.csv": b"id,url\n",
    }
    if names.path == PRIVATE:
        own = content.own_files()
        files |= {f"{PRIVATE}/proctor/{name}": data for name, data in own}
    return files


def visible_files(course: Course, assignment: str) -> dict[str, bytes]:
    """Return what the visible checks need: no solution of theirs, no hidden test."""
    found = content.visible_course(course, assignment)
    files = {"requirements.txt": content.requirements(course)}
    files |= {f"course/{name}": data for name, data in found.items()}
    return files | {f"proctor/{name}": data for name, data in content.own_files()}
