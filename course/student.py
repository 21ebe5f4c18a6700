"""The student's edition of ``tinytorch``: without what the student is to write.

Standard library only, and from the committed ``release/`` and ``tinytorch/`` alone:
Colab and Binder run it in a bare clone, which may be one without solutions.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from course.project import CourseError, Project

_DEFAULT_EXPORT = re.compile(r"^#\s*\|\s*default_exp\s+(\S+)", re.MULTILINE)

# It does what students write in modules 09 and 18, under the same names.
_SOLVES = "perf"

_PYPROJECT = """\
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "tinytorch"
version = "{version}"
description = "{title}: the student's edition of the package"
requires-python = ">={min_python}"
dependencies = ["numpy>=2.0"]

[tool.setuptools.packages.find]
include = ["{lib_name}*"]
"""


def student_modules(project: Project) -> list[str]:
    """Return the modules that students write themselves, such as ``core.spatial``.

    A released notebook with a solution cell exports one.
    """
    modules = []
    for path in sorted(project.release.glob("*/*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        text = "\n".join("".join(cell["source"]) for cell in cells)
        export = _DEFAULT_EXPORT.search(text)
        solution = any(
            cell["metadata"].get("nbgrader", {}).get("solution") for cell in cells
        )
        if solution and export:
            modules.append(export[1])
    return modules


def build_student(project: Project, folder: Path) -> Path:
    """Write the student's edition, installable by pip, into the new ``folder``.

    Raises
    ------
    CourseError
        If ``folder`` exists and is not empty: nothing is overwritten.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CourseError(f"{folder} is not empty: name a new folder")
    left_out = {
        project.package / (module.replace(".", "/") + ".py")
        for module in student_modules(project)
    }
    if not left_out:
        raise CourseError(
            f"no notebook with a solution cell in {project.release}: run course build"
        )

    left_out.add(project.package / _SOLVES)

    def ignore(parent: str, names: list[str]) -> set[str]:
        return {
            name
            for name in names
            if name == "__pycache__" or Path(parent, name) in left_out
        }

    shutil.copytree(project.package, folder / project.package.name, ignore=ignore)
    settings = ("version", "title", "min_python", "lib_name")
    text = _PYPROJECT.format(**{name: project.setting(name) for name in settings})
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return folder
