"""Outputs that a student's notebook comes with: pictures of what is given."""

import json

import pytest
from conftest import run
from nbformat import v4
from small import ASSIGNMENT, RELEASED, TRUTH

from course.cells import read_regions
from course.outputs import digests, stale
from course.project import Project
from course.truth import to_source

# A picture of one pixel, words, what depends on the student, on the day and on nothing.
MORE = """
# %%
from IPython.display import HTML, Image

pixel = bytes.fromhex(
    "89504e470d0a1a0a0000000d494844520000000100000001080000000"
    "03a7e9b550000000a49444154789c636000000002000148440b7a0000"
    "000049454e44ae426082"
)
Image(pixel)

# %%
len(pixel)

# %%
double(3)

# %%
HTML("<b>a page</b>")

# %%
import time

time.time_ns()
"""


@pytest.mark.slow
def test_what_no_student_has_a_part_in_is_released_with_its_output(small_course):
    truth, released = small_course / TRUTH, small_course / RELEASED
    truth.write_text(truth.read_text() + MORE)

    def outputs():
        cells = json.loads(released.read_text())["cells"]
        shown = {"".join(c["source"]): c["outputs"] for c in cells if c.get("outputs")}
        return {source.splitlines()[-1]: found for source, found in shown.items()}

    done = run("course", "outputs", ASSIGNMENT, cwd=small_course)
    assert done.stdout == (
        "the outputs of 2 cells are kept, and built into source/ and release/\n"
    ), done.stderr
    kept = outputs()
    assert list(kept) == ["Image(pixel)", "len(pixel)"]
    assert kept["Image(pixel)"][0]["data"]["image/png"].startswith("iVBORw0KGgo")
    assert kept["len(pixel)"][0]["data"] == {"text/plain": ["67"]}

    # Of an earlier text: left out, and said.
    truth.write_text(truth.read_text().replace("49454e44ae426082", "49454e44ae426083"))
    project = Project(small_course)
    (line,) = stale(project)
    assert line.endswith(
        "outputs.json: the code of 2 of them has changed, which are left out: run "
        f"course outputs {ASSIGNMENT}, then course build"
    )
    cells = to_source(truth, project, read_regions(project)).cells
    assert not any(cell.get("outputs") for cell in cells)


def test_a_cell_rests_on_what_makes_its_names():
    def of(*sources):
        cells = [
            v4.new_code_cell(source, id=f"c{i}") for i, source in enumerate(sources)
        ]
        mark = {"grade_id": "task", "solution": True, "grade": False}
        for cell in cells:
            if cell.source.startswith("def task"):
                cell.metadata["nbgrader"] = mark
        return digests(v4.new_notebook(cells=cells))

    given = ("def task(): ...", "a = 1", "b = a", "c = task()", "a = c", "a = 2\na")
    found = of(*given)
    assert list(found) == ["c1", "c2", "c5"]
    # An earlier cell counts only where its names are read.
    other = of(given[0], "a = 3", *given[2:])
    assert [name for name in found if found[name] != other[name]] == ["c1", "c2"]
    # What is read before it is made is that of above.
    assert list(of("def task(): ...", "a = task()", "a = a + 1", "a += 1")) == []
