"""The house rules of test cells: docs/authoring.md says them, and why."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator

from nbformat import NotebookNode

from course.cells import Region, Regions, grading, is_graded, is_solution, points_of
from course.lint.conditions import reasons
from course.lint.dataflow import Flow, bound_names, free_names

_EXPECTING = {"close", "same", "shape", "whole_number", "unchanged"}
_EXPECTED = {"expected", "original", "desired", "b", "a2", "y"}

Problem = tuple[int, str]


def problems(notebook: NotebookNode, regions: Regions) -> list[str]:
    """Return how the test cells break the rules, one line each."""
    found = []
    for i, cell in enumerate(notebook.cells):
        if cell.cell_type == "code" and is_graded(cell) and not is_solution(cell):
            name = grading(cell).grade_id
            found += [
                f"cell {name!r}, line {line}: {text}"
                for line, text in _problems_of(
                    cell, notebook.cells[:i], regions.hidden_tests
                )
            ]
    return found


def _problems_of(
    cell: NotebookNode, before: list[NotebookNode], hidden: Region
) -> list[Problem]:
    try:
        test = _Test(cell, hidden)
    except SyntaxError as error:
        return [(error.lineno or 1, f"is not Python: {error.msg}")]
    found = {
        *_expected_from_student(test),
        *_last_value(test),
        *_verdicts(test),
        *_texts(test),
        *_warnings(test),
        *_shows(test),
        *_stand_ins(test, before),
        *_points(test),
        *_shared_names(test),
    }
    return sorted(found)


class _Test:
    """A test cell, parsed, with what the rules ask of it."""

    def __init__(self, cell: NotebookNode, hidden: Region):
        self.tree = ast.parse(cell.source)
        self.flow = Flow(self.tree)
        self.points = points_of(cell)
        self.task = grading(cell).grade_id.removeprefix("test-")
        lines = enumerate(hidden.inside(cell.source), 1)
        self.hidden_lines = {number for number, inside in lines if inside}
        self.nodes = list(ast.walk(self.tree))
        # The statement `rubric = Rubric(points=...)`, by its call and the name.
        self.rubric: ast.Call | None = None
        self.rubric_name = ""
        for node in self.nodes:
            match node:
                case ast.Assign(
                    targets=[ast.Name(id=name)],
                    value=ast.Call(func=ast.Name(id="Rubric")) as call,
                ):
                    self.rubric, self.rubric_name = call, name

    def is_hidden(self, node: ast.AST) -> bool:
        return node.lineno in self.hidden_lines

    def is_students(self, node: ast.expr) -> bool:
        return self.flow.is_students(node)

    def calls(self, method: str) -> Iterator[ast.Call]:
        """Yield the calls of a method of the rubric."""
        for node in self.nodes:
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id=name), attr=called)
                ) if name == self.rubric_name and called == method:
                    yield node


def _argument(call: ast.Call, place: int, *names: str) -> ast.expr | None:
    if len(call.args) > place:
        return call.args[place]
    return next((k.value for k in call.keywords if k.arg in names), None)


def _expected_from_student(test: _Test) -> Iterator[Problem]:
    comparisons = [call for method in _EXPECTING for call in test.calls(method)]
    for node in test.nodes:
        if isinstance(node, ast.Call) and _is_comparison(ast.unparse(node.func)):
            comparisons.append(node)
    for expected, call in _visible_expected(test):
        if test.is_students(expected):
            yield (
                call.lineno,
                f"{ast.unparse(expected)!r} comes from student code, and a check wants "
                "it: write the numbers out",
            )
    for call in comparisons:
        expected = _argument(call, 1, *_EXPECTED)
        if expected is not None and test.is_students(expected):
            yield (
                call.lineno,
                f"{ast.unparse(expected)!r} comes from student code and is what "
                f"{ast.unparse(call.func)} expects: compute it from the test's arrays",
            )


def _visible_expected(test: _Test) -> Iterator[tuple[ast.expr, ast.Call]]:
    """Yield what a visible check's ``gives`` and ``compare`` want."""
    for node in test.nodes:
        match node:
            case ast.Call(func=ast.Attribute(attr="gives")):
                wanted = [*node.args, *(keyword.value for keyword in node.keywords)]
                yield from ((each, node) for each in wanted)
            case ast.Call(func=ast.Attribute(attr="compare"), args=[_, wanted]):
                yield wanted, node


def _is_comparison(function: str) -> bool:
    known = {"np.allclose", "np.array_equal", "np.array_equiv", "np.isclose"}
    return function in known or function.startswith("np.testing.assert_")


def _last_value(test: _Test) -> Iterator[Problem]:
    last = test.tree.body[-1] if test.tree.body else None
    if test.rubric:
        wanted = f"{test.rubric_name}.score()"
        if not isinstance(last, ast.Expr) or ast.unparse(last) != wanted:
            line = last.lineno if last else 1
            yield line, f"a cell with a rubric ends with {wanted}, this one does not"
        return
    match last:
        case ast.Expr(value=ast.Constant(value=str() | None)):
            return
        case ast.Expr(value=ast.Call(func=function)):
            # The value of a builtin may be a number; print gives none.
            name = ast.unparse(function)
            if name in {"sum", "len", "round", "min", "max", "abs", "int", "float"}:
                yield last.lineno, _bare(last)
        case ast.Expr():
            yield last.lineno, _bare(last)


def _bare(last: ast.Expr) -> str:
    return (
        f"it ends with the value {ast.unparse(last)!r}, which nbgrader takes for the "
        "points: use a Rubric"
    )


def _verdicts(test: _Test) -> Iterator[Problem]:
    handlers = (node for node in test.nodes if isinstance(node, ast.ExceptHandler))
    caught = {handler.name for handler in handlers if handler.name}
    for node in test.nodes:
        raising = isinstance(node, ast.If) and any(
            isinstance(child, ast.Raise) for child in (*node.body, *node.orelse)
        )
        if isinstance(node, ast.Assert) or raising:
            refused = caught if test.is_hidden(node) else set()
            for reason in reasons(node.test, test.flow, refused):
                yield node.lineno, reason


def _texts(test: _Test) -> Iterator[Problem]:
    for call in test.calls("check"):
        name = _argument(call, 0, "name")
        if not _is_text(name):
            yield (
                call.lineno,
                "a check's name is one plain string: values may be hidden",
            )
    for node in test.nodes:
        message = None
        match node:
            case ast.Assert(msg=ast.expr() as message):
                pass
            case ast.Raise(exc=ast.Call(args=[message, *_])):
                pass
            case ast.Call(keywords=[*_, ast.keyword(arg="saying", value=message)]):
                pass
        if message is not None and test.is_hidden(node) and not _is_text(message):
            yield (
                node.lineno,
                "a hidden test's message is one plain string: values may be hidden",
            )


def _is_text(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _warnings(test: _Test) -> Iterator[Problem]:
    names = {"warnings", "sys.stderr", "capsys", "capfd", "contextlib.redirect_stderr"}
    for node in test.nodes:
        match node:
            case ast.Import(names=aliases):
                used = {alias.name for alias in aliases}
            case ast.ImportFrom(module=str(module), names=aliases):
                used = {module, *(f"{module}.{alias.name}" for alias in aliases)}
            case ast.Name(id=name):
                used = {name}
            case ast.Attribute():
                used = {ast.unparse(node)}
            case _:
                continue
        if used & names:
            yield node.lineno, "a test does not judge warnings or stderr"


def _shows(test: _Test) -> Iterator[Problem]:
    """Find what a hidden test writes where the student reads it."""
    shown = {"print", "pprint", "display", "sys.stdout.write"}
    for node in test.nodes:
        if isinstance(node, ast.Call) and test.is_hidden(node):
            name = ast.unparse(node.func)
            if name in shown:
                yield (
                    node.lineno,
                    f"a hidden test does not {name}: students read the output, and "
                    "values may be hidden",
                )


def _stand_ins(test: _Test, before: list[NotebookNode]) -> Iterator[Problem]:
    earlier: dict[str, str] = {}
    for cell in before:
        if is_solution(cell) and cell.cell_type == "code":
            for node in _statements(cell.source):
                if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                    earlier[node.name] = grading(cell).grade_id
    for call in test.calls("stand_in"):
        for keyword in call.keywords:
            name = keyword.arg or ast.unparse(keyword.value)
            if name not in earlier:
                yield (
                    call.lineno,
                    f"{name!r} has a stand-in and no solution cell before this one",
                )
            elif earlier[name] == test.task:
                yield call.lineno, f"{name!r} has a stand-in in its own test"
            function = test.flow.functions.get(ast.unparse(keyword.value))
            # The student's side gets the function's text and nothing else.
            for used in sorted(_used_by(function) if function else ()):
                yield (
                    function.lineno,
                    f"the stand-in {function.name!r} uses {used!r}: on the student's "
                    "side there is only np",
                )


def _statements(source: str) -> list[ast.stmt]:
    try:
        return ast.parse(source).body
    except SyntaxError:
        return []


def _used_by(function: ast.FunctionDef) -> set[str]:
    return free_names(ast.Module([function], []))


def _points(test: _Test) -> Iterator[Problem]:
    if not test.rubric:
        return
    rubric = _number(_argument(test.rubric, 0, "points"))
    if rubric is not None and rubric != test.points:
        yield (
            test.rubric.lineno,
            f"the rubric has {rubric:g} points and the cell {test.points:g}",
        )
    parts = [_number(_argument(call, 1, "points")) for call in test.calls("check")]
    if None not in parts and not math.isclose(math.fsum(parts), test.points):
        yield (
            test.rubric.lineno,
            f"the checks add up to {math.fsum(parts):g} points and the cell has "
            f"{test.points:g}",
        )


def _number(node: ast.expr | None) -> float | None:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return float(node.value)
    return None


def _shared_names(test: _Test) -> Iterator[Problem]:
    """Find what the hidden tests take from the visible part, which may have failed."""
    parts = {True: ast.Module([], []), False: ast.Module([], [])}
    for statement in test.tree.body:
        parts[test.is_hidden(statement)].body.append(statement)
    shared = bound_names(parts[False]) & free_names(parts[True])
    for node in ast.walk(parts[True]):
        if isinstance(node, ast.Name) and node.id in shared:
            yield (
                node.lineno,
                f"hidden tests use {node.id!r} of the visible part, which may have "
                "failed: make it anew",
            )
