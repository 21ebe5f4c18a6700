"""What a rubric says of answers that an earlier call left."""

import numpy as np
import pytest

from proctor.rubric import (
    Rubric,
)
from proctor.rubric.said import is_fixed
from proctor.tests.recorded import message_of, recording


@pytest.fixture(autouse=True)
def examination():
    with recording() as new:
        yield new


@pytest.fixture
def rubric():
    return Rubric(points=3)


class TestEarlierCalls:
    """Answers of one shape, wanted of different numbers one after the other."""

    first, second = (
        np.array([[1.5, 5.0], [2.0, 8.0]]),
        np.array([[4.25, 7.0], [6.0, 3.0]]),
    )

    def answering(self, rubric, *answers):
        def check():
            for answer, wanted in zip(answers, (self.first, self.second), strict=True):
                rubric.close(answer, wanted)

        return message_of(rubric, check)

    def test_an_answer_that_was_kept_is_known(self, rubric):
        said = self.answering(rubric, self.first, self.first)
        kept = "wrong values: those of an earlier call, as if they had been kept"
        assert said == kept and is_fixed(said, frozenset())

    def test_so_is_one_that_was_added_to(self, rubric):
        said = self.answering(rubric, self.first, self.first + self.second)
        added = "wrong values: those of an earlier call are added to them"
        assert said == added and is_fixed(said, frozenset())

    def test_also_one_of_another_check(self, rubric):
        message_of(rubric, lambda: rubric.close(self.first, self.first))
        said = message_of(rubric, lambda: rubric.close(self.first, self.second))
        assert said.endswith("as if they had been kept")

    def test_it_is_said_before_what_the_author_says_of_wrong_values(self, rubric):
        message_of(rubric, lambda: rubric.close(self.first, self.first))
        said = message_of(
            rubric, lambda: rubric.close(self.first, self.second, saying="a row lacks")
        )
        assert said.endswith("as if they had been kept")

    def test_a_known_mistake_is_told_by_what_the_check_says_by_itself(self, rubric):
        def check():
            rubric.close(self.first, self.second, saying="a row lacks")

        alone = message_of(rubric, check), rubric.latest.verdict
        message_of(rubric, lambda: rubric.close(self.first, self.first))
        after = message_of(rubric, check), rubric.latest.verdict
        assert alone == ("a row lacks", "a row lacks")
        assert after[0].endswith("as if they had been kept")
        assert after[1] == "a row lacks"

    def test_a_wrong_answer_is_not_kept(self, rubric):
        message_of(rubric, lambda: rubric.close(self.first + 9, self.first))
        said = message_of(rubric, lambda: rubric.close(self.first + 9, self.second))
        assert said.startswith("wrong values: none is right")

    def test_a_few_whole_numbers_are_given_twice_by_chance(self, rubric):
        def said(*shape):
            def check():
                rubric.close(earlier, earlier)
                rubric.close(earlier, 2 * earlier + 100)

            earlier = np.arange(np.prod(shape)).reshape(shape)
            return message_of(rubric, check)

        assert said(3, 5) == "wrong values: none is right, all are too small"
        assert said(4, 4).endswith("as if they had been kept")

    def test_of_numbers_all_alike_nothing_is_said(self, rubric):
        ones, twos = np.ones((2, 2)), np.full((2, 2), 2.0)
        message_of(rubric, lambda: rubric.close(ones, ones))
        said = message_of(rubric, lambda: rubric.close(ones, twos))
        assert "earlier" not in said


class TestAnswersThatStay:
    """What a call answered, after another call of the same shapes."""

    one, other = np.array([1.0, 5.0]), np.array([2.0, 8.0])

    def said(self, rubric, function):
        return message_of(
            rubric,
            lambda: rubric.stays(function, (self.one,), (self.other,), 2 * self.one),
        )

    def test_a_new_array_in_each_call(self, rubric):
        assert self.said(rubric, lambda x: 2 * x) == ""

    def test_one_array_for_all(self, rubric):
        room = np.zeros(2)
        said = self.said(rubric, lambda x: np.multiply(2, x, out=room))
        assert said == "an earlier answer is written over by the next call"
        assert is_fixed(said, frozenset())

    def test_a_wrong_answer_is_not_said_to_be_written_over(self, rubric):
        assert "written" not in self.said(rubric, lambda x: 3 * x)


class TestWhatIsKept:
    def test_of_a_check_that_failed_what_it_saw(self, rubric):
        message_of(rubric, lambda: rubric.close(np.arange(3.0), np.zeros(3)))
        (seen,) = rubric.failed["check 0"].observations
        assert seen.numbers.tolist() == [0, 1, 2]

    def test_a_text_for_a_number_is_not_seen_as_nothing_for_one(self, rubric):
        for number, answer in enumerate((None, "5 pixels", "other words")):
            message_of(rubric, lambda one=answer: rubric.whole_number(one, 5))
            assert not rubric.failed[f"check {number}"].tells_much
        nothing, text, other = rubric.failed.values()
        assert not nothing.ended_like(text)
        assert not nothing.observations[0].agrees_with(text.observations[0])
        assert text.ended_like(other)
        assert text.observations[0].agrees_with(other.observations[0])

    def test_nothing_of_one_that_saw_too_much(self, rubric):
        # A mebibyte and eight bytes.
        message_of(rubric, lambda: rubric.close(np.ones((1 << 17) + 1), np.zeros(3)))
        kept = rubric.failed["check 0"]
        assert (kept.observations, kept.as_values()) == ([], None)
