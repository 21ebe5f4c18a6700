"""``course publish``: the students' repository, without what solves or tests.

What goes out is written into a scratch folder and searched, line by line, before the
repository gets any of it; then the repository is searched, with all that its history
holds.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Template

from course.project import NOBODY, CourseError, Project
from course.readme import links_table
from course.secrets import Secrets, found_in
from course.student import SETTINGS, first_written, modules_from

# What lists the files that we wrote; others in the repository are not ours.
LISTED = ".published.json"
# What sets up Binder and Colab; see course/templates/setup_cell.py.
_TOOLS = (
    "__init__.py", "__main__.py", "cli.py", "project.py", "student.py",
    *(f"templates/{name}" for name in SETTINGS),
)  # fmt: skip
_README = "students_readme.md"
_IGNORED = "/student/\n/build/\n.ipynb_checkpoints/\n__pycache__/\n*.egg-info/\n"


@dataclass(frozen=True)
class Published:
    """What was published.

    Attributes
    ----------
    commit
        Its first signs; empty where nothing had changed.
    searched
        How many secret lines were looked for, and in how many files and git objects.
    """

    assignments: list[str]
    files: int
    commit: str
    searched: tuple[int, int]


def publish(project: Project, folder: Path, until: str | None = None) -> Published:
    """Write or update the students' repository in ``folder``, and commit.

    Parameters
    ----------
    until
        The last assignment, by name, that goes out; None: the first that students
        write.

    Raises
    ------
    CourseError
        If the course's address is not set, ``folder`` is no repository of ours or
        holds changes, or a line that must not go out would.
    """
    for name in ("user", "repo", "branch"):
        if NOBODY in project.setting(name):
            raise CourseError(
                f"settings.ini has {name} = {project.setting(name)}: write the "
                "students' repository's owner there, run course build, commit"
            )
    published = _published(project, until)
    _require_ours(project, folder)
    _require_identity(folder)
    secret = _secrets(project).lines(published)
    with tempfile.TemporaryDirectory() as scratch:
        fresh = Path(scratch, "repository")
        files = _written(project, fresh, published)
        for name, data in files.items():
            _require_addressed(name, data)
            _require_clean(name, data, secret)
        _put(fresh, folder, list(files), project)
    objects = 0
    for name, data in _all_of(folder):
        objects += 1
        _require_clean(name, data, secret)
    commit = _commit(folder, published)
    return Published(published, len(files), commit, (len(secret), objects))


def leaks(project: Project) -> list[str]:
    """Return one line for each file with which what solves or tests would go out."""
    lines: dict[str, str] = {}
    first, secrets = first_written(project), _secrets(project)
    for last in sorted({truth.parent.name for truth in project.truths()}):
        if last < first:
            continue
        published = _published(project, last)
        secret = secrets.lines(published)
        with tempfile.TemporaryDirectory() as scratch:
            for name, data in _written(project, Path(scratch, "r"), published).items():
                if found := _leak(name, data, secret):
                    lines.setdefault(found, f"{found}, published until {last}")
    return list(lines.values())


def _secrets(project: Project) -> Secrets:
    """Return the lines that must not go out, whichever assignments do."""
    given = [project.root / "course" / name for name in _TOOLS]
    given += sorted((project.root / "course" / "templates").iterdir())
    given += [project.root / "settings.ini", project.root / "LICENSE"]
    return Secrets(project, given)


def _written(project: Project, fresh: Path, published: list[str]) -> dict[str, bytes]:
    """Write what goes out; return the files by their names relative to ``fresh``."""
    _write(project, fresh, published)
    files = sorted(p for p in fresh.rglob("*") if p.is_file())
    return {p.relative_to(fresh).as_posix(): p.read_bytes() for p in files}


def _published(project: Project, until: str | None) -> list[str]:
    names = sorted({truth.parent.name for truth in project.truths()})
    last = until or first_written(project)
    if last not in names:
        raise CourseError(
            f"no assignment {last!r} in {project.notebooks}: there is "
            f"{', '.join(names)}"
        )
    found = [name for name in names if name <= last]
    lacking = [name for name in found if not (project.release / name).is_dir()]
    if lacking:
        raise CourseError(f"no release/{lacking[0]}: run course build")
    return found


def _require_ours(project: Project, folder: Path) -> None:
    """Require a new or empty folder, or a clean repository that was published to."""
    if folder.is_relative_to(project.root) or project.root.is_relative_to(folder):
        raise CourseError(
            f"{folder} is part of this course, or holds it: name a folder beside it"
        )
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    if not (folder / ".git").exists():
        raise CourseError(
            f"{folder} is not empty and no git repository: name a new folder, or a "
            "clone of the students' repository"
        )
    others = {path.name for path in folder.iterdir()} - {".git"}
    if others and not (folder / LISTED).is_file():
        raise CourseError(
            f"{folder} was not made by course publish (it has no {LISTED}): name a "
            "new folder, or an empty repository"
        )
    if changed := _git(folder, "status", "--porcelain").splitlines():
        raise CourseError(
            f"{folder} has changes that are not committed ({changed[0].strip()}): "
            "commit them or take them back first"
        )


def _require_identity(folder: Path) -> None:
    """Require that git knows who commits, before anything is written."""
    place = folder if (folder / ".git").exists() else Path(tempfile.gettempdir())
    try:
        _git(place, "var", "GIT_COMMITTER_IDENT")
    except CourseError:
        raise CourseError(
            "git does not know who commits: git config --global user.name YOUR-NAME, "
            "and user.email likewise"
        ) from None


def _write(project: Project, fresh: Path, published: list[str]) -> None:
    ignore = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", ".*")
    for name in published:
        shutil.copytree(project.release / name, fresh / "release" / name, ignore=ignore)
    shutil.copytree(project.root / "binder", fresh / "binder", ignore=ignore)
    (fresh / "course" / "templates").mkdir(parents=True)
    for name in _TOOLS:
        shutil.copyfile(project.root / "course" / name, fresh / "course" / name)
    for name in ("settings.ini", "LICENSE"):
        shutil.copyfile(project.root / name, fresh / name)
    left_out = set(modules_from(project, first_written(project)))
    later = set(project.assignments()) - set(published)

    def solves(parent: str, names: list[str]) -> set[str]:
        # A file may be called after the assignment that it belongs to.
        found = {
            n for n in names if Path(parent, n) in left_out or Path(n).stem in later
        }
        return found | ignore(parent, names)

    package = project.package.name
    shutil.copytree(project.package, fresh / package, ignore=solves)
    (fresh / ".gitignore").write_text(_IGNORED, encoding="utf-8")
    (fresh / "README.md").write_text(_readme(project, published), encoding="utf-8")


def _readme(project: Project, published: list[str]) -> str:
    path = project.root / "course" / "templates" / _README
    names = ("user", "repo", "branch", "git_url", "title")
    values = {name: project.setting(name) for name in names}
    first = first_written(project)
    (notebook, *_) = sorted((project.release / first).glob("*.ipynb"))
    values["notebook"] = f"release/{first}/{notebook.name}"
    values["links"] = "\n".join(links_table(project, set(published)))
    return Template(path.read_text(encoding="utf-8")).substitute(values)


def _put(fresh: Path, folder: Path, files: list[str], project: Project) -> None:
    """Replace what we wrote before; what others added stays."""
    if not (folder / ".git").exists():
        folder.mkdir(parents=True, exist_ok=True)
        branch = project.setting("branch")
        _git(folder, "init", "--quiet", f"--initial-branch={branch}")
    earlier: list[str] = []
    if (folder / LISTED).is_file():
        earlier = json.loads((folder / LISTED).read_text(encoding="utf-8"))
    for name in sorted({*earlier} - {*files}):
        path = folder / name
        # The list is in the repository, where others can change it.
        if path.resolve().is_relative_to(folder.resolve()) and ".git" not in path.parts:
            path.unlink(missing_ok=True)
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(fresh / name, folder / name)
    text = json.dumps(files, indent=1) + "\n"
    (folder / LISTED).write_text(text, encoding="utf-8")


def _all_of(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield each file and each blob and commit of a repository, and what it is."""
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if relative.parts[0] != ".git" and path.is_file() and not path.is_symlink():
            yield relative.as_posix(), path.read_bytes()
    done = subprocess.run(
        ["git", "-C", folder, "cat-file", "--batch-all-objects", "--batch"],
        capture_output=True,
        check=True,
    )
    place = 0
    # Each begins with a line of its name, kind and size, and ends with a line's end.
    while place < len(done.stdout):
        end = done.stdout.index(b"\n", place)
        name, kind, size = done.stdout[place:end].decode().split()
        place = end + 1 + int(size) + 1
        if kind != "tree":
            yield f"git's {kind} {name[:12]}", done.stdout[end + 1 : place - 1]


def _require_addressed(name: str, data: bytes) -> None:
    """Require that a notebook's links were built from the address of today."""
    if name.endswith(".ipynb") and NOBODY.encode() in data:
        raise CourseError(
            f"{name} leads to {NOBODY}: run course build, look at it, and commit"
        )


def _require_clean(name: str, data: bytes, secret: dict[str, str]) -> None:
    if found := _leak(name, data, secret):
        raise CourseError(
            f"nothing is committed: {found}: see how it came there; if a commit holds "
            "it already, begin a new repository"
        )


def _leak(name: str, data: bytes, secret: dict[str, str]) -> str:
    """Return what of a file must not go out; empty: nothing."""
    if found := found_in(data.decode("utf-8", "replace"), secret):
        line, origin = found
        return f"{name} has a line of {origin}, {line[:60]!r}"
    return ""


def _commit(folder: Path, published: list[str]) -> str:
    _git(folder, "add", "--all")
    if not _git(folder, "status", "--porcelain"):
        return ""
    _git(folder, "commit", "--quiet", "-m", f"The course, until {published[-1]}")
    return _git(folder, "rev-parse", "--short", "HEAD").strip()


def _git(folder: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True
        )
    except FileNotFoundError:
        raise CourseError("there is no git here: install it") from None
    if done.returncode:
        said = " ".join(done.stderr.split()) or f"status {done.returncode}"
        raise CourseError(f"git {arguments[0]} in {folder}: {said}")
    return done.stdout
