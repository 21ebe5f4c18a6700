"""Honest work in the shapes that students hand in: each gets full marks."""

import copy
import json

from conftest import ROOT

from course.examples import read_example
from redteam.submission import FEW, FILE, SOLVED, honest

TESTS = [f"test-{name}" for name in FEW]

# What the grader's machine must not notice: who else is there. The first has the whole
# page.
for _name in ("a-neighbour", "m-neighbour", "z-neighbour"):

    @honest(student=_name, examples=_name == "a-neighbour")
    def neighbour(notebook, folder):
        """A plain correct submission, between all others."""


@honest(module=True)
def vectorised(notebook, folder):
    for name, text in (
        read_example(ROOT / "examples/correct-vectorised").cells().items()
    ):
        notebook.write(name, text)


@honest()
def warns(notebook, folder):
    """On stderr, by warnings and by logging, in cells and when called."""
    notebook.add("""
        import logging
        import sys
        import warnings
        warnings.warn("this is only a warning")
        sys.stderr.write("and this a line on stderr\\n")
        logging.warning("and this a log record")
        np.array([1.0]) / 0
    """)
    notebook.extend(
        "conv2d-forward",
        """
        silent_conv2d_forward = conv2d_forward

        def conv2d_forward(x, weight, bias, stride, padding):
            warnings.warn("slow", stacklevel=1)
            logging.getLogger("spatial").error("called")
            print("called", file=sys.stderr)
            return silent_conv2d_forward(x, weight, bias, stride, padding)
        """,
    )


@honest()
def prints_a_lot(notebook, folder):
    notebook.add("for number in range(100_000):\n    print('line', number)")
    notebook.extend(
        "max-pool2d-forward",
        """
        quiet = max_pool2d_forward

        def max_pool2d_forward(*arguments):
            print(arguments)
            for number in range(1000):
                print("step", number)
            return quiet(*arguments)
        """,
    )


@honest()
def writes_until_nothing_is_taken(notebook, folder):
    """A line at a time, as a logger does, in files that it keeps."""
    notebook.add("""
        try:
            for number in range(10):
                with open(f"log-{number}.txt", "wb", 0) as log:
                    for _ in range(1000):
                        log.write(bytes(20_000))
            print("written")
        except OSError as error:
            print(error)
    """)


@honest()
def helpers_in_cells(notebook, folder):
    """Functions in cells of its own, before the cells that use them."""
    notebook.add("""
        def pad_images(x, padding, value=0.0):
            sides = (0, 0), (0, 0), (padding[0],) * 2, (padding[1],) * 2
            return np.pad(x, sides, constant_values=value)

        def each_window(rows, columns):
            for i in range(rows):
                for j in range(columns):
                    yield i, j
    """)
    notebook.write(
        "avg-pool2d-forward",
        """
        def avg_pool2d_forward(x, kernel_size, stride, padding):
            (kh, kw), (sh, sw) = kernel_size, stride
            padded = pad_images(x, padding).astype(np.result_type(x, np.float32))
            rows = output_size(x.shape[2], kh, sh, padding[0])
            columns = output_size(x.shape[3], kw, sw, padding[1])
            out = np.empty((*x.shape[:2], rows, columns), padded.dtype)
            for i, j in each_window(rows, columns):
                window = padded[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
                out[:, :, i, j] = window.mean(axis=(2, 3))
            return out
        """,
    )


@honest()
def draws_figures(notebook, folder):
    notebook.add("%matplotlib inline\nimport matplotlib.pyplot as plt")
    notebook.append("""
        for number in range(4):
            figure, axes = plt.subplots(2, 2)
            axes[0, 0].imshow(np.random.default_rng(number).random((32, 32)))
            axes[0, 1].plot(range(100))
            figure.suptitle(f"figure {number}")
        plt.show()
    """)


@honest()
def uses_magics(notebook, folder):
    notebook.begin("%matplotlib inline\n%config InlineBackend.figure_format = 'png'")
    notebook.add("%%time\nsum(range(1000))", before="test-conv2d-forward")
    notebook.add("%timeit -n 2 -r 2 output_size(7, 3)", before="test-conv2d-forward")
    notebook.add("%%capture shown\nprint('captured')")
    notebook.add("%who\n%pwd\n%precision 3\n%xmode minimal")
    notebook.add("%load_ext autoreload\n%autoreload 2")
    notebook.add("output_size??", before="test-conv2d-forward")
    cell = notebook.cell("max-pool2d-forward")
    cell.source = "%%time\n" + cell.source


@honest()
def fails_in_cells_of_its_own(notebook, folder):
    """A cell that does not run is nobody's loss but its own."""
    notebook.begin("!pip install --quiet numpy matplotlib")
    notebook.add("import ipywidgets_that_is_not_there")
    notebook.add("from google.colab import drive\ndrive.mount('/content/drive')")
    notebook.add("1 / 0")
    notebook.add("for x in")
    notebook.append("raise KeyboardInterrupt")


@honest(module=True, examples=True)
def tests_at_the_end(notebook, folder):
    """All tests were moved below the last solution."""
    for name in TESTS:
        cell = notebook.cell(name)
        notebook.node.cells.remove(cell)
        notebook.node.cells.append(cell)


@honest()
def solutions_in_another_order(notebook, folder):
    """Average pooling stands before max pooling, with its test."""
    cells = notebook.node.cells
    at = notebook.place("max-pool2d-forward")
    for name in ("test-avg-pool2d-forward", "avg-pool2d-forward"):
        cell = notebook.cell(name)
        cells.remove(cell)
        cells.insert(at, cell)


@honest(module=True)
def all_code_in_one_cell(notebook, folder):
    """Everything was written into the first cell; the others are comments."""
    whole = "\n\n\n".join(SOLVED[name] for name in FEW if name != "conv2d-layer")
    notebook.write("output-size", whole)
    for name in FEW[1:]:
        if name != "conv2d-layer":
            notebook.write(name, "# see above")


@honest()
def loses_metadata(notebook, folder):
    for cell in notebook.node.cells:
        cell.metadata.clear()


@honest()
def loses_ids(notebook, folder):
    """Saved by an editor that writes nbformat 4.4."""
    for cell in notebook.node.cells:
        del cell["id"]
    notebook.node.nbformat_minor = 4


@honest(module=True, examples=True)
def loses_metadata_and_ids(notebook, folder):
    for cell in notebook.node.cells:
        cell.metadata.clear()
        del cell["id"]
    notebook.node.nbformat_minor = 4


def _as_colab(notebook, keep):
    """Give the notebook the form in which Colab saves."""
    data = json.loads(notebook.text())
    for number, cell in enumerate(data["cells"]):
        name = cell.pop("id")
        kept = cell["metadata"].get("nbgrader") if keep else None
        cell["metadata"] = {"id": name if keep else f"aB{number:010d}"}
        if kept:
            cell["metadata"]["nbgrader"] = kept
        cell["source"] = cell["source"].splitlines(keepends=True)
        if cell["cell_type"] == "code":
            cell["metadata"] |= {
                "colab": {"base_uri": "https://localhost:8080/", "height": 34},
                "outputId": "0a1b2c3d-0000-4000-8000-000000000000",
            }
            cell["execution_count"] = number
            cell["outputs"] = [
                {
                    "output_type": "display_data",
                    "data": {
                        "text/plain": ["<IPython.core.display.HTML object>"],
                        "text/html": ["<table><tr><td>1</td></tr></table>"],
                    },
                    "metadata": {},
                }
            ]
    data["nbformat_minor"] = 0
    data["metadata"] = {
        "colab": {"provenance": [], "toc_visible": True, "gpuType": "T4"},
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
        "language_info": {"name": "python"},
        "accelerator": "GPU",
    }
    return json.dumps(data, indent=2)


@honest(module=True, examples=True)
def saved_by_colab(notebook, folder):
    return _as_colab(notebook, keep=True)


@honest()
def saved_by_colab_without_metadata(notebook, folder):
    return _as_colab(notebook, keep=False)


@honest(module=True, examples=True)
def saved_by_vs_code(notebook, folder):
    for number, cell in enumerate(notebook.node.cells):
        cell["id"] = f"#VSC-{number:08x}"
        cell.metadata["vscode"] = {"languageId": "python"}
        if cell.cell_type == "code":
            cell.execution_count = number
            cell.metadata["language"] = "python"
    notebook.node.metadata = {
        "kernelspec": {
            "display_name": ".venv (3.12.3)",
            "language": "python",
            "name": "python3",
        },
        "language_info": {
            "name": "python",
            "version": "3.12.3",
            "codemirror_mode": {"name": "ipython", "version": 3},
        },
    }


@honest()
def saved_by_kaggle(notebook, folder):
    """Another kernel's name, and metadata of its own in each cell."""
    for cell in notebook.node.cells:
        cell.metadata["_uuid"] = "8f2839f2"
        cell.metadata["execution"] = {"iopub.status.busy": "2024-01-01T00:00:00Z"}
        cell.metadata["trusted"] = True
    notebook.node.metadata["kernelspec"]["name"] = "conda-env-student-py"
    notebook.node.metadata["kaggle"] = {"dataSources": []}


@honest()
def copies_cells(notebook, folder):
    """Copy and paste of a solution and of tests, metadata and ids and all."""
    for name in ("conv2d-forward", "test-conv2d-forward", "test-output-size"):
        cell = notebook.cell(name)
        again = copy.deepcopy(cell)
        again["id"] = f"copy-of-{name}"
        notebook.node.cells.insert(notebook.node.cells.index(cell) + 1, again)


@honest(module=True)
def deletes_tests(notebook, folder):
    for name in TESTS:
        notebook.node.cells.remove(notebook.cell(name))


@honest()
def changes_tests(notebook, folder):
    """Added prints and more examples to the tests while trying them."""
    for name in TESTS:
        notebook.extend(name, "print('ok so far')\nassert 1 + 1 == 2")


@honest()
def writes_much_prose(notebook, folder):
    """Emoji, formulas, right-to-left, combining letters, tables, raw cells."""
    for text in (
        "# Notes \U0001f600 \U0001f9d1\u200d\U0001f393",
        "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627 \u202b",
        "e\u0301 \ufb03 \U0001d4d0 \u4f60\u597d \u3053\u3093\u306b\u3061\u306f",
        "$$\\sum_{u,v} x_{i+u, j+v} w_{u,v}$$",
        "| a | b |\n| - | - |\n| 1 | 2 |",
        "I wrote <b>this</b> & that; x < y > z",
    ):
        notebook.add(text, kind="markdown")
        notebook.append(text, kind="raw")
    notebook.add("größe = 'λ→∞ 🙂'\nprint(größe)")
    notebook.add("def pad(größe, λ=1): return größe * λ")


@honest()
def windows_line_ends(notebook, folder):
    for cell in notebook.node.cells:
        cell.source = cell.source.replace("\n", "\r\n")


@honest()
def windows_file(notebook, folder):
    """CRLF in the file itself, and a byte order mark at its beginning."""
    text = notebook.text().replace("\n", "\r\n")
    return b"\xef\xbb\xbf" + text.encode()


@honest()
def sources_as_lists(notebook, folder):
    data = json.loads(notebook.text())
    for cell in data["cells"]:
        cell["source"] = cell["source"].splitlines(keepends=True)
    return json.dumps(data, sort_keys=True, separators=(",", ":"))


@honest()
def ascii_file(notebook, folder):
    """Every letter beyond ASCII as an escape, as some editors write."""
    return json.dumps(json.loads(notebook.text()), ensure_ascii=True)


@honest(module=True)
def indents_with_tabs(notebook, folder):
    for name in FEW:
        cell = notebook.cell(name)
        cell.source = cell.source.replace("    ", "\t")


@honest()
def halves_recursively(notebook, folder):
    """The largest of a window by halving it."""
    notebook.write(
        "max-pool2d-forward",
        """
        def largest(numbers):
            if len(numbers) == 1:
                return numbers[0]
            middle = len(numbers) // 2
            left, right = largest(numbers[:middle]), largest(numbers[middle:])
            return left if left > right else right

        def max_pool2d_forward(x, kernel_size, stride, padding):
            (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
            x = x.astype(np.result_type(x, np.float32))
            sides = ((0, 0), (0, 0), (ph, ph), (pw, pw))
            x = np.pad(x, sides, constant_values=-np.inf)
            rows = output_size(x.shape[2], kh, sh)
            columns = output_size(x.shape[3], kw, sw)
            out = np.empty((*x.shape[:2], rows, columns), x.dtype)
            for b, c, i, j in np.ndindex(out.shape):
                window = x[b, c, i * sh : i * sh + kh, j * sw : j * sw + kw]
                out[b, c, i, j] = largest(list(window.ravel()))
            return out
        """,
    )


@honest()
def uses_threads(notebook, folder):
    """Two, one image each."""
    notebook.write(
        "conv2d-forward",
        SOLVED["conv2d-forward"].replace("def conv2d_forward", "def conv2d_of_some")
        + """


from concurrent.futures import ThreadPoolExecutor


def conv2d_forward(x, weight, bias, stride, padding):
    with ThreadPoolExecutor(2) as pool:
        parts = pool.map(
            lambda image: conv2d_of_some(image[None], weight, bias, stride, padding), x
        )
        return np.concatenate(list(parts))
""",
    )


@honest()
def takes_two_seconds(notebook, folder):
    """Slow, and right."""
    notebook.add("import time\ntime.sleep(2)")
    notebook.extend(
        "avg-pool2d-forward",
        """
        fast_avg_pool2d_forward = avg_pool2d_forward

        def avg_pool2d_forward(*arguments):
            import time
            time.sleep(0.05)
            return fast_avg_pool2d_forward(*arguments)
        """,
    )


@honest()
def other_names_of_parameters(notebook, folder):
    """Tests give the arguments by place, so their names are free."""
    notebook.write(
        "avg-pool2d-forward",
        """
        def avg_pool2d_forward(images, window, step, border, verbose=False):
            (kh, kw), (sh, sw) = window, step
            sides = ((0, 0), (0, 0), (border[0],) * 2, (border[1],) * 2)
            p = np.pad(images, sides)
            R, C = output_size(p.shape[2], kh, sh), output_size(p.shape[3], kw, sw)
            means = [
                p[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw].mean((2, 3))
                for i in range(R)
                for j in range(C)
            ]
            dtype = np.result_type(images, np.float32)
            return np.stack(means, -1).reshape(*p.shape[:2], R, C).astype(dtype)
        """,
    )


@honest()
def redefines_afterwards(notebook, folder):
    """A first try that was wrong, and a later cell that puts it right."""
    right = notebook.cell("output-size").source
    notebook.write("output-size", "def output_size(*a, **k):\n    return 1")
    notebook.add(right, before="test-output-size")


@honest()
def helper_file(notebook, folder):
    """A module of its own beside the notebook."""
    (folder / "helpers.py").write_text(
        "import numpy as np\n\n\n"
        "def padded(x, padding, value=0.0):\n"
        "    sides = (0, 0), (0, 0), (padding[0],) * 2, (padding[1],) * 2\n"
        "    return np.pad(x, sides, constant_values=value)\n"
    )
    (folder / "package").mkdir()
    (folder / "package/__init__.py").write_text("from package.numbers import TWO\n")
    (folder / "package/numbers.py").write_text("TWO = 2\n")
    notebook.write(
        "max-pool2d-forward",
        """
        import helpers
        from package import TWO

        def max_pool2d_forward(x, kernel_size, stride, padding):
            (kh, kw), (sh, sw) = kernel_size, stride
            x = x.astype(np.result_type(x, np.float32))
            padded = helpers.padded(x, padding, -np.inf)
            rows = output_size(padded.shape[TWO], kh, sh)
            columns = output_size(padded.shape[3], kw, sw)
            out = np.empty((*x.shape[:2], rows, columns), x.dtype)
            for i, j in np.ndindex(rows, columns):
                window = padded[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
                out[:, :, i, j] = window.max(axis=(2, 3))
            return out
        """,
    )


@honest()
def data_file(notebook, folder):
    """Reads, and writes, small files beside the notebook."""
    (folder / "data").mkdir()
    (folder / "data/numbers.csv").write_text("1,2\n3,4\n")
    notebook.add("""
        kernel = np.loadtxt("data/numbers.csv", delimiter=",")
        assert kernel.tolist() == [[1, 2], [3, 4]]
        np.save("copy.npy", kernel)
    """)
    notebook.extend("output-size", "assert np.load('copy.npy').sum() == 10")


@honest()
def copies_and_stores(notebook, folder):
    """Files copied with their times, moved, locked, in a database, in archives."""
    (folder / "numbers.csv").write_text("1,2\n3,4\n")
    notebook.add("""
        import fcntl, os, pathlib, shutil, sqlite3, tarfile, tempfile, zipfile
        shutil.copy2("numbers.csv", "again.csv")
        os.makedirs("data/raw")
        shutil.move("again.csv", "data/raw")
        shutil.copytree("data", "kept")
        pathlib.Path("kept/raw/again.csv").chmod(0o600)
        os.replace("kept/raw/again.csv", "kept/last.csv")
        with open("lock", "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            fcntl.lockf(file, fcntl.LOCK_UN)
        with sqlite3.connect("results.db") as base:
            base.execute("CREATE TABLE result (size INTEGER)")
            base.execute("INSERT INTO result VALUES (5)")
        with zipfile.ZipFile("all.zip", "w") as archive:
            archive.write("kept/last.csv")
        with tarfile.open("all.tar.gz", "w:gz") as archive:
            archive.add("data")
        with tempfile.TemporaryDirectory() as place:
            zipfile.ZipFile("all.zip").extractall(place)
            stored = np.loadtxt(f"{place}/kept/last.csv", delimiter=",").sum()
        kept = sqlite3.connect("results.db").execute("SELECT * FROM result").fetchall()
    """)
    notebook.extend("output-size", "assert stored == 10 and kept == [(5,)]")


@honest()
def writes_much(notebook, folder):
    """A log with a line at a time, and a copy of the weights after each epoch."""
    notebook.add("""
        import logging
        logging.basicConfig(filename="training.log", level=logging.INFO, force=True)
        for epoch in range(40):
            logging.info("epoch %s", epoch)
            np.savez(f"weights-{epoch % 3}.npz", w=np.ones((64, 64, 9)))
        with open("training.log") as file:
            lines = len(file.readlines())
        best = np.load("weights-2.npz")["w"].shape
    """)
    notebook.extend("output-size", "assert lines == 40 and best == (64, 64, 9)")


@honest()
def imports_from_the_library(notebook, folder):
    notebook.begin("""
        from __future__ import annotations
        import abc, collections, contextlib, copy, csv, datetime, enum, functools
        import hashlib, inspect, io, itertools, json, logging, operator, os, pathlib
        import pickle, pprint, random, re, statistics, string, sys, tempfile, textwrap
        import time, timeit, traceback, types, typing, unittest, uuid, warnings
        from dataclasses import dataclass, field
        from typing import NamedTuple
    """)
    notebook.write(
        "output-size",
        """
        #| export
        import functools
        from dataclasses import dataclass

        @dataclass(frozen=True)
        class Axis:
            size: int
            kernel: int
            stride: int
            padding: int

            @functools.cached_property
            def room(self):
                return self.size + 2 * self.padding - self.kernel

        @functools.lru_cache(maxsize=None)
        def output_size(size, kernel, stride=1, padding=0):
            axis = Axis(size, kernel, stride, padding)
            if kernel < 1 or stride < 1 or padding < 0 or axis.room < 0:
                raise ValueError(f"{axis} does not fit")
            return axis.room // stride + 1
        """,
    )


@honest()
def imports_the_framework(notebook, folder):
    notebook.add("from tinytorch import *\nimport tinytorch\nTensor([1.0]) + 1")
    notebook.add(
        "from tinytorch.core.activations import ReLU\nReLU()(Tensor([-1.0, 1.0]))",
        before="test-conv2d-layer",
    )


@honest()
def awaits(notebook, folder):
    """``await`` at the top level of a cell, as notebooks allow."""
    notebook.add("import asyncio\nawait asyncio.sleep(0.01)")
    notebook.add("async def later():\n    return 1\n\nawait later()")


@honest()
def seeds_random_numbers(notebook, folder):
    """Of its own process; the tests' inputs are not drawn there."""
    notebook.add("np.random.seed(0)\nimport random\nrandom.seed(0)")


@honest()
def tests_itself(notebook, folder):
    """unittest and doctest in a notebook, with the idioms that the web gives."""
    notebook.append("""
        import doctest
        import unittest

        class Sizes(unittest.TestCase):
            def test_size(self):
                self.assertEqual(output_size(7, 3), 5)

        unittest.main(argv=[""], verbosity=2, exit=False)
        doctest.testmod()
    """)


@honest()
def types_and_docstrings(notebook, folder):
    """Kept the docstring, added types of its own, returns NumPy's integers."""
    notebook.write(
        "output-size",
        '''
        #| export
        def output_size(
            size: "int", kernel: "int", stride: "int" = 1, padding: "int" = 0
        ) -> "int":
            """Count windows: floor((size + 2 padding - kernel) / stride) + 1."""
            if min(kernel, stride) < 1 or padding < 0 or size + 2 * padding < kernel:
                raise ValueError("bad: %s %s %s %s" % (size, kernel, stride, padding))
            return np.int64(np.floor((size + 2 * padding - kernel) / stride)) + 1
        ''',
    )


@honest()
def checkpoints_beside_it(notebook, folder):
    """What Jupyter and systems leave in a folder."""
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints/spatial-checkpoint.ipynb").write_text("{}")
    (folder / ".DS_Store").write_bytes(bytes(100))
    (folder / "__MACOSX").mkdir()
    (folder / f"__MACOSX/._{FILE}").write_bytes(b"\0\5\26\7")
    (folder / "desktop.ini").write_text("[.ShellClassInfo]\n")
    (folder / "spatial_notes.docx").write_bytes(b"PK\3\4" + bytes(1000))


@honest()
def ran_before_it_was_handed_in(notebook, folder):
    """With counts, outputs and a picture in each cell."""
    for number, cell in enumerate(notebook.node.cells):
        if cell.cell_type == "code":
            cell.execution_count = number
            cell.outputs = [
                {"output_type": "stream", "name": "stdout", "text": "old output\n"},
                {
                    "output_type": "error",
                    "ename": "AssertionError",
                    "evalue": "old",
                    "traceback": ["old"],
                },
            ]


@honest()
def as_in_a_kernel(notebook, folder):
    """Magics, programs that are not there, await, and what a cell wrote."""
    notebook.add("""
        %autosave 60
        %matplotlib notebook
        %pip install numpy
        !pip list
        machine = !uname
        import asyncio
        await asyncio.sleep(0)
        least = 1
    """)
    notebook.add("%%writefile written.py\ndef half_up(number):\n    return number")
    notebook.add("6 * 7")
    notebook.add("answer = _")
    notebook.write(
        "output-size",
        """
        #| export
        import inspect
        from written import half_up

        def checked(function):
            named = inspect.signature(function).parameters.values()
            kinds = [parameter.annotation for parameter in named]

            def call(*given, **named):
                for value, kind in zip(given, kinds):
                    if not isinstance(value, (kind, np.integer)):
                        raise TypeError(f"{value!r} is no {kind.__name__}")
                return function(*given, **named)

            return call

        @checked
        def output_size(size: int, kernel: int, stride: int = 1, padding: int = 0):
            if min(kernel, stride) < least or padding < 0 or answer != 42:
                raise ValueError(f"bad: {size} {kernel} {stride} {padding}")
            if size + 2 * padding < kernel:
                raise ValueError(f"bad: {size} {kernel} {stride} {padding}")
            return half_up((size + 2 * padding - kernel) // stride + 1)
        """,
    )
