"""The rubric's rules, in one process and as an examiner uses them."""

import numpy as np
import pytest

from proctor.notebook.cells import Marks
from proctor.rubric import (
    AuthorError,
    CheckFailed,
    Rubric,
    Score,
    StudentArray,
    StudentEnded,
    StudentError,
    set_examination,
)
from proctor.rubric import rubric as module
from proctor.rubric.where import InOneProcess


class Recorded(InOneProcess):
    """An examination that keeps its rubrics."""

    def __init__(self, seed):
        super().__init__(seed)
        self.rubrics = []

    def register(self, rubric):
        self.rubrics.append(rubric)


@pytest.fixture(autouse=True)
def examination():
    before = module.examination
    new = Recorded(seed=7)
    set_examination(new)
    yield new
    set_examination(before)


@pytest.fixture
def rubric():
    return Rubric(points=3)


def message_of(rubric, function, points=1):
    """Run ``function`` as a check; return what the student reads, empty if passed."""
    rubric.check(f"check {len(rubric.results())}", points=points)(function)
    return rubric.results()[-1]["message"]


def raising(error):
    def function(*_args, **_kwargs):
        raise error

    return function


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
            "0/0.5  first: wrong values: some are right\n"
            "0/0.5  third: a name: raised IndexError\n"
        )
        assert rubric.results()[:2] == [
            {
                "name": "first",
                "score": 0.0,
                "max_score": 0.5,
                "message": "wrong values: some are right",
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


class TestClose:
    @pytest.mark.parametrize(
        ("actual", "message"),
        [
            ([1.0, 2.0], ""),
            (np.array([1, 2], np.int8), ""),
            (np.array([1, 2], np.float16), ""),
            ([1.0 + 1e-5, 2.0 + 2e-5], ""),
            ([1.0 + 2e-5, 2.0], "wrong values: some are right"),
            ([1.0, 2.0, 3.0], "wrong shape: the first axis is too long"),
            ([[1.0, 2.0]], "wrong shape: too many axes"),
            (1.0, "wrong shape: too few axes"),
            ([1.0, np.nan], "not finite: NaN is among the numbers"),
            ([1.0, np.inf], "not finite: infinity is among the numbers"),
            (None, "None came where numbers were wanted"),
            ([True, False], "truth values came where numbers were wanted"),
            ([1 + 0j, 2 + 0j], "complex numbers came where real ones were wanted"),
            (["1", "2"], "not a numeric array"),
            (np.array([1, 2], object), "not a numeric array"),
            ([[1], [1, 2]], "not a numeric array"),
            ({"out": [1, 2]}, "a dict came where numbers were wanted"),
            ("12", "a text came where numbers were wanted"),
            (np.array([1, 2], np.longdouble), ""),
        ],
    )
    def test_values(self, rubric, actual, message):
        assert message_of(rubric, lambda: rubric.close(actual, [1, 2])) == message

    def test_tolerance(self, rubric):
        def close(actual, expected, **tolerance):
            return message_of(
                rubric, lambda: rubric.close(actual, expected, **tolerance)
            )

        assert close(10.9, 10, rtol=0.1) == ""
        assert close(10.9, 10, rtol=0.08) == "wrong number: too large"
        assert close(0.9, 0, atol=1) == ""

    def test_dtype_counts_where_the_values_are_right(self, rubric):
        def function(values):
            actual = np.array(values, np.float32)
            return lambda: rubric.close(actual, [1, 2], dtype=np.float64)

        assert message_of(rubric, function([1, 2])) == (
            "dtype float64 was wanted, float32 came"
        )
        assert message_of(rubric, function([1, 3])) == ("wrong values: some are right")

    def test_an_array_that_lies(self, rubric):
        class Liar(np.ndarray):
            def __array_ufunc__(self, *_, **__):
                return np.zeros(2)

            def __array_function__(self, *_):
                return True

            def view(self, *_):
                return np.array([1.0, 2.0])

            astype = copy = view
            __eq__ = __le__ = all = lambda *_: True

        liar = np.array([8.0, 9.0]).view(Liar)
        assert "right" in message_of(rubric, lambda: rubric.close(liar, [1, 2]))

    def test_an_object_that_raises_when_read(self, rubric):
        class Hostile:
            def __array__(self, *_, **__):
                raise AuthorError("the test is at fault")

        message = message_of(rubric, lambda: rubric.close(Hostile(), [1]))
        assert message == "an object came where numbers were wanted"

    @pytest.mark.parametrize(
        ("expected", "message"),
        [
            (np.ones(2).view(StudentArray), "come from the student"),
            ([np.ones(2).view(StudentArray)], "come from the student"),
            (np.ones(2).view(StudentArray).sum(), "come from the student"),
            ("text", "are not numbers"),
            ([], "are empty or not finite"),
            ([np.nan], "are empty or not finite"),
        ],
    )
    def test_what_must_not_be_expected(self, rubric, expected, message):
        with pytest.raises(AuthorError, match=message):
            message_of(rubric, lambda: rubric.close([1], expected))

    def test_what_the_examination_calls_the_students(self, examination, rubric):
        handle = object()
        examination.is_students = lambda value: value is handle
        with pytest.raises(AuthorError, match="come from the student"):
            message_of(rubric, lambda: rubric.close([1], handle))


def test_the_mark_of_a_students_array_lasts():
    array = np.arange(6.0).reshape(2, 3).view(StudentArray)
    for derived in (
        array + 1,
        np.ones((2, 3)) * array,
        np.sqrt(array),
        array[0],
        array[0, 0],
        array.T,
        array.sum(),
        array.mean(axis=0),
        array.astype(np.float32),
        array @ np.ones(3),
        np.pad(array, 1),
        np.einsum("ij->j", array),
        np.concatenate([np.ones((1, 3)), array]),
        np.split(array, 2)[0],
    ):
        assert type(derived) is StudentArray
    assert type(np.asarray(array)) is np.ndarray
    assert array[0, 1] == 1 and np.allclose(array, array)


class TestWhatIsKept:
    def test_of_a_check_that_failed_what_it_saw(self, rubric):
        message_of(rubric, lambda: rubric.close(np.arange(3.0), np.zeros(3)))
        (seen,) = rubric.failed["check 0"].observations
        assert seen.numbers.tolist() == [0, 1, 2]

    def test_nothing_of_one_that_saw_too_much(self, rubric):
        # A mebibyte and eight bytes.
        message_of(rubric, lambda: rubric.close(np.ones((1 << 17) + 1), np.zeros(3)))
        kept = rubric.failed["check 0"]
        assert (kept.observations, kept.as_values()) == ([], None)


class TestWholeNumber:
    @pytest.mark.parametrize(
        ("value", "message"),
        [
            (1, ""),
            (1.0, ""),
            (np.int64(1), ""),
            (np.float32(1), ""),
            (2, "wrong number: too large"),
            (2.0, "wrong number: too large"),
            (1.5, "not a whole number"),
            (True, "not a whole number"),
            (np.True_, "not a whole number"),
            (float("nan"), "not a whole number"),
            (float("inf"), "not a whole number"),
            ("1", "not a whole number"),
            (None, "not a whole number"),
            (1 + 0j, "not a whole number"),
            (np.array(1), ""),
            (np.array(1.5), "not a whole number"),
            (
                type("Liar", (int,), {"__eq__": lambda *_: True})(9),
                "not a whole number",
            ),
        ],
    )
    def test_values(self, rubric, value, message):
        assert message_of(rubric, lambda: rubric.whole_number(value, 1)) == message

    @pytest.mark.parametrize("expected", [1.0, True, None, "1"])
    def test_the_test_expects_an_int(self, rubric, expected):
        with pytest.raises(AuthorError):
            message_of(rubric, lambda: rubric.whole_number(1, expected))


class TestInteger:
    @pytest.mark.parametrize("value", [5, np.int64(5), np.uint8(5), np.array(5)])
    def test_what_range_takes(self, rubric, value):
        assert message_of(rubric, lambda: rubric.integer(value)) == ""

    @pytest.mark.parametrize("value", [5.0, np.float64(5), True, "5", None, [5]])
    def test_nothing_else(self, rubric, value):
        came = ", a float came" if isinstance(value, float) else ""
        message = f"an int was wanted{came}"
        assert message_of(rubric, lambda: rubric.integer(value)) == message


class TestRaises:
    @pytest.mark.parametrize(
        ("error", "message"),
        [
            (ValueError("3 does not fit into -2."), ""),
            (UnicodeError("3, -2"), ""),
            (ValueError("13 and -2"), "the error does not name the numbers"),
            (ValueError("3.5 and -2"), "the error does not name the numbers"),
            (ValueError("0.3 and -2"), "the error does not name the numbers"),
            (ValueError("3 and 2"), "the error does not name the numbers"),
            (TypeError("3 -2"), "raised TypeError where ValueError was wanted"),
            (NotImplementedError("3 -2"), "not written yet"),
            (StudentEnded("stopped"), "stopped"),
            (SystemExit("3 -2"), "raised SystemExit"),
        ],
    )
    def test_what_is_raised(self, rubric, error, message):
        def function():
            rubric.raises(ValueError, raising(error), 1, a=2, naming=(3, -2))

        assert message_of(rubric, function) == message

    @pytest.mark.parametrize(
        "text",
        [
            "3, -2",
            "kernel=3 stride=-2",
            "A window of 3x5 does not fit into -2 pixels (3 > -2).",
            "Expected 0 <= -2 < 3, got -2!",
            "conv2d: kernel (3, 1), stride (-2, 1), padding (0, 0), image "
            "(1, 2, 40, 41): the result would be of shape (1, 5, -17, 42)",
            "3 of 1, 4, 5, 6, 7, 8, 9, 10, 11, 12 and -2 of 1, 4 and 5",
        ],
    )
    def test_an_error_may_be_worded_in_any_way(self, rubric, text):
        def function():
            rubric.raises(ValueError, raising(ValueError(text)), 1, a=2, naming=(3, -2))

        assert message_of(rubric, function) == ""

    @pytest.mark.parametrize(
        "text",
        [
            str(list(range(-99, 100))),
            " ".join(map(str, [3, -2, *range(4, 15)])),
            "3 -2 " + " ".join(f"{number}e3" for number in range(11)),
        ],
    )
    def test_a_list_of_numbers_names_none(self, rubric, text):
        def function():
            rubric.raises(ValueError, raising(ValueError(text)), 1, a=2, naming=(3, -2))

        message = message_of(rubric, function)
        assert message == "the error names too many other numbers"

    def test_where_no_number_is_wanted_any_may_stand(self, rubric):
        error = ValueError(str(list(range(100))))

        def function():
            rubric.raises(ValueError, raising(error), 1, a=2)

        assert message_of(rubric, function) == ""

    def test_nothing_is_raised(self, rubric):
        message = message_of(rubric, lambda: rubric.raises(ValueError, int))
        assert message == "no ValueError was raised"

    def test_only_builtin_exceptions(self, rubric):
        with pytest.raises(AuthorError, match="StudentError is no builtin exception"):
            message_of(rubric, lambda: rubric.raises(StudentError, int))


class TestShared:
    def test_modified(self, rubric):
        original = np.array([1.0, 2.0])

        def function(change):
            shared = rubric.share(original)
            change(shared)
            rubric.unchanged(shared, original)

        def spoil(array):
            array[0] = 9

        def stretch(array):
            array.resize(3, refcheck=False)

        assert message_of(rubric, lambda: function(len)) == ""
        assert message_of(rubric, lambda: function(spoil)) == "modified its input"
        assert message_of(rubric, lambda: function(stretch)) == "modified its input"
        assert original.tolist() == [1, 2]

    def test_a_list(self, rubric):
        original = [(3, 1), (5, 2)]

        def function(change):
            shared = rubric.share(original)
            change(shared)
            rubric.unchanged(shared, original)

        said = [
            message_of(rubric, lambda change=change: function(change))
            for change in (len, list.pop, list.clear, lambda each: each.append(7))
        ]
        assert said == ["", *3 * ["modified its input"]]
        assert original == [(3, 1), (5, 2)]


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

    def test_must_be_a_function(self, rubric):
        for function in (len, 3):
            with pytest.raises(AuthorError, match="must be a function"):
                rubric.stand_in(name=function)


def test_visible_and_hidden_parts_keep_their_lines():
    source = "a\n### BEGIN HIDDEN TESTS\nb\n### END HIDDEN TESTS\nc"
    visible, hidden = Marks().visible_and_hidden(source)
    assert visible.split("\n") == ["a", "", "", "", "c"]
    assert hidden.split("\n") == ["", "", "b", "", ""]
