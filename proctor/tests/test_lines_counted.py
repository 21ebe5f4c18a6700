"""Lines of Python are counted: how many, and where along them the work is done."""

import contextlib
import sys

import numpy as np
import pytest

from proctor.rubric import rubric as rubrics
from proctor.rubric.where import InOneProcess
from proctor.steps import counted


def test_lines_of_two_calls_can_be_compared(monkeypatch):
    monkeypatch.setattr(rubrics, "examination", InOneProcess(seed=1))
    rubric = rubrics.Rubric(points=2)
    found = []

    def walk(count):
        for _ in range(count):
            pass

    @rubric.check("each turn as many lines as any other", points=2)
    def _():
        found.extend(rubric.lines(walk, n, most=90) for n in (5, 10, 20, 1000))

    five, ten, twenty, most = found
    assert twenty - ten == 2 * (ten - five) > 0
    assert most == 90


class Working(InOneProcess):
    """Where a call of 1000 lines has taken so many seconds after so many of them."""

    def __init__(self, seconds_after):
        super().__init__(seed=1)
        self._after, self._now = seconds_after, 0.0

    def processor_seconds(self):
        return self._now

    def count(self, function, positional, named, most, keep=True):
        done = min(most, 1000)
        self._now += self._after(done)
        return done, None


@pytest.mark.parametrize(
    ("seconds_after", "score"),
    [
        # Block by block; and with much to make ready in lines that take no time.
        (lambda lines: lines / 500, 2),
        (lambda lines: max(lines - 700, 0) / 150, 2),
        (lambda lines: max(lines - 850, 0) / 75, 2),
        # All at once: before a loop that does nothing, in the midst of it, behind it.
        (lambda lines: 2.0 if lines >= 5 else 0.0, 0),
        (lambda lines: 2.0 if lines >= 333 else 0.0, 0),
        (lambda lines: 2.0 if lines >= 1000 else 0.0, 0),
        # So little that the kernel does not tell it apart.
        (lambda lines: 0.2 if lines >= 5 else 0.0, 2),
    ],
)
def test_work_that_is_done_at_once_beside_a_loop(monkeypatch, seconds_after, score):
    monkeypatch.setattr(rubrics, "examination", Working(seconds_after))
    rubric = rubrics.Rubric(points=2)

    @rubric.check("piece by piece", points=2)
    def _():
        rubric.in_pieces(abs, 1, saying="all at once")

    assert rubric.score() == score
    assert {one["message"] for one in rubric.results()} == {
        "" if score else "all at once"
    }


def test_lines_calls_and_turns_are_counted():
    def turns(count):
        return [i + 1 for i in range(count)]

    few, answer = counted(turns, [3], {}, 1000)
    more, _ = counted(turns, [13], {}, 1000)
    assert answer == [1, 2, 3]
    assert more - few == 10
    assert counted(turns, [2000], {}, 1000) == (1001, None)


def test_what_the_function_raises_is_raised():
    def fails():
        raise ValueError("7")

    with pytest.raises(ValueError, match="7"):
        counted(fails, [], {}, 100)


def test_work_inside_numpy_is_not_counted():
    x = np.ones(100_000)
    steps, _ = counted(lambda: np.add(x, x), [], {}, 1000)
    assert steps == 2


@pytest.mark.parametrize("ends", ["", "raise ValueError"])
def test_what_is_imported_on_the_way_is_not_counted(tmp_path, monkeypatch, ends):
    """The first call of all may need it; cut off, it would never be there."""
    (tmp_path / "first_of_all.py").write_text("import of_it\n")
    (tmp_path / "of_it.py").write_text(f"for _ in range(5000):\n    pass\n{ends}")
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("first_of_all", "of_it"):
        monkeypatch.delitem(sys.modules, name, raising=False)

    def call(count):
        with contextlib.suppress(ValueError):
            import first_of_all  # noqa: F401
        return [i + 1 for i in range(count)]

    few, answer = counted(call, [3], {}, 1000)
    more, _ = counted(call, [13], {}, 1000)
    assert answer == [1, 2, 3]
    assert few < 100
    # It was there already, or not even then.
    assert more - few == 10
    assert counted(call, [2000], {}, 1000) == (1001, None)
    monkeypatch.delitem(sys.modules, "first_of_all", raising=False)
    monkeypatch.delitem(sys.modules, "of_it", raising=False)
