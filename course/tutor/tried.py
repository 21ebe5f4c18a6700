"""An assignment's examples, tried on the reference, its variants and its mistakes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict

from course.autograder import read_bank
from course.project import CourseError, Project
from course.tutor.cases import FILE, Case, read_cases

# A mistake that never ends on an example would hold up the build for good.
_LONGEST = 900
_BY_CHANCE = "gives other answers each time"


class Tried:
    """What came of an assignment's examples.

    Attributes
    ----------
    known
        The reference, its variants and its mistakes, as ``proctor bank`` gives them.
    cases, wanted
        By task: the examples, and what the reference answers.
    mistakes
        By task, and by the fingerprint of all answers: the mistakes that give them.
    by_chance
        The mistakes that give something else each time.

    Raises
    ------
    CourseError
        If an example cannot be used.
    """

    def __init__(self, project: Project, assignment: str) -> None:
        self.where = f"notebooks/{assignment}/{FILE}"
        self.cases: dict[str, list[Case]] = defaultdict(list)
        for case in read_cases(project.notebooks / assignment / FILE):
            self.cases[case.task].append(case)
        self.known = read_bank(project.root, assignment)
        solved = [cell["cell"] for cell in self.known["reference"] if cell["cell"]]
        for task in self.cases:
            if task not in solved:
                raise CourseError(
                    f"{self.where}: no solution cell {task!r}: there is "
                    f"{', '.join(solved) or 'none at all'}"
                )
        self.wanted: dict[str, list[dict]] = {}
        gives: dict[str, str] = {}
        values: dict[str, str] = {}
        parts: dict[str, list[str]] = {}
        self.by_chance: set[str] = set()
        for result in self._results(project):
            if "wanted" in result:
                self._require_sure(result)
                self.wanted[result["task"]] = result["wanted"]
            elif result.get("wrong"):
                self._refuse(result)
            elif result.get("by_chance"):
                self.by_chance.add(result["bug"])
            elif result.get("seen"):
                gives[result["bug"]] = result["gives"]
                values[result["bug"]] = result["values"]
                parts[result["bug"]] = result["parts"]
        self.mistakes: dict = defaultdict(lambda: defaultdict(list))
        # The same by the answers alone where no error is wanted.
        self.by_values: dict = defaultdict(lambda: defaultdict(list))
        # And by those of one function of several: two may have a mistake each.
        self.by_part: dict = defaultdict(lambda: defaultdict(list))
        for bug in self.known["bugs"]:
            if bug["id"] in gives:
                said = {name: bug[name] for name in ("id", "title", "question")}
                self.mistakes[bug["cell"]][gives[bug["id"]]].append(said)
                if values[bug["id"]]:
                    self.by_values[bug["cell"]][values[bug["id"]]].append(bug["id"])
                for part in parts[bug["id"]]:
                    self.by_part[bug["cell"]][part].append(bug["id"])

    def bugs(self) -> list[dict]:
        """Return the mistakes in the tasks that have examples."""
        return [bug for bug in self.known["bugs"] if bug["cell"] in self.cases]

    def named(self) -> set[str]:
        """Return the mistakes that have their answers to themselves.

        Mistakes that no value tells apart, as their bank says, count as one, and so do
        several forms of one mistake: the student reads one name.
        """
        groups = [set(group) for group in self.known["same"]]
        found = set()
        for by_answer in self.mistakes.values():
            for alike in by_answer.values():
                ids = {bug["id"] for bug in alike}
                names = {(bug["title"], bug["question"]) for bug in alike}
                if len(names) == 1 or any(ids <= group for group in groups):
                    found |= ids
        return found

    def not_named(self) -> list[str]:
        """Return one line for each mistake that the examples do not tell apart."""
        lines, named = [], self.named()
        for bug in self.bugs():
            if bug["id"] in named:
                continue
            groups = self.mistakes[bug["cell"]].values()
            ids = [[each["id"] for each in group] for group in groups]
            alike = next((group for group in ids if bug["id"] in group), None)
            others = ", ".join(other for other in alike or [] if other != bug["id"])
            why = f"gives the same as {others}" if alike else "gives what is wanted"
            if bug["id"] in self.by_chance:
                why = _BY_CHANCE
            lines.append(f"{bug['cell']}: {bug['id']} {why}")
        return lines

    def _results(self, project: Project) -> list[dict]:
        job = {
            "package": project.package.name,
            "cases": {
                task: [{"code": case.code, "naming": case.naming} for case in own]
                for task, own in self.cases.items()
            },
            **{part: self.known[part] for part in ("reference", "variants", "bugs")},
        }
        return _run(project, self.where, json.dumps(job))

    def _require_sure(self, result: dict) -> None:
        """Refuse an example of which the reference gives something else each time."""
        for place in result["by_chance"]:
            case = self.cases[result["task"]][place]
            raise CourseError(
                f"{self.where}: {case.task}: the reference {_BY_CHANCE} where the "
                f"example tries {case.about!r}: ask for what is not drawn"
            )

    def _refuse(self, result: dict) -> None:
        """Refuse an example that a right answer does not pass."""
        case = self.cases[result["task"]][result["wrong"][0]]
        raise CourseError(
            f"{self.where}: {case.task}: the right variant {result['variant']!r} does "
            f"not give what is wanted where the example tries {case.about!r}: ask for "
            "what the task promises alone"
        )


def _run(project: Project, where: str, job: str) -> list[dict]:
    command = [sys.executable, "-m", "course.tutor.trial"]
    try:
        done = subprocess.run(
            command,
            cwd=project.root,
            input=job,
            capture_output=True,
            text=True,
            timeout=_LONGEST,
        )
    except subprocess.TimeoutExpired as late:
        printed = (late.stdout or b"").decode().splitlines()
        begun = [json.loads(line).get("begun") for line in printed]
        last = next(filter(None, reversed(begun)), "the reference")
        raise CourseError(f"{where}: {last} does not end on an example") from None
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["nothing was said"])[-1]
        raise CourseError(f"{where}: the examples cannot be run: {said}")
    return [json.loads(line) for line in done.stdout.splitlines()]
