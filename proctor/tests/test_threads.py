"""Right work that is done in threads keeps its points."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from proctor.sandbox.levels import best_level
from proctor.steps import counted
from proctor.tests import processes
from proctor.tests.ran import QUICK, SOLVED, TRIPLE, ran, scores
from proctor.tests.tiny import cells_of, notebook_of

IN_THREADS = """\
from concurrent.futures import ThreadPoolExecutor

from threading import Barrier

POOL, TWO = ThreadPoolExecutor(2), Barrier(2)

def together(part):
    TWO.wait()
    return double(part) / part  # each has the answer to its own question

def total(x):
    return float(np.mean([*POOL.map(together, np.ravel(x)[:, None])]) * x.sum())

def noise(count):
    return np.random.default_rng().normal(0, 3, count)
"""


@pytest.fixture(scope="module")
def jail(jails):
    return jails(best_level(), QUICK)


@pytest.mark.parametrize("again", ["", "total(np.ones(8))"], ids=["new", "used before"])
def test_threads_ask_for_what_stands_in_one_after_the_other(jail, again):
    cells = cells_of(SOLVED | {"double": TRIPLE, "total": IN_THREADS + again})
    assert scores(processes.run(jail, notebook_of(cells)))["test-total"] == 3


def test_a_pool_that_was_used_in_a_cell_goes_on_in_each_test(jail):
    pooled = SOLVED["double"].replace("2 * x", "POOL.submit(np.add, x, x).result()")
    start, use = IN_THREADS.partition("\n\ndef")[0], "POOL.submit(abs, -1).result()"
    verdicts, _ = ran(jail, f"{start}\n{use}\n\n{pooled}")
    assert scores(verdicts) == {"test-double": 4, "test-total": 3}


def walk(count):
    return [i + 1 for i in range(count)]


def test_each_turn_in_a_thread_is_as_many_lines_as_any_other():
    def in_new_threads(counts):
        with ThreadPoolExecutor(4) as pool:
            return sum(map(len, pool.map(walk, counts)))

    with ThreadPoolExecutor(2) as begun:
        # Its threads begin while the first call is counted, and serve the others.
        def in_the_same(counts):
            return sum(map(len, begun.map(walk, counts)))

        for function in (in_new_threads, in_the_same):
            five, ten, twenty = (
                counted(function, [[3] * n], {}, 100_000)[0] for n in (5, 10, 20)
            )
            assert twenty - ten == 2 * (ten - five) > 0
            steps, answer = counted(function, [[500] * 9], {}, 1000)
            assert (steps > 1000, answer) == (True, None)
