"""Grade what students pushed: each repository's last commit, if it is a new one.

For a job in the course's own, private repository: hidden tests stay on its machine, and
what comes out are reports, one of each format for a student.
"""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from proctor.errors import GradingError, SubmissionError
from proctor.grade.grader import Grader
from proctor.grade.results import NEEDS_ATTENTION, Run, Submission
from proctor.layout import why_no_id
from proctor.lms.archive import Entry
from proctor.lms.repositories import Repositories
from proctor.notebook.write import write_file
from proctor.text import for_spreadsheet, plain_line

SCHEMA = "proctor/seen/v1"


@dataclass(frozen=True)
class Push:
    """What became of a student's last commit.

    Attributes
    ----------
    commit
        Empty where the repository cannot be read.
    why_not
        Why it was not graded; or empty.
    """

    student: str
    commit: str
    run: Run | None = None
    submission: Submission | None = None
    why_not: str = ""

    @property
    def attention(self) -> bool:
        """Whether a person has to look at it."""
        found = self.submission
        return found is None or found.status == NEEDS_ATTENTION

    def line(self, url: str) -> list[str]:
        """Return its line of the table."""
        found = self.submission
        points = (f"{found.score:g}", f"{found.max_score:g}") if found else ("", "")
        why = self.why_not or (found.message if self.attention else "")
        why = for_spreadsheet(plain_line(why, 300))
        return [for_spreadsheet(self.student), url, self.commit, *points, why]


def grade_pushes(repositories: Repositories, grader: Grader | None) -> Iterator[Push]:
    """Yield each new commit, graded.

    Parameters
    ----------
    grader
        None: no repository can be read.
    """
    by_student: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in repositories.entries():
        by_student[entry.parts[0]].append(entry)
    for student, entries in by_student.items():
        commit = repositories.commits.get(student, "")
        if why := why_no_id(student):
            yield Push(student, commit, why_not=f"the id {why}")
            continue
        with tempfile.TemporaryDirectory(prefix="proctor-push-") as folder:
            try:
                for entry in entries:
                    data = repositories.read(entry)
                    Path(folder, entry.parts[-1]).write_bytes(data)
            except SubmissionError as error:
                yield Push(student, commit, why_not=str(error))
                continue
            names = [notebook.name for notebook in grader.assignment.notebooks]
            paths = {name: Path(folder, f"{name}.ipynb") for name in names}
            try:
                found = grader.grade(student, paths, files={}).submission
            except GradingError:
                raise
            except Exception as error:
                # A mistake of ours must not cost the others their grades.
                why = f"the grader failed: {type(error).__name__}: {error}"
                yield Push(student, commit, why_not=plain_line(why, 300))
                continue
            yield Push(student, commit, grader.run([found]), found)


def table_of(pushes: list[Push], urls: dict[str, str]) -> bytes:
    """Return a table with tabs: what was graded, of which commit, with what result."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerow(["id", "url", "commit", "points", "of", "attention"])
    writer.writerows(push.line(urls[push.student]) for push in pushes)
    return text.getvalue().encode("utf-8", "replace")


def read_seen(path: Path | None) -> dict[str, str]:
    """Return the commit of each student that was graded before.

    Raises
    ------
    GradingError
        If the file is another.
    """
    if path is None or not path.is_file():
        return {}
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        seen = document["commits"]
        if document["schema"] != SCHEMA or not isinstance(seen, dict):
            raise ValueError(f"it is no {SCHEMA}")
        return {str(student): str(commit) for student, commit in seen.items()}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise GradingError(
            f"{path} cannot be read ({error}): delete it, and all is graded anew"
        ) from None


def write_seen(path: Path, seen: dict[str, str]) -> None:
    """Write it for the next time."""
    document = {"schema": SCHEMA, "commits": seen}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_file(path, (json.dumps(document, indent=1) + "\n").encode())
