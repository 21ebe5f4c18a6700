"""A class to be graded: sample submissions and variants of them, right and wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ASSIGNMENT, NOTEBOOK = "09_spatial", "spatial.ipynb"
LOOPS, VECTORISED = "correct-loops", "correct-vectorised"
# They come in turn: an example, and a text in one of its cells that becomes another.
KINDS: list[tuple[str, ...]] = [
    (LOOPS,),
    ("kernel-flipped",),
    (VECTORISED,),
    (LOOPS, "output-size", "1 + room // stride", "room // stride"),
    (VECTORISED, "conv2d-forward", "ocuv->bohw", "ocvu->bohw"),
    ("half-done",),
    (LOOPS, "conv2d-forward", "HO", "rows"),  # right
    ("overlap-overwritten",),
    ("raises",),
    (VECTORISED, "conv2d-forward", ", weight)", ", weight, optimize=True)"),  # right
    (LOOPS, "conv2d-layer", "(2 / ", "(1 / "),
    (VECTORISED, "conv2d-backward", "axis=(0, 2, 3)", "axis=(2, 3)"),
    ("pads-max-with-zero",),
    (VECTORISED, "conv2d-forward", "::sh, ::sw", ":, :"),
    (LOOPS, "max-pool2d-forward", "-np.inf", "0.0"),
    (LOOPS, "receptive-field", "(pixels - 1) * stride + kernel", "pixels * stride"),
    ("stride-swapped",),
    (VECTORISED, "avg-pool2d-forward", "mean(axis=(4, 5))", "mean(5).mean(4)"),  # right
    (LOOPS, "conv2d-layer", "np.zeros(out", "np.ones(out"),
    ("copied-figures",),
    (LOOPS, "output-size", "1 + room // stride", "1 + room / stride"),
    (VECTORISED, "conv2d-forward", "out + bias", "out * bias"),
    (LOOPS, "avg-pool2d-forward", "* kernel_size[1])", "* kernel_size[0])"),
    (LOOPS, "max-pool2d-forward", "= max(\n", "= np.maximum(\n"),  # right
    (LOOPS, "max-pool2d-backward", "is None or", "is None or not"),
    (VECTORISED, "avg-pool2d-backward", "(KH * KW)", "KH / KW"),  # right
]
BROKEN, BROKEN_EVERY = "not-a-notebook", 50

# The source of each code cell, and whether it is a test.
Code = list[tuple[str, bool]]


class Author:
    """Writes submissions.

    Parameters
    ----------
    course
        A folder with ``source/`` and ``release/``.
    """

    def __init__(self, course: Path) -> None:
        self._release, self._source = (
            (course / folder / ASSIGNMENT / NOTEBOOK).read_text(encoding="utf-8")
            for folder in ("release", "source")
        )

    def notebook(self, example: str, *replaced: str) -> dict:
        """Return an example's notebook; in one of its cells, a text may be replaced."""
        from course.examples import read_example

        cells = read_example(ROOT / "examples" / example).cells()
        if replaced:
            name, old, new = replaced
            if old not in cells[name]:
                raise RuntimeError(f"{name} of {example} no longer says {old!r}")
            cells[name] = cells[name].replace(old, new)
        notebook = json.loads(self._release)
        for cell in notebook["cells"]:
            if name := cell["metadata"].get("nbgrader", {}).get("grade_id"):
                cell["source"] = cells.get(name, cell["source"])
        return notebook

    def a_class(self, number: int) -> Iterator[tuple[str, bytes]]:
        """Yield the students and submissions of a class; no two are alike."""
        kinds = [self.notebook(*kind) for kind in KINDS]
        broken = (ROOT / "examples" / BROKEN / NOTEBOOK).read_bytes()
        for index in range(number):
            content = broken
            if (index + 1) % BROKEN_EVERY:
                content = signed(kinds[index % len(kinds)], f"student {index}")
            yield f"s{index:05}", content

    def code(self, submission: bytes) -> Code:
        """Return the code cells with the hidden tests, and whether each is a test."""
        tests = {
            cell["metadata"]["nbgrader"]["grade_id"]: "".join(cell["source"])
            for cell in json.loads(self._source)["cells"]
            if cell["metadata"].get("nbgrader", {}).get("grade")
        }
        cells = []
        for cell in json.loads(submission)["cells"]:
            if cell["cell_type"] == "code":
                test = tests.get(cell["metadata"].get("nbgrader", {}).get("grade_id"))
                cells.append((test or "".join(cell["source"]), test is not None))
        return cells


def is_notebook(content: bytes) -> bool:
    """Tell a submission that can be graded from one that is broken."""
    return content.startswith(b"{")


def without_skipped(submission: bytes) -> bytes:
    """Return a submission without the cells that proctor does not run.

    They train and draw for minutes; with them nbgrader would lose by far more.
    """
    from proctor.notebook.cells import SKIP

    notebook = json.loads(submission)
    notebook["cells"] = [
        cell
        for cell in notebook["cells"]
        if SKIP not in cell["metadata"].get("tags", [])
    ]
    return json.dumps(notebook, indent=1).encode()


def signed(notebook: dict, comment: str) -> bytes:
    """Return a notebook as a file, with a comment at the end of its first solution."""
    notebook = json.loads(json.dumps(notebook))
    solution = next(
        cell
        for cell in notebook["cells"]
        if cell["metadata"].get("nbgrader", {}).get("solution")
    )
    solution["source"] = "".join(solution["source"]) + f"\n# {comment}"
    return json.dumps(notebook, indent=1).encode()
