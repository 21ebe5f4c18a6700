"""Submissions of people who know what they do, and are untidy.

A decorated function changes a right notebook; its name is the student. It returns the
notebooks and files that are handed in, by name, or nothing: the changed notebook alone.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from conftest import ROOT

from course.examples import read_example

NAME, FILE = "09_spatial", "spatial.ipynb"
SOLVED = read_example(ROOT / "examples" / "correct-loops").cells()
RIGHT = 95.0


class Notebook:
    """A right notebook, to be made untidy; or, ``stubs``, as it was handed out."""

    def __init__(self, released: dict, stubs: bool = False) -> None:
        self.node = copy.deepcopy(released)
        for cell in self.cells:
            source = "".join(cell["source"])
            name = grade_id(cell)
            cell["source"] = source if stubs else SOLVED.get(name, source)
        self._released = released

    @property
    def cells(self) -> list[dict]:
        return self.node["cells"]

    def cell(self, name: str) -> dict:
        return next(cell for cell in self.cells if grade_id(cell) == name)

    def place(self, name: str) -> int:
        return self.cells.index(self.cell(name))

    @property
    def handed_out(self) -> dict:
        return self._released

    def stub(self, name: str) -> str:
        cells = self._released["cells"]
        return next("".join(c["source"]) for c in cells if grade_id(c) == name)

    def insert(self, place: int, source: str, **metadata) -> None:
        cell = {"cell_type": "code", "id": f"own-{len(self.cells)}", "outputs": []}
        cell |= {"metadata": metadata, "source": source, "execution_count": None}
        self.cells.insert(place, cell)

    def replace(self, name: str, old: str, new: str) -> None:
        cell = self.cell(name)
        assert old in cell["source"], name
        cell["source"] = cell["source"].replace(old, new, 1)


def grade_id(cell: dict) -> str:
    return cell["metadata"].get("nbgrader", {}).get("grade_id", "")


@dataclass(frozen=True)
class Untidy:
    """A student, what is earned, and words that must be said of it.

    Attributes
    ----------
    lost
        The cell that loses points, and words that must stand there; empty: none does.
    """

    change: Callable[[Notebook], dict[str, dict | bytes] | None]
    earns: float
    said: str
    lost: tuple[str, str] | None


CLASS: dict[str, Untidy] = {}


def untidy(earns: float = RIGHT, said: str = "", lost: tuple[str, str] | None = None):
    def enter(change: Callable[[Notebook], dict[str, dict | bytes] | None]):
        CLASS[change.__name__.replace("_", "-")] = Untidy(change, earns, said, lost)
        return change

    return enter


def hand_in(released: dict, submitted: Path) -> None:
    """Write the class's submissions."""
    for student, untidy in CLASS.items():
        notebook = Notebook(released)
        made = untidy.change(notebook) or {FILE: notebook.node}
        for name, node in made.items():
            path = submitted / student / NAME / name
            path.parent.mkdir(parents=True, exist_ok=True)
            data = node if isinstance(node, bytes) else json.dumps(node).encode()
            path.write_bytes(data)


FUNCTIONS = [n for n in SOLVED if n not in ("reflection", "check-understanding")]
ELSEWHERE = "its code is in another cell"


@untidy(
    said="a given cell had moved down (Context, Function, Layer, Tensor and 3 more)"
)
def the_imports_moved_to_the_end(notebook):
    cells = notebook.cells
    imports = next(c for c in cells if c["source"].startswith("#| export\nimport math"))
    cells.remove(imports)
    cells.append(imports)


@untidy(said="a given cell was missing (check_images): put back")
def a_given_function_made_a_comment(notebook):
    cell = next(c for c in notebook.cells if "def check_images" in c["source"])
    cell["source"] = "\n".join(f"# {line}" for line in cell["source"].split("\n"))


WRITTEN = "cell 'reflection' was not filled in: a person reads what was written"


@untidy(said=f"{WRITTEN} in the cell below it")
def a_reflection_in_a_cell_of_its_own(notebook):
    asked = notebook.cell("reflection")
    own = {"cell_type": "markdown", "id": "own-text", "metadata": {}}
    notebook.cells.insert(
        notebook.place("reflection") + 1, own | {"source": asked["source"]}
    )
    asked["source"] = notebook.stub("reflection")


@untidy(said=f"{WRITTEN} in the cell above it")
def a_reflection_below_its_question(notebook):
    asked, place = notebook.cell("reflection"), notebook.place("reflection")
    notebook.cells[place - 1]["source"] += "\n\n" + asked["source"]
    asked["source"] = notebook.stub("reflection")


@untidy(said=f"{WRITTEN} in the cell below it")
def a_reflection_in_a_comment(notebook):
    asked = notebook.cell("reflection")
    comment = "# " + asked["source"].replace("\n", "\n# ")
    notebook.insert(notebook.place("reflection") + 1, comment)
    asked["source"] = notebook.stub("reflection")


@untidy(said=ELSEWHERE)
def two_tasks_in_one_cell(notebook):
    other = notebook.cell("receptive-field")
    notebook.cell("cost")["source"] += "\n\n\n" + other["source"]
    notebook.cells.remove(other)


@untidy(said=ELSEWHERE)
def all_tasks_in_the_first_cell(notebook):
    order = [grade_id(c) for c in notebook.cells if grade_id(c) in FUNCTIONS]
    # The layer needs what is imported further down.
    order.remove("conv2d-layer")
    texts = [notebook.cell(name)["source"] for name in order]
    notebook.cell(order[0])["source"] = "\n\n".join(texts)
    for name in order[1:]:
        notebook.cells.remove(notebook.cell(name))


@untidy(said=ELSEWHERE)
def answers_in_a_new_cell_above_the_stub(notebook):
    for name in ("conv2d-forward", "cost"):
        source = notebook.cell(name)["source"]
        notebook.cell(name)["source"] = notebook.stub(name)
        notebook.insert(notebook.place(name), source)


@untidy(said=ELSEWHERE)
def answers_in_a_new_cell_below_the_test(notebook):
    for name in ("conv2d-forward", "receptive-field"):
        source = notebook.cell(name)["source"]
        notebook.cell(name)["source"] = notebook.stub(name)
        notebook.insert(notebook.place(f"test-{name}") + 1, source)


@untidy(said=ELSEWHERE)
def one_answer_split_into_two_cells(notebook):
    first, second = notebook.cell("cost")["source"].split("\n\n\ndef ", 1)
    notebook.cell("cost")["source"] = notebook.stub("cost")
    notebook.insert(notebook.place("cost"), f"def {second}")
    notebook.insert(notebook.place("cost"), first)


@untidy(said=ELSEWHERE)
def a_name_for_a_function_of_another_name(notebook):
    source = notebook.cell("receptive-field")["source"]
    notebook.cell("receptive-field")["source"] = notebook.stub("receptive-field")
    renamed = source.replace("def receptive_field", "def my_field")
    text = f"{renamed}\n\nreceptive_field = my_field"
    notebook.insert(notebook.place("receptive-field"), text)


@untidy(said="what was written into it runs before it")
def an_answer_in_the_test_cell(notebook):
    test = notebook.cell("test-receptive-field")
    answer = notebook.cell("receptive-field")["source"]
    test["source"] = f"{answer}\n\n{test['source']}"
    notebook.cell("receptive-field")["source"] = notebook.stub("receptive-field")


@untidy(said="what was written into it runs before it")
def an_answer_below_the_test_in_its_cell(notebook):
    test = notebook.cell("test-receptive-field")
    answer = notebook.cell("receptive-field")["source"]
    test["source"] = f"{test['source']}\n\n{answer}"
    notebook.cell("receptive-field")["source"] = notebook.stub("receptive-field")


@untidy(said="'test-cost' was not as it was handed out: it is again")
def a_changed_test(notebook):
    notebook.cell("test-cost")["source"] = "print('it works')"


@untidy()
def a_helper_in_a_cell_with_the_skip_tag(notebook):
    place = notebook.place("conv2d-forward")
    helper = "def pixel(x, b, c, i, j):\n    return x[b, c, i, j]"
    notebook.insert(place, helper, tags=["skip-grading"])
    old, new = "x[b, c, row, column]", "pixel(x, b, c, row, column)"
    notebook.replace("conv2d-forward", old, new)


@untidy()
def an_import_in_a_given_cell_that_draws(notebook):
    given = next(c for c in notebook.cells if "import matplotlib" in c["source"])
    given["source"] = "from itertools import product\n" + given["source"]
    new = "#| export\npairs = list(product((0, 1), repeat=2))\n"
    notebook.replace("max-pool2d-forward", "#| export\n", new)


@untidy()
def gradients_in_a_tuple_with_names(notebook):
    cell = notebook.cell("conv2d-backward")
    cell["source"] = (
        "#| export\nfrom typing import NamedTuple\n\n\n"
        "class Gradients(NamedTuple):\n    x: object\n    weight: object\n"
        "    bias: object\n\n\n"
        + cell["source"].replace("#| export\n", "", 1)
        + "\n\n_plain_backward = conv2d_backward\n\n\n"
        "def conv2d_backward(*arguments):\n"
        "    return Gradients(*_plain_backward(*arguments))\n"
    )


@untidy()
def whole_numbers_of_other_kinds(notebook):
    notebook.cell("output-size")["source"] += (
        "\n\n_plain_size = output_size\n\n\n"
        "def output_size(*numbers, **named):\n"
        "    return np.array(_plain_size(*numbers, **named))\n"
    )
    notebook.cell("receptive-field")["source"] += (
        "\n\nclass Size(int):\n    pass\n\n\n_plain_field = receptive_field\n\n\n"
        "def receptive_field(*layers):\n    return Size(_plain_field(*layers))\n"
    )


@untidy(said="a given cell was missing")
def a_given_function_deleted(notebook):
    given = next(c for c in notebook.cells if "def as_pair" in c["source"])
    notebook.cells.remove(given)


@untidy(said="a given cell was changed: as_pair")
def a_line_of_a_given_function_deleted(notebook):
    given = next(c for c in notebook.cells if "def as_pair" in c["source"])
    assert "    return int(pair[0]), int(pair[1])" in given["source"]
    given["source"] = given["source"].rpartition("\n")[0]


@untidy(said="run as it was given too")
def an_import_that_is_not_there(notebook):
    imports = next(c for c in notebook.cells if "import math" in c["source"])
    imports["source"] = imports["source"].replace(
        "import math", "from a_package_of_my_own import progress\nimport math", 1
    )


@untidy(said="a given cell was missing")
def the_imports_deleted(notebook):
    imports = next(c for c in notebook.cells if "import math" in c["source"])
    notebook.cells.remove(imports)


@untidy()
def the_imports_in_a_cell_of_ones_own(notebook):
    imports = next(c for c in notebook.cells if "import math" in c["source"])
    lines = [line for line in imports["source"].splitlines() if line.strip()]
    text = "\n".join(["# all that I use", *reversed(lines[1:])])
    imports["source"] = f"{text}\nimport itertools\nimport functools"


@untidy()
def processes_in_a_cell(notebook):
    notebook.cell("conv2d-forward")["source"] += (
        "\n\nfrom multiprocessing import Pool\n"
        "with Pool(2) as pool:\n    pool.map(abs, range(10))\n"
    )


@untidy()
def files_written_in_a_function(notebook):
    new = "#| export\nopen('log.txt', 'a').write('called')\n"
    notebook.replace("conv2d-forward", "#| export\n", new)
    notebook.cell("output-size")["source"] += (
        "\n\n_plain_size = output_size\n\n"
        "def output_size(*numbers, **named):\n"
        "    with open('sizes.txt', 'a') as file:\n"
        "        print(numbers, file=file)\n"
        "    return _plain_size(*numbers, **named)\n"
    )


MISSING, EMPTY = "spatial.ipynb is missing", "spatial.ipynb is as it was handed out"


@untidy(said=EMPTY)
def a_finished_copy_beside_the_stub(notebook):
    return {FILE: notebook.handed_out, "spatial (1).ipynb": notebook.node}


@untidy(said=MISSING)
def renamed_by_a_browser(notebook):
    return {"spatial (1).ipynb": notebook.node}


@untidy(said="homework.ipynb was graded: spatial.ipynb is missing")
def another_name_and_no_metadata(notebook):
    for cell in notebook.cells:
        cell["metadata"] = {}
        del cell["id"]
    notebook.node["nbformat_minor"] = 4
    return {"homework.ipynb": notebook.node}


@untidy(said=MISSING)
def called_a_text_by_a_mail(notebook):
    return {"Spatial.ipynb.txt": notebook.node}


@untidy(said=MISSING)
def one_folder_deeper(notebook):
    return {f"my work/{FILE}": notebook.node}


NO_FILE = "there is no such file where this is graded: a person has to look"


@untidy(
    earns=90, said="left out, beyond 16 MiB", lost=("test-receptive-field", NO_FILE)
)
def more_data_than_there_may_be(notebook):
    notebook.insert(3, "data = open('data.bin', 'rb').read()\nSCALE = data[0]")
    notebook.replace("receptive-field", "(layers)", "(layers, scale=SCALE)")
    return {FILE: notebook.node, "data.bin": b"\x01" * 20_000_000}


BEHIND = "ended in an error: what else it defines is there all the same"


@untidy(said=f"a cell {BEHIND} (helper)")
def a_helper_behind_a_package_that_is_not_there(notebook):
    text = "import a_package_of_my_own\n\n\ndef helper():\n    return 1"
    notebook.insert(3, text)
    notebook.cell("receptive-field")["source"] += (
        "\n\n_plain_field = receptive_field\n\n\n"
        "def receptive_field(layers):\n    return helper() * _plain_field(layers)\n"
    )


LOOK = "where this is graded: a person has to look"


@untidy(earns=90, lost=("test-receptive-field", LOOK))
def a_helper_that_needs_a_package(notebook):
    text = "from a_package_of_my_own import helper"
    notebook.insert(3, text)
    notebook.cell("receptive-field")["source"] += (
        "\n\n_plain_field = receptive_field\n\n\n"
        "def receptive_field(layers):\n    return helper() * _plain_field(layers)\n"
    )


@untidy(said=f"the cell 'receptive-field' {BEHIND} (receptive_field)")
def a_package_that_is_not_there_above_a_function(notebook):
    new = "#| export\nimport a_package_of_my_own as mine\n"
    notebook.replace("receptive-field", "#| export\n", new)


@untidy(said=f"the cell 'cost' {BEHIND} (count_parameters, activation_bytes)")
def one_of_three_functions_that_is_no_python(notebook):
    """The two others stand; the third is in a cell more, as it was before."""
    source = notebook.cell("cost")["source"]
    parts = source.split("\n\n\ndef ")
    (broken,) = [i for i, part in enumerate(parts) if part.startswith("count_macs")]
    notebook.insert(notebook.place("cost") + 1, f"def {parts[broken]}")
    parts[broken] = "count_macs(input_shape, :\n    return 0"
    notebook.cell("cost")["source"] = "\n\n\ndef ".join(parts)


@untidy(said=f"the cell 'cost' {BEHIND} (count_parameters, count_macs")
def spaces_pasted_from_a_page(notebook):
    source = notebook.cell("cost")["source"]
    notebook.cell("cost")["source"] = source.replace("    ", "\u00a0" * 4)


@untidy(said="the cell 'cost' begins with `%%timeit`, which keeps nothing that it")
def a_cell_that_is_timed_as_a_whole(notebook):
    notebook.cell("cost")["source"] = (
        "%%timeit -n1 -r1\n" + notebook.cell("cost")["source"]
    )


@untidy(said="what a cell that is not run imports was imported: plt")
def names_of_a_cell_that_is_not_run(notebook):
    new = "#| export\nplt.close('all')\n"
    notebook.replace("max-pool2d-forward", "#| export\n", new)


@untidy(said="test-conv2d-forward ran behind the cells below it too")
def a_helper_below_its_test(notebook):
    helper = "def pixel(x, b, c, i, j):\n    return x[b, c, i, j]"
    notebook.insert(len(notebook.cells), helper)
    old, new = "x[b, c, row, column]", "pixel(x, b, c, row, column)"
    notebook.replace("conv2d-forward", old, new)


# What it is derived from is given further down.
@untidy(said="test-conv2d-layer ran once more behind cells that had not found")
def a_layer_above_its_base(notebook):
    layer = notebook.cells.pop(notebook.place("conv2d-layer"))
    notebook.cells.insert(1, layer)


@untidy(said="test-conv2d-layer ran once more behind cells that had not found")
def a_layer_in_the_first_cell(notebook):
    layer = notebook.cell("conv2d-layer")
    first = notebook.cell("output-size")
    first["source"] += "\n\n\n" + layer["source"]
    layer["source"] = notebook.stub("conv2d-layer")


@untidy(said="test-avg-pool2d-forward ran behind the cells below it too, which make")
def a_task_that_uses_a_later_one(notebook):
    source = notebook.cell("avg-pool2d-forward")["source"]
    begins = source.index("):\n", source.index("def avg_pool2d_forward")) + 3
    line = "    assert count_parameters(1, 1, (1, 1), bias=False) == 1\n"
    changed = source[:begins] + line + source[begins:]
    notebook.cell("avg-pool2d-forward")["source"] = changed


@untidy(said="test-receptive-field ran behind the cells below it too")
def a_second_attempt_below_the_test(notebook):
    notebook.insert(
        notebook.place("test-receptive-field") + 1,
        notebook.cell("receptive-field")["source"],
    )
    source = notebook.stub("receptive-field").partition("    # YOUR CODE HERE")[0]
    notebook.cell("receptive-field")["source"] = f"{source}    return len(layers)"


@untidy(said="cell 'receptive-field' was turned into markdown")
def an_answer_that_became_words(notebook):
    cell = notebook.cell("receptive-field")
    text = f"```python\n{cell['source']}\n```"
    cell |= {"cell_type": "markdown", "id": "other", "metadata": {}, "source": text}


@untidy()
def lines_without_their_ends(notebook):
    for cell in notebook.cells:
        cell["source"] = cell["source"].split("\n")


@untidy(said=f"{WRITTEN} in the cell 'check-understanding'")
def a_reflection_in_a_comment_of_a_task(notebook):
    asked = notebook.cell("reflection")
    comment = "\n# ".join(["", *asked["source"].split("\n")])
    notebook.cell("check-understanding")["source"] += comment
    asked["source"] = notebook.stub("reflection")


@untidy(said="a person looks at what was handed in beside the notebook: Reflection.md")
def a_reflection_beside_the_notebook(notebook):
    text = notebook.cell("reflection")["source"]
    notebook.cell("reflection")["source"] = notebook.stub("reflection")
    return {FILE: notebook.node, "Reflection.md": text.encode()}


@untidy(earns=94.5, lost=("test-output-size", "wanted an int"))
def a_float_for_an_int(notebook):
    notebook.cell("output-size")["source"] += (
        "\n\n_plain_size = output_size\n\n\n"
        "def output_size(*numbers, **named):\n"
        "    return np.floor(1.0 * _plain_size(*numbers, **named))\n"
    )


@untidy()
def a_progress_bar_in_the_import_cell(notebook):
    imports = next(c for c in notebook.cells if "import math" in c["source"])
    new = "from tqdm import tqdm\nfrom tqdm.auto import trange\nimport math"
    imports["source"] = imports["source"].replace("import math", new, 1)
    notebook.replace("conv2d-forward", "#| export\n", "#| export\nbar = tqdm([])\n")


@untidy()
def a_notebooks_progress_bar_in_a_function(notebook):
    notebook.insert(3, "from tqdm.notebook import tqdm, trange")
    old, new = "for b in range(B):", "for b in trange(B, desc='images'):"
    notebook.replace("avg-pool2d-forward", old, new)
    old, new = "in reversed(layers):", "in tqdm(layers[::-1], leave=False):"
    notebook.replace("receptive-field", old, new)


@untidy(said="a debugger's stop was passed over: nobody is there to go on")
def a_debugger_that_was_left_in(notebook):
    old = "    pixels = 1"
    notebook.replace("receptive-field", old, f"    breakpoint()\n{old}")


@untidy(said="what asks for input ends in an EOFError: nobody is there to type")
def a_scratch_cell_that_asks(notebook):
    notebook.insert(3, "size = int(input('size? '))")


BY_FUNCTIONS = """\
q5 = receptive_field([(3, 1), (2, 2), (3, 1), (3, 1)])
q1 = (32, 64, output_size(128, 5, 2, 2), output_size(128, 5, 2, 2))
q2 = count_parameters(3, 64, 3)
q3 = count_macs((16, 64, 56, 56), 128, 3, padding=1)
q4 = activation_bytes((64, 256, output_size(224, 7, 2, 3), output_size(224, 7, 2, 3)))
"""


@untidy(earns=90, lost=("test-receptive-field", "not written yet"))
def answers_through_a_function_that_is_not_written(notebook):
    notebook.cell("receptive-field")["source"] = notebook.stub("receptive-field")
    notebook.cell("check-understanding")["source"] = BY_FUNCTIONS


@untidy(earns=93.5, lost=("test-cost", "4 windows of 9 products"))
def answers_through_a_function_that_is_wrong(notebook):
    notebook.replace("cost", "return places * C * KH * KW", "return places * C")
    notebook.cell("check-understanding")["source"] = BY_FUNCTIONS


RIGHT_ANSWERS = {
    "q1": "(32, 64, 64, 64)",
    "q2": "1_792",
    "q3": "3_699_376_128",
    "q4": "822_083_584",
    "q5": "12",
}
SAY = "test-check-understanding took answers in another form for the numbers that they"


def answered(notebook, text):
    stub = notebook.stub("check-understanding").partition("# YOUR CODE HERE")[0]
    lines = [text.format(q=q, value=value) for q, value in RIGHT_ANSWERS.items()]
    notebook.cell("check-understanding")["source"] = stub + "\n".join(lines)


@untidy(said=f"{SAY} say (q1, q2, q3, q4 and 1 more in the cell 'check-understanding')")
def answers_that_are_printed_beside_their_names(notebook):
    answered(notebook, "print('{q}:', {value})")


@untidy(said=SAY)
def answers_that_are_texts_with_units(notebook):
    answered(notebook, "{q} = '{value} in all'")


@untidy(said=f"{SAY} say (q3 in the cell 'check-understanding')")
def one_answer_as_germans_write_it(notebook):
    answered(notebook, "{q} = {value}")
    notebook.replace("check-understanding", "3_699_376_128", "'3.699.376.128'")


@untidy(said=SAY)
def answers_that_are_compared(notebook):
    answered(notebook, "{q} == {value}")


@untidy(said=f"{SAY} say (q1, q2, q3, q4 and 1 more in a cell of words)")
def answers_in_words_below(notebook):
    stub = notebook.stub("check-understanding")
    notebook.cell("check-understanding")["source"] = stub
    words = "\n".join(f"- **{q}**: {value}" for q, value in RIGHT_ANSWERS.items())
    cell = {"cell_type": "markdown", "id": "words", "metadata": {}, "source": words}
    notebook.cells.insert(notebook.place("check-understanding") + 1, cell)


@untidy(RIGHT - 2.75, lost=("test-conv2d-layer", "two arrays are trained"))
def an_answer_through_a_layer_that_is_wrong(notebook):
    text = notebook.cell("conv2d-layer")["source"]
    text = text[: text.index("    def parameters(self)")]
    text += "    def parameters(self):\n        return [self.weight]\n"
    notebook.cell("conv2d-layer")["source"] = text
    counted = "sum(p.data.size for p in Conv2d(3, 64, kernel_size=3).parameters())"
    notebook.cell("check-understanding")["source"] += f"\nq2 = {counted}\n"


@untidy()
def scipy_and_sklearn_to_compare_with(notebook):
    notebook.insert(
        notebook.place("receptive-field"),
        "from scipy import signal\nfrom sklearn.datasets import load_digits\n"
        "signal.correlate2d(load_digits().images[0], np.ones((2, 2)), 'valid').shape",
    )


@untidy(earns=94, lost=("test-conv2d-forward", "wanted dtype float32, got list"))
def list_of_arrays(notebook):
    notebook.replace("conv2d-forward", "return out", "return [image for image in out]")


@untidy(earns=75, lost=("test-conv2d-forward", "uses scipy, which this task does not"))
def scipy_in_place_of_the_loops(notebook):
    notebook.cell("conv2d-forward")["source"] = """#| export
from scipy import signal


def conv2d_forward(x, weight, bias, stride, padding):
    (ph, pw), (sh, sw) = padding, stride
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    out = np.array([
        [
            sum(map(lambda a, b: signal.correlate2d(a, b, "valid"), image, kernel))
            for kernel in weight
        ]
        for image in padded.astype(float)
    ])[:, :, ::sh, ::sw]
    if bias is not None:
        out += bias[:, None, None]
    return out.astype(np.result_type(x, weight, np.float32))
"""


@untidy()
def parameters_of_other_names(notebook):
    for old, new in {"bias": "with_bias", "padding": "pad", "stride": "step"}.items():
        source = notebook.cell("cost")["source"]
        notebook.cell("cost")["source"] = re.sub(rf"\b{old}\b", new, source)
