"""What was never written: it is not wrong, and no mistake."""

from __future__ import annotations

import ast

from proctor.errors import NOT_ANSWERED, UNWRITTEN
from proctor.grade.cell_results import Cell, Check

_NO_ANSWER = "no answer was written"


def is_left(check: Check) -> bool:
    """Tell whether a check failed because there was nothing to try."""
    return check.message == NOT_ANSWERED or check.message.startswith(UNWRITTEN)


def is_left_out(cell: Cell) -> bool:
    """Tell whether a cell says that something of its task is not written."""
    if any(is_left(check) for check in cell.checks):
        return True
    if any(check.message for check in cell.checks):
        return False
    if cell.score >= cell.max_score and not cell.by_hand:
        return False
    return cell.by_machine == _NO_ANSWER or is_said(cell)


def is_said(cell: Cell) -> bool:
    """Tell whether the test of a cell found something that is not there."""
    return cell.by_machine.startswith(UNWRITTEN)


def as_handed_out(answer: str, given: str, said: bool) -> bool:
    """Tell whether an answer says no more than what was handed out.

    Comments, docstrings, and statements that do nothing or say that something is to be
    written, count for nothing.

    Parameters
    ----------
    said
        Whether the test found something that is not there. If it did not, and the
        answer would have raised, what was tried was written in another cell.
    """
    if not said and "NotImplementedError" in answer:
        return False
    if answer.strip() in ("", given.strip()):
        return True
    try:
        written, there = _statements(answer), _statements(given)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return written == there or not written


def _statements(source: str) -> list[str]:
    tree = _Bare().visit(ast.parse(source))
    return [ast.dump(node) for node in tree.body]


class _Bare(ast.NodeTransformer):
    """Takes out what does nothing."""

    def visit_Pass(self, node: ast.Pass) -> None:
        return None

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        return None if isinstance(node.value, ast.Constant) else node

    def visit_Return(self, node: ast.Return) -> ast.Return | None:
        nothing = isinstance(node.value, ast.Constant) and node.value.value is None
        return None if node.value is None or nothing else node

    def visit_Raise(self, node: ast.Raise) -> ast.Raise | None:
        raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        name = raised.id if isinstance(raised, ast.Name) else ""
        return None if name == "NotImplementedError" else node
