"""The page of common mistakes: of each its name, a question, what it does to a digit.

Never the cure. Who made one finds it by the question.
"""

from __future__ import annotations

import base64
import io
import json
import subprocess
import sys

import numpy as np
from PIL import Image

from course.autograder import read_bank
from course.project import CourseError, Project
from course.tutor.cases import read_cases

# Beside an assignment's truth: for a task, what is shown of it on a digit.
FILE = "pictures.py"
_SECONDS = 300


def mistakes_page(project: Project, assignment: str, title: str) -> str:
    """Return the Markdown text of an assignment's known mistakes, task by task.

    Raises
    ------
    CourseError
        If the bank cannot be read, or a picture cannot be made.
    """
    known = read_bank(project.root, assignment)
    about, given = _given(project, assignment, known)
    lines = [f"# {title}: common mistakes", ""]
    lines += [
        f"{len(known['bugs'])} mistakes that people make, each with the question that "
        "a tutor would ask. Whoever asks `tutor` after a failing check, or reads the "
        "page that the grader wrote, finds them by name there. What is right stands "
        "nowhere here.",
        "",
    ]
    for task, bugs in _by_task(known["bugs"]).items():
        lines += [f"## `{task}`", ""]
        right = given.get((task, ""))
        if right is not None:
            lines += [
                _figure([("what is wanted", right["picture"])], about[task]),
                "",
            ]
        lines += [f"::::{{dropdown}} {_counted(bugs)}", ":class-container: mistakes"]
        lines += [""]
        for bug in bugs:
            lines += _mistake(bug, right, given.get((task, bug["id"])))
        lines += ["::::", ""]
    return "\n".join(lines) + "\n"


def _by_task(bugs: list[dict]) -> dict[str, list[dict]]:
    tasks: dict[str, list[dict]] = {}
    for bug in bugs:
        tasks.setdefault(bug["cell"], []).append(bug)
    return tasks


def _counted(bugs: list[dict]) -> str:
    return "1 mistake" if len(bugs) == 1 else f"{len(bugs)} mistakes"


def has_mistakes(project: Project, assignment: str) -> bool:
    """Tell whether an assignment has a bank."""
    return (project.notebooks / assignment / "bugs.py").is_file()


def _mistake(bug: dict, right: dict | None, came: dict | None) -> list[str]:
    lines = [f":::{{rubric}} {_plain(bug['title'])}", f":name: {bug['id']}"]
    lines += [":heading-level: 3", ":::", "", _plain(bug["question"]), ""]
    if right is None or came is None:
        return lines
    if "raises" in came:
        return [*lines, f"On this digit it ends in an error (`{came['raises']}`).", ""]
    wanted, got = np.array(right["picture"]), np.array(came["picture"])
    if not got.size:
        return [*lines, f"On this digit it gives no number at all ({_shape(got)}).", ""]
    if wanted.shape != got.shape:
        said = f"{_shape(got)} numbers for {_shape(wanted)}"
    elif (wrong := int((~np.isclose(wanted, got)).sum())) == 0:
        return lines
    else:
        said = f"{wrong} of {wanted.size} numbers differ"
    figure = _figure(
        [("what is wanted", right["picture"]), ("what it gives", came["picture"])], said
    )
    return [*lines, figure, ""]


def _figure(pictures: list[tuple[str, list]], caption: str) -> str:
    """Return pictures side by side, in one scale of greys, as HTML."""
    arrays = [(name, np.array(picture)) for name, picture in pictures]
    least = min(array.min() for _, array in arrays)
    most = max(array.max() for _, array in arrays)
    shown = "".join(
        f'<span><img class="pixels" alt="{name}: {_shape(array)} numbers from '
        f'{array.min():.3g} to {array.max():.3g}" width="{16 * array.shape[1]}" '
        f'height="{16 * array.shape[0]}" src="{_png(array, least, most)}">{name}</span>'
        for name, array in arrays
    )
    return (
        f'<figure class="pictures">{shown}<figcaption>{caption}</figcaption></figure>'
    )


def _png(array: np.ndarray, least: float, most: float) -> str:
    grey = np.uint8(np.round(255 * (array - least) / max(most - least, 1e-12)))
    data = io.BytesIO()
    Image.fromarray(grey).save(data, "png", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(data.getvalue()).decode()}"


def _shape(array: np.ndarray) -> str:
    return " by ".join(map(str, array.shape))


def _plain(text: str) -> str:
    """Return a text in which Markdown finds nothing of its own but code."""
    for sign in "\\*_<>[]$":
        text = text.replace(sign, f"\\{sign}")
    return text


def _given(
    project: Project, assignment: str, known: dict
) -> tuple[dict[str, str], dict[tuple[str, str], dict]]:
    """Return what each picture is about, and what the right and the wrong give."""
    path = project.notebooks / assignment / FILE
    if not path.is_file():
        return {}, {}
    cases = read_cases(path)
    job = {
        "package": project.package.name,
        "pictures": {case.task: case.code for case in cases},
        **{part: known[part] for part in ("reference", "bugs")},
    }
    command = [sys.executable, "-m", "course.site.trial"]
    try:
        done = subprocess.run(
            command,
            cwd=project.root,
            input=json.dumps(job),
            capture_output=True,
            text=True,
            timeout=_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise CourseError(f"{path}: a mistake does not end on the digit") from None
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["nothing was said"])[-1]
        raise CourseError(f"{path}: the pictures cannot be made: {said}")
    found = {}
    for line in done.stdout.splitlines():
        result = json.loads(line)
        found[result["task"], result["id"]] = result
    for case in cases:
        if "picture" not in found[case.task, ""]:
            raise CourseError(f"{path}: {case.task}: the reference gives no picture")
    return {case.task: case.about for case in cases}, found
