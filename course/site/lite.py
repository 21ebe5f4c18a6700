"""The notebooks in the browser alone, for ``course site --lite``: JupyterLite.

A page with JupyterLab and a Python that the browser itself runs, Pyodide. All that the
kernel needs to start lies beside it, and the student's edition of ``tinytorch``. NumPy
and what else notebooks import is compiled for Pyodide and lies at its address alone; a
browser fetches it there, and compares the digests that Pyodide's own list has.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from html import escape
from importlib.util import find_spec
from pathlib import Path

from course.project import CourseError, Project
from course.site.refusal import require_clean
from course.site.sources import Notebook, notebooks
from course.student import build_student, is_written

# What is brought, and which: npm's Pyodide, and the wheels of the kernel's start.
_BROUGHT = Path(__file__).parent / "pyodide"
_CORE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
_LIST = "pyodide-lock.json"
_ADDRESS = "https://cdn.jsdelivr.net/pyodide/v{version}/full"
# JupyterLite calls its kernel so; another name would make it ask which one is meant.
_KERNEL = {"name": "python", "display_name": "Python (Pyodide)", "language": "python"}
# Where its extension lies in an environment.
_EXTENSION = "share/jupyter/labextensions/@jupyterlite/pyodide-kernel-extension"
_TEXTS = (".ipynb", ".json", ".md", ".py", ".toml")
_DOORS = """\
Without an account, in this browser alone: {links}. Read first
<a href="guides/students.html#in-the-browser-alone">what works there</a>, and where your
work is kept."""
_LACKS = "JupyterLite is not there: pip install 'tinytorch-course[lite]'"


def written(project: Project) -> list[Notebook]:
    """Return the notebooks that open there: those that students write."""
    return [
        notebook
        for notebook in notebooks(project)
        if is_written((project.root / notebook.place).parent)
    ]


def doors(project: Project) -> str:
    """Return what the site's first page says of them."""
    links = [f'<a href="{link(n)}">{escape(n.title)}</a>' for n in written(project)]
    return f"```{{raw}} html\n<p>{_DOORS.format(links=' · '.join(links))}</p>\n```"


def link(notebook: Notebook) -> str:
    """Return where a notebook opens, from the site's first page."""
    return f"lite/lab/index.html?path={_inside(notebook)}"


def _inside(notebook: Notebook) -> str:
    return notebook.place.removeprefix("release/")


def add_lite(project: Project, folder: Path) -> None:
    """Build JupyterLite with the students' notebooks into the new ``folder``.

    Raises
    ------
    CourseError
        If JupyterLite or npm is not there, what is brought does not come or does not
        fit together, or a file shows what solves or tests.
    """
    if find_spec("jupyterlite_pyodide_kernel") is None:
        raise CourseError(_LACKS)
    if shutil.which("npm") is None:
        raise CourseError("npm is not there, which brings Pyodide: install Node.js")
    with tempfile.TemporaryDirectory() as scratch:
        here = Path(scratch)
        lite = here / "lite"
        _copy_notebooks(project, lite / "files")
        edition = build_student(project, here / "student")
        for part in (lite / "files", edition):
            require_clean(project, part, _TEXTS)
        core, wheels = _brought(here)
        stored = lite / "static" / "pyodide"
        stored.mkdir(parents=True)
        for name in _CORE:
            shutil.copyfile(core / name, stored / name)
        listed = json.loads((core / _LIST).read_text(encoding="utf-8"))
        version = json.loads((core / "package.json").read_text("utf-8"))["version"]
        _store(listed, wheels, _ADDRESS.format(version=version))
        _add_package(project, listed, _wheel_of(edition, here / "wheel"))
        for wheel in (*wheels, *(here / "wheel").iterdir()):
            shutil.copyfile(wheel, stored / wheel.name)
        (stored / _LIST).write_text(json.dumps(listed), encoding="utf-8")
        _build(project, lite, folder)


def _copy_notebooks(project: Project, files: Path) -> None:
    for notebook in written(project):
        path = project.root / notebook.place
        content = json.loads(path.read_text(encoding="utf-8"))
        content["metadata"]["kernelspec"] = _KERNEL
        there = files / _inside(notebook)
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _brought(here: Path) -> tuple[Path, list[Path]]:
    """Bring Pyodide and the wheels of the kernel's start, each with its digest."""
    npm, wheels = here / "npm", here / "wheels"
    npm.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(_BROUGHT / name, npm / name)
    _run(npm, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    core = npm / "node_modules" / "pyodide"
    listed = json.loads((core / _LIST).read_text(encoding="utf-8"))
    _run(
        here, sys.executable, "-m", "pip", "--disable-pip-version-check", "download",
        "--quiet", "--no-deps", "--require-hashes", "--only-binary=:all:",
        f"--python-version={listed['info']['python']}", "--platform=any",
        f"--dest={wheels}", f"--requirement={_BROUGHT / 'wheels.txt'}",
    )  # fmt: skip
    return core, sorted(wheels.iterdir())


def _store(listed: dict, wheels: list[Path], address: str) -> None:
    """Have Pyodide's list name the wheels that are stored, and where all others are."""
    packages = listed["packages"]
    for package in packages.values():
        package["file_name"] = f"{address}/{package['file_name']}"
    for wheel in wheels:
        name, version = wheel.name.split("-")[:2]
        package = packages.setdefault(
            name.replace("_", "-"), _entry(name, version, depends=[])
        )
        if package["version"] != version:
            raise CourseError(
                f"course/site/pyodide/wheels.txt has {name} {version}, and Pyodide is "
                f"made for {package['version']}: write that there, with its digests"
            )
        package |= _file(wheel)


def _add_package(project: Project, listed: dict, wheel: Path) -> None:
    """Add the student's edition: Pyodide fetches it for a cell that imports it."""
    name = project.setting("lib_name")
    depends = project.setting("packages").split()
    if lacking := [other for other in depends if other not in listed["packages"]]:
        raise CourseError(
            f"settings.ini lets notebooks import {lacking[0]}, which Pyodide has not"
        )
    entry = _entry(name, project.setting("version"), depends)
    listed["packages"][name] = entry | _file(wheel)


def _entry(name: str, version: str, depends: list[str]) -> dict:
    return {
        "name": name,
        "version": version,
        "depends": depends,
        "imports": [name],
        "install_dir": "site",
        "package_type": "package",
        "unvendored_tests": False,
    }


def _file(wheel: Path) -> dict:
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return {"file_name": wheel.name, "sha256": digest}


def _wheel_of(edition: Path, folder: Path) -> Path:
    _run(
        edition, sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel",
        "--quiet", "--no-deps", f"--wheel-dir={folder}", ".",
    )  # fmt: skip
    (wheel,) = folder.iterdir()
    return wheel


def _build(project: Project, lite: Path, folder: Path) -> None:
    settings = {
        "LiteBuildConfig": {
            "apps": ["lab"],
            "contents": ["files"],
            "federated_extensions": [str(Path(sys.prefix, _EXTENSION))],
            # The environment's other extensions are for a server.
            "ignore_sys_prefix": ["federated_extensions"],
            "no_sourcemaps": True,
            "output_dir": str(folder),
        }
    }
    page = {
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {"appName": project.setting("title")},
    }
    (lite / "jupyter_lite_config.json").write_text(json.dumps(settings), "utf-8")
    (lite / "jupyter-lite.json").write_text(json.dumps(page), "utf-8")
    _run(lite, sys.executable, "-m", "jupyterlite_core", "build")


def _run(folder: Path, *command: str) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        wrong = [line for line in said if "error" in line.lower()] or said[-1:]
        why = "; ".join(wrong[:3]) or f"status {done.returncode}"
        raise CourseError(
            f"{_program(command)} does not succeed ({why}): see that its packages can "
            "be reached, and run the same command again"
        )


def _program(command: tuple[str, ...]) -> str:
    if command[0] == "npm":
        return "npm ci"
    return {"pip": "pip", "jupyterlite_core": "jupyter lite build"}[command[2]]
