"""``proctor check``: one notebook, without a gradebook and without nbgrader."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from proctor.errors import GradingError
from proctor.grade.results import (
    NEEDS_ATTENTION,
    UNGRADED,
    Records,
    Run,
    Submission,
    plain,
    require_place,
)
from proctor.notebook import assignment as assignments
from proctor.settings import Sandbox, find_course, read_config

_DRAWING = "matplotlib"


def check(
    notebook: Path,
    assignment: str | None,
    *,
    sandbox: str | None,
    seed: int,
    results: Path | None,
) -> int:
    """Grade ``notebook`` and print what each cell earned; see :func:`proctor.cli.main`.

    Parameters
    ----------
    assignment
        Its name; None: the one that has a notebook of this name.

    Raises
    ------
    GradingError
        If it cannot be graded here at all.
    """
    if notebook.is_dir():
        raise GradingError(f"{notebook} is a folder: name a notebook in it")
    if not notebook.is_file():
        raise GradingError(f"no file {notebook}")
    require_place(results)
    # Links above the notebook are the user's own.
    notebook = notebook.parent.resolve() / notebook.name
    root = find_course()
    config = read_config(root)
    source = root / config.CourseDirectory.get("source_directory", "source")
    name = assignment or _guess(source, notebook)
    started = datetime.now(UTC).isoformat(timespec="seconds")
    wanted = assignments.from_source(root, name, source, root / "release")
    draws = _draws(notebook, wanted)
    with Sandbox(config=config).open_jail(name, sandbox, draws) as jail:
        # The sandbox starts meanwhile: the student waits for the longer of the two.
        from proctor.bank.reference import read_known
        from proctor.grade.grader import grade_submission
        from proctor.notebook.beside import files_beside

        known = read_known(root, name, source / name)
        paths = {n.name: notebook.parent / f"{n.name}.ipynb" for n in wanted.notebooks}
        paths[_of(wanted, notebook)] = notebook
        jail.wait(wanted.tests())
        support = files_beside(source / name)
        beside = {} if _is_course(notebook.parent, root) else None
        graded = grade_submission(
            wanted, notebook.stem, paths, jail, seed, support, known=known, files=beside
        )
        level = jail.level
    records = Records()
    records.add(graded.submission)
    run = Run(name, started, level, seed, [graded.submission], records)
    if results:
        run.write(results)
    records.close()
    _print(run, graded.submission)
    return run.exit_status


def _is_course(folder: Path, root: Path) -> bool:
    """Tell whether what lies in a folder is the course's, and no student's."""
    root = root.resolve()
    handed_in = folder.is_relative_to(root / "submitted") and folder.parent != root
    return root.is_relative_to(folder) or (
        folder.is_relative_to(root) and not handed_in
    )


def _guess(source: Path, notebook: Path) -> str:
    found = sorted(path.parent.name for path in source.glob(f"*/{notebook.name}"))
    if not found:
        known = sorted(f"{p.parent.name}/{p.name}" for p in source.glob("*/*.ipynb"))
        raise GradingError(
            f"no assignment has a notebook {notebook.name} (there is "
            f"{', '.join(known) or 'none'}): say with --assignment whose it is"
        )
    if len(found) > 1:
        raise GradingError(
            f"{len(found)} assignments have a notebook {notebook.name}: name one with "
            f"--assignment ({', '.join(found)})"
        )
    return found[0]


def _of(wanted: assignments.Assignment, notebook: Path) -> str:
    """Return which of the assignment's notebooks this is."""
    names = [n.name for n in wanted.notebooks]
    if notebook.stem in names:
        return notebook.stem
    if len(names) == 1:
        return names[0]
    raise GradingError(
        f"{wanted.name} has the notebooks {', '.join(names)}: call the file one of them"
    )


def _draws(notebook: Path, wanted: assignments.Assignment) -> bool:
    """Guess whether a cell that is run needs Matplotlib, which takes long to start."""
    skipped = [text for n in wanted.notebooks for text in n.skipped]
    try:
        found = notebook.read_bytes().count(_DRAWING.encode())
    except OSError:
        return False
    return found > sum(text.count(_DRAWING) for text in skipped)


def _print(run: Run, submission: Submission) -> None:
    print(f"{run.assignment}: {submission.score:g} of {submission.max_score:g} points")
    if submission.status == NEEDS_ATTENTION:
        print(plain(f"needs attention: {submission.message}"))
    for cell in submission.cells:
        task = cell.grade_id.removeprefix("test-")
        earned = "?" if cell.status == UNGRADED else f"{cell.score:g}"
        line = f"  {earned}/{cell.max_score:g}  {task}"
        print(plain(f"{line}: {cell.message}" if cell.message else line))
        for lost in cell.checks:
            if lost["message"]:
                points = f"{lost['score']:g}/{lost['max_score']:g}"
                known = f" ({lost['title']})" if lost["bug"] else ""
                why = f"{lost['name']}: {lost['message']}{known}"
                print(plain(f"      {points}  {why}"))
        for title, question in cell.bugs.items():
            print(f"      {title}: {question}")
    for note in submission.mended:
        print(plain(f"mended: {note}"))
    print(f"sandbox: {run.sandbox}; seed {run.seed}")
