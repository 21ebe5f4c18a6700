"""From an author's examples to what the student's tutor knows."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

from nbformat import NotebookNode

from course.cells import grading, is_solution, read_regions
from course.project import CourseError, Project
from course.truth import read_truth, write_if_changed
from course.tutor.cases import FILE, Case
from course.tutor.trial import definitions
from course.tutor.tried import Tried

FOLDER = "cases"


def build_tutor(project: Project, assignment: str = "*") -> list[Path]:
    """Write what the tutor knows of one assignment, or of all, into the package.

    ``source/``, ``release/`` and the package must be built.

    Returns
    -------
    list[Path]
        The files that changed.

    Raises
    ------
    CourseError
        If an example cannot be used.
    """
    changed = []
    for name in project.assignments() if assignment == "*" else [assignment]:
        if (project.notebooks / name / FILE).is_file():
            path = project.package / FOLDER / f"{name}.json"
            text = json.dumps(knowledge(project, name), indent=1, ensure_ascii=False)
            if write_if_changed(path, text + "\n"):
                changed.append(path)
    return changed


def knowledge(project: Project, assignment: str) -> dict:
    """Return what the tutor knows of an assignment.

    Raises
    ------
    CourseError
        If an example cannot be used.
    """
    return _document(project, assignment, Tried(project, assignment))


def say_what_is_named(project: Project, assignment: str) -> None:
    """Print which mistakes are not told apart, and how many are.

    Raises
    ------
    CourseError
        If the assignment has no examples, or one cannot be used.
    """
    path = project.notebooks / assignment / FILE
    if not path.is_file():
        raise CourseError(f"{path} is not there: it holds an assignment's examples")
    tried = Tried(project, assignment)
    for line in tried.not_named():
        print(line)
    print(f"named {len(tried.named())} of {len(tried.bugs())} known mistakes")


def _document(project: Project, assignment: str, tried: Tried) -> dict:
    reference = tried.known["reference"]
    solved = {cell["cell"]: cell["text"] for cell in reference}
    return {
        "assignment": assignment,
        "module": _module(project, assignment),
        "read": _read_by_people(project, assignment),
        "defines": [name for cell in reference for name in definitions(cell["text"])],
        "known": len(tried.bugs()),
        "named": len(tried.named()),
        "tasks": {
            task: {
                "task": text,
                "defines": definitions(solved[task]),
                "uses": [t for t in _used(reference, task) if t in tried.cases],
                "cases": _cases(tried, task),
                "mistakes": tried.mistakes.get(task, {}),
                "by_values": tried.by_values.get(task, {}),
                "by_part": tried.by_part.get(task, {}),
            }
            for task, text in _task_texts(project, assignment).items()
            if task in solved
        },
    }


def _cases(tried: Tried, task: str) -> list[dict]:
    """Return a task's examples with what is wanted; a task may have none."""
    if task not in tried.cases:
        return []
    pairs = zip(tried.cases[task], tried.wanted[task], strict=True)
    return [{**_shown(c), "wanted": _wanted(tried.where, c, w)} for c, w in pairs]


def _shown(case: Case) -> dict:
    shown = {"about": case.about, "code": case.code}
    if case.parts:
        shown["parts"] = list(case.parts)
    if case.naming:
        shown["naming"] = list(case.naming)
    return shown


def _wanted(where: str, case: Case, answer: dict) -> dict:
    """Return the wanted answer, as a student may read it."""
    raises = answer.get("raises")
    if (raises is not None) != (case.naming is not None) or "unwritten" in answer:
        came = answer.get("says", "no error")
        raise CourseError(
            f"{where}: {case.task}: {case.about!r}: an error is wanted where an "
            f"example says what it names, nowhere else; the reference gives: {came}"
        )
    if raises is None:
        if answer["changed"]:
            raise CourseError(f"{where}: {case.task}: {case.about!r} changes its input")
        return {"value": answer["value"]}
    if not all(answer["named"]):
        raise CourseError(
            f"{where}: {case.task}: {case.about!r}: the reference's error does not "
            f"name {', '.join(map(str, case.naming or ()))}: {answer['says']}"
        )
    return {"raises": raises}


def _used(reference: list[dict], task: str) -> list[str]:
    """Return the tasks before this one that its reference solution comes to call."""
    cells, used, names = [], [], set()
    for cell in reference:
        cells.append(cell)
        if cell["cell"] == task:
            break
    names = _loaded(cells.pop()["text"])
    for cell in reversed(cells):
        if names & set(definitions(cell["text"])):
            names |= _loaded(cell["text"])
            used += [cell["cell"]] if cell["cell"] else []
    return used[::-1]


def _loaded(source: str) -> set[str]:
    """Return the names that a cell reads."""
    names = (n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Name))
    return {name.id for name in names if isinstance(name.ctx, ast.Load)}


def _module(project: Project, assignment: str) -> str:
    """Return the module that an assignment's first notebook exports to, or ""."""
    texts = (truth.read_text(encoding="utf-8") for truth in project.truths(assignment))
    found = re.search(r"^#\|\s*default_exp\s+(\S+)", "\n".join(texts), re.MULTILINE)
    return found[1] if found else ""


def _read_by_people(project: Project, assignment: str) -> list[str]:
    """Return the tasks whose answer is a text."""
    regions = read_regions(project)
    return [
        grading(cell)["grade_id"]
        for truth in project.truths(assignment)
        for cell in read_truth(truth, regions).cells
        if is_solution(cell) and cell.cell_type == "markdown"
    ]


def _task_texts(project: Project, assignment: str) -> dict[str, str]:
    """Return what the page says of each task, by the solution's grade_id."""
    texts, regions = {}, read_regions(project)
    for truth in project.truths(assignment):
        notebook = read_truth(truth, regions)
        for cell in notebook.cells:
            if is_solution(cell):
                task = grading(cell)["grade_id"]
                texts[task] = _text_of(task, notebook)
    return texts


def _text_of(task: str, notebook: NotebookNode) -> str:
    """Return what follows ``**Task `name`.**`` in a Markdown cell."""
    begin = re.compile(rf"\*\*Task `{re.escape(task)}`\.\*\*\s*(.*)", re.DOTALL)
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and (found := begin.search(cell.source)):
            return "\n\n".join(" ".join(p.split()) for p in found[1].split("\n\n"))
    return ""
