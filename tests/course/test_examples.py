"""The builder of sample submissions."""

import nbformat
import pytest
from conftest import ROOT

from course.examples import read_example, submit
from course.project import CourseError

RELEASE = ROOT / "release/09_spatial/spatial.ipynb"


def test_changes_only_the_named_cells(tmp_path):
    submit(read_example(ROOT / "examples/half-done"), RELEASE, tmp_path)
    handed_in = nbformat.read(tmp_path / "spatial.ipynb", as_version=4).cells
    released = nbformat.read(RELEASE, as_version=4).cells
    changed = [b.id for a, b in zip(released, handed_in, strict=True) if a != b]
    assert changed == ["output-size", "conv2d-forward"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"conv3d.py": "x = 1"}, "the release has no cell 'conv3d'"),
        ({"example.toml": "about ="}, "example.toml"),
        ({"example.toml": "base = 'nobody'"}, "no example in .*nobody"),
        (
            {"example.toml": "keeps = ['output-size']"},
            "keeps output-size, which None does not have",
        ),
    ],
)
def test_what_is_wrong_is_named(tmp_path, files, message):
    folder = tmp_path / "odd"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    with pytest.raises(CourseError, match=message):
        submit(read_example(folder), RELEASE, tmp_path / "submitted")
