"""Where no answer is found, the words say what stands in its place."""

import pytest

from proctor.errors import UNWRITTEN
from proctor.grade.causes import Task, with_cause
from proctor.grade.verdict import Verdict
from proctor.notebook.assignment import AssignedNotebook, Wanted
from proctor.notebook.cells import KERNEL
from proctor.sandbox.levels import best_level
from proctor.tests import processes
from proctor.tests.ran import SOLVED
from proctor.tests.tiny import STUBS, cell, cells_of, notebook_of

DOUBLE = SOLVED["double"]
RAISES = "    raise NotImplementedError('double')\n"
SAID_RAISES = (
    "`raise NotImplementedError` still stands above your code: delete that line"
)


@pytest.fixture(scope="module")
def jail(jails):
    return jails(best_level())


def said_of(jail, double):
    """Return what the test of `double` says of a cell with this text."""
    grading = {"grade": False, "locked": False, "solution": True}
    wanted = [Wanted("double", "code", STUBS["double"], grading)]
    handed_out = AssignedNotebook("tiny", wanted, KERNEL)
    cells = cells_of(SOLVED | {"double": double})
    found = processes.run(jail, notebook_of(cells), assigned=handed_out)
    return found["test-double"]


@pytest.mark.parametrize(
    ("double", "says"),
    [
        (DOUBLE.replace("    if x", f"{RAISES}    if x"), SAID_RAISES),
        (DOUBLE.replace("double", "duoble"), "there is `duoble`, the task asks for"),
        (DOUBLE.replace("double", "Double"), "there is `Double`, the task asks for"),
        (
            "\n".join(f"# {line}" for line in DOUBLE.splitlines()),
            "`double` stands in a comment",
        ),
        ("def triple(x):\n    return 3 * x", f"{UNWRITTEN}: name 'double' is not"),
        (STUBS["double"], UNWRITTEN),
        (STUBS["double"] + "\n\n\ndef mine(x):\n    return x", UNWRITTEN),
    ],
    ids=["raise", "typo", "capital", "comment", "other", "stub", "beside"],
)
def test_a_function_that_is_not_there(jail, double, says):
    verdict = said_of(jail, double)
    assert verdict.score == 0
    assert verdict.message.startswith(says)
    if says == SAID_RAISES:
        assert {check.message for check in verdict.checks} == {SAID_RAISES}


ANSWERS = """\
### BEGIN HIDDEN TESTS
from proctor.rubric import Rubric

rubric = Rubric(points=2)


def given(read):
    try:
        answer = read()
    except NameError:
        answer = None
    assert answer is not None, "not answered"
    return answer


@rubric.check("a", points=1)
def _():
    rubric.whole_number(given(lambda: a), 3)


@rubric.check("b", points=1)
def _():
    rubric.whole_number(given(lambda: b), 4)


rubric.score()
### END HIDDEN TESTS"""


@pytest.mark.parametrize(
    ("answers", "score", "why"),
    [
        ("a = 3\nb = 1.000.000", 1, "SyntaxError: invalid syntax (line 2)"),
        ("a = 3\nb = (5", 1, "SyntaxError: "),
        ("a = 3\nb = forgotten(4", 1, "SyntaxError: "),
        ("a = 3\nb = forgotten(4)", 1, "NameError: name 'forgotten' is not defined"),
        ("b = forgotten(4)\na = 3", 1, "NameError: name 'forgotten' is not defined"),
    ],
)
def test_answers_in_a_cell_that_ends_in_an_error_are_not_called_missing(
    jail, answers, score, why
):
    verdict = _said_of_answers(jail, answers)
    assert verdict.score == score
    assert verdict.message.startswith(f"the cell itself ended in an error: {why}")
    lost = [check.message for check in verdict.checks if check.message]
    assert set(lost) == {"the cell itself ended in an error"}


def test_answers_beside_a_line_that_is_no_python_stand(jail):
    assert _said_of_answers(jail, "a = 3\nb = 4\nprint(a, b").score == 2


def _said_of_answers(jail, answers, *more):
    grading = {"grade": True, "points": 2.0, "locked": True}
    visible = 'assert "b" in globals(), "b is not answered yet"\n'
    cells = [
        cell(answers, "questions", solution=True),
        *more,
        cell(visible + ANSWERS, "test-questions", **grading),
    ]
    return processes.run(jail, notebook_of(cells))["test-questions"]


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ("a = 3\n# b = 4", "`b` stands in a comment: take the # away from its line"),
        ("a = 3\n#b: 4", "`b` stands in a comment: take the # away from its line"),
        ("a = 3\nb: 4", "`b:` gives `b` no value: write `b = ...`"),
        ("a = 3\nB = 4", "there is `B`, the task asks for `b`"),
        (
            "a = 3\nprint('b:', 4)",
            "what is written in the cell 'questions' gives `b` no value: `b = ...`",
        ),
    ],
)
def test_an_answer_in_another_form_is_not_called_missing(jail, answers, says):
    assert _said_of_answers(jail, answers).score == 2
    verdict = _said_of_answers(jail, answers.replace("4", "5"))
    assert (verdict.score, verdict.message) == (1, says)
    assert [check.message for check in verdict.checks] == ["", says]


@pytest.mark.parametrize(
    "answers",
    [
        "b = '4'",
        "b = '4 px'",
        "b = (4,)",
        "b = [[4]]",
        "b = 4,",
        "b = {4}",
        "b = np.array([4])",
        "b = lambda: 4",
        "def b(): return 4",
        "from fractions import Fraction\nb = Fraction(4)",
        "b = iter([4])",
        "b = 4 px",
        "answers = {\n    'b': 4,\n}",
        "class Answers:\n    b = 2 * 2",
        "print(f'b = {2 * 2}')",
        "Print('B = 4')",
    ],
)
def test_an_answer_counts_in_any_form_that_says_it(jail, answers):
    assert _said_of_answers(jail, f"import numpy as np\na = 3\n{answers}").score == 2


@pytest.mark.parametrize(
    "answers", ["b = '3 or 4'", "b = '4' '2'", "# b = 4\n# b = 5", "# b = f(4)"]
)
def test_an_answer_that_says_several_things_says_none(jail, answers):
    assert _said_of_answers(jail, f"a = 3\n{answers}").score == 1


@pytest.mark.parametrize("words", ["b = 4", "- **b**: 4", "B. 4", "| b | 4 |"])
def test_an_answer_in_words_counts(jail, words):
    verdict = _said_of_answers(jail, "a = 3", cell(words) | {"cell_type": "markdown"})
    assert verdict.score == 2 - words.startswith("B")


@pytest.mark.parametrize("answers", ["print(3)\nprint(4)", "3, 4", "x = 3\ny = 4"])
def test_a_person_looks_at_answers_without_names(jail, answers):
    verdict = _said_of_answers(jail, answers)
    assert (verdict.score, verdict.author_error) == (0, True)
    assert verdict.message == (
        "no value was given to b, and what stands in the cell 'questions', or by it, "
        "may be the answers: a person has to look"
    )


@pytest.mark.parametrize("words", ["1. 3\n2. 4", "| 3 | 4 |", "three is 3, then 4"])
def test_a_person_looks_at_answers_in_words_without_names(jail, words):
    verdict = _said_of_answers(jail, "", cell(words) | {"cell_type": "markdown"})
    assert (verdict.score, verdict.author_error) == (0, True)


@pytest.mark.parametrize("answers", ["a = 3", "a = 3\nprint(4)", "a = 3\n# see b"])
def test_a_question_without_an_answer_is_called_so(jail, answers):
    verdict = _said_of_answers(jail, answers)
    assert [check.message for check in verdict.checks] == ["", "not answered"]


@pytest.mark.parametrize(
    "stop",
    [
        "breakpoint()",
        "import pdb; pdb.set_trace()",
        "from IPython.core.debugger import set_trace; set_trace()",
    ],
)
def test_a_debugger_that_was_left_in_costs_nothing(jail, stop):
    verdict = said_of(jail, DOUBLE.replace("    if x", f"    {stop}\n    if x"))
    assert verdict.score == said_of(jail, DOUBLE).score


def test_a_generator_in_place_of_an_array_is_told(jail):
    verdict = said_of(jail, DOUBLE.replace("return 2 * x", "yield 2 * x"))
    assert "'generator' object has no attribute 'shape'" in verdict.message
    said = {check.message for check in verdict.checks}
    assert "a generator came where numbers were wanted" in said


def test_an_error_of_the_students_own_class_is_told_by_its_words(jail):
    own = "class Mine(Exception):\n    pass\n\n\n"
    raises = DOUBLE.replace("    if x", "    raise Mine('three')\n    if x")
    verdict = said_of(jail, own + raises)
    assert verdict.message == "raised an error of its own: three"


@pytest.mark.parametrize(
    "source",
    [
        "class A:\n    def f(self):\n        raise NotImplementedError\n"
        "    def g(self):\n        return 1",
        "def f(x):\n    if x:\n        raise NotImplementedError('x')\n    return 2",
        "def f(x):\n    raise NotImplementedError(\n        'not yet'\n    )",
        "def f(x):\n    # mine\n    raise NotImplementedError\n    # and this",
    ],
)
def test_a_raise_with_nothing_behind_it_stands_above_no_code(source):
    verdict = Verdict(0.0, "error", UNWRITTEN)
    assert with_cause(verdict, Task("f", source, "", "")) == verdict
