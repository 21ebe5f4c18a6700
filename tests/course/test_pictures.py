"""Alt text reaches the reader, whatever shows the notebook."""

import subprocess
import sys

import nbclient
import nbformat
import pytest
from bs4 import BeautifulSoup
from nbconvert import HTMLExporter

from proctor.grade.safe_outputs import rebuild
from tinytorch.pictures import show

DRAW = """
import matplotlib.pyplot as plt
from tinytorch.pictures import show
figure, axes = plt.subplots(figsize=(2, 1))
axes.plot([0, 1])
show(figure, alt='A line that rises from "0" to 1 & stops.')
"""
ALT = 'A line that rises from "0" to 1 & stops.'


@pytest.fixture(scope="module")
def drawn():
    """A notebook that draws, run: as it is, and with pictures for fine screens."""
    cells = [
        DRAW,
        "%config InlineBackend.figure_formats = ['retina']\n" + DRAW,
        "%config InlineBackend.figure_formats = ['svg']\n" + DRAW,
    ]
    notebook = nbformat.v4.new_notebook(cells=[*map(nbformat.v4.new_code_cell, cells)])
    nbclient.NotebookClient(notebook, timeout=300).execute()
    return notebook


def test_each_figure_is_shown_once(drawn):
    for cell in drawn.cells:
        (output,) = cell.outputs
        assert set(output.data) == {"text/html", "image/png", "text/plain"}
        assert output.data["text/plain"] == ALT
        assert output.metadata["image/png"]["alt"] == ALT


def test_nbconvert_writes_the_text(drawn, caplog):
    page, _ = HTMLExporter().from_notebook_node(drawn)
    images = BeautifulSoup(page, "html.parser").select("img")
    assert [image["alt"] for image in images] == [ALT] * 3
    assert "Alternative text is missing" not in caplog.text


def test_a_picture_for_fine_screens_keeps_its_size(drawn):
    plain, fine, _ = (cell.outputs[0] for cell in drawn.cells)
    size = {key: fine.metadata["image/png"][key] for key in ("width", "height")}
    assert (
        f'width="{size["width"]}" height="{size["height"]}"' in fine.data["text/html"]
    )
    assert len(fine.data["image/png"]) > len(plain.data["image/png"])


def test_graded_notebooks_keep_picture_and_text(drawn):
    (kept,) = rebuild([dict(drawn.cells[0].outputs[0])], 1000)
    assert set(kept["data"]) == {"image/png", "text/plain"}
    assert kept["data"]["text/plain"] == ALT


@pytest.mark.parametrize("missing", ["", "import sys; sys.modules['IPython'] = None\n"])
def test_outside_jupyter_the_text_is_printed(missing):
    code = f"{missing}import matplotlib; matplotlib.use('agg')\n{DRAW}"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == (f"{ALT}\n", "")


class Figure:
    def savefig(self):
        """What show looks for."""


@pytest.mark.parametrize(
    ("figure", "alt", "message"),
    [
        (Figure(), " ", "show needs alt text that says what is seen, got ' '"),
        (Figure(), None, "show needs alt text that says what is seen, got None"),
        ([1], "A line.", "show needs a figure, got list"),
    ],
)
def test_refuses_a_picture_without_words(figure, alt, message):
    with pytest.raises(ValueError, match=message):
        show(figure, alt)
