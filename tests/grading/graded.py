"""A graded notebook of this course, for feedback pages."""

import json

from conftest import ROOT

from proctor.tests.pages import RECORD, code, picture, printed, raised, shown


def graded_notebook():
    """The assignment as built, with outputs such as grading leaves."""
    path = ROOT / "source" / "09_spatial" / "spatial.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name == "conv2d-forward":
            cell["outputs"] = [printed("\x1b[31mred\x1b[0m\n")]
        if name == "test-conv2d-forward":
            frames = ["Traceback", "the line of the test", "AssertionError: stride"]
            cell["outputs"] = [raised("AssertionError", "stride\n[[secret]]", frames)]
    notebook["cells"].append(code("plt.show()", shown(image_png=picture())))
    notebook["metadata"]["proctor"] = RECORD
    return notebook
