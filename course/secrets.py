"""Lines that students must not find, and where a text has them.

A line is looked for whole, without the spaces around it. What students are given anyway
is none, nor is a line of less than eight signs, without a word, or of one name alone,
which tells nothing.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from course.cells import Regions, read_regions
from course.project import CourseError, Project
from course.truth import read_truth

_SHORTEST = 8
_WORD = re.compile(r"[A-Za-z_]{3}")
_NAME = re.compile(r"\w+")
# A mistake's id, by which students know it: code has blanks around a minus.
_ID = re.compile(r"[a-z]\w*(?:-\w+){2,}")
_BANKS = ("variants.py",)
_MISTAKES = "bugs.py"


class Secrets:
    """What of a course students must not find: its files are read once.

    Parameters
    ----------
    given
        Files that go out as they are, and are made of no truth.
    """

    def __init__(self, project: Project, given: Iterable[Path]) -> None:
        regions = read_regions(project)
        texts = [path.read_text("utf-8") for path in given]
        self._given = {line for text in texts for line in lines_of(text)}
        # By truth, its name and its assignment's: the lines, and whether students do
        # not get them (None: prose).
        self._truths: dict[tuple[str, str], list[tuple[str, bool | None]]] = {}
        names: set[str] = set()
        for truth in project.truths():
            names |= _grade_ids(truth, regions)
            key = project.relative(truth), truth.parent.name
            self._truths[key] = list(_cells(truth, regions))
        # What no student gets, whichever assignments go out: a line, and its file.
        self._hidden: dict[str, str] = {}
        for name in project.assignments():
            folder = project.notebooks / name
            found = {path: path.read_text("utf-8") for path in _hidden(folder)}
            if (bank := folder / _MISTAKES).is_file():
                found[bank] = "\n".join(_replacements(bank) - names)
            for path, text in found.items():
                for line in lines_of(text):
                    self._hidden.setdefault(line, project.relative(path))

    def lines(self, published: Iterable[str]) -> dict[str, str]:
        """Return each line that must not go out, and the file that it is from.

        Of an assignment that goes out that is what students write, the hidden tests,
        the known mistakes and the variants; of one that does not, all code.

        Parameters
        ----------
        published
            The assignments that go out.
        """
        published, public = set(published), set(self._given)
        secret: dict[str, str] = {}
        for (name, assignment), lines in self._truths.items():
            goes_out = assignment in published
            for line, taken in lines:
                if taken is None:  # prose
                    public |= {line} if goes_out else set()
                elif goes_out and not taken:
                    public.add(line)
                else:
                    secret.setdefault(line, name)
        secret = {**self._hidden, **secret}
        return {line: name for line, name in secret.items() if line not in public}


def _cells(truth: Path, regions: Regions) -> Iterator[tuple[str, bool | None]]:
    """Yield a truth's lines, and whether students do not get them; None: prose."""
    for cell in read_truth(truth, regions).cells:
        if cell.cell_type != "code":
            yield from ((line, None) for line in lines_of(cell.source))
            continue
        taken = [
            any(pair)
            for pair in zip(
                regions.solution.inside(cell.source),
                regions.hidden_tests.inside(cell.source),
                strict=True,
            )
        ]
        for line, inside in zip(cell.source.split("\n"), taken, strict=True):
            if tells(line):
                yield line.strip(), inside


def _hidden(folder: Path) -> list[Path]:
    banks = [folder / name for name in _BANKS]
    tests = sorted((folder / "hidden_tests").glob("*.py"))
    return [*tests, *(path for path in banks if path.is_file())]


def _grade_ids(truth: Path, regions: Regions) -> set[str]:
    """Return the names of a truth's cells, by which banks and students know them."""
    marks = [cell.metadata.get("nbgrader") for cell in read_truth(truth, regions).cells]
    return {mark["grade_id"] for mark in marks if mark}


def _replacements(bank: Path) -> set[str]:
    """Return the code of a bank's mistakes: pairs of texts, of which one is the right.

    Ids, titles and questions are for students, and may stand in a pair as well.
    """
    try:
        tree = ast.parse(bank.read_text("utf-8"))
    except SyntaxError as error:
        raise CourseError(f"{bank}: {error}") from None
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Tuple) and len(node.elts) == 2:
            texts = [n.value for n in node.elts if isinstance(n, ast.Constant)]
            code = len(texts) == 2 and all(isinstance(text, str) for text in texts)
            if code and not texts[1].rstrip().endswith("?"):
                found.update(texts)
    return {text for text in found if not _ID.fullmatch(text)}


def tells(line: str) -> bool:
    """Tell whether a line says something by itself."""
    line = line.strip()
    if len(line) < _SHORTEST or not _WORD.search(line):
        return False
    return len(_NAME.findall(line)) > 1


def lines_of(text: str) -> Iterator[str]:
    """Yield a text's lines that tell something; of JSON, those of its texts, too."""
    for line in text.splitlines():
        line = line.strip()
        if tells(line):
            yield line
        quoted = line.rstrip(",")
        if quoted.startswith('"') and quoted.endswith('"') and "\\" in quoted:
            try:
                inside = json.loads(quoted)
            except ValueError:
                continue
            yield from filter(tells, map(str.strip, inside.splitlines()))
    # A notebook on one line, or a text in a text.
    if text.lstrip().startswith("{"):
        try:
            found = [json.loads(text)]
        except (ValueError, RecursionError):
            return
        while found:
            value = found.pop()
            if isinstance(value, dict):
                found += value.values()
            elif isinstance(value, list):
                found += value
            elif isinstance(value, str):
                yield from filter(tells, map(str.strip, value.splitlines()))


def found_in(text: str, secret: dict[str, str]) -> tuple[str, str] | None:
    """Return the first secret line of a text, and the file that it is from."""
    for line in lines_of(text):
        if line in secret:
            return line, secret[line]
    return None
