"""An assignment's autograder for Gradescope: a zip that its image is built from.

gradescope-autograders.readthedocs.io, "Autograder specifications": ``setup.sh`` and
``run_autograder`` lie at the zip's root, which is unpacked to ``/autograder/source``;
``run_autograder`` runs as root of a container, with the student's files in
``/autograder/submission``, and writes ``/autograder/results/results.json``.

The zip holds the course, its hidden tests among it, and proctor. Instructors alone can
download it; the student's code runs beside it in the container, at the level ``uid``
where the container gives no better, and reads none of it.
"""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import proctor
from proctor.errors import GradingError
from proctor.sandbox.packages import UnknownPackage, versions
from proctor.settings import Course

# What checking needs of proctor's own requirements: no gradebook.
_NEEDED = (
    "ipython",
    "jinja2",
    "matplotlib",
    "matplotlib-inline",
    "mistune",
    "numpy",
    "pygments",
    "pyseccomp",
    "python-dateutil",
    "rapidfuzz",
    "rich",
    "traitlets",
)
_SUFFIXES = (".py", ".html", ".css")
# So that the same course makes the same zip.
_TIME = (2000, 1, 1, 0, 0, 0)
_UV = "0.13.9"
_ONE_WORD = re.compile(r"\w[\w.-]*", re.ASCII)

_SETUP = """\
#!/bin/sh
# Gradescope runs this once, when it builds the image.
set -eu
root=${{AUTOGRADER_ROOT:-/autograder}}
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends libseccomp2 python3-venv
python3 -m venv "$root/uv"
"$root/uv/bin/pip" install --quiet uv=={uv}
"$root/uv/bin/uv" venv --quiet --python {python} "$root/venv"
"$root/uv/bin/uv" pip install --quiet --python "$root/venv/bin/python" \\
    -r "$root/source/requirements.txt"
"""
_RUN = """\
#!/bin/sh
# Gradescope runs this for each submission, as root.
set -eu
root=${{AUTOGRADER_ROOT:-/autograder}}
umask 077
chmod 700 "$root/source" "$root/results"
# What was built lies after what it was built from, whatever the zip said.
find "$root/source/course" -name '*.ipynb' -exec touch {{}} +
cd "$root/submission"
notebook={notebook}
if [ ! -f "$notebook" ]; then
    set -- *.ipynb
    if [ $# -eq 1 ] && [ -f "$1" ]; then
        notebook=$1
    else
        cp "$root/source/missing.json" "$root/results/results.json"
        exit 0
    fi
fi
cd "$root/source/course"
export PYTHONPATH="$root/source"
"$root/venv/bin/python" -m proctor check "$root/submission/$notebook" \\
    --assignment {assignment} --format gradescope \\
    --sandbox namespace,landlock,uid --out "$root/results/results.json" \\
    || test -f "$root/results/results.json"
"""


def gradescope_zip(course: Course, assignment: str, notebooks: list[str]) -> bytes:
    """Return the zip.

    Parameters
    ----------
    notebooks
        The names of the assignment's notebooks.

    Raises
    ------
    GradingError
        If a name is none that a shell reads as one word, or the course's files cannot
        be listed.
    """
    for name in (assignment, *notebooks):
        if not _ONE_WORD.fullmatch(name):
            raise GradingError(
                f"{name!r} has other signs than letters, digits, '.', '_' and '-': "
                "rename it"
            )
    listed = ", ".join(f"{name}.ipynb" for name in notebooks)
    missing = {
        "score": 0,
        "output": f"No notebook to be graded was handed in: wanted {listed}.",
        "stdout_visibility": "hidden",
        "tests": [],
    }
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    try:
        pins = versions([*_NEEDED, *course.sandbox.packages])
    except UnknownPackage as error:
        raise GradingError(
            f"{error}: install it, so that its version is known"
        ) from None
    files = {
        "setup.sh": _SETUP.format(python=python, uv=_UV).encode(),
        "run_autograder": _RUN.format(
            assignment=assignment, notebook=f"{notebooks[0]}.ipynb"
        ).encode(),
        "missing.json": json.dumps(missing).encode(),
        "requirements.txt": "".join(f"{n}=={v}\n" for n, v in pins.items()).encode(),
    }
    files |= {f"proctor/{name}": data for name, data in _own()}
    files |= {f"course/{name}": data for name, data in _of_course(course)}
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(files.items()):
            info = zipfile.ZipInfo(name, _TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            run = name in ("setup.sh", "run_autograder")
            info.external_attr = (0o755 if run else 0o644) << 16
            archive.writestr(info, data)
    return content.getvalue()


def _own() -> Iterator[tuple[str, bytes]]:
    """Yield proctor's files, its tests left out."""
    folder = Path(proctor.__file__).parent
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.suffix in _SUFFIXES and name.parts[0] != "tests":
            yield name.as_posix(), path.read_bytes()


def _of_course(course: Course) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a course that git knows, and how its tests are examined.

    That is what makes it work, and nothing of a run.
    """
    home = course.home
    done = subprocess.run(
        ["git", "-C", home, "ls-files", "-z"], capture_output=True, text=True
    )
    if done.returncode:
        why = " ".join(done.stderr.split()) or "git ls-files failed"
        raise GradingError(
            f"{home} is no git repository ({why}): what git knows is packed, so commit "
            "the course first"
        )
    # Measured once for an assignment, and not for each submission.
    kept = [path.relative_to(home) for path in (home / ".proctor").glob("*.json")]
    for name in {*done.stdout.split("\0"), *map(Path.as_posix, kept)}:
        path = home / name
        if not name or path.is_symlink() or not path.is_file():
            continue
        # proctor's own sources, where the course is developed with it.
        own = Path(proctor.__file__).parent
        if not path.is_relative_to(own) and os.access(path, os.R_OK):
            yield name, path.read_bytes()
