"""``course build``: every committed product from the truth, in one direction."""

from __future__ import annotations

import filecmp
import shutil
import tempfile
from pathlib import Path

from course.lint.sound import require_sound, unsound_prose
from course.lint.visible import Seen, see, with_bank
from course.outputs import stale
from course.project import CourseError, Project
from course.publish import leaks
from course.readme import update_readme
from course.truth import build_source

# What the products are made from; the drift check builds from a copy of these.
_INPUTS = (
    "notebooks",
    "settings.ini",
    "dates.csv",
    "nbgrader_config.py",
    "README.md",
)
# A course run, which no build reads.
_RUN = {"submitted", "autograded", "feedback", "collected", "results", "backups"}
_DIFFERS = "is not what notebooks/ gives: run course build and commit"


def check_and_build_source(project: Project, assignment: str = "*") -> list[Path]:
    """Write ``source/`` for a sound truth; return the files that changed.

    Raises
    ------
    CourseError
        If the assignment is unknown or its truth is not sound.
    """
    require_sound(project, assignment)
    return build_source(project, assignment)


def build(project: Project, assignment: str = "*") -> list[str]:
    """Write ``source/``, ``tinytorch/``, ``release/`` and the links in the README.

    What was built from a truth that is gone is moved away, unless one assignment alone
    is built.

    Returns
    -------
    list[str]
        One line for each file or folder that was moved, and for outputs that are of an
        earlier text.

    Raises
    ------
    CourseError
        If the assignment is unknown or its truth is not sound.
    """
    check_and_build_source(project, assignment)

    # Imported late: an unsound truth needs no nbdev.
    from course.removed import remove_products

    lines = remove_products(project) if assignment == "*" else []
    lines += stale(project, assignment)
    _build_from_source(project, assignment)
    return lines


def _build_from_source(project: Project, assignment: str = "*") -> None:
    # Imported late: nbdev and nbgrader take seconds.
    from course.export import export
    from course.release import build_release
    from course.tutor.build import build_tutor
    from course.tutor.names import build_names

    export(project)
    build_release(project, assignment)
    build_tutor(project, assignment)
    build_names(project)
    update_readme(project)


def drift(project: Project) -> list[str]:
    """Return one line for each committed product that is not what the truth gives now.

    The products are built in a scratch folder and compared byte by byte. The truth must
    be sound.
    """
    with tempfile.TemporaryDirectory() as folder:
        fresh = Project(Path(folder).resolve())
        for name in _INPUTS:
            origin = project.root / name
            if origin.is_dir():
                shutil.copytree(origin, fresh.root / name)
            elif origin.is_file():
                shutil.copyfile(origin, fresh.root / name)
        products = {project.source.name, project.release.name, project.package.name}
        for beside in project.root.iterdir():
            # What the configuration imports, such as a plugin.
            if beside.suffix == ".py" or any(beside.glob("*.py")):
                name = beside.name
                if name not in {*_INPUTS, *_RUN, *products, "build"} and name[0] != ".":
                    (fresh.root / name).symlink_to(beside)
        build_source(fresh)
        _build_from_source(fresh)
        lines = []
        for product in (fresh.source, fresh.package, fresh.release):
            here, there = _files(project.root / product.name), _files(product)
            lines += [
                f"{product.name}/{file} is built from no truth: bring back its file "
                "under notebooks/, or run course build, which moves away what it had "
                "built, or delete it"
                for file in sorted(here - there)
            ]
            lines += [
                f"{product.name}/{file} {_DIFFERS}"
                for file in sorted(there)
                if not _same(project.root / product.name / file, product / file)
            ]
        if not _same(project.root / "README.md", fresh.root / "README.md"):
            lines.append(f"README.md {_DIFFERS}")
        return lines


def check(project: Project) -> list[tuple[str, Seen]]:
    """Require that the truth is sound, all is built, and visible checks say enough.

    Returns
    -------
    list
        Each assignment that has a bank of mistakes, and what its visible checks see.

    Raises
    ------
    CourseError
        With one line for each thing to put right.
    """
    require_sound(project)
    lines = [*unsound_prose(project), *stale(project), *drift(project)]
    # Of products that are as they should be.
    if lines := lines or leaks(project):
        raise CourseError("\n".join(lines))
    seen = [(name, see(project, name)) for name in with_bank(project)]
    lines = [
        f"notebooks/{name}: {problem}"
        for name, one in seen
        for problem in one.problems()
    ]
    if lines:
        raise CourseError("\n".join(lines))
    return seen


def _files(folder: Path) -> set[str]:
    """Return the relative paths of the files below ``folder``."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not {"__pycache__", ".ipynb_checkpoints"} & {*path.parts}
    }


def _same(a: Path, b: Path) -> bool:
    return a.is_file() and b.is_file() and filecmp.cmp(a, b, shallow=False)
