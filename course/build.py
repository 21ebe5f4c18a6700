"""``course build``: every committed product from the truth, in one direction."""

from __future__ import annotations

import filecmp
import shutil
import tempfile
from pathlib import Path

from course.lint.sound import require_sound, unsound_prose
from course.project import CourseError, Project
from course.readme import update_readme
from course.truth import build_source

# What the products are made from; the drift check builds from a copy of these.
_INPUTS = ("notebooks", "settings.ini", "nbgrader_config.py", "README.md")


def check_and_build_source(project: Project, assignment: str = "*") -> list[Path]:
    """Write ``source/`` for a sound truth; return the files that changed.

    Raises
    ------
    CourseError
        If the assignment is unknown or its truth is not sound.
    """
    require_sound(project, assignment)
    return build_source(project, assignment)


def build(project: Project, assignment: str = "*") -> None:
    """Write ``source/``, ``tinytorch/``, ``release/`` and the links in the README.

    Raises
    ------
    CourseError
        If the assignment is unknown or its truth is not sound.
    """
    check_and_build_source(project, assignment)

    # Imported late: nbdev and nbgrader take seconds, an unsound truth needs neither.
    from course.export import export
    from course.release import build_release

    export(project)
    build_release(project, assignment)
    update_readme(project)


def drift(project: Project) -> list[str]:
    """Return the committed products that differ from what the truth gives now.

    The products are built in a scratch folder and compared byte by byte.
    """
    with tempfile.TemporaryDirectory() as folder:
        fresh = Project(Path(folder).resolve())
        for name in _INPUTS:
            origin = project.root / name
            if origin.is_dir():
                shutil.copytree(origin, fresh.root / name)
            elif origin.is_file():
                shutil.copyfile(origin, fresh.root / name)
        build(fresh)
        differing = []
        for product in (fresh.source, fresh.package, fresh.release):
            name = product.name
            here, there = _files(project.root / name), _files(product)
            differing += [
                f"{name}/{file}"
                for file in sorted(here | there)
                if not _same(project.root / name / file, product / file)
            ]
        if not _same(project.root / "README.md", fresh.root / "README.md"):
            differing.append("README.md")
        return differing


def check(project: Project) -> None:
    """Run every gate on the authors.

    Raises
    ------
    CourseError
        With one line for each thing to put right.
    """
    require_sound(project)
    lines = unsound_prose(project)
    lines += [
        f"{project.relative(path)} is built from no truth: delete it, or bring back "
        "its file under notebooks/"
        for path in _stale_products(project)
    ]
    stale = set(_stale_products(project))
    lines += [
        f"{name} is not what notebooks/ gives: run course build and commit"
        for name in drift(project)
        if project.root / name not in stale
    ]
    if lines:
        raise CourseError("\n".join(lines))


def _stale_products(project: Project) -> list[Path]:
    """Return the built notebooks that no truth stands for any more."""
    wanted = {project.source_of(truth) for truth in project.truths()}
    wanted |= {project.release / p.relative_to(project.source) for p in wanted}
    built = [*project.source.glob("*/*.ipynb"), *project.release.glob("*/*.ipynb")]
    return sorted(path for path in built if path not in wanted)


def _files(folder: Path) -> set[str]:
    """Return the relative paths of the files below ``folder``."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not {"__pycache__", ".ipynb_checkpoints"} & {*path.parts}
    }


def _same(a: Path, b: Path) -> bool:
    return a.is_file() and b.is_file() and filecmp.cmp(a, b, shallow=False)
