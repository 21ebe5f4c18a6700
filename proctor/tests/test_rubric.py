"""The rubric's rules, in one process and as an examiner uses them."""

import numpy as np
import pytest

from proctor.notebook.cells import Marks
from proctor.rubric import (
    AuthorError,
    CheckFailed,
    Rubric,
    Score,
    StudentEnded,
    StudentError,
    set_examination,
)
from proctor.rubric.said import is_fixed
from proctor.rubric.where import InOneProcess
from proctor.tests.recorded import Recorded, message_of, raising, recording


@pytest.fixture(autouse=True)
def examination():
    with recording() as new:
        yield new


@pytest.fixture
def rubric():
    return Rubric(points=3)


class TestScore:
    def test_each_check_counts_by_itself(self, rubric, capsys):
        @rubric.check("first", points=0.5)
        def _():
            rubric.close([1, 2], [1, 3])

        @rubric.check("second", points=2)
        def _():
            rubric.close([1, 2], [1, 2])

        @rubric.check("third: a name", points=0.5)
        def _():
            raise IndexError("secret")

        score = rubric.score()
        assert (score, repr(score), str(score)) == (2, "2.0", "2.0")
        assert isinstance(score, float)
        assert capsys.readouterr().out == (
            "0/0.5  first: wrong values: some are right, the wrong ones are too small\n"
            "0/0.5  third: a name: raised IndexError\n"
        )
        assert rubric.results()[:2] == [
            {
                "name": "first",
                "score": 0.0,
                "max_score": 0.5,
                "message": "wrong values: some are right, the wrong ones are too small",
                "bug": None,
            },
            {
                "name": "second",
                "score": 2.0,
                "max_score": 2.0,
                "message": "",
                "bug": None,
            },
        ]

    def test_ipython_shows_the_plain_number_whatever_its_precision(self):
        from IPython.core.formatters import PlainTextFormatter

        formatter = PlainTextFormatter()
        formatter.float_precision = 0
        assert formatter(2.5) == "2"
        assert formatter(Score(2.5)) == "2.5"

    def test_points_must_add_up(self, rubric):
        message_of(rubric, lambda: None, points=2)
        with pytest.raises(AuthorError, match="add up to 2 points, the rubric has 3"):
            rubric.score()

    @pytest.mark.parametrize("points", [0, -1, True, "2", float("inf"), float("nan")])
    def test_points_are_positive_numbers(self, rubric, points):
        with pytest.raises(AuthorError, match="a number above 0 is wanted"):
            rubric.check("name", points=points)
        with pytest.raises(AuthorError, match="a number above 0 is wanted"):
            Rubric(points=points)

    def test_names_are_unique(self, rubric):
        rubric.check("name", points=1)(lambda: None)
        with pytest.raises(AuthorError, match="two checks are called 'name'"):
            rubric.check("name", points=1)

    def test_no_check_inside_another(self, rubric):
        def outer():
            rubric.check("inner", points=1)

        with pytest.raises(AuthorError, match="'inner' stands inside another"):
            rubric.check("outer", points=1)(outer)

    def test_the_examination_sees_the_rubric(self, examination, rubric):
        assert examination.rubrics == [rubric]


class TestMessages:
    @pytest.mark.parametrize(
        ("error", "message"),
        [
            (NotImplementedError("secret"), "not written yet"),
            (IndexError("secret"), "raised IndexError"),
            (Exception("secret"), "raised Exception"),
            (SystemExit("secret"), "raised SystemExit"),
            (type("Secret", (Exception,), {})("secret"), "raised an error of its own"),
            (type("Secret", (ValueError,), {})(), "raised an error of its own"),
            (StudentError("secret"), "raised an error of its own"),
            (StudentEnded("stopped after 10 s"), "stopped after 10 s"),
        ],
    )
    def test_what_is_raised(self, rubric, error, message):
        assert message_of(rubric, raising(error)) == message

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            (lambda: np.ones(3)[5], "an index is out of range"),
            (lambda: [1][5], "an index is out of range"),
            (lambda: np.ones(3)[1, 1], "an array has fewer axes than its index"),
            (lambda: np.ones((3, 2)).sum(axis=4), "an axis that is not there"),
            (lambda: np.ones(3) + np.ones(4), "shapes that do not fit together"),
            (
                lambda: np.ones(3) @ np.ones(4),
                "shapes that no matrix product fits",
            ),
            (
                lambda: np.ones((2, 3)).dot(np.ones((2, 3))),
                "shapes that no matrix product fits",
            ),
            (
                lambda: np.ones(6).reshape(4, 2),
                "a reshape to another number of numbers",
            ),
            (
                lambda: np.concatenate([np.ones(3), np.ones((2, 2))]),
                "arrays that cannot be joined",
            ),
            (lambda: bool(np.ones(3)), "the truth value of several numbers"),
            (lambda: float(np.ones(3)), "an array where one number is wanted"),
            (lambda: np.ones(0).max(), "an array without a number"),
            (lambda: np.ones(0).argmax(), "an array without a number"),
            (
                lambda: np.add(np.ones(2), 0.5, out=np.ones(2, int)),
                "fractions added to an array of whole numbers",
            ),
            (
                lambda: np.pad(np.ones(2, int), 1, constant_values=-np.inf),
                "infinity or NaN as a whole number",
            ),
            (lambda rows=((1,),): rows[0, 0], "a list where an array is wanted"),
            (lambda: range(2.0), "a float where a whole number is wanted"),
            (lambda: np.ones(3)[1.0], "a float where a whole number is wanted"),
            (
                lambda: (1, 2) ** 2,
                "a pair or another kind where a number is wanted",
            ),
            (lambda: (lambda a, b: a)(*(1,)), "the wrong arguments of a call"),
            (lambda: [(a, b) for a, b in [(1, 2, 3)]], None),
            (
                lambda nothing=None: nothing[0],
                "None or another kind where an array or a list is wanted",
            ),
            (
                lambda: len(n for n in []),
                "a generator (`yield`) where a list or an array is wanted",
            ),
            (lambda three=3: three(4), "a call of what is no function"),
            (lambda: [].shape, "an attribute that is not there"),
            (lambda: nowhere, "a name that is not there"),  # noqa: F821
            (lambda: 1 // 0, "a division by zero"),
        ],
    )
    def test_what_numpy_and_python_say_has_words_of_ours(self, rubric, wrong, words):
        words = words or "the wrong number of values in a tuple"
        said = message_of(rubric, wrong)
        assert said.split(": ")[1:] == [words]
        assert is_fixed(said, frozenset())

    def test_the_tests_own_assertion_shows_its_text(self, rubric):
        def function():
            raise AssertionError("two rows are wanted")

        assert message_of(rubric, function) == "two rows are wanted"

    def test_an_assertion_or_verdict_of_student_code_does_not(self, rubric):
        namespace = {"CheckFailed": CheckFailed}
        student = "def f(kind):\n    raise kind('secret')"
        exec(compile(student, "the student's cell", "exec"), namespace)
        for kind in (AssertionError, CheckFailed):
            shown = message_of(rubric, lambda kind=kind: namespace["f"](kind))
            assert shown in ("raised AssertionError", "raised an error of its own")

    def test_what_student_code_prints_is_dropped(self, rubric, capsys):
        def function():
            import sys

            print("secret")
            print("secret", file=sys.stderr)

        assert message_of(rubric, function) == ""
        assert capsys.readouterr() == ("", "")

    @pytest.mark.parametrize("error", [AuthorError("mistake"), KeyboardInterrupt()])
    def test_not_the_students_fault(self, rubric, error):
        with pytest.raises(type(error)):
            rubric.check("name", points=1)(raising(error))


class TestRandomNumbers:
    def draw(self, seed, name, points=1):
        set_examination(Recorded(seed))
        drawn = []
        rubric = Rubric(points=3)
        rubric.check(name, points)(lambda: drawn.append(rubric.rng.random()))
        return drawn[0]

    def test_follow_from_seed_and_name(self):
        assert self.draw(1, "a") == self.draw(1, "a")
        assert self.draw(1, "a") != self.draw(1, "b")
        assert self.draw(1, "a") != self.draw(2, "a")

    def test_are_new_in_each_process(self):
        assert InOneProcess().seed != InOneProcess().seed

    def test_only_inside_a_check(self, rubric):
        with pytest.raises(AuthorError, match="inside of a check"):
            _ = rubric.rng


def test_visible_and_hidden_parts_keep_their_lines():
    source = "a\n### BEGIN HIDDEN TESTS\nb\n### END HIDDEN TESTS\nc"
    visible, hidden = Marks().visible_and_hidden(source)
    assert visible.split("\n") == ["a", "", "", "", "c"]
    assert hidden.split("\n") == ["", "", "b", "", ""]
