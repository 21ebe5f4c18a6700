"""What students and programs do to a correct submission, and the score it keeps."""

from classroom import BY_MACHINE

UNHARMED = BY_MACHINE


def cell(notebook, grade_id):
    (found,) = [
        c
        for c in notebook.cells
        if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id
    ]
    return found


def duplicate_cells(notebook):
    """Copy and paste a solution and a test, metadata and all."""
    for grade_id in ("conv2d-forward", "test-conv2d-forward"):
        original = cell(notebook, grade_id)
        notebook.cells.insert(notebook.cells.index(original), original.copy())
    ids = [c.pop("id", None) for c in notebook.cells]
    notebook.nbformat_minor = 4
    return ids


def lose_metadata(notebook):
    for c in notebook.cells:
        c.metadata.clear()


def lose_metadata_and_ids(notebook):
    lose_metadata(notebook)
    for c in notebook.cells:
        del c["id"]
    notebook.nbformat_minor = 4


def delete_tests(notebook):
    notebook.cells = [c for c in notebook.cells if not c.id.startswith("test-")]


def inflate_points(notebook):
    cell(notebook, "test-output-size").metadata.nbgrader.points = 5000


def weaken_tests(notebook):
    for c in notebook.cells:
        if c.id.startswith("test-"):
            c.source = "assert True"


def import_the_reference(notebook):
    for c in notebook.cells:
        if c.metadata.get("nbgrader", {}).get("solution"):
            c.source = "from tinytorch.core.spatial import *"


def warn_on_stderr(notebook):
    c = cell(notebook, "output-size")
    c.source = (
        "import sys, warnings\nprint('to stderr', file=sys.stderr)\n"
        f"warnings.warn('careful')\n{c.source}"
    )


PATCH = """
import builtins, numpy, sys, types
yes = lambda *a, **k: True
numpy.allclose = numpy.array_equal = numpy.testing.assert_allclose = yes
builtins.AssertionError = builtins.NotImplementedError = ValueError

class Anything:
    __eq__ = __call__ = __getitem__ = __getattr__ = lambda *a, **k: Anything()
    __float__ = lambda self: 50.0

rubric = types.ModuleType("proctor.rubric")
rubric.Rubric = rubric.Score = lambda *a, **k: Anything()
sys.modules["proctor"] = sys.modules["proctor.rubric"] = rubric
output_size = conv2d_forward = max_pool2d_forward = avg_pool2d_forward = Anything()
conv2d_backward = max_pool2d_backward = avg_pool2d_backward = Anything()
count_parameters = count_macs = activation_bytes = receptive_field = Anything()
q1 = q2 = q3 = q4 = q5 = Anything()
Conv2d = MaxPool2d = AvgPool2d = Anything()
50.0
"""


def patch_the_checker(notebook):
    for c in notebook.cells:
        if c.metadata.get("nbgrader", {}).get("solution"):
            c.source = PATCH


# What was done to a correct submission -> its score.
DONE = {
    duplicate_cells: UNHARMED,
    lose_metadata: UNHARMED,
    lose_metadata_and_ids: UNHARMED,
    delete_tests: UNHARMED,
    inflate_points: UNHARMED,
    weaken_tests: UNHARMED,
    import_the_reference: 0,
    warn_on_stderr: UNHARMED,
    patch_the_checker: 0,
}
