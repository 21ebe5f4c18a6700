"""The checks of a notebook: what they say of what is right, and of what is not."""

import linecache
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from tinytorch import checks
from tinytorch.checks import Check, CheckFailed, check_gradient, count_up
from tinytorch.core.autograd import Function
from tinytorch.core.tensor import Tensor
from tinytorch.runs import runs
from tinytorch.showing import NotWritten, show
from tinytorch.stops import line_for


def notebook(source):
    """Return the names of a cell that was run as a notebook runs it."""
    linecache.cache["<cell one>"] = len(source), None, source.splitlines(True), ""
    names = {"np": np}
    exec(compile(source, "<cell one>", "exec"), names)
    return names


def said(example, *wanted, **named):
    with pytest.raises(CheckFailed) as caught:
        example.gives(*wanted, **named)
    return str(caught.value)


def double(x):
    return 2 * x


def test_what_holds_and_what_stands(capsys):
    checks.begin({"double": 5, "half": 3})
    Check("double", double)("two", count_up(2)).gives([0, 2]).dtype(float)
    Check("double").done("each is doubled")
    Check("half").done("each is halved")
    Check("double").done("once more")
    # One that fails now does not stand, though it has passed.
    with pytest.raises(CheckFailed):
        Check("double", double)("two", count_up(2)).gives([0, 3])
    Check("half").done("again")
    checks.begin({})
    Check("double").done("unknown points are not told")
    assert capsys.readouterr().out.splitlines() == [
        "double: each is doubled. 5 points; 1 of 2 tasks, 5 of 8 points so far.",
        "half: each is halved. 3 points; 2 of 2 tasks, 8 of 8 points so far.",
        "double: once more. 5 points; 2 of 2 tasks, 8 of 8 points so far.",
        "half: again. 3 points; 1 of 2 tasks, 3 of 8 points so far.",
        "double: unknown points are not told.",
    ]


@pytest.mark.parametrize(
    ("function", "wanted", "first"),
    [
        (lambda x: x[:1], [0, 2], "wanted shape (2,), got shape (1,)"),
        (lambda x: x + 1, [0, 2], "at [0] wanted 0, got 1"),
        (lambda x: x * np.nan, [0, 2], "at [0] wanted 0, got nan"),
        (lambda x: x.sum() / 2, 1, "wanted 1, got 0.5"),
        (lambda x: None, [0, 2], "wanted an array of shape (2,), got None"),
        (lambda x: None, 3, "wanted 3, got None"),
        (lambda x: "two", [0, 2], "wanted numbers, got a text"),
        (lambda x: x > 0, [0, 1], "wanted numbers, got bool"),
        (lambda x: Tensor([1.0]), 1, "wanted numbers, got a Tensor"),
        (lambda x: [[1], [1, 2]], [0, 2], "wanted numbers, got a list"),
        (lambda x: {"out": x}, [0, 2], "wanted numbers, got a dict"),
        (lambda x: x @ np.ones(3), 1, "raised ValueError: matmul: Input operand 1"),
        (lambda x: "b", "a", "wanted 'a', got 'b'"),
    ],
)
def test_the_first_line_says_what_was_wanted_and_what_came(function, wanted, first):
    line, *_ = said(Check("double", function)("two", count_up(2)), wanted).splitlines()
    assert line.startswith(f"double, two: {first}")


def test_below_it_stand_the_call_and_both_arrays():
    def wrong(pixels, stride):
        return pixels[:, ::stride] + 1

    example = Check("double", wrong)("every second", count_up(2, 3), 2)
    assert said(example, [[1, 3], [4, 5]]).splitlines() == [
        "double, every second: at [1, 1] wanted 5, got 6",
        "  called: wrong",
        "    pixels = float64 (2, 3)",
        "    [[0 1 2]",
        "     [3 4 5]]",
        "    stride = 2",
        "  wanted: (2, 2)",
        "  [[1 3]",
        "   [4 5]]",
        "  got: float64 (2, 2)",
        "  [[1 3]",
        "   [4 6]]",
    ]


def test_several_results_have_names():
    example = Check("both", lambda x: (x, x))("two", count_up(2))
    example.gives(first=[0, 1], second=[0, 1]).dtype(float)
    assert "two: second: at [1] wanted 9, got 1" in said(
        example, first=[0, 1], second=[0, 9]
    )
    single = Check("both", double)("two", count_up(3))
    assert "wanted 2 results, first, second; got no tuple" in said(
        single, first=[0], second=[0]
    )


def test_whole_numbers_and_dtypes():
    class Size(int):
        pass

    for whole in (2, np.int8(2), np.array(2), Size(2)):
        Check("one", lambda whole=whole: whole)("one").gives(2).whole()
    with pytest.raises(CheckFailed, match=r"wanted an int, got 2.0, a float"):
        Check("one", lambda: 2.0)("one").gives(2).whole()
    with pytest.raises(CheckFailed, match=r"wanted dtype float32, got float64"):
        Check("one", double)("one", count_up(1)).gives([0]).dtype(np.float32)


def test_an_error_that_is_wanted():
    def refuse(size):
        if size == 13:
            return None
        raise {3: ValueError, 4: TypeError}[size](f"no {size} of 12")

    check = Check("refuse", refuse)
    check("three", 3).raises(ValueError, naming=(3, 12))
    for size, why in {
        3: "must name 2, it says 'no 3 of 12'",
        4: "wanted a ValueError, got TypeError: no 4 of 12",
        13: "wanted a ValueError, got None",
    }.items():
        with pytest.raises(CheckFailed, match=why):
            check("size", size).raises(ValueError, naming=(2,))


def test_an_input_that_was_changed():
    def spoil(x):
        x *= 2
        return x

    image = count_up(3)
    assert "two: x was changed" in said(Check("spoil", spoil)("two", image), [0, 2, 4])
    assert image.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "q4 is not answered yet: write q4 = ... in the cell above"),
        ("q4 = None", "q4 is not answered yet"),
        ("q4 = [1]", "q4 must be a whole number, it is [1]: change it"),
        ("q4 = 'six'", "q4 must be a whole number, it is 'six'"),
        ("q4 = 2.5", "q4 must be a whole number, it is 2.5"),
        ("q4 = [[1], [1, 2]]", "q4 must be a whole number, it is [[1], [1, 2]]"),
        ("q4 = 6; q1 = (1, 2)", "q1 must be a tuple of 3 whole numbers, it is (1, 2)"),
    ],
)
def test_an_answer_that_is_missing_or_has_another_form_is_one_line(text, said):
    names = {"check": Check("questions"), "q1": (1, 2, 3)}
    exec(text, names)
    with pytest.raises(CheckFailed) as failed:
        exec("check.answer('q4')\ncheck.answer('q1', numbers=3)", names)
    (line,) = failed.value._render_traceback_()
    assert line.startswith(f"questions: {said}")


def test_answers_of_the_right_form_pass():
    names = {"check": Check("questions"), "q1": (1, 2.0), "q4": np.int64(3)}
    exec("check.answer('q4')\ncheck.answer('q1', numbers=2)", names)


def run_cell(text, names):
    """Run a cell of the notebook ``names`` and tell it to `runs`, as a kernel does."""
    before = inside = None
    try:
        exec(compile(text, "<cell one>", "exec"), names)
    except SyntaxError as error:
        before = error
    except Exception as error:
        inside = error
    info = SimpleNamespace(raw_cell=text)
    runs.note(
        SimpleNamespace(error_before_exec=before, error_in_exec=inside, info=info)
    )


GOOD = "def double_it(x):\n    return 2 * x\n"


@pytest.mark.parametrize(
    ("broken", "error"),
    [
        (GOOD.replace("    r", "r"), "IndentationError: expected an indented block"),
        (f"1 / 0\n{GOOD}", "ZeroDivisionError: division by zero"),
        (GOOD.replace("):", ") -> left_out:"), "NameError: name 'left_out' is not de"),
    ],
)
def test_the_older_version_is_not_praised(broken, error, monkeypatch, capsys):
    main = ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", main)
    names = vars(main)

    def check():
        task = Check("double", names["double_it"])
        task("two", count_up(2)).gives([0, 2])
        task.done("each is doubled")

    checks.begin({"double": 5})
    run_cell(GOOD, names)
    check()
    run_cell(broken, names)
    with pytest.raises(CheckFailed) as failed:
        check()
    (line,) = failed.value._render_traceback_()
    assert line.startswith(
        f"double: the last run of its cell ended in an error ({error}"
    )
    assert checks.standing.passed == set()
    # What fails below a function leaves it as it is written there.
    run_cell(f"{GOOD}1 / 0", names)
    check()
    assert checks.standing.passed == {"double"}
    checks.begin({})


def test_a_variable_of_the_notebook_that_a_function_reads_is_named():
    names = notebook(
        "__name__ = '__main__'\nimage, KERNEL = np.ones(2), 3\n"
        "def helper(x):\n    return x\n"
        "def f(x):\n    return helper(x)[: len(image) - 1] * KERNEL\n"
    )
    lines = said(Check("f", names["f"])("three", count_up(3)), [7]).splitlines()
    assert [line for line in lines if "your function uses" in line] == [
        "  your function uses `image`, which is none of its arguments: it is a "
        "variable of the notebook"
    ]


def test_the_form_of_an_answer_is_asked_for_without_a_trace():
    check = Check("questions")
    check.require(True, "q1 must be a number; got 3")
    with pytest.raises(CheckFailed) as failed:
        check.require(False, "q1 must be a number; got 'three'")
    (line,) = failed.value._render_traceback_()
    assert line == "questions: q1 must be a number; got 'three'"


def test_where_a_notebooks_code_stopped_and_on_which_shapes():
    names = notebook(
        "def f(x, w):\n    rows = y = 2\n    y = x[:rows] * w\n    return y\n"
    )
    example = Check("f", names["f"])("three", count_up(3), count_up(3))
    first, *_, line, x, w, rows = said(example, [0, 1]).splitlines()
    assert first.startswith("f, three: raised ValueError: operands could not be broad")
    # What the line was to make is of before.
    assert line == "  in line 3 of the cell of f: y = x[:rows] * w"
    assert (x, rows) == ("  there x has the shape (3,)", "  there rows is 2")
    assert w == "  there w has the shape (3,)"


def test_an_error_in_an_inner_function_is_told_with_the_line_that_called_it():
    names = notebook(
        "def size(n, k):\n    return n // k\n\n"
        "def f(x):\n    return x[: size(len(x), 0)]\n"
    )
    first, *lines = said(Check("f", names["f"])("three", count_up(3)), [0]).splitlines()
    assert (
        first
        == "f, three: raised ZeroDivisionError: integer division or modulo by zero"
    )
    assert "  in line 2 of the cell of size: return n // k" in lines
    assert "  called in line 5 of the cell of f: return x[: size(len(x), 0)]" in lines


@pytest.mark.parametrize(
    "source",
    [
        "def f(x):\n    from scipy.ndimage import convolve as c\n    return c(x, [2])",
        "import scipy.ndimage as nd\ndef f(x):\n    return nd.convolve(x, [2])",
        "from scipy.ndimage import convolve\n__name__ = '__main__'\n"
        "def helper(x):\n    return convolve(x, [2])\ndef f(x):\n    return helper(x)",
    ],
)
def test_a_library_that_does_the_work_is_said_here_too(source):
    names = notebook(source)
    check = Check("double", names["f"])
    check("two", count_up(2)).gives([0, 2])
    with pytest.raises(CheckFailed, match="the numbers are right, and scipy computes"):
        check.done("each is doubled")


def test_what_an_earlier_task_uses_is_not_charged_twice():
    """The tasks are of module 19, of which it is known what they define."""
    names = notebook(
        "__name__ = '__main__'\n"
        "def conv_forward(x):\n    import scipy\n    return 2 * x\n"
        "def grouped_forward(x):\n    return conv_forward(x)\n"
        "def grouped_backward(x):\n    return conv_forward(x)\n"
    )
    checks.begin({"conv-forward": 16, "groups": 12})
    check = Check("groups", names["grouped_forward"])
    check.done("each group by itself")
    assert checks.standing.passed == {"groups"}
    with pytest.raises(
        CheckFailed, match="conv-forward: the numbers are right, and sc"
    ):
        Check("conv-forward", names["conv_forward"]).done("axes")
    # Whether it is charged there or here: what rests on it says where to begin.
    shown = said(check("two", count_up(2)), [0, 3])
    assert "  conv-forward has not passed its own check: begin there" in shown
    exec("def grouped_forward(x):\n    import scipy\n    return 2 * x", names)
    check = Check("groups", names["grouped_forward"])
    check.of(names["grouped_backward"])("two", count_up(2)).gives([0, 2])
    with pytest.raises(CheckFailed, match="groups: the numbers are right, and scipy"):
        check.of(names["grouped_backward"]).done("there and back")
    assert "scipy computes them" in checks.standing.failed["groups"]
    checks.begin({})


def test_each_of_several_numbers_is_an_int():
    for right in (3, 4), [3, 4], np.array([3, 4]):
        Check("pair", lambda right=right: right)("two").gives((3, 4)).whole()
    with pytest.raises(CheckFailed, match=r"wanted an int, got 4\.0, a float"):
        Check("pair", lambda: (3, 4.0))("two").gives((3, 4)).whole()


def test_the_tutor_repeats_what_a_failing_check_said():
    from tinytorch.tutoring import _what_the_check_said

    with pytest.raises(CheckFailed):
        Check("double", double)("two", count_up(2)).gives([0, 3])
    _, code = _what_the_check_said("double")
    assert code.text.startswith("double, two: at [1] wanted 3, got 2")
    Check("double", double).done("each is doubled")
    assert _what_the_check_said("double") == []


def test_what_a_check_said_of_older_code_is_not_repeated(monkeypatch):
    from tinytorch.tutoring import _what_the_check_said

    main = sys.modules["__main__"]
    monkeypatch.setattr(main, "dilated_field", lambda layers: 0, raising=False)
    with pytest.raises(CheckFailed):
        Check("dilated-field", main.dilated_field)("no layer", []).gives(1)
    assert len(_what_the_check_said("dilated-field")) == 2
    monkeypatch.setattr(main, "dilated_field", lambda layers: 1)
    (words,) = _what_the_check_said("dilated-field")
    assert words.text.endswith("run it on what you have written now.")
    checks.begin({})


def test_what_is_not_written_is_said_so():
    def stub(x):
        raise NotImplementedError(says)

    for ask in (lambda e: e.gives(1), lambda e: e.raises(ValueError)):
        says = "stub"
        with pytest.raises(NotWritten, match="stub is not written yet"):
            ask(Check("stub", stub)("one", 1))
        says = "output-size"
        with pytest.raises(NotWritten, match="uses the task output-size, which is not"):
            ask(Check("stub", stub)("one", 1))
        # What a student has left for later is no task.
        says = "bias comes later"
        with pytest.raises(CheckFailed, match="NotImplementedError: bias comes later"):
            ask(Check("stub", stub)("one", 1))


def test_errors_of_a_grader_pass():
    class StudentEnded(Exception):
        pass

    def end(x):
        raise StudentEnded("stopped")

    for ask in (lambda e: e.gives(1), lambda e: e.raises(ValueError)):
        with pytest.raises(StudentEnded):
            ask(Check("end", end)("one", 1))


def test_the_task_before_is_named_if_it_has_not_passed(capsys):
    checks.begin({"first": 1, "second": 1})
    example = Check("second", double, after=("first",))("one", count_up(1))
    assert said(example, [7]).endswith(
        "first has not passed its own check: begin there"
    )
    Check("first").done("all")
    assert "first has not" not in said(example, [7])
    checks.begin({})


def test_lines_of_python_are_counted():
    names = notebook(
        "def f(x):\n    return sum(a for a in x)\ndef g(x):\n    return x.sum()"
    )
    Check("g", names["g"])("many", count_up(100)).lines(most=5)
    with pytest.raises(CheckFailed, match="lines of Python ran, wanted at most 50"):
        Check("f", names["f"])("many", count_up(100)).lines(most=50)


def test_memory_is_counted_where_it_is_asked_for():
    names = notebook(
        "def view(x):\n    return np.broadcast_to(x, (99, len(x)))\n"
        "def copy(x):\n    return view(x).copy()"
    )
    large = count_up(2000)
    Check("g", names["view"])("a view", large).memory(most=100_000)
    with pytest.raises(
        CheckFailed, match=r"it took 1\.\d MB of memory, wanted at most"
    ):
        Check("f", names["copy"])("a view", large).memory(most=100_000)
    # In another process, or not of the notebook: nothing is known.
    Check("f", lambda x: names["copy"](x))("a view", large).memory(most=1)


def test_a_shape_is_said_as_one():
    check = Check("shape")
    check("a shape").compare((2, 3), (2, 3))
    for got in ((3, 2), (4,)):
        with pytest.raises(CheckFailed) as caught:
            check("a shape").compare(got, (2, 3))
        assert str(caught.value) == f"shape, a shape: wanted (2, 3), got {got}"


def test_what_another_notebook_has_not_written_yet_is_to_be_exported():
    names = {"__name__": "tinytorch.core.spatial"}
    exec("def stub(x):\n    raise NotImplementedError('conv2d-layer')", names)
    for ask in (lambda e: e.gives(1), lambda e: e.raises(ValueError)):
        with pytest.raises(NotWritten) as caught:
            ask(Check("network", lambda x: names["stub"](x))("one", 1))
        assert str(caught.value).startswith(
            "network: the task conv2d-layer of module 09 is not written yet in your "
            "package. Write it in spatial.ipynb, open a terminal"
        )
    with pytest.raises(NotImplementedError) as stopped:
        names["stub"](1)
    line = line_for(stopped.value, {})
    assert line.startswith(
        "The task conv2d-layer of module 09 is not written yet in your"
    )
    assert "python -m tinytorch.export spatial.ipynb" in line


class Product(Function):
    forgets = times = 1

    @staticmethod
    def forward(ctx, x, weight, bias):
        ctx.save_for_backward(x, weight)
        return x * weight + Product.forgets * bias

    @staticmethod
    def backward(ctx, grad_output):
        x, weight = ctx.saved_tensors
        return grad_output * weight, Product.times * grad_output * x, grad_output


def test_a_gradient_is_compared_after_its_forward(monkeypatch, capsys):
    inputs = {"x": count_up(2), "weight": count_up(2, first=3), "bias": np.ones(2)}

    def check():
        check_gradient(Product.apply, [1, 5], begin_with="product", **inputs)

    check()
    assert capsys.readouterr().out == (
        "forward and the gradient of x, weight, bias: right\n"
    )
    monkeypatch.setattr(Product, "times", 2)
    with pytest.raises(
        CheckFailed, match=r"^product: .*right: the gradient of weight \(argument 1"
    ):
        check()
    monkeypatch.setattr(Product, "forgets", 0)
    with pytest.raises(CheckFailed, match=r"^product, forward, .*: at \[0\] wanted 1"):
        check()


def test_a_gradient_that_fits_leaves_standing_what_stands(capsys):
    checks.begin({"product": 2})
    Check("product", Product.apply).done("as wanted")
    check_gradient(Product.apply, [0], begin_with="product", x=count_up(1),
                   weight=count_up(1), bias=np.zeros(1))  # fmt: skip
    assert checks.standing.passed == {"product"}
    checks.begin({})


def test_large_arrays_show_their_shape_alone():
    assert show(np.zeros((8, 8))) == "float64 (8, 8)"
    with np.printoptions(precision=8):  # another notebook's may be set
        assert show(np.array([0.5, 2])) == "float64 (2,)\n[0.5 2. ]"
