"""What is shown of a known mistake, and what is not."""

import dataclasses
import json

from proctor.feedback import render_page
from proctor.grade.cell_results import Cell, Check
from proctor.grade.results import Submission
from proctor.tests.naming import (
    returns,
)
from proctor.tests.tiny import SOLUTIONS

pytest_plugins = ["proctor.tests.namer_fixtures"]


SEARCH = """
import gc, sys
found = [name for name in sys.modules if name.split(".")[0] == "proctor"]
for thing in gc.get_objects():
    for text in gc.get_referents(thing):
        if type(text) is str and "?elpirt ti si yhW"[::-1] in text:
            found.append("the question")
try:
    found.append(open({path!r}).read())
except OSError:
    pass
print("found", found)
"""


def test_nothing_of_the_bank_is_where_the_student_is(grade, tmp_path):
    """After a diagnosis, and in the process of a later submission."""
    search = SEARCH.format(path=str(tmp_path / "bugs.py"))
    for _ in range(2):
        text = SOLUTIONS["total"] + search
        verdicts, notebook = grade(returns("3 * x") | {"total": text})
        assert verdicts["test-double"].checks[0].bug == "triple"
        (cell,) = [c for c in notebook["cells"] if c["id"] == "total"]
        assert "".join(o["text"] for o in cell["outputs"]) == "found []\n"


def test_a_diagnosis_shows_no_hidden_input(grade):
    verdicts, _ = grade(returns("3 * x"))
    shown = json.dumps([dataclasses.asdict(v) for v in verdicts.values()])
    assert "array" not in shown and verdicts["test-double"].observed is None
    assert not [c for c in shown if not c.isprintable()]


def test_pages_ask_each_question_once(grade):
    verdicts, notebook = grade(returns("3 * x"))
    verdict = verdicts["test-double"]
    cell = Cell("test-double", 1.0, 4.0, "partial", verdict.message, verdict.checks)
    record = {"submission": Submission.of_cells("ada", 4.0, [cell], []).as_dict()}
    page = render_page(notebook, record)
    # In the table at the top, and at the cell.
    assert page.count("<b>It is triple.</b> Why is it triple?") == 2
    assert page.count('a factor <span class="bug">(It is triple)</span>') == 4


def test_a_table_gives_the_title_as_the_reason(grade):
    both = returns("3 * x")["double"].replace("x.size == 0", "False")
    verdicts, _ = grade({"double": both})
    verdict = verdicts["test-double"]
    cell = Cell("test-double", 0.0, 4.0, "failed", "first", verdict.checks)
    assert cell.reason == "It is triple; It is accepts-nothing"
    assert Cell("test-double", 0.0, 4.0, "failed", "first").reason == "first"


def test_a_mistake_that_explains_a_part_does_not_hide_the_message():
    known = Check("a", 0.0, 1.0, "wrong values", "b", "It is b", "Why?")
    other = Check("c", 0.0, 1.0, "raised IndexError")
    passed = Check("d", 1.0, 1.0)
    for checks, reason in (
        ([known, passed], "It is b"),
        ([known, other, passed], "IndexError: 3; It is b"),
        ([other, passed], "IndexError: 3"),
        ([], "IndexError: 3"),
    ):
        cell = Cell("test-double", 0.0, 4.0, "failed", "IndexError: 3", tuple(checks))
        assert cell.reason == reason
