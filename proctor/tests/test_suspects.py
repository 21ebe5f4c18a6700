"""In which order a known mistake meets the checks of a student's test cell."""

import contextlib

import numpy as np
import pytest

from proctor.in_namer.replay import NotTried
from proctor.in_namer.suspect import Suspect
from proctor.rubric.cost import TookLong
from proctor.rubric.observation import LITTLE, LONG, Attempt, Observation

SECONDS = {"long": 60.0, "short": 1.0, "other": 2.0, "as long": 60.0}


def failing(number):
    return Attempt([Observation("close", np.array([number, 2.0, 3.0]))], "wrong values")


class Allowance:
    def took(self, name, turn):
        return SECONDS[name]

    def seconds(self, name, turn):
        return SECONDS[name]


class Clock:
    late = False

    @contextlib.contextmanager
    def running(self, seconds):
        yield


class Replay:
    """What a mistake gives in each check; which were run."""

    def __init__(self, **given):
        self.given, self.ran = given, []

    def attempt(self, name, turn, observer, stands_in=False):
        self.ran.append(name)
        found = self.given[name.replace(" ", "_")]
        if isinstance(found, Exception):
            raise found
        for observation in found.observations:
            try:
                observer(observation)
            except BaseException as error:
                return found, error
        return found, None


def suspect(**given):
    replay = Replay(**given)
    return Suspect("it", replay, Clock(), Allowance()), replay


def test_what_takes_long_is_not_run_where_less_tells():
    one, replay = suspect(long=failing(1.0), short=failing(4.0), other=Attempt())
    # The student failed what it passes, or passed what it fails.
    failed = {"long": failing(1.0), "other": failing(1.0)}
    assert one.explains(failed, ["short"]) == 0
    assert replay.ran == ["short"]
    assert one.explains({"long": failing(1.0)}, ["short", "other"]) == 0
    assert one.explains_some({"long": failing(1.0)}, ["other", "short"]) == []
    assert replay.ran == ["short"]


def test_what_takes_as_long_is_not_run_before():
    one, replay = suspect(long=failing(1.0), as_long=failing(1.0), short=Attempt())
    assert one.explains({"long": failing(7.0)}, ["as long", "short"]) == 0
    assert replay.ran == ["short", "long"]


@pytest.mark.parametrize("name", ["long", "short"])
def test_one_that_was_not_tried_is_ruled_out_by_what_it_fails(name):
    """In whatever order: how long a check takes is the machine's."""
    gone = ValueError("no memory")
    student = {name: failing(1.0)}
    passed = "other" if name == "long" else "as long"
    one, _ = suspect(**{name: gone, passed.replace(" ", "_"): failing(1.0)})
    assert one.explains(student, [passed]) == 0
    one, _ = suspect(**{name: gone, passed.replace(" ", "_"): Attempt()})
    with pytest.raises(NotTried, match="no memory"):
        one.explains(student, [passed])


def test_the_students_own_is_found_in_any_order():
    given = {"long": failing(1.0), "short": Attempt(), "as_long": Attempt()}
    one, _ = suspect(**given, other=failing(3.0))
    failed = {"long": failing(1.0), "other": failing(3.0)}
    assert one.explains(failed, ["short", "as long"]) == 3


def raising(text):
    return Attempt(raised=("ValueError", text))


SHAPES = "operands could not be broadcast together with shapes (2,4,4) (2,2,4)"
OTHERS = "operands could not be broadcast together with shapes (3,2,2) (3,3,2)"


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        (SHAPES, OTHERS, ["long", "short"]),
        # Of one text, and of texts without numbers, come many mistakes.
        (SHAPES, SHAPES, []),
        ("not aligned", "no room", []),
    ],
)
def test_exceptions_in_the_same_words_explain_a_part(first, second, found):
    given = {"long": raising(first), "short": raising(second)}
    one, _ = suspect(**given, other=failing(3.0), as_long=Attempt())
    student = given | {"other": failing(1.0)}
    assert one.explains_some(student, ["as long"]) == []
    assert one.explains_some(student, ["as long"], by_words=True) == found


def test_exceptions_in_other_words_explain_no_part():
    one, _ = suspect(long=raising(SHAPES), short=raising(OTHERS), other=Attempt())
    student = {"long": raising(OTHERS), "short": raising(SHAPES)}
    assert one.explains_some(student, ["other"], by_words=True) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [("all must be at least 1, one is 0", ["long"]), ("one is below 2", [])],
)
def test_who_refuses_the_same_numbers_is_explained_in_part(text, found):
    refused = raising("count >= 1 and bytes_each >= 1 are wanted, got 0 and 7")
    one, _ = suspect(long=refused, short=failing(3.0), other=Attempt())
    student = {"long": raising(text), "short": failing(1.0)}
    assert one.explains_some(student, ["other"]) == []
    assert one.explains_some(student, ["other"], by_words=True) == found


def long(count=1):
    """Return an attempt that ended for the time of its last call alone."""
    calls = [Observation("bounded", text=LITTLE) for _ in range(count - 1)]
    return Attempt([*calls, Observation("bounded", text=LONG)], "too much Python work")


def in_time(number):
    seen = [Observation("bounded", text=LITTLE), *failing(number).observations]
    return Attempt(seen, "wrong values")


class Busy(Replay):
    """The mistake's first call takes long by chance."""

    def attempt(self, name, turn, observer, stands_in=False):
        given = self.given
        if self.ran.count("long") < 2 and name == "long":
            self.given = given | {"long": long()}
        found, failure = super().attempt(name, turn, observer, stands_in)
        if found is not None and found.took_long:
            failure = TookLong("too much Python work")
            failure.turns = 3
        self.given = given
        return found, failure


def test_one_that_takes_long_once_is_still_found():
    replay = Busy(long=in_time(1.0), short=failing(3.0))
    one = Suspect("it", replay, Clock(), Allowance())
    assert one.may_pass(["long"])
    student = {"long": in_time(1.0), "short": failing(3.0)}
    assert one.explains(student, []) == 3
    assert one.explains(student | {"long": in_time(2.0)}, []) == 0


def test_a_student_who_takes_long_once_is_still_known():
    """The mistake, which is not slow in that check, ends there by something else."""
    one, _ = suspect(long=in_time(1.0), short=failing(3.0))
    assert one.explains({"long": long(), "short": failing(3.0)}, []) == 3
    assert one.explains({"long": long(), "short": failing(4.0)}, []) == 0
