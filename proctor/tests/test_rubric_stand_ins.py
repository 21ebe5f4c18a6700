"""What a check rests on: right versions of earlier functions, and what it forbids."""

import numpy as np
import pytest

from proctor.rubric import (
    AuthorError,
    Rubric,
    StudentEnded,
)
from proctor.tests.recorded import message_of, raising, recording


@pytest.fixture(autouse=True)
def examination():
    with recording() as new:
        yield new


@pytest.fixture
def rubric():
    return Rubric(points=3)


def notebook(source):
    """Run a notebook's text in a namespace of its own, as a kernel does."""
    namespace = {"np": np, "Rubric": Rubric}
    exec(compile(source, "notebook", "exec"), namespace)
    return namespace


# `area` uses `width`, which was graded before it; both are the student's.
STAND_IN = """
def width(a, b):
    return {width}

def area(a, b):
    return {area}

student_width = width
rubric = Rubric(points=1)

def right_width(a, b):
    return b - a

rubric.stand_in(width=right_width)
draws = []

@rubric.check("area", points=1)
def _():
    draws.append(rubric.rng.random())
    rubric.whole_number(area(2, 5), 9)
"""


class TestStandIn:
    @pytest.mark.parametrize(
        ("width", "area", "message", "runs"),
        [
            ("b - a", "width(a, b) ** 2", "", 1),
            ("b - a + 1", "width(a, b) ** 2", "", 2),
            ("1 / 0", "width(a, b) ** 2", "", 2),
            ("b - a", "width(a, b)", "wrong number: too small", 2),
            # Four times the area with a width of its own: the better reason is shown.
            ("1 / 0", "width(a, b)", "wrong number: too small", 2),
            # The student calls an own width in an own way, and rightly.
            ("b['to'] - a", "width(a, {'to': b}) ** 2", "", 1),
            # The same, wrongly: not that the stand-in cannot be called so.
            ("b['to'] - a", "width(a, {'to': b})", "wrong number: too small", 2),
        ],
    )
    def test_a_mistake_is_punished_once(self, width, area, message, runs):
        namespace = notebook(STAND_IN.format(width=width, area=area))
        assert namespace["rubric"].results()[0]["message"] == message
        assert namespace["width"] is namespace["student_width"]
        assert len(namespace["draws"]) == runs
        assert len(set(namespace["draws"])) == 1

    def test_a_missing_function_stays_missing(self):
        source = STAND_IN.format(width="0", area="width(a, b) ** 2")
        source = source.replace("student_width = width", "del width")
        namespace = notebook(source)
        assert namespace["rubric"].results()[0]["message"] == ""
        assert "width" not in namespace

    def test_is_taken_away_when_the_test_fails_itself(self):
        source = STAND_IN.format(width="0", area="0").replace(", 9)", ", 9.5)")
        namespace = {"np": np, "Rubric": Rubric}
        with pytest.raises(AuthorError):
            exec(compile(source, "notebook", "exec"), namespace)
        assert namespace["width"] is namespace["student_width"]

    def test_a_student_who_has_ended_is_not_asked_again(self, rubric):
        def right(n):
            return n

        runs = []

        def function():
            runs.append(1)
            raise StudentEnded("stopped")

        rubric.stand_in(anything=right)
        assert message_of(rubric, function) == "stopped"
        assert len(runs) == 1

    def test_a_student_who_ends_before_they_are_in_place_fails(self, rubric):
        def right(n):
            return n

        # The student's versions ended the process; so does putting these in theirs.
        rubric._examination.assisted = True
        rubric._examination.bind = raising(StudentEnded("stopped"))
        rubric.stand_in(anything=right)
        assert message_of(rubric, raising(AssertionError())) == "stopped"

    def test_what_was_kept_of_an_earlier_call_is_said_of_the_first_try(self, rubric):
        def right(n):
            return n

        def function():
            # What was kept is by now that of the try before.
            wanted = [np.array([1.5, 5.0, 2.0]), np.array([4.5, 7.0, 6.0])]
            kept.extend(wanted)
            rubric.close(kept[0] if len(kept) < 4 else 9 * wanted[0], wanted[0])
            rubric.close(kept[0], wanted[1])

        kept = []
        rubric.stand_in(anything=right)
        said = message_of(rubric, function)
        assert said.endswith("of an earlier call, as if they had been kept")

    def test_must_be_a_function(self, rubric):
        for function in (len, 3):
            with pytest.raises(AuthorError, match="must be a function"):
                rubric.stand_in(name=function)


class TestForbids:
    """What uses a library loses the task in which it does, and no other."""

    CELLS = (
        "def reads(n): return 2 * n\n"
        "def reads_json(n):\n    import json\n    return json.loads(str(2 * n))\n"
        "def borrows(n): return helper(n)\n"
    )

    def score(self, helper, first, second=None):
        """Return the points of two functions, the stand-in for `helper` being right."""
        names = {"__name__": "__main__"}
        exec(self.CELLS, names)
        names["helper"] = names[helper]
        exec("def right(n): return 2 * n", names)
        rubric = Rubric(points=1)
        for name in (first, second or first):
            rubric.forbids(lambda name=name: names[name], "json")
        rubric.stand_in(helper=names["right"])

        @rubric.check("twice", points=1)
        def _():
            rubric.whole_number(names[first](3), 6)

        return rubric.score()

    def test_the_first_of_two_functions_counts(self):
        assert self.score("reads", "reads_json", "reads") == 0
        assert self.score("reads", "reads", "reads_json") == 0
        assert self.score("reads", "reads", "borrows") == 1

    def test_what_another_task_uses_is_its_own_mistake(self, capsys):
        assert self.score("reads_json", "borrows") == 1
        assert self.score("reads_json", "borrows", "reads_json") == 0
        assert "uses json, which this task does not allow" in capsys.readouterr().out

    def test_nothing_is_earned_through_it(self):
        """A wrong function that hands its work to one with a stand-in."""
        self.CELLS += "def borrows(n): return helper(2 * n)\n"
        self.CELLS += "def half(n):\n    import json\n    return n\n"
        assert self.score("half", "borrows") == 0
