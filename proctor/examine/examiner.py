"""The examiner's process: test cells run here, and no byte of the student's does.

A name that a test cell uses and does not define is the student's, and stands for an
object in the student's process (:mod:`proctor.examine.handles`).
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import gc
import inspect
import io
import linecache
import re
import textwrap
import time
from dataclasses import dataclass
from types import CodeType, FunctionType

import numpy as np

from proctor import rubric as rubrics
from proctor.examination import (
    AuthorError,
    StudentArray,
    StudentEnded,
    StudentError,
    kind_of,
    visible_and_hidden,
)
from proctor.examine.frames import Channel, ChannelError
from proctor.examine.handles import Calls, Handle

_MESSAGE = 200
_UNWRITTEN = "not written yet"


def prepare(preload: list[str]) -> None:
    """Import what tests use, before the first fork."""
    import numpy.lib.stride_tricks
    import numpy.random
    import numpy.testing  # noqa: F401


def warm_up() -> None:
    """Do once what takes longer the first time."""
    np.ones((8, 8)) @ np.ones((8, 8))


@dataclass(frozen=True)
class _Test:
    """A test cell, made ready to run.

    Attributes
    ----------
    names
        What it reads and does not itself give a value to.
    parts
        The visible and the hidden part: statements, and the last expression or None.
    """

    names: list[str]
    parts: dict[str, tuple[CodeType, CodeType | None]]


def _make_ready(name: str, source: str) -> _Test:
    parts = {}
    visible, hidden = visible_and_hidden(source)
    for part, text in (("visible", visible), ("hidden", hidden)):
        file = f"<{name}: {part}>"
        # A stand-in's source is looked up here.
        linecache.cache[file] = (len(text), None, text.splitlines(True), file)
        try:
            tree = ast.parse(text, file)
        except SyntaxError as error:
            raise AuthorError(f"it is not Python: {error.msg}") from None
        last = None
        if tree.body and isinstance(tree.body[-1], ast.Expr):
            last = compile(ast.Expression(tree.body.pop().value), file, "eval")
        parts[part] = compile(tree, file, "exec"), last
    return _Test(sorted(_free_names(source)), parts)


# By name and source: made ready once, before the forks, where they are known.
_tests: dict[tuple[str, str], _Test] = {}


def learn(lesson: list) -> None:
    """Make test cells ready: pairs of name and source."""
    for name, source in lesson:
        with contextlib.suppress(AuthorError):
            _tests[name, source] = _make_ready(name, source)


def serve(descriptors: list[int], limits: dict) -> None:
    """Examine until the grader closes its end.

    Parameters
    ----------
    descriptors
        Of the grader's channel and of the student's.
    """
    gc.disable()  # it lives for a second
    grader, student = (Channel(descriptor) for descriptor in descriptors)
    calls = Calls(student)
    while True:
        try:
            task, _ = grader.receive()
            calls.ended = calls.ended or task["ended"]
            grader.send(Examiner(calls, task).examine() | {"ended": calls.ended})
        except ChannelError:
            return


class Examiner:
    """One test cell.

    Parameters
    ----------
    task
        ``source``; ``name``, the grade_id; ``points``; ``seed``; ``seconds``;
        ``ended``, why there is no student's process any more, or empty.
    """

    def __init__(self, calls: Calls, task: dict) -> None:
        self._calls = calls
        self._points = float(task["points"])
        self._name = task["name"]
        self._source = task["source"]
        calls.deadline = time.monotonic() + task["seconds"]
        self._examination = _Apart(calls, task["seed"])
        self._namespace: dict = {}
        self._printed = io.StringIO()

    def examine(self) -> dict:
        """Return score, status, message, checks and what the test printed."""
        rubrics.set_examination(self._examination)
        key = self._name, self._source
        try:
            test = _tests.get(key) or _make_ready(*key)
            self._make_namespace(test.names)
            failed = self._run_visible(test)
            last = self._run(test, "hidden")
            return self._judge(failed, last)
        except AuthorError as error:
            return self._verdict(0.0, "error", f"the test itself failed: {error}")
        except StudentEnded as error:
            return self._verdict(0.0, "error", str(error))
        except Exception as error:
            # A hidden test without a rubric: its own words may be shown, nothing else.
            if type(error) is AssertionError:
                return self._verdict(0.0, "failed", str(error) or "a check failed")
            if isinstance(error, NotImplementedError):
                return self._verdict(0.0, "error", _UNWRITTEN)
            return self._verdict(0.0, "error", f"raised {kind_of(error)}")

    def _judge(self, failed: tuple[str, str] | None, last: object) -> dict:
        rubric = self._examination.rubric
        if rubric is None:
            if isinstance(last, (int, float)) and not isinstance(last, bool):
                raise AuthorError("it ends in a bare number: use a Rubric")
            if failed:
                return self._verdict(0.0, *failed)
            return self._verdict(self._points, "passed", "")
        if type(last) is not rubrics.Score:
            raise AuthorError("it does not end with rubric.score()")
        if rubric.points != self._points:
            raise AuthorError(
                f"the rubric has {rubric.points:g} points, the cell {self._points:g}"
            )
        return self._of_rubric(rubric, float(last), failed)

    def _of_rubric(
        self, rubric: rubrics.Rubric, score: float, failed: tuple[str, str] | None
    ) -> dict:
        """Return what the named checks say; a visible failure is a better reason only.

        The visible part may fail for a mistake in another cell, which costs points
        there; what it asks for, the named checks ask again.
        """
        lost = [check for check in rubric.results() if check["message"]]
        if not lost:
            return self._verdict(score, "passed", failed[1] if failed else "")
        status = "partial" if score > 0 else failed[0] if failed else "failed"
        if failed or lost[0]["message"] == _UNWRITTEN:
            message = failed[1] if failed else _UNWRITTEN
        else:
            message = f"{lost[0]['name']}: {lost[0]['message']}"
        return self._verdict(score, status, message)

    def _verdict(self, score: float, status: str, message: str) -> dict:
        rubric = self._examination.rubric
        return {
            "score": score,
            "status": status,
            "message": message,
            "checks": rubric.results() if rubric else [],
            "printed": self._printed.getvalue()[:20_000],
            "author_error": message.startswith("the test itself failed"),
        }

    def _make_namespace(self, names: list[str]) -> None:
        """Fetch the student's objects of the names that the cell does not define."""
        self._namespace = {
            "__name__": "__main__",
            "__builtins__": builtins,
            "np": np,
            "get_ipython": lambda: None,
        }
        # A module of the student's decides nothing here, and is not sent.
        unknown = [
            name
            for name in names
            if name not in self._namespace and not hasattr(builtins, name)
        ]
        with contextlib.suppress(StudentEnded):
            found = self._calls("begin", unknown)
            if type(found) is dict:
                self._namespace |= {n: found[n] for n in unknown if n in found}

    def _run_visible(self, test: _Test) -> tuple[str, str] | None:
        """Run what the student has seen; return status and reason of a failure."""
        try:
            self._run(test, "visible")
        except AuthorError:
            raise
        except StudentEnded as error:
            return "error", str(error)
        except AssertionError as error:
            return "failed", _one_line(str(error)) or "a check failed"
        except NotImplementedError:
            return "error", _UNWRITTEN
        except StudentError as error:
            return "error", f"raised an error of its own: {_one_line(str(error))}"
        except Exception as error:
            return "error", f"{kind_of(error)}: {_one_line(str(error))}"
        return None

    def _run(self, test: _Test, part: str) -> object:
        """Run the statements; return the value of the last, if it is an expression."""
        statements, last = test.parts[part]
        with contextlib.redirect_stdout(self._printed):
            exec(statements, self._namespace)
            return eval(last, self._namespace) if last else None


class _Apart:
    """An examination with the student in another process."""

    def __init__(self, calls: Calls, seed: int) -> None:
        self._calls = calls
        self.seed = seed
        self.rubric: rubrics.Rubric | None = None

    def register(self, rubric: rubrics.Rubric) -> None:
        if self.rubric is not None:
            raise AuthorError("a test cell has one rubric, this has two")
        self.rubric = rubric

    def share(self, array: np.ndarray) -> object:
        return self._calls("share", np.asarray(array))

    def bind(self, name: str, function: FunctionType) -> None:
        source = textwrap.dedent(inspect.getsource(function))
        self._calls("bind", name, source)

    def restore(self, name: str) -> None:
        # The student's process may be gone by now; then there is nothing to restore.
        with contextlib.suppress(StudentEnded):
            self._calls("restore", name)

    def is_students(self, value: object) -> bool:
        return type(value) is Handle or isinstance(value, StudentArray)


def _free_names(source: str) -> set[str]:
    """Return the names that ``source`` reads and does not itself give a value to."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return set()
    read, given = set(), set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                read.add(name)
            case ast.Name(id=name) | ast.arg(arg=name):
                given.add(name)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                given.add(name)
            case ast.alias(name=name, asname=other):
                given.add(other or name.split(".")[0])
            case ast.ExceptHandler(name=str(name)):
                given.add(name)
    return {name for name in read - given if not name.startswith("_")}


def _one_line(text: str) -> str:
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return re.sub(r"[^\x20-\x7e\u00a0-\uffff]", "?", line)[:_MESSAGE]
