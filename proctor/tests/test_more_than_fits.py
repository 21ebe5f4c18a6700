"""Work that is to be done piece by piece is told by memory that nobody has."""

import resource

import pytest

from proctor.rubric import rubric as rubrics
from proctor.rubric.where import InOneProcess
from proctor.sandbox.limits import Limits
from proctor.tests import processes
from proctor.tests.sandboxes import needed

TEST = """\
### BEGIN HIDDEN TESTS
from proctor.rubric import Rubric

rubric = Rubric(points=2)


@rubric.check("piece by piece", points=2)
def _():
    x = rubric.rng.normal(size=2000)
    rows = 1 + (rubric.memory_bytes() + (50 << 20)) // x.nbytes
    assert rows > 2
    weights = rubric.rng.normal(size=rows)
    got = total(rubric.share(weights), rubric.share(x))
    rubric.close(got, weights.sum() * x, rtol=1e-9, atol=1e-9)


rubric.score()
### END HIDDEN TESTS"""
AT_ONCE = """
import numpy as np

def total(weights, x):
    for weight in weights:
        pass
    return (weights[:, None] * x).sum(axis=0)
"""
# Room that nobody uses takes none, until there is not enough for what is needed.
MADE_BEFORE = """
import numpy as np

room = np.empty(40_000_000)

def total(weights, x):
    made = room[: len(weights) * len(x)].reshape(len(weights), len(x))
    np.multiply(weights[:, None], x, out=made)
    return made.sum(axis=0)
"""
IN_HALF_THE_ROOM = AT_ONCE.replace("(weights[:, None] * x)", "halves(weights, x)") + (
    """
def halves(weights, x):
    return weights.astype(np.float32)[:, None] * x.astype(np.float32)
"""
)
IN_PIECES = """
import numpy as np

def total(weights, x):
    out = np.zeros_like(x)
    for start in range(0, len(weights), 500):
        out += (weights[start : start + 500, None] * x).sum(axis=0)
    return out
"""


@pytest.fixture(scope="module", params=["namespace", "landlock", "uid"])
def jail(request):
    needed(request.param)
    with processes.open_jail(request.param, Limits(memory_mb=640)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("source", "score"),
    [(AT_ONCE, 0), (MADE_BEFORE, 0), (IN_HALF_THE_ROOM, 0), (IN_PIECES, 2)],
    ids=["at-once", "made-before", "in-half-the-room", "in-pieces"],
)
def test_only_pieces_fit(jail, source, score):
    test = processes.test_cell("test-total", TEST, 2.0)
    assert processes.verdict_on(jail, source, test).score == score


@pytest.mark.parametrize(
    ("limit", "bytes_"), [(resource.RLIM_INFINITY, 0), (1 << 30, 1 << 30)]
)
def test_in_one_kernel_it_is_the_kernels_own_limit(monkeypatch, limit, bytes_):
    monkeypatch.setattr(resource, "getrlimit", lambda which: (limit, limit))
    monkeypatch.setattr(rubrics, "examination", InOneProcess(seed=1))
    assert rubrics.Rubric(points=1).memory_bytes() == bytes_
