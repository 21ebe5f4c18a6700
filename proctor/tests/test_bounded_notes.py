"""What is said of a submission is bounded, whatever gives cause for it."""

import json

import pytest

from proctor.tests import tiny
from proctor.tests.lms_files import body

_LONG = "n" * 100_000


@pytest.mark.slow
def test_as_many_notes_as_there_are_broken_cells(course, run):
    """More than a page has room for, and more than a cluster takes for a result."""
    texts = {name: tiny.STUBS[name] for name in tiny.SOLUTIONS}
    broken = [f"1 / 0\n\n\ndef behind_{n}():\n    return {n}" for n in range(300)]
    broken.append(f"1 / 0\n{_LONG} = 1")
    texts["double"] = body(f"x + {_LONG}")
    cells = tiny.hidden(tiny.cells_of(texts, tuple(broken)))
    tiny.write(course / "mine" / tiny.FILE, cells)
    done = run("check", "mine/tiny.ipynb", "--results", "results.json")
    (found,) = json.loads((course / "results.json").read_text())["submissions"]
    assert found["status"] == "graded", done.output
    assert len(found["mended"]) == 201
    assert found["mended"][-1].startswith("and so on: 1")
    said = [cell["message"] for cell in found["cells"]] + found["mended"]
    assert max(map(len, said)) <= 2000
    assert len(done.output) < 100_000
