"""What it takes to read a file is taken from a process of its own."""

import json
import resource
import signal

import pytest

from proctor.errors import SubmissionError
from proctor.grade.reader_process import ReaderPool, ReaderProcess
from proctor.notebook.assignment import AssignedNotebook, Assignment
from proctor.notebook.cells import KERNEL
from proctor.sandbox.levels import best_level
from proctor.sandbox.limits import Limits
from proctor.tests import processes

NOTEBOOK = AssignedNotebook("n", [], KERNEL)
MEGABYTE = 1 << 20


def notebook(metadata):
    cell = {"cell_type": "code", "source": "1", "outputs": [], "metadata": metadata}
    return json.dumps({"cells": [cell], "nbformat": 4, "metadata": {}}).encode()


@pytest.fixture(scope="module")
def jail():
    with processes.open_jail(best_level(), Limits(memory_mb=400)) as jail:
        yield jail


@pytest.fixture
def readers(jail):
    pool = ReaderPool(jail, Assignment("a", [NOTEBOOK]))
    yield pool
    pool.close()


def read(readers, data):
    with readers.one(None) as reader:
        return reader.read(NOTEBOOK, "n.ipynb", data)


@pytest.mark.slow
def test_what_fills_the_memory_is_refused_and_the_next_is_read(readers):
    # Each of the 900,000 lists takes some sixty times its three characters.
    bomb = notebook({"a": [[]] * 900_000})
    deep = notebook({str(n): {"a": {"b": [{}]}} for n in range(180_000)})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for data in (bomb, deep, b"[" * 900_000, b'{"cells": [' + b"{}," * 900_000):
        try:
            found = read(readers, data).notebook
        except SubmissionError as error:
            assert str(error).startswith("n.ipynb ")
        else:
            assert [cell["source"] for cell in found["cells"]] == ["1"]
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown * 1024 < 60 * MEGABYTE
    found = read(readers, notebook({}))
    assert (found.notebook["cells"][0]["source"], found.notes) == ("1", [])


@pytest.mark.parametrize(
    ("kind", "text", "why"),
    [
        ("markdown", "\n" * 200_001, "200,000 lines"),
        ("code", "\f" * 200_001, "200,000 lines"),
        ("code", "x = '" + "y" * (2 << 20) + "'", "2 MB of code"),
        ("markdown", "y" * (3 << 20), ""),
        ("code", "x = 1\n" * 199_000, ""),
    ],
    ids=["lines", "other ends of lines", "code", "a long text", "many lines"],
)
def test_who_hands_in_more_than_anybody_writes_is_told_so(readers, kind, text, why):
    """All that looks at texts takes many times their bytes."""
    cell = {"cell_type": kind, "source": text, "metadata": {}}
    data = json.dumps({"cells": [cell], "nbformat": 4, "metadata": {}}).encode()
    if why:
        with pytest.raises(SubmissionError, match=why):
            read(readers, data)
    else:
        assert read(readers, data).notebook["cells"][0]["source"] == text


def test_a_reader_that_ends_costs_one_file(jail, readers):
    read(readers, notebook({}))
    (reader,) = readers._idle[None]
    reader._child.signal(signal.SIGKILL)
    with pytest.raises(SubmissionError, match="more memory or time"):
        read(readers, notebook({}))
    assert read(readers, notebook({})).notes == []


def test_one_reader_serves_the_next(jail, readers, monkeypatch):
    begun = []
    plain = ReaderProcess.__init__

    def init(self, *given):
        begun.append(1)
        plain(self, *given)

    monkeypatch.setattr(ReaderProcess, "__init__", init)
    for _ in range(3):
        read(readers, notebook({}))
    assert begun == [1]
