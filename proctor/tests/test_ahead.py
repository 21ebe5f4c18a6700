"""What is told before it is asked for, and what waits for the next request."""

import gc
import socket
import threading

import numpy as np
import pytest

from proctor.in_examiner.ahead import Ahead
from proctor.in_examiner.calls import Calls
from proctor.in_student.answers import AskingChannel
from proctor.rubric.arrays import StudentArray
from proctor.rubric.errors import StudentEnded
from proctor.wire.frames import Channel, ChannelError, with_timeouts


class Part:
    grad = None
    asked = 0

    def __init__(self, data):
        self.data = np.asarray(data)

    @property
    def shape(self):
        type(self).asked += 1
        return self.data.shape

    def follow(self, other):
        self.data, self.grad = self.data + other, other
        return self


class Whole:
    def __init__(self):
        self.part, self.sizes = Part(np.ones((2, 2))), (2, 2)

    def __call__(self, array):
        array[0] += 1
        return Part(self.part.data[0] * array)


class Watched:
    """What reading and setting its parts does can be seen."""

    def __init__(self):
        self.__dict__["data"] = 1.0

    def __setattr__(self, name, value):
        self.__dict__[name] = value * 2


class Hidden:
    """Says itself what its parts are."""

    def __init__(self):
        self.data = 1.0

    def __getattribute__(self, name):
        return 7.0 if name == "data" else super().__getattribute__(name)


class Doubled:
    """A descriptor goes before what is its own."""

    def __init__(self):
        self.__dict__["data"] = 1.0

    data = property(lambda self: 9.0, lambda self, value: None)


class Meant(type):
    """Is asked of its classes what stands above them, if it is asked."""

    __mro__ = property(lambda cls: pytest.fail("asked"))


class OfMeant(metaclass=Meant):
    def __init__(self):
        self.data = 1.0


class Talk:
    """Calls that are answered by a thread; `asked` has the operations."""

    def __init__(self, **names):
        ours, theirs = socket.socketpair()
        self._channel = Channel(with_timeouts(ours).detach())
        serving = Channel(theirs.detach())
        self._thread = threading.Thread(target=self._serve, args=(serving, names))
        self._thread.start()
        self.calls, self.asked = Calls(self._channel), []
        self.calls.allow(60)
        exchange = self.calls._exchange

        def noting(request, buffers):
            self.asked.append(request["operation"])
            return exchange(request, buffers)

        self.calls._exchange = noting

    def _serve(self, channel, names):
        answers = AskingChannel(channel, lambda: names)
        try:
            while True:
                answers.answer()
        except ChannelError:
            channel.close()

    def __enter__(self):
        self.names = self.calls("begin", ["make", "again"])
        self.asked.clear()
        return self

    def __exit__(self, *_):
        self._channel.close()
        self._thread.join()
        gc.collect()


def made(talk, *names):
    """Return an object, when parts of these names have been asked for."""
    first = talk.names["make"]()
    for name in names:
        part = first
        for one in name.split("."):
            part = getattr(part, one)
    found = talk.names["make"]()
    talk.asked.clear()
    return found


def test_what_was_asked_for_by_name_is_told_from_then_on():
    with Talk(make=Whole) as talk:
        whole = made(talk, "part.data", "part.grad", "sizes")
        assert whole.part.data.tolist() == [[1, 1], [1, 1]]
        assert type(whole.part.data) is StudentArray
        assert whole.part.grad is None and whole.sizes == (2, 2)
        assert talk.asked == []


def test_what_was_told_is_new_each_time():
    with Talk(make=Whole) as talk:
        whole = made(talk, "part.data")
        whole.part.data[:] = 5
        assert whole.part.data.tolist() == [[1, 1], [1, 1]]


def test_nothing_that_was_told_before_a_call_stands_after_it():
    with Talk(make=Whole) as talk:
        part = made(talk, "part.data", "part.grad", "part.follow").part
        assert part.data.tolist() == [[1, 1], [1, 1]] and part.grad is None
        part.follow(2.0)
        assert part.data.tolist() == [[3, 3], [3, 3]] and part.grad == 2.0


def test_nor_after_a_part_that_is_computed():
    class Lazy:
        def __init__(self):
            self.data = 0

        @property
        def more(self):
            self.data += 1
            return self.data

    with Talk(make=Lazy) as talk:
        lazy = made(talk, "data", "more")
        assert (lazy.data, lazy.more, lazy.data) == (0, 1, 1)


def test_nothing_is_computed_to_be_told():
    Part.asked = 0
    with Talk(make=Whole) as talk:
        made(talk, "part.shape")
        assert Part.asked == 1


@pytest.mark.parametrize(
    ("kind", "read", "after"),
    [(Watched, 1.0, 6.0), (Hidden, 7.0, 7.0), (Doubled, 9.0, 9.0), (OfMeant, 1.0, 3.0)],
)
def test_who_answers_for_its_parts_is_asked(kind, read, after):
    with Talk(make=kind) as talk:
        found = made(talk, "data")
        assert found.data == read
        found.data = 3.0
        assert found.data == after


def test_a_part_is_set_by_the_next_request():
    with Talk(make=Whole) as talk:
        whole = made(talk, "part.data", "part.follow")
        new = np.full((2, 2), 4.0)
        whole.part.data = new
        new[:] = 0  # the student has it as it was
        assert talk.asked == []
        assert whole.part.data.tolist() == [[4, 4], [4, 4]]
        assert talk.asked == ["getattr"]
        assert whole.part.follow(1.0).data.tolist() == [[5, 5], [5, 5]]


def test_what_was_set_under_one_number_is_seen_under_another():
    class Twice:
        def __init__(self):
            self.one = self.other = Part(np.ones(2))

    with Talk(make=Twice) as talk:
        twice = made(talk, "one.data", "other.data")
        twice.one.data = np.zeros(2)
        assert twice.other.data.tolist() == [0, 0]


def test_an_array_is_shared_by_the_next_request_and_looked_at_after_it():
    with Talk(make=Whole) as talk:
        whole = made(talk, "part.data")
        array = np.arange(2.0)
        shared = talk.calls.share(array)
        array[:] = 9
        assert talk.asked == []
        assert whole(shared).data.tolist() == [1, 1]
        assert np.asarray(shared).tolist() == [1, 1]
        assert talk.asked == ["call"]
        whole(shared)
        assert np.asarray(shared).tolist() == [2, 1]


def test_what_is_large_or_no_array_goes_at_once():
    with Talk(make=Whole) as talk:
        for value in (np.zeros(1 << 14), [1.0, 2.0], np.array(["a"])):
            talk.asked.clear()
            shared = talk.calls.share(value)
            assert talk.asked == ["share"]
            assert np.asarray(shared).tolist() == list(value)
        whole = made(talk, "part.data")
        whole.part.data = np.zeros(1 << 14)
        assert "setattr" in talk.asked


def test_what_is_large_is_asked_for():
    class Large:
        def __init__(self):
            self.data, self.text = np.ones(1 << 14), "a" * 10_000

    with Talk(make=Large) as talk:
        large = made(talk, "data", "text")
        assert large.data.sum() == 1 << 14 and len(large.text) == 10_000
        assert talk.asked == ["getattr", "getattr"]


def test_objects_in_a_circle_are_told_so_far_and_no_further():
    class Circle:
        def __init__(self):
            self.next = self

    with Talk(make=Circle) as talk:
        found = made(talk, "next")
        for _ in range(100):
            found = found.next
        assert 0 < len(talk.asked) < 20


def test_a_plain_test_is_told_nothing():
    with Talk(make=Whole) as talk:
        talk.calls.plain = True
        whole = made(talk, "sizes")
        assert whole.sizes == (2, 2)
        whole.sizes = 3
        assert whole.sizes == 3
        assert talk.asked == ["getattr", "setattr", "getattr"]


def test_who_has_ended_is_shared_nothing_with():
    with Talk(make=Whole) as talk:
        talk.calls.ended = "it has ended"
        with pytest.raises(StudentEnded):
            talk.calls.share(np.ones(2))


@pytest.mark.parametrize(
    "told",
    [
        {},
        [1],
        [[True, []]],
        [["1", []]],
        [[0, {}]],
        [[0, [["a", 1]]]],
        [[0, [["a", 1, True, 0]]]],
        [[0, [[1, 1, True]]]],
        [[0, [["a", 1, 1]]]],
        [[0, [["a", 1, True]] * 31]],
        [[0, []]] * 101,
    ],
)
def test_what_is_no_part_ends_the_process(told):
    ours, theirs = socket.socketpair()
    channel, student = Channel(with_timeouts(ours).detach()), Channel(theirs.detach())
    calls = Calls(channel)
    calls.deadline = float("inf")
    student.send({"value": 1, "parts": told})
    with pytest.raises(StudentEnded, match="not readable"):
        calls("len")
    channel.close()
    student.close()


@pytest.mark.parametrize("value", [{"a": ["<f8", [2], 0, False]}, {"?": 1}, [1]])
def test_a_part_that_is_no_value_ends_the_process_when_it_is_read(value):
    ours, theirs = socket.socketpair()
    channel, student = Channel(with_timeouts(ours).detach()), Channel(theirs.detach())
    calls = Calls(channel)
    calls.deadline = float("inf")
    student.send({"value": {"h": 0}, "parts": [[0, [["data", value, True]]]]})
    handle = calls("len")
    with pytest.raises(StudentEnded, match="the notebook's process was stopped"):
        _ = handle.data
    assert calls.ended
    channel.close()
    student.close()


def test_what_waits_is_bounded():
    ahead = Ahead()
    shared = [ahead.share(np.zeros(2), int) for _ in range(20)]
    assert shared.count(None) == 4 and len(ahead.waiting) == 16
