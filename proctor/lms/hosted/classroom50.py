"""Classroom 50: an autograder's folder, for the visible checks.

Its wiki, "Advanced Autograding": ``<classroom>/autograders/<assignment>/`` is bundled
and fetched by a job in the student's own repository; ``autograder.py`` is run in the
student's checkout, writes ``result.json`` there, and may write ``release-body.md``. The
bundle lies on a public page: so no hidden test is in it.
"""

from __future__ import annotations

import json
import re

from proctor.lms.hosted.ci_jobs import Names, template
from proctor.lms.hosted.content import python_version

_AUTOGRADER = '''\
#!/usr/bin/env python3
"""Written by `proctor package classroom50`: run by Classroom 50 for each submission."""

import os
import subprocess
import sys
from pathlib import Path

HERE, WORK = Path(__file__).resolve().parent, Path.cwd()
ASSIGNMENT, NOTEBOOK = "@ASSIGNMENT@", "@NOTEBOOK@.ipynb"
PYTHON = HERE / "venv" / "bin" / "python"

if not PYTHON.exists():
    subprocess.run([sys.executable, "-m", "venv", HERE / "venv"], check=True)
    install = [PYTHON, "-m", "pip", "install", "--quiet", "--requirement"]
    subprocess.run([*install, HERE / "requirements.txt"], check=True)

places = [f"release/{ASSIGNMENT}/{NOTEBOOK}", f"{ASSIGNMENT}/{NOTEBOOK}", NOTEBOOK]
found = [WORK / place for place in places if (WORK / place).is_file()]
if not found:
    sys.exit(f"no {NOTEBOOK} in release/{ASSIGNMENT}/, {ASSIGNMENT}/ or the top folder")
# A student may have committed one.
(WORK / "result.json").unlink(missing_ok=True)
checked = subprocess.run(
    [
        *(PYTHON, "-m", "proctor", "check", found[0], "--assignment", ASSIGNMENT),
        *("--sandbox", "namespace,landlock,uid"),
        *("--format", "classroom50", "--out", WORK / "result.json"),
        *("--format", "markdown", "--out", WORK / "release-body.md"),
    ],
    cwd=HERE / "course",
    # The checks may be of the students' own package.
    env=os.environ | {"PYTHONPATH": f"{HERE}:{HERE / 'course' / 'package'}"},
)
# Whatever the points; where none could be found, Classroom 50 says so itself.
sys.exit(0 if (WORK / "result.json").is_file() else checked.returncode or 1)
'''


def slug_of(assignment: str) -> str:
    """Return the assignment's name as Classroom 50 takes it."""
    return re.sub(r"[^a-z0-9]+", "-", assignment.lower()).strip("-")[:39]


def classroom50_files(names: Names) -> dict[str, str]:
    """Return the folder's own files; what the checks need comes beside them."""
    return {
        "autograder.py": names.fill(_AUTOGRADER),
        "runtime.json": json.dumps(
            {"runs-on": "ubuntu-24.04", "python": python_version()}, indent=1
        )
        + "\n",
        "README.md": names.fill(
            template("classroom50.md"), SLUG=slug_of(names.assignment)
        ),
    }
