"""``course site``: the web pages, from what is there to a folder of HTML."""

from __future__ import annotations

import contextlib
import importlib
import io
import shutil
import sys
import tempfile
from pathlib import Path
from string import Template

from course.project import NOBODY, CourseError, Project
from course.site import lite, places
from course.site.checks import faults
from course.site.mistakes import has_mistakes, mistakes_page
from course.site.refusal import require_clean
from course.site.sources import Notebook, Sources
from course.site.window import SEVEN, window_svg

_HERE = Path(__file__).parent
_PAGES, _STATIC = _HERE / "pages", _HERE / "static"
# What the reference describes, in this order: modules of the package.
_REFERENCE = (
    "core.tensor", "core.activations", "core.layers", "core.losses", "core.autograd",
    "core.optimizers", "core.training", "core.dataloader", "datasets", "core.spatial",
    "backend", "explorer", "checks", "tutoring", "export",
)  # fmt: skip
_MOST_SHOWN = 20
# What Sphinx writes and no page needs: its search has no places, ours has.
_NOT_SHOWN = (
    ".doctrees", ".buildinfo", "objects.inv", "searchindex.js",
    "_static/searchtools.js", "_static/language_data.js",
)  # fmt: skip
_LACKS = "Sphinx is not there: pip install 'tinytorch-course[site]'"


def build_site(project: Project, folder: Path, with_lite: bool = False) -> int:
    """Build the web pages into ``folder``; return how many there are.

    What was built there before is replaced, when all of the new one is there.

    Parameters
    ----------
    with_lite
        Add the notebooks that the browser alone runs.

    Raises
    ------
    CourseError
        If a page cannot be made, shows what solves or tests, has a link that leads
        nowhere, or a picture without words; or ``folder`` holds something else.
    """
    if folder.exists() and any(folder.iterdir()) and not _is_a_site(folder):
        raise CourseError(
            f"{folder} holds something else than a site: name a new folder for it"
        )
    with tempfile.TemporaryDirectory() as scratch:
        sources = Sources(project, Path(scratch, "pages"))
        sources.folder.mkdir()
        _write(project, sources, with_lite)
        require_clean(project, sources.folder)
        built = Path(scratch, "site")
        _run_sphinx(sources.folder, built)
        count = len(list(built.rglob("*.html")))
        if with_lite:
            lite.add_lite(project, built / "lite")
        if wrong := faults(built):
            more = [f"and {len(wrong) - _MOST_SHOWN} more"] * (len(wrong) > _MOST_SHOWN)
            raise CourseError("\n".join([*wrong[:_MOST_SHOWN], *more]))
        if folder.exists():
            shutil.rmtree(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(built, folder)
    return count


def _is_a_site(folder: Path) -> bool:
    return (folder / places.FILE).is_file() or (folder / "searchindex.js").is_file()


def _write(project: Project, sources: Sources, with_lite: bool) -> None:
    """Write all that Sphinx reads."""
    sources.copy_static(_STATIC)
    sources.copy_notebooks()
    sources.copy_guides()
    banks = []
    for notebook in sources.notebooks:
        assignment = Path(notebook.place).parent.name
        if has_mistakes(project, assignment):
            page = f"mistakes/{assignment}.md"
            sources.write(page, mistakes_page(project, assignment, notebook.title))
            banks.append(page)
    package = project.package.name
    modules = [f"{package}.{name}" for name in _REFERENCE]
    sources.write("reference/tinytorch.md", _reference(package, modules))
    sources.write(
        "reference/rubric.md",
        _reference("proctor.rubric", ["proctor.rubric.rubric", "proctor.bank.bank"]),
    )
    ink = importlib.import_module(f"{package}.ink")
    explorer = importlib.import_module(f"{package}.explorer")
    written = [n for n in sources.notebooks if _is_written(project, n)]
    given = [n for n in sources.notebooks if n not in written]
    framework = [n for n in given if not n.is_tool]
    tools = [n for n in given if n.is_tool]
    values = {
        "window": window_svg(ink.drawing(SEVEN)),
        "doors": sources.table_of_doors("index.md"),
        "alone": lite.doors(project) if with_lite else "",
        "clone": _clone(project),
        "modules": "\n".join(map(_row, written)),
        "written": _pages(written),
        "framework": "\n".join(map(_row, framework)),
        "tools": "\n".join(map(_row, tools)),
        "given": _pages(framework),
        "at_hand": _pages(tools),
        "mistakes": "\n".join(page.removesuffix(".md") for page in banks),
        "convolution": explorer.explore(operation="convolution")._repr_html_(),
        "maximum": explorer.explore(operation="maximum")._repr_html_(),
        "mean": explorer.explore(operation="mean")._repr_html_(),
    }
    for path in sorted(_PAGES.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        sources.write(path.name, Template(text).substitute(values))


def _clone(project: Project) -> str:
    """Return the line that brings the course, or says where that is settled."""
    if project.setting("user") == NOBODY:
        return "# in a clone of this course (settings.ini names no address of it yet)"
    repository = project.setting("git_url")
    return f"git clone {repository} && cd {project.setting('repo')}"


def _pages(notebooks: list[Notebook]) -> str:
    return "\n".join(notebook.page for notebook in notebooks)


def _is_written(project: Project, notebook: Notebook) -> bool:
    from course.student import is_written

    return is_written((project.root / notebook.place).parent)


def _row(notebook: Notebook) -> str:
    return f"| [{notebook.title}]({notebook.page}.ipynb) | {notebook.lead} |"


def _reference(name: str, modules: list[str]) -> str:
    lines = [f"# `{name}`", ""]
    for module in modules:
        lines += [
            f"## {module}",
            "",
            "```{eval-rst}",
            f".. automodule:: {module}",
            "   :members:",
            "```",
            "",
        ]
    return "\n".join(lines)


def _run_sphinx(source: Path, built: Path) -> None:
    try:
        from sphinx.cmd.build import build_main
    except ModuleNotFoundError:
        raise CourseError(_LACKS) from None
    shutil.copyfile(_HERE / "conf.py", source / "conf.py")
    shutil.copytree(_HERE / "templates", source / "templates")
    said = io.StringIO()
    arguments = ["-W", "--keep-going", "-q", "-b", "html", str(source), str(built)]
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        status = build_main(arguments)
    if status:
        lines = said.getvalue().replace(f"{source}/", "").splitlines()
        lines = [line for line in lines if line.strip()]
        raise CourseError("\n".join(lines[:_MOST_SHOWN]) or "Sphinx did not end well")
    for path in built.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        # Furo's captions are headings without a level, which a screen reader needs.
        text = text.replace('role="heading"', 'role="heading" aria-level="2"')
        path.write_text(text, encoding="utf-8")
    for name in _NOT_SHOWN:
        path = built / name
        if path.is_dir():
            shutil.rmtree(path)
        elif path.exists():
            path.unlink()
    sys.stdout.flush()
