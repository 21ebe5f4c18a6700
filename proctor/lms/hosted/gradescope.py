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
import zipfile

from proctor.lms.hosted.content import (
    UV,
    course_files,
    own_files,
    python_version,
    require_words,
    requirements,
)
from proctor.settings import Course

# So that the same course makes the same zip.
_TIME = (2000, 1, 1, 0, 0, 0)

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
# Each submission meets a new container: what is compiled here need not be there.
"$root/uv/bin/uv" pip install --quiet --compile-bytecode \\
    --python "$root/venv/bin/python" -r "$root/source/requirements.txt"
"$root/venv/bin/python" -m compileall -q "$root/source/proctor"
# Copied here once, and not for each submission, where the container gives no better
# level than uid.
cd "$root/source/course"
export PYTHONPATH="$root/source"
rm -rf "$root/libraries"
"$root/venv/bin/python" -m proctor prepare "$root/libraries" \\
    --assignment {assignment} || echo "each submission will copy its libraries itself"
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
rm -f "$root/results/results.json"
cd "$root/source/course"
export PYTHONPATH="$root/source"
prepared=
if [ -f "$root/libraries/about.json" ]; then
    prepared=--Sandbox.prepared=$root/libraries
fi
"$root/venv/bin/python" -m proctor check "$root/submission" \\
    --assignment {assignment} --format gradescope \\
    --sandbox namespace,landlock,uid --out "$root/results/results.json" \\
    ${{prepared:+"$prepared"}} || test -f "$root/results/results.json"
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
    require_words(assignment, notebooks)
    files = {
        "setup.sh": _SETUP.format(
            assignment=assignment, python=python_version(), uv=UV
        ).encode(),
        "run_autograder": _RUN.format(assignment=assignment).encode(),
        "requirements.txt": requirements(course),
    }
    files |= {f"proctor/{name}": data for name, data in own_files()}
    files |= {f"course/{name}": data for name, data in course_files(course)}
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(files.items()):
            info = zipfile.ZipInfo(name, _TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            run = name in ("setup.sh", "run_autograder")
            info.external_attr = (0o755 if run else 0o644) << 16
            archive.writestr(info, data)
    return content.getvalue()
