"""Every notebook runs from top to bottom, as its reader runs it."""

import base64
import io
from contextlib import closing

import nbclient
import nbformat
import pytest
from conftest import ROOT
from jupyter_client.provisioning import local_provisioner
from kernels import Kernels
from matplotlib.image import imread

NOTEBOOKS = sorted((ROOT / "source").glob("*/*.ipynb"))
# It ends a cell that would never end, and judges none: seconds a cell.
HANGS = 7200
# What a notebook promises its reader, in the names that it leaves behind.
PROMISES = {
    "09_spatial/spatial": """
# The small network learns with the explicit loops, and its filters change.
assert accuracies[0] < 0.3 and accuracies[-1] >= 0.9, accuracies
changes = np.abs(filters - filters_before).max(axis=(1, 2, 3))
assert changes.min() > 0.1, changes
# It begins near log 10 and can learn 32 digits by heart.
assert abs(losses[0] - math.log(10)) < 0.3 and losses[-1] < 0.05, losses
# The text that stands for PyTorch's output is what our layers give.
stored = "(2, 4, 1, 3) [0.6304 0.3767 0.     0.6121]"
assert f"{ours.shape} {np.round(ours.data[0, :, 0, 0], 4)}" == stored
""",
    "18_acceleration/acceleration": """
# All ways were measured.
assert {"seven loops", "im2col and matmul", "Winograd"} <= set(measured), measured
assert len(measured) >= 6, measured
# The matrix product runs far fewer lines of Python than the loops, for the same.
import sys
small = IMAGES[:1, :4, :8, :8], KERNELS[:2, :4], None, (1, 1), (1, 1)
def count_lines(function):
    def count(frame, event, _):
        lines.append(frame.f_lineno)
        return count
    lines, before = [], sys.gettrace()
    sys.settrace(count)
    given = function(*small)
    sys.settrace(before)
    return len(lines), given
(few, ours), (many, slow) = count_lines(conv2d_forward), count_lines(conv2d_loops)
assert np.allclose(ours, slow, atol=1e-4) and 20 * few < many, (few, many)
""",
    "19_spatial_two/spatial_two": """
# With less than a quarter of the weights the digits are read as well.
assert count(reader(separable)) < count(reader(full)) / 4
assert min(found[-1] for found in accuracies.values()) >= 0.97, accuracies
assert accuracies["separable"][-1] >= accuracies["full"][-1] - 0.015, accuracies
# The noise is gone, for the most part.
assert errors[1] < errors[0] / 3, errors
""",
    "milestone_cnn/cnn": """
# The network reads the digits, and stands a shift that the other does not.
assert accuracy >= 0.98, accuracy
assert by_shift["CNN"][1] > by_shift["MLP"][1], by_shift
""",
}


@pytest.fixture(scope="module")
def kernels():
    with closing(Kernels()) as kernels:
        yield kernels


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_runs(path, tmp_path, kernels, monkeypatch):
    notebook = nbformat.read(path, as_version=4)
    promise = PROMISES.get(f"{path.parent.name}/{path.stem}")
    if not promise:
        # Most of these take less time than a kernel takes to start.
        monkeypatch.setattr(local_provisioner, "launch_kernel", kernels.launch)
    else:
        notebook.cells.append(nbformat.v4.new_code_cell(promise))
    kept = {cell.id: cell.outputs for cell in notebook.cells if cell.get("outputs")}
    nbclient.NotebookClient(
        notebook, timeout=HANGS, resources={"metadata": {"path": tmp_path}}
    ).execute()
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            assert output.get("name") != "stderr", output.text
        # A slow machine says what it waits for.
        shown = [o for o in cell.get("outputs", []) if o.output_type != "stream"]
        for before, now in zip(kept.get(cell.id, []), shown, strict=False):
            assert alike(before, now), (cell.source, before, now)


def alike(kept, now):
    """Tell whether the output that a student's notebook comes with is what is shown.

    Another machine draws a line's edge in another grey, and prints in another way.
    """
    if "image/png" not in kept.data:
        return kept.data["text/plain"].split() == now.data["text/plain"].split()
    pictures = []
    for output in (kept, now):
        png = base64.b64decode(output.data["image/png"])
        pictures.append(imread(io.BytesIO(png)))
    before, after = pictures
    same = kept.data["text/plain"] == now.data["text/plain"]
    return same and before.shape == after.shape and abs(before - after).mean() < 0.01


def test_the_stored_output_stands_in_the_notebook():
    text = (ROOT / "notebooks/09_spatial/spatial.py").read_text(encoding="utf-8")
    assert 'PyTorch 2.13 gave:", "(2, 4, 1, 3) [0.6304 0.3767 0.     0.6121]"' in text
