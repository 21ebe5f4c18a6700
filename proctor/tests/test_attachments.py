"""Pictures that students paste into Markdown, from the file to the graded notebook."""

import json

import pytest

from proctor.notebook.cells import KERNEL
from proctor.notebook.read import read_notebook
from proctor.notebook.write import finish
from proctor.tests.pages import code, drawn, markdown


@pytest.fixture
def read(tmp_path):
    def read(*cells):
        path = tmp_path / "a.ipynb"
        path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}))
        notebook, notes = read_notebook(path.name, path.read_bytes())
        return notebook["cells"], notes

    return read


def attached(**attachments):
    return markdown("![a](attachment:a)", **attachments)


def test_pictures_stay_as_they_were_pasted(read):
    png, jpeg = drawn(), drawn("jpeg")
    pieces = {"image/jpeg": [jpeg[:9], jpeg[9:]]}
    (cell,), notes = read(attached(**{"a.png": {"image/png": png}, "b.jpg": pieces}))
    kept = {"a.png": {"image/png": png}, "b.jpg": {"image/jpeg": jpeg}}
    assert cell["attachments"] == kept and notes == []
    notebook = {"cells": [cell]}
    finish(notebook, KERNEL)
    assert notebook["cells"][0]["attachments"] == kept


def test_nothing_else_stays_and_that_is_said(read):
    png = {"image/png": drawn()}
    first = attached(a=png, b={"image/svg+xml": "<svg>"}, c={"text/html": "<b>"})
    others = [attached(a=value) for value in (7, None, ["image/png"], {"image/png": 7})]
    cells, notes = read(first, *others, attached(d=png | {"image/gif": "R0lG"}))
    assert [cell.get("attachments") for cell in cells] == [
        *({"a": png}, None, None, None, None, {"d": png})
    ]
    assert notes == ["pasted files left out, neither PNG nor JPEG: 6"]


def test_what_is_too_large_is_left_out_and_that_is_said(read):
    small, large = {"image/png": "A" * 4_500_000}, {"image/png": "A" * 5_000_001}
    cells, notes = read(attached(a=large, b=small), *[attached(c=small)] * 4)
    # 20 million characters in all.
    assert ["".join(cell.get("attachments", {})) for cell in cells] == [*"bccc", ""]
    assert notes == ["pasted pictures left out, too large: 2"]


def test_only_markdown_has_pictures(read):
    png = {"a": {"image/png": drawn()}}
    cells, notes = read(code("1") | {"attachments": png}, markdown("x") | {})
    assert [cell for cell in cells if "attachments" in cell] == [] and notes == []
    # Nor has Markdown that was turned into code by its student.
    notebook = {"cells": [code("1") | {"attachments": png, "metadata": {}}]}
    finish(notebook, KERNEL)
    assert "attachments" not in notebook["cells"][0]


@pytest.mark.parametrize("attachments", [7, [], "a", None, {"a": {}}])
def test_attachments_that_are_none(read, attachments):
    (cell,), _ = read(markdown("x") | {"attachments": attachments})
    assert "attachments" not in cell


def test_half_a_surrogate_pair_in_a_name_can_be_written(read):
    (cell,), _ = read(attached(**{"\ud800": {"image/png": drawn()}}))
    json.dumps(cell, ensure_ascii=False).encode()
