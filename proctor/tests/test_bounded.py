"""Code that loops is known by the lines of Python that run, or by its time."""

import numpy as np
import pytest

from proctor.rubric import pace
from proctor.rubric import rubric as rubrics
from proctor.rubric.where import InOneProcess
from proctor.tests import processes
from proctor.tests.hostile import FORGES_COUNT
from proctor.tests.sandboxes import needed

TEST = """\
### BEGIN HIDDEN TESTS
from proctor.rubric import Rubric

rubric = Rubric(points=2)


def twice(x):
    return x + x


rubric.stand_in(halve=twice)


@rubric.check("no loop over the numbers", points=2)
def _():
    x = rubric.rng.normal(size=(800, 650))
    call = rubric.share(x),
    # A right way that takes its time: `x + x` in memory that is warm takes less than
    # any student's copy of this size in memory that is new.
    slowly = lambda: np.pad(x, 1)[1:-1, 1:-1] + x
    found = rubric.bounded(double, *call, steps=50, beside=slowly, times=9)
    rubric.close(found, 2 * x)


rubric.score()
### END HIDDEN TESTS"""
MUCH = "no loop over the numbers: too much Python work"
# Three look-ups for each number: who forges the count is known by the time alone.
LOOPS = """
import sys

import numpy as np

def double(x):
    out = np.zeros_like(x)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            out[i, j] += x[i, j] + x[i, j]
    return out
"""
FORGES = LOOPS + FORGES_COUNT
# The test asks twice, with the student's own functions and with the one given.
KEEPS = f"""
{FORGES}
looped, kept = double, {{}}

def double(x):
    key = x.tobytes()
    kept[key] = kept[key] if key in kept else looped(x)
    return kept[key]
"""
THREAD = f"""
{FORGES}
import threading
looped = double

def double(x):
    answers = []
    worker = threading.Thread(target=lambda: answers.append(looped(x)))
    worker.start()
    worker.join()
    return answers[0]
"""
# The array is there before the call.
BEFORE = f"""
{FORGES}
looped, known, keep = double, [], server.keep

def double(x):
    return known[-1]

def kept(self, value):
    if isinstance(value, np.ndarray):
        known.append(looped(value))
    return keep(self, value)

server.keep = kept
"""
LATER = f"""
{LOOPS}
looped = double

class Later:
    def __init__(self, x):
        self.x = x

    def __array__(self, dtype=None, copy=None):
        return looped(self.x)

def double(x):
    return Later(x)
"""
SWALLOWS = LOOPS.replace(
    "            out[i, j] += x[i, j] + x[i, j]",
    "            try:\n                out[i, j] += x[i, j] + x[i, j]\n"
    "            except BaseException:\n                pass",
)


@pytest.fixture(scope="module", params=["namespace", "landlock"])
def jail(request, jails):
    needed(request.param)
    return jails(request.param)


def verdict_on(jail, source):
    return processes.verdict_on(
        jail, source, processes.test_cell("test-double", TEST, 2.0)
    )


@pytest.mark.parametrize(
    "body",
    [
        "return 2 * x",
        "return np.einsum('ij,->ij', x, 2.0, optimize=True)",
        "return np.pad(x, 1)[1:-1, 1:-1] * 2",
        "return np.vstack([2 * x[:450], 2 * x[450:]])",
    ],
)
def test_whole_arrays_need_few_lines(jail, body):
    steps = TEST.replace("steps=50", "steps=400")
    source = f"import numpy as np\ndef double(x):\n    {body}"
    test = processes.test_cell("test-double", steps, 2.0)
    verdict = processes.verdict_on(jail, source, test)
    assert (verdict.score, verdict.message) == (2, "")


@pytest.mark.slow
@pytest.mark.parametrize(
    "source",
    [
        LOOPS,
        "def double(x):\n    import numpy as np\n"
        "    return np.array([[2 * v for v in row] for row in x])",
        "import numpy as np\n"
        "def double(x):\n    return np.vectorize(lambda v: 2 * v)(x)",
        SWALLOWS,
        FORGES,
        KEEPS,
        THREAD,
        BEFORE,
    ],
    ids=[
        "loops",
        "list",
        "vectorize",
        "swallows",
        "forges",
        "keeps",
        "thread",
        "before",
    ],
)
def test_loops_are_found(jail, source):
    verdict = verdict_on(jail, source)
    assert (verdict.score, verdict.message) == (0, MUCH)


def test_what_is_computed_when_looked_at_is_no_answer(jail):
    verdict = verdict_on(jail, LATER)
    assert verdict.score == 0
    assert verdict.message == "no loop over the numbers: not a numeric array"


class Busy(InOneProcess):
    """A student's process that takes this long in its calls, one after the other."""

    def __init__(self, seconds):
        super().__init__(seed=1)
        self.seconds, self.now = iter(seconds), 0.0

    def processor_seconds(self):
        return self.now

    def count(self, function, args, kwargs, most):
        self.now += next(self.seconds)
        return super().count(function, args, kwargs, most)


@pytest.fixture(params=[0.6, 1, 20])
def slowness(request, monkeypatch):
    """Take what is done beside the call to take so many times 50 ms."""
    monkeypatch.setattr(pace, "seconds_of", lambda work: 0.05 * request.param)
    return request.param


# Twice as long as what is done beside it, that is 0.1, and two steps of the kernel's.
@pytest.mark.parametrize(
    ("seconds", "right", "message"),
    [
        ([0.09], 2.0, ""),
        ([0.3, 0.09], 2.0, ""),
        ([0.3, 0.3, 0.3, 0.3, 0.09], 2.0, ""),
        ([0.3, 0.09], 3.0, "wrong values: right but for a factor"),
        # Five times with the student's own functions, five with the one given.
        ([0.3] * 10, 2.0, "too much Python work"),
        ([1.0, 1.0, 0.09], 2.0, ""),
        # So much is a loop's when it comes again, and this at once.
        ([1.0] * 6, 2.0, "too much Python work"),
        ([9.0] * 2, 2.0, "too much Python work"),
    ],
)
def test_a_busy_or_slow_machine_costs_and_gives_no_points(
    monkeypatch, slowness, seconds, right, message
):
    busy = Busy(slowness * each for each in seconds)
    monkeypatch.setattr(rubrics, "examination", busy)
    rubric = rubrics.Rubric(points=2)
    rubric.stand_in(halve=halve)
    asked = []

    @rubric.check("in time", points=2)
    def _():
        x = rubric.rng.normal(size=3)
        asked.append(x)
        found = rubric.bounded(np.add, x, x, steps=9, beside=lambda: None)
        rubric.close(found, right * x)

    assert rubric.results()[0]["message"] == message
    assert next(busy.seconds, None) is None
    # What took too long gets other numbers: no answer can be kept from before.
    assert len({numbers.tobytes() for numbers in asked}) == len(seconds)


@pytest.mark.parametrize(("last", "score"), [(0.009, 2), (0.2, 0)])
def test_little_work_has_more_tries(monkeypatch, last, score):
    """The machine is given to others for as long as hundreds of such calls take."""
    monkeypatch.setattr(pace, "seconds_of", lambda work: 0.001)
    monkeypatch.setattr(rubrics, "examination", Busy([0.2] * 4 + [last]))
    rubric = rubrics.Rubric(points=2)

    @rubric.check("in time", points=2)
    def _():
        x = rubric.rng.normal(size=3)
        rubric.bounded(np.add, x, x, steps=9, beside=lambda: None)

    assert rubric.results()[0]["score"] == score


@pytest.mark.parametrize(("times", "score"), [(2, 0), (6, 2)])
def test_an_author_says_how_many_times_as_long(monkeypatch, times, score):
    monkeypatch.setattr(pace, "seconds_of", lambda work: work())
    monkeypatch.setattr(rubrics, "examination", Busy([0.3] * 5))
    rubric = rubrics.Rubric(points=2)

    @rubric.check("in time", points=2)
    def _():
        beside = {"beside": lambda: 0.05, "times": times}
        rubric.close(rubric.bounded(np.add, 1.0, 2.0, steps=9, **beside), 3.0)

    assert rubric.results()[0]["score"] == score


def test_each_call_has_its_own_time(monkeypatch):
    """Time that one call leaves is not another's."""
    monkeypatch.setattr(pace, "seconds_of", lambda work: work())
    monkeypatch.setattr(rubrics, "examination", Busy([0.0, 0.3] * 5))
    rubric = rubrics.Rubric(points=2)

    @rubric.check("in time", points=2)
    def _():
        for least in (1.0, 0.05):
            rubric.bounded(np.add, 1.0, 2.0, steps=9, beside=lambda: least)  # noqa: B023

    assert rubric.results()[0]["message"] == "too much Python work"


# A million numbers are received in six times 10 ms, three in none.
@pytest.mark.parametrize(
    ("numbers", "call", "score"), [(10**6, 0.09, 2), (10**6, 0.5, 0), (3, 0.09, 0)]
)
def test_to_receive_what_is_shared_is_not_the_calls_work(
    monkeypatch, numbers, call, score
):
    monkeypatch.setattr(pace, "seconds_of", lambda work: 0.01)
    monkeypatch.setattr(pace, "seconds_of_bytes", lambda count: count / 8e8)
    monkeypatch.setattr(rubrics, "examination", Busy([call] * 5))
    rubric = rubrics.Rubric(points=2)

    @rubric.check("in time", points=2)
    def _():
        x = rubric.share(np.arange(numbers) + rubric.rng.normal())
        rubric.bounded(np.add, x, x, steps=9, beside=lambda: None)

    assert rubric.results()[0]["score"] == score


def test_known_work_takes_as_long_as_its_share_of_it():
    assert 0 < pace.seconds_of_python(1e3) < pace.seconds_of_python(1e6)
    assert 0 == pace.seconds_of_bytes(0) < pace.seconds_of_bytes(10**7)
    assert 0 < pace.seconds_of(lambda: None) < pace.seconds_of(lambda: sum(range(9999)))


def test_time_that_the_kernel_does_not_tell_apart_needs_no_yardstick(monkeypatch):
    monkeypatch.setattr(pace, "seconds_of", None)
    monkeypatch.setattr(rubrics, "examination", Busy([0.02]))
    rubric = rubrics.Rubric(points=2)

    @rubric.check("in time", points=2)
    def _():
        found = rubric.bounded(np.add, 1.0, 2.0, steps=9, beside=lambda: None)
        rubric.close(found, 3.0)

    assert rubric.results()[0]["score"] == 2


def halve(x):
    return x / 2
