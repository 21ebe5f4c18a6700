"""nbgrader's database: open it, and read an assignment."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

from nbgrader import api
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import DBAPIError

from proctor.errors import GradingError
from proctor.gradebook.address import (
    read_address,
    shown,
    with_patience,
    without_secrets,
)
from proctor.gradebook.locks import one_opens
from proctor.gradebook.there import require_file
from proctor.layout import Layout
from proctor.notebook.assignment import AssignedNotebook, Assignment, Wanted
from proctor.notebook.cells import KERNEL, Marks
from proctor.text import plain_line

# How long to wait for another program that writes into the same database.
_BUSY_SECONDS = 30
_LONGEST_REASON = 300


@contextlib.contextmanager
def open_gradebook(layout: Layout, *, new: bool = False) -> Iterator[api.Gradebook]:
    """Open a course's gradebook; one that fails is one line, not a traceback.

    Parameters
    ----------
    new
        Whether to make one where there is none.

    Raises
    ------
    GradingError
        If it is missing, locked, full, not to be reached or no gradebook.
    """
    url = read_address(layout.db_url)
    if not new:
        require_file(layout.db_url)
    address = with_patience(url, _BUSY_SECONDS)
    try:
        with contextlib.ExitStack() as stack:
            engine = create_engine(address)
            stack.callback(engine.dispose)
            # Who opens a new one makes its tables.
            with one_opens(engine):
                if new:
                    _begin(engine)
                gradebook = api.Gradebook(address, layout.course_id)
            stack.callback(gradebook.close)
            yield gradebook
    except DBAPIError as error:
        raise GradingError(_in_plain_words(url, error)) from None


def _begin(engine: Engine) -> None:
    """Note in a new database of which version its tables will be.

    nbgrader does so by starting a program, which has to be found, and takes seconds.
    """
    if inspect(engine).get_table_names():
        return
    # Here: no command but one that makes a gradebook needs it.
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(Path(api.__file__).with_name("alembic")))
    version = {"head": scripts.get_current_head()}
    with engine.begin() as connection:
        name = "alembic_version"
        connection.execute(
            text(f"CREATE TABLE {name} (version_num VARCHAR(32) NOT NULL)")
        )
        connection.execute(text(f"INSERT INTO {name} VALUES (:head)"), version)


def _in_plain_words(url: URL, error: DBAPIError) -> str:
    reason = without_secrets(str(error.orig), url)
    path, db_url = url.database, shown(url)
    if url.get_backend_name() != "sqlite":
        return _of_server(db_url, reason, error.connection_invalidated)
    if "not a database" in reason:
        return (
            f"{path} is no gradebook ({reason}): put the gradebook back, or move this "
            "file away and run nbgrader generate_assignment, which makes a new one"
        )
    if "locked" in reason:
        return (
            f"the gradebook {db_url} is locked by another program: wait for it or end "
            "it, then run the same command again; what was graded is kept"
        )
    if "full" in reason or "disk I/O" in reason or "unable to open" in reason:
        return (
            f"the gradebook {db_url} cannot be written ({reason}): make room, and see "
            "that its folder is writable; then run the same command again; what was "
            "graded is kept"
        )
    if "readonly" in reason:
        return (
            f"the gradebook {db_url} cannot be written ({reason}): it and its folder "
            "must be writable"
        )
    return (
        f"the gradebook {db_url} cannot be used ({reason}): if nbgrader was upgraded, "
        "back it up and run nbgrader db upgrade"
    )


def _of_server(db_url: str, reason: str, lost: bool) -> str:
    reason = plain_line(reason, _LONGEST_REASON)
    if lost or "connection failed" in reason or "connection timeout" in reason:
        return (
            f"the gradebook {db_url} cannot be reached ({reason}): see that the server "
            "runs and lets this user in, then run the same command again; what was "
            "graded is kept"
        )
    return (
        f"the gradebook {db_url} cannot be used ({reason}): see that its user may make "
        "and write tables; if nbgrader was upgraded, back it up and run nbgrader db "
        "upgrade; what was graded is kept"
    )


def read_assignment(
    gradebook: api.Gradebook, name: str, course: list[str], marks: Marks
) -> Assignment:
    """Return an assignment as the gradebook remembers it.

    Parameters
    ----------
    course
        The assignments that could be entered.
    marks
        How its cells are marked.

    Raises
    ------
    GradingError
        If it does not.
    """
    try:
        entry = gradebook.find_assignment(name)
    except api.MissingEntry:
        known = sorted(a.name for a in gradebook.assignments)
        if name not in course:
            every = ", ".join(sorted({*known, *course})) or "none"
            raise GradingError(f"no assignment {name!r}: there is {every}") from None
        known = known or ["none"]
        raise GradingError(
            f"no assignment {name!r} in the gradebook (it has: {', '.join(known)}): "
            f"run nbgrader generate_assignment {name} first"
        ) from None
    notebooks = [
        AssignedNotebook(notebook.name, _wanted_cells(notebook), _kernel(notebook))
        for notebook in sorted(entry.notebooks, key=lambda notebook: notebook.name)
    ]
    return Assignment(name, notebooks, marks)


def _kernel(notebook: api.Notebook) -> dict:
    try:
        kernel = json.loads(notebook.kernelspec)
    except (TypeError, ValueError):
        return KERNEL
    return kernel if isinstance(kernel, dict) and kernel.get("name") else KERNEL


def _wanted_cells(notebook: api.Notebook) -> list[Wanted]:
    """Return a notebook's graded, solution and locked cells, in order."""
    graded = {cell.name: cell for cell in notebook.grade_cells}
    tasks = {cell.name: cell for cell in notebook.task_cells}
    solutions = {cell.name for cell in notebook.solution_cells}
    cells = []
    for source in notebook.source_cells:
        metadata = {
            "grade": source.name in graded,
            "grade_id": source.name,
            "locked": source.locked,
            "schema_version": 3,
            "solution": source.name in solutions,
            "task": source.name in tasks,
            "cell_type": source.cell_type,
            "checksum": source.checksum,
        }
        worth = graded.get(source.name) or tasks.get(source.name)
        if worth:
            metadata["points"] = worth.max_score
        cells.append(Wanted(source.name, source.cell_type, source.source, metadata))
    return cells
