"""An answer is judged with right versions of the functions and classes that it uses."""

import copy

import pytest

from proctor.sandbox.levels import best_level
from proctor.tests import processes
from proctor.tests.ran import QUICK, SOLVED, TRIPLE
from proctor.tests.tiny import cell, cells_of, notebook_of


@pytest.fixture(scope="module")
def jail(jails):
    return jails(best_level(), QUICK)


ANSWERS = """\
### BEGIN HIDDEN TESTS
from proctor.rubric import Rubric

rubric = Rubric(points=3)


def right_double(x):
    return 2 * x


def right_total(x):
    return 2.0 * x.sum()


rubric.stand_in(double=right_double, total=right_total)
rubric.answers_again()


@rubric.check("one", points=1)
def _():
    rubric.whole_number(one, 6)


@rubric.check("two", points=1)
def _():
    rubric.whole_number(two, 8)


@rubric.check("three", points=1)
def _():
    rubric.whole_number(three, 9)


rubric.score()
### END HIDDEN TESTS"""


@pytest.mark.parametrize(
    ("double", "answers", "score"),
    [
        (TRIPLE, "one = total(np.ones(3))\ntwo = double(np.ones(1))[0] * 4", 2),
        # Missing, unwritten, one that ends its cell: each costs its own task alone.
        ("", "one = total(np.ones(3))\ntwo = double(np.ones(1))[0] * 4\nthree = 9", 3),
        ("def double(x):\n    raise NotImplementedError", "two = 8\none = total(3)", 1),
        ("def double(x):\n    return 1 / 0", "one = total(np.ones(3))\nthree = 9", 2),
        # What is wrong with right functions is the answer's own mistake.
        (SOLVED["double"], "one = total(np.ones(2))\ntwo = 8", 1),
        (TRIPLE, "import sys\nsys.exit()\none = 6\nbad = {}[1]\ntwo = 8", 2),
        # So is what is no Python; the answers beside it stand.
        (TRIPLE, "one = 6\ntwo = 8\nthis is no Python", 2),
    ],
)
def test_an_answer_is_judged_with_right_functions_too(jail, double, answers, score):
    grading = {"grade": True, "points": 3.0, "locked": True}
    cells = [
        *cells_of(SOLVED | {"double": double}),
        cell(answers, "answers", solution=True),
        cell(ANSWERS, "test-answers", **grading),
        cell("double(np.ones(1))"),
    ]
    notebook = notebook_of(copy.deepcopy(cells))
    verdicts = processes.run(jail, notebook)
    assert verdicts["test-answers"].score == score
    assert len(verdicts["test-answers"].checks) == 3
    # Nothing stands in where the notebook goes on.
    shown = notebook["cells"][-1]["outputs"]
    right = shown[0].get("data", {}).get("text/plain") == "array([2.])"
    assert right is (double == SOLVED["double"])


# The student's class has a mistake, and what came of it is asked for in a later cell.
LAYER = """\
class Layer:
    def __init__(self, size, bias=True):
        self.size, self.bias = size, Part(np.zeros(size)) if bias else None

    def parameters(self):
        return [self.bias]"""


RIGHT_LAYER = """\
class RightLayer:
    def __init__(self, size, bias=True):
        self.weight = Part(np.ones((size, size)))
        self.bias = Part(np.zeros(size)) if bias else None

    def parameters(self):
        return [self.weight] if self.bias is None else [self.weight, self.bias]

    def __call__(self, x):
        return self.weight.data @ x


rubric.stand_in(Layer=RightLayer)
rubric.answers_again()"""


PART = "class Part:\n    def __init__(self, data):\n        self.data = data"


@pytest.mark.parametrize(
    ("layer", "answers", "score"),
    [
        (LAYER, "one = sum(p.data.size for p in Layer(2).parameters())", 1),
        (
            "",
            "layer = Layer(size=2)\none = sum(map(np.size, [layer.bias.data] * 3))",
            1,
        ),
        ("", "one, two = 6, int(Layer(4, bias=False)(np.full(4, 2.0))[0])", 2),
        # Nothing else of the class can be had, and a wrong use of it is the answer's.
        (LAYER, "one = Layer.__init__.__code__.co_name == 'stand_in' and 6", 1),
        (LAYER, "one = sum(p.data.size for p in Layer(3).parameters())", 0),
    ],
)
def test_a_right_class_stands_in_for_a_wrong_one(jail, layer, answers, score):
    grading = {"grade": True, "points": 3.0, "locked": True}
    begin, end = "rubric.stand_in(", "rubric.answers_again()"
    replaced = ANSWERS[ANSWERS.index(begin) : ANSWERS.index(end) + len(end)]
    notebook = notebook_of(
        [
            cell("import numpy as np\n" + PART),
            cell(layer, "layer", solution=True),
            cell(answers, "answers", solution=True),
            cell(ANSWERS.replace(replaced, RIGHT_LAYER), "test-answers", **grading),
        ]
    )
    assert processes.run(jail, notebook)["test-answers"].score == score
