"""Attacks, and damage, in the notebook's JSON: metadata, order, types, encoding."""

import copy
import hashlib
import itertools
import json

import nbformat
from spatial_points import BY_HAND

from redteam.submission import FEW, POINTS, attack

TESTS = list(POINTS)


def _tests(notebook):
    return [notebook.cell(name) for name in TESTS]


def _tests_with(notebook, values):
    """Yield each test with one of the values, which come in turn."""
    yield from zip(_tests(notebook), itertools.cycle(values), strict=False)


@attack()
def raises_its_points(notebook, folder):
    notebook.fake()
    for cell in _tests(notebook):
        cell.metadata.nbgrader.points = 5000


@attack()
def gives_odd_points(notebook, folder):
    """Negative, not a number, a text, a list, infinite."""
    notebook.fake()
    values = [-20, float("nan"), "20", [20], float("inf")]
    for cell, value in _tests_with(notebook, values):
        cell.metadata.nbgrader.points = value


@attack()
def swaps_names_of_tests(notebook, folder):
    """The test that it passes gets the name of the one that is worth most."""
    notebook.fake()
    cheap, dear = (
        notebook.cell("test-output-size"),
        notebook.cell("test-conv2d-forward"),
    )
    cheap.metadata.nbgrader.grade_id = "test-conv2d-forward"
    dear.metadata.nbgrader.grade_id = "test-output-size"
    cheap.id, dear.id = "test-conv2d-forward", "test-output-size"


@attack()
def swaps_names_of_solutions(notebook, folder):
    notebook.fake()
    one, other = notebook.cell("output-size"), notebook.cell("test-conv2d-forward")
    one.metadata.nbgrader.grade_id = "test-conv2d-forward"
    other.metadata.nbgrader.grade_id = "output-size"


@attack()
def all_cells_are_the_cheap_test(notebook, folder):
    """Every test cell bears the text and the name of the one that passes."""
    notebook.fake()
    good = notebook.cell("test-output-size")
    for cell in _tests(notebook):
        name = cell.metadata.nbgrader.grade_id
        cell.source = good.source
        cell.metadata = copy.deepcopy(good.metadata)
        cell.metadata.nbgrader.grade_id = name


@attack()
def tests_are_prose(notebook, folder):
    notebook.fake()
    for cell in _tests(notebook):
        cell.cell_type = "markdown"
        for key in ("outputs", "execution_count"):
            cell.pop(key, None)
        cell.metadata.nbgrader.cell_type = "markdown"


@attack()
def tests_are_raw(notebook, folder):
    notebook.fake()
    for cell in _tests(notebook):
        cell.cell_type = "raw"
        for key in ("outputs", "execution_count"):
            cell.pop(key, None)


@attack()
def tests_are_solutions(notebook, folder):
    """Flags changed: a test that is a solution, unlocked, a task, not graded."""
    notebook.fake()
    for cell in _tests(notebook):
        cell.source = "assert True"
        cell.metadata.nbgrader.update(
            solution=True, locked=False, task=True, grade=False, checksum="0" * 32
        )


@attack()
def tests_are_weakened(notebook, folder):
    """The text of each test is ``pass``, with a checksum made as nbgrader makes it."""
    notebook.fake()
    for cell in _tests(notebook):
        cell.source = "pass"
        grading = cell.metadata.nbgrader
        parts = cell.source, cell.cell_type, f"{grading.points:f}", grading.grade_id
        grading.checksum = hashlib.md5("".join(parts).encode()).hexdigest()


@attack()
def tests_are_doubled(notebook, folder):
    """A weak copy of each test, before and after it, under its name."""
    notebook.fake()
    for cell in _tests(notebook):
        at = notebook.node.cells.index(cell)
        for place in (at, at + 2):
            weak = copy.deepcopy(cell)
            weak.source = f"# {cell.metadata.nbgrader.grade_id}\nassert True"
            weak.id = f"weak-{place}"
            notebook.node.cells.insert(place, weak)


@attack()
def tests_come_first(notebook, folder):
    """A test before its solution cell judges what the student did before it."""
    notebook.fake()
    tests = _tests(notebook)[1:]
    for cell in tests:
        notebook.node.cells.remove(cell)
    notebook.node.cells[:0] = tests


@attack()
def tests_are_deleted(notebook, folder):
    notebook.fake()
    for cell in _tests(notebook):
        notebook.node.cells.remove(cell)


@attack()
def tests_are_in_prose_of_others(notebook, folder):
    """The test's text stands in a solution cell; the test itself is gone."""
    notebook.fake()
    for name in FEW:
        test = notebook.cell(f"test-{name}")
        notebook.node.cells.remove(test)
        notebook.extend(name, test.source)


@attack(solves=())
def everything_is_deleted(notebook, folder):
    notebook.node.cells = []


@attack()
def loses_all_metadata(notebook, folder):
    notebook.fake()
    for cell in notebook.node.cells:
        cell.metadata.clear()


@attack()
def metadata_of_odd_types(notebook, folder):
    """``nbgrader`` is a list, a text, nothing, true, a number."""
    notebook.fake()
    for cell, value in _tests_with(notebook, [[], "x", None, True, 5]):
        cell.metadata["nbgrader"] = value


@attack()
def names_that_lead_elsewhere(notebook, folder):
    """A grade_id that is a path, a number, nothing, 10,000 letters, markup."""
    notebook.fake()
    names = ["../../gradebook", 5, None, "x" * 10_000, "<script>alert(1)</script>"]
    for cell, name in _tests_with(notebook, names):
        cell.metadata.nbgrader.grade_id = name


@attack()
def unknown_cells_are_graded(notebook, folder):
    """Cells of its own, said to be tests worth 100 points each."""
    notebook.fake()
    for number in range(3):
        cell = notebook.append("assert True")
        cell.metadata["nbgrader"] = {
            "grade": True,
            "grade_id": f"bonus-{number}",
            "locked": True,
            "points": 100,
            "schema_version": 3,
            "solution": False,
            "task": False,
            "checksum": "0",
            "cell_type": "code",
        }


@attack()
def other_schema_versions(notebook, folder):
    notebook.fake()
    versions = [0, 1, 2, 99, "3"]
    for cell, version in _tests_with(notebook, versions):
        cell.metadata.nbgrader.schema_version = version


@attack()
def tags_that_skip(notebook, folder):
    """Tags that tell nbclient to run past errors, or not to run a cell."""
    notebook.fake()
    tags = ["raises-exception", "skip-execution", "skip-grading", "remove_cell", "slow"]
    for cell in notebook.node.cells:
        cell.metadata["tags"] = list(tags)
        cell.metadata["deletable"] = True
    notebook.node.metadata["execution"] = {"allow_errors": True, "timeout": -1}


@attack()
def another_kernel(notebook, folder):
    """A kernel of another name, by another command, of another language."""
    notebook.fake()
    notebook.node.metadata["kernelspec"] = {
        "name": "../../../../tmp/redteam",
        "display_name": "<script>alert(1)</script>",
        "language": "bash",
        "argv": ["/bin/sh", "-c", "touch /tmp/redteam-kernel"],
        "env": {"PYTHONSTARTUP": "/tmp/redteam.py"},
        "metadata": {"kernel_provisioner": {"provisioner_name": "redteam"}},
    }
    notebook.node.metadata["language_info"] = {
        "name": "sh",
        "file_extension": "/../../x",
        "pygments_lexer": "redteam",
        "codemirror_mode": {"name": "ipython", "version": 3},
        "nbconvert_exporter": "os.system",
    }


@attack()
def metadata_without_kernel(notebook, folder):
    notebook.fake()
    notebook.node.metadata = {}


@attack()
def metadata_of_course(notebook, folder):
    """The notebook's metadata claims a course, a student, a grade."""
    notebook.fake()
    notebook.node.metadata["nbgrader"] = {"score": 100, "student_id": "a-neighbour"}
    notebook.node.metadata["course"] = {"points": 5}
    notebook.node.metadata["celltoolbar"] = "Create Assignment"
    notebook.node.metadata["jupytext"] = {"formats": "ipynb,../../redteam//py:percent"}
    notebook.node.metadata["widgets"] = {"application/vnd.jupyter": {"state": {}}}


@attack()
def notebook_format_3(notebook, folder):
    """Worksheets, as notebooks had them until 2015."""
    notebook.fake()
    cells = []
    for cell in notebook.node.cells:
        old = {"cell_type": cell.cell_type, "metadata": cell.metadata}
        if cell.cell_type == "code":
            old |= {"input": cell.source, "outputs": [], "language": "python"}
            cells.append(old | {"collapsed": False, "prompt_number": 1})
        else:
            cells.append(old | {"source": cell.source})
    sheets = [{"cells": cells, "metadata": {}}]
    name = {"name": "spatial"}
    return json.dumps(
        {"metadata": name, "nbformat": 3, "nbformat_minor": 0, "worksheets": sheets}
    )


@attack(solves=())
def notebook_format_of_the_future(notebook, folder):
    data = json.loads(notebook.text())
    return json.dumps(data | {"nbformat": 5, "nbformat_minor": 99})


@attack()
def minor_format_of_the_future(notebook, folder):
    notebook.fake()
    data = json.loads(notebook.text())
    return json.dumps(data | {"nbformat_minor": 99, "unknown": {"a": [1]}})


@attack(solves=())
def formats_of_odd_types(notebook, folder):
    data = json.loads(notebook.text())
    return json.dumps(data | {"nbformat": "4", "nbformat_minor": None})


@attack(solves=("output-size",))
def merge_markers(notebook, folder):
    """Version control left its marks, between lines of the JSON."""
    notebook.fake()
    text = notebook.text()
    line = next(line for line in text.splitlines() if "def conv2d_forward" in line)
    both = f"<<<<<<< HEAD\n{line}\n=======\n{line}\n>>>>>>> theirs"
    return text.replace(line, both)


@attack(solves=())
def conflicts_without_end(notebook, folder):
    """A hundred thousand beginnings of conflicts, none of which ends."""
    return "<<<<<<< HEAD\n||||||| base\n" * 100_000


@attack(solves=(), slow=True)
def a_notebook_that_grows(notebook, folder):
    """24 MB of JSON, which take half a gigabyte when they are read."""
    text = notebook.text()
    lists = "[]," * (8 << 20)
    return text.replace('"nbformat": 4', f'"x": [{lists}[]], "nbformat": 4')


@attack()
def claims_to_be_graded(notebook, folder):
    """Comes with what the grader writes into a notebook that it graded."""
    notebook.fake()
    cells = [
        {"grade_id": name, "score": points, "max_score": points, "status": "passed"}
        | {"message": "", "checks": []}
        for name, points in (POINTS | BY_HAND).items()
    ]
    notebook.node.metadata["proctor"] = {
        "schema": "proctor/results/v1",
        "key": "",
        "submission": {
            "student": "claims-to-be-graded",
            "status": "graded",
            "score": 100.0,
            "max_score": 100.0,
            "cells": cells,
        },
    }


@attack()
def merge_markers_in_a_cell(notebook, folder):
    notebook.fake()
    notebook.write(
        "conv2d-forward",
        "<<<<<<< HEAD\ndef conv2d_forward():\n    pass\n=======\n>>>>>>> theirs",
    )


@attack()
def odd_cell_ids(notebook, folder):
    """All the same, empty, 1000 letters, no text, markup."""
    notebook.fake()
    ids = ["same", "", "x" * 1000, 5, "<script>", None, "a b", "ä", "same"]
    for number, cell in enumerate(notebook.node.cells):
        if not cell.metadata.get("nbgrader"):
            cell["id"] = ids[number % len(ids)]


@attack()
def takes_the_ids_of_tests(notebook, folder):
    """Cells of its own by the ids of the tests, which have lost theirs."""
    notebook.fake()
    for name in TESTS:
        test = notebook.cell(name)
        weak = notebook.add(f"# {name}\nassert True")
        weak.id = name
        test.id = f"lost-{name}"
        test.metadata.clear()
        notebook.node.cells.remove(test)


@attack()
def ten_thousand_cells(notebook, folder):
    notebook.fake()
    cell = {"cell_type": "markdown", "metadata": {}, "source": "x"}
    data = json.loads(notebook.text())
    data["cells"] += [cell | {"id": f"m-{number}"} for number in range(10_000)]
    return json.dumps(data)


@attack()
def a_thousand_copies_of_a_test(notebook, folder):
    """Likeness is looked for in each."""
    notebook.fake()
    for name in ("test-conv2d-forward", "conv2d-forward"):
        cell = notebook.cell(name)
        for number in range(300):
            other = copy.deepcopy(cell)
            other.source += f"\n# {number}"
            other.id = f"{name[:20]}-{number}"
            if number % 2:
                other.metadata.clear()
            notebook.node.cells.append(other)


@attack()
def a_cell_of_five_megabytes(notebook, folder):
    notebook.fake()
    notebook.add("x = '''" + "line of text\n" * 400_000 + "'''")
    notebook.add("assert " * 3 + "y" * 1_000_000, kind="markdown")


@attack()
def long_cells_that_look_alike(notebook, folder):
    """Text without metadata, for which likeness takes long to measure."""
    notebook.fake()
    text = notebook.cell("test-conv2d-forward").source
    for name in FEW:
        for found in [notebook.cell(name), notebook.cell(f"test-{name}")]:
            found.metadata.clear()
            found.id = f"x-{found.id}"[:60]
            found.source = found.source + "\n" + (text + "\n") * 20
    for number in range(40):
        other = nbformat.v4.new_code_cell(text * 20 + f"# {number}")
        notebook.node.cells.append(other)


@attack()
def deep_metadata(notebook, folder):
    """Nine hundred dictionaries, one in the other."""
    notebook.fake()
    deep = {}
    for _ in range(900):
        deep = {"a": deep}
    notebook.node.metadata["deep"] = {}
    text = notebook.text()
    return text.replace('"deep": {}', f'"deep": {json.dumps(deep)}')


@attack(solves=())
def deeper_than_the_parser(notebook, folder):
    return '{"cells": ' + "[" * 200_000 + "]" * 200_000 + "}"


@attack()
def odd_numbers_in_json(notebook, folder):
    """NaN, infinities, and a number of 5000 digits, where none is expected."""
    notebook.fake()
    notebook.node.metadata["odd"] = 0
    numbers = f"[NaN, Infinity, -Infinity, 1e999, {'9' * 4000}]"
    return notebook.text().replace('"odd": 0', f'"odd": {numbers}')


@attack(solves=())
def a_number_too_long_to_read(notebook, folder):
    text = notebook.text()
    return text.replace('"nbformat": 4', f'"odd": {"9" * 100_000}, "nbformat": 4')


@attack()
def doubled_keys(notebook, folder):
    """The same key twice: readers differ in which one counts."""
    notebook.fake()
    text = notebook.text()
    text = text.replace('"points": 20', '"points": 20, "points": 2000')
    return text.replace(
        '"grade_id": "test-conv2d-forward"',
        '"grade_id": "test-conv2d-forward", "grade_id": "test-output-size"',
    )


@attack(solves=())
def a_list_at_the_top(notebook, folder):
    return "[" + notebook.text() + "]"


@attack(solves=())
def not_json(notebook, folder):
    return b"\x89PNG\r\n\x1a\n" + bytes(1000)


@attack(solves=())
def cut_off(notebook, folder):
    """An upload that ended too early."""
    text = notebook.text()
    return text[: len(text) // 2]


@attack(solves=())
def python_instead_of_a_notebook(notebook, folder):
    return "def output_size(*a):\n    return 5\n"


@attack(solves=())
def text_in_utf_16(notebook, folder):
    return notebook.text().encode("utf-16")


@attack()
def zeros_and_surrogates_in_cells(notebook, folder):
    """Text that cannot be encoded, or compiled."""
    notebook.fake()
    data = json.loads(notebook.text())
    odd = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    for number, source in enumerate(
        ["x = '\ud800'", "y = '\x00'", "\x00", "\ufeff", "\f"]
    ):
        data["cells"].insert(5, odd | {"id": f"odd-{number}", "source": source})
    data["metadata"]["title"] = "\ud800"
    return json.dumps(data)


@attack()
def cells_without_parts(notebook, folder):
    """No source, no metadata, no outputs, an unknown type."""
    notebook.fake()
    data = json.loads(notebook.text())
    data["cells"][3:3] = [
        {"cell_type": "code", "id": "a"},
        {"cell_type": "markdown", "id": "b", "metadata": {}},
        {"cell_type": "unknown", "id": "c", "metadata": {}, "source": ""},
        {"id": "d"},
        {"cell_type": "code", "id": "e", "metadata": {}, "source": 5, "outputs": 5},
    ]
    return json.dumps(data)


@attack(solves=())
def cells_that_are_none(notebook, folder):
    data = json.loads(notebook.text())
    data["cells"][3:3] = [None, 5, "text", []]
    return json.dumps(data)


@attack()
def odd_outputs(notebook, folder):
    """Outputs of unknown types, without names, of 2 MB."""
    notebook.fake()
    data = json.loads(notebook.text())
    outputs = [
        {"output_type": "unknown"},
        {"output_type": "stream"},
        {"output_type": "stream", "name": "stdout", "text": "x" * 2_000_000},
        {"output_type": "display_data", "data": {"text/html": "<script>1</script>"}},
        {"output_type": "error", "ename": 5, "evalue": None, "traceback": "x"},
        5,
    ]
    for cell in data["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = outputs
    return json.dumps(data)
