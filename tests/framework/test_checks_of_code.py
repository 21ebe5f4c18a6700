"""The checks of a notebook: what they find in the code behind an answer."""

import sys
from types import ModuleType, SimpleNamespace

import pytest
from checked import double, notebook, said

from tinytorch import checks
from tinytorch.checks import Check, CheckFailed, count_up
from tinytorch.runs import runs
from tinytorch.showing import NotWritten
from tinytorch.stops import line_for


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
