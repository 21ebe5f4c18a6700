"""Whether numbers are as they should be, and what is said of those that are not."""

import numpy as np
import pytest

from proctor.rubric import (
    AuthorError,
    Rubric,
    StudentArray,
)
from proctor.tests.recorded import message_of, recording


@pytest.fixture(autouse=True)
def examination():
    with recording() as new:
        yield new


@pytest.fixture
def rubric():
    return Rubric(points=3)


class TestClose:
    @pytest.mark.parametrize(
        ("actual", "message"),
        [
            ([1.0, 2.0], ""),
            (np.array([1, 2], np.int8), ""),
            (np.array([1, 2], np.float16), ""),
            ([1.0 + 1e-5, 2.0 + 2e-5], ""),
            (
                [1.0 + 2e-5, 2.0],
                "wrong values: some are right, the wrong ones are too large",
            ),
            (
                [1.0, 2.0, 3.0],
                "wrong shape: the first axis is too long; the right numbers are in it, "
                "with others around them",
            ),
            (
                [[1.0, 2.0]],
                "wrong shape: too many axes; the right numbers, in another shape",
            ),
            (1.0, "wrong shape: too few axes"),
            ([1.0, np.nan], "not finite: NaN is among the numbers"),
            ([1.0, np.inf], "not finite: infinity is among the numbers"),
            (None, "None came where numbers were wanted"),
            ([True, False], "truth values came where numbers were wanted"),
            ([1 + 0j, 2 + 0j], "complex numbers came where real ones were wanted"),
            (["1", "2"], "not a numeric array"),
            (np.array([1, "2"], object), "not a numeric array"),
            (np.array([1, True], object), "not a numeric array"),
            ([1, 10**400], "not finite: infinity is among the numbers"),
            ([[1], [1, 2]], "not a numeric array"),
            ({"out": [1, 2]}, "a dict came where numbers were wanted"),
            ("12", "a text came where numbers were wanted"),
            (np.array([1, 2], np.longdouble), ""),
            (np.array([1, np.float32(2)], object), ""),
            (
                np.array([1.5, 3], object),
                "wrong values: right but for a factor",
            ),
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
        objects = np.array([1, 2], object)
        for dtype in (np.float32, np.float64):
            why = message_of(
                rubric, lambda d=dtype: rubric.close(objects, [1, 2], dtype=d)
            )
            assert why == f"dtype {np.dtype(dtype).name} was wanted, object came"
        assert message_of(rubric, function([1, 3])) == (
            "wrong values: some are right, the wrong ones are too large"
        )

    def test_float64_is_more_than_a_name_for_what_float32_computed(self, rubric):
        numbers = np.random.default_rng(4).normal(size=(3, 5))
        product, small = numbers @ numbers.T, numbers.astype(np.float32)
        called_so = (small @ small.T).astype(np.float64)

        def asks(actual, wanted, dtype, exact=True):
            how = {"atol": 1e-4, "dtype": dtype, "exact": exact}
            return lambda: rubric.close(actual, wanted, **how)

        rounded = "float64 came, with numbers that float32 has rounded"
        assert message_of(rubric, asks(called_so, product, np.float64)) == rounded
        last = called_so[2, 2]
        assert message_of(rubric, asks(last, product[2, 2], np.float64)) == rounded
        # An array of float32 may have gone into it.
        assert message_of(rubric, asks(called_so, product, np.float64, False)) == ""
        # What is right, and what does not say that it is float64.
        for actual, wanted, dtype in (
            (product[::-1, ::-1][::-1, ::-1], product, np.float64),
            (product + 1e-7, product, np.float64),
            (called_so.astype(np.float32), product, np.float32),
            (called_so, product, None),
            # Numbers that both have, and nearly have.
            (np.array([0.5, 3.0, 0.0]), [0.5, 3.0, 0.0], np.float64),
            (np.array([0.5, 1.0]), [0.5, 0.1 * 3 / 0.3], np.float64),
            (np.zeros(4), np.zeros(4), np.float64),
        ):
            assert message_of(rubric, asks(actual, wanted, dtype)) == ""

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
