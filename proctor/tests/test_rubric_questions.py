"""The rubric's questions: what is right, what is wrong, and in which words."""

import numpy as np
import pytest

from proctor.rubric import (
    AuthorError,
    Rubric,
    StudentEnded,
    StudentError,
)
from proctor.tests.recorded import message_of, raising, recording


@pytest.fixture(autouse=True)
def examination():
    with recording() as new:
        yield new


@pytest.fixture
def rubric():
    return Rubric(points=3)


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
            ("1", "a text came where a whole number was wanted"),
            (None, "None came where a whole number was wanted"),
            ([1], "a list came where a whole number was wanted"),
            (1 + 0j, "not a whole number"),
            (np.array(1), ""),
            (np.array(1.5), "not a whole number"),
            # Larger than any of NumPy's, and one of them that is a time.
            (10**30, "wrong number: too large"),
            (-(10**400), "wrong number: too small"),
            (np.timedelta64(1, "Y"), "not a whole number"),
            (
                type("Liar", (int,), {"__eq__": lambda *_: True})(9),
                "an object came where a whole number was wanted",
            ),
        ],
    )
    def test_values(self, rubric, value, message):
        assert message_of(rubric, lambda: rubric.whole_number(value, 1)) == message

    def test_an_int_of_any_size_is_right(self, rubric):
        assert message_of(rubric, lambda: rubric.whole_number(9**40, 9**40)) == ""

    @pytest.mark.parametrize("expected", [1.0, True, None, "1", np.timedelta64(1)])
    def test_the_test_expects_an_int(self, rubric, expected):
        with pytest.raises(AuthorError):
            message_of(rubric, lambda: rubric.whole_number(1, expected))


class TestLargeInts:
    """Python's are of any size, NumPy's of 64 bits."""

    @pytest.mark.parametrize(
        ("value", "message"),
        [
            (10**30, ""),
            (10**31, "wrong number: too large"),
            (10**400, "not finite: infinity is among the numbers"),
            ([10**30], "wrong shape: too many axes"),
            (np.array(10**30, object), ""),
        ],
    )
    def test_close(self, rubric, value, message):
        found = message_of(rubric, lambda: rubric.close(value, 1e30))
        assert found.startswith(message)
        assert bool(found) == bool(message)

    def test_among_others(self, rubric):
        assert (
            message_of(rubric, lambda: rubric.close([1, 9**40], [1.0, 9.0**40])) == ""
        )


class TestInteger:
    @pytest.mark.parametrize("value", [5, np.int64(5), np.uint8(5), np.array(5)])
    def test_what_range_takes(self, rubric, value):
        assert message_of(rubric, lambda: rubric.integer(value)) == ""

    @pytest.mark.parametrize(
        "value", [5.0, np.float64(5), True, "5", None, [5], np.timedelta64(5)]
    )
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
