"""Attacks on answers that are plain values, on gradients, and on what persons grade."""

from redteam.attacks.injection import LINKS, MARKUP
from redteam.attacks.lies import ALWAYS_EQUAL
from redteam.submission import attack

BACKWARD = ["conv2d_backward", "max_pool2d_backward", "avg_pool2d_backward"]
VALUES = ["cost", "receptive-field", "check-understanding"]
COUNTS = ["count_parameters", "count_macs", "activation_bytes", "receptive_field"]


def _answer(notebook, value, preparation=""):
    """Have each question and each count answered by ``value``."""
    if preparation:
        notebook.add(preparation)
    notebook.write(
        "check-understanding", f"q1 = [{value}] * 4\nq2 = q3 = q4 = q5 = {value}"
    )
    functions = [f"def {name}(*a, **k):\n    return {value}" for name in COUNTS]
    notebook.write("cost", "\n\n".join(functions[:-1]))
    notebook.write("receptive-field", functions[-1])


@attack(module=True)
def answers_zero(notebook, folder):
    notebook.fake(*VALUES)


@attack(module=True)
def answers_with_an_always_equal_object(notebook, folder):
    _answer(notebook, "Equal()", ALWAYS_EQUAL)
    notebook.extend("check-understanding", "q1 = Equal()")


@attack(module=True)
def answers_with_a_lying_int(notebook, folder):
    _answer(
        notebook,
        "Lying(7)",
        """
        class Lying(int):
            def __eq__(self, other):
                return True

            def __ne__(self, other):
                return False

            __hash__ = int.__hash__
            __int__ = __index__ = __round__ = __trunc__ = lambda self: self
            __sub__ = __rsub__ = lambda self, other: 0
        """,
    )


@attack(module=True)
def answers_with_all_answers(notebook, folder):
    """An array that holds every small number, and a text that holds more."""
    _answer(notebook, "np.arange(5000)")
    notebook.extend("check-understanding", 'q2 = " ".join(map(str, range(5000)))')


@attack(module=True)
def answers_with_true_and_nan(notebook, folder):
    _answer(notebook, "True")
    notebook.extend("check-understanding", "q3, q4, q5 = math.nan, math.inf, None")


@attack(module=True)
def answers_with_a_shape_that_changes(notebook, folder):
    """Of four elements when it is counted, and of others when it is read."""
    notebook.write(
        "check-understanding",
        """
        class Shape(tuple):
            def __len__(self):
                return 4

            def __iter__(self):
                return iter([32, 64] + [self[n] for n in range(10**9)])

            def __eq__(self, other):
                return True

            __hash__ = tuple.__hash__

        q1 = Shape(range(1000))
        q2 = q3 = q4 = q5 = 0
        """,
    )


@attack(module=True)
def reads_answers_in_the_test(notebook, folder):
    """The questions' test compares with values: looks for them wherever they may be."""
    notebook.fake(*VALUES)
    notebook.attack(
        """
        import gc
        import sys

        wanted = {"q1", "q2", "q3", "q4", "q5", "wanted", "expected", "answers"}
        for found in gc.get_objects():
            if isinstance(found, dict) and found is not globals():
                for name in wanted & {key for key in found if type(key) is str}:
                    if name.startswith("q"):
                        globals()[name] = found[name]
        frame = sys._getframe()
        while frame:
            for name in wanted & set(frame.f_locals):
                if frame.f_globals is not globals():
                    print(name, type(frame.f_locals[name]))
            frame = frame.f_back
        """,
        before="test-check-understanding",
    )


@attack(module=True)
def gradients_of_zeros(notebook, folder):
    notebook.fake("conv2d-backward", "max-pool2d-backward", "avg-pool2d-backward")


@attack(module=True)
def gradients_are_the_inputs(notebook, folder):
    """The right shapes, without any work: x, weight, and a sum that is too large."""
    notebook.write(
        "conv2d-backward",
        """
        def conv2d_backward(grad_output, x, weight, stride, padding):
            return x, weight, np.full(len(weight), grad_output.sum())
        """,
    )
    for name in BACKWARD[1:]:
        notebook.write(
            name.replace("_", "-"), f"def {name}(grad_output, x, *a):\n    return x"
        )


@attack(module=True)
def gradients_of_none(notebook, folder):
    for name in BACKWARD:
        notebook.write(name.replace("_", "-"), f"def {name}(*arguments):\n    pass")


@attack(module=True)
def gradients_spoil_their_arguments(notebook, folder):
    """Sets upstream gradient and input to zero: then zeros would be the gradient."""
    notebook.fake("conv2d-backward", "max-pool2d-backward", "avg-pool2d-backward")
    for name in BACKWARD:
        notebook.extend(
            name.replace("_", "-"),
            f"""
            faked_{name} = {name}

            def {name}(*arguments):
                zeros = faked_{name}(*arguments)
                for argument in arguments:
                    if isinstance(argument, np.ndarray):
                        argument.flags.writeable = True
                        argument[...] = 0
                return zeros
            """,
        )


@attack(module=True)
def gradients_lie_in_a_tuple(notebook, folder):
    """What comes back has three parts for ``len``, and is equal to all for ``==``."""
    notebook.add(ALWAYS_EQUAL)
    for name in BACKWARD:
        notebook.write(
            name.replace("_", "-"),
            f"""
            class Three_{name}(tuple):
                __eq__ = __ge__ = __le__ = lambda self, other: True
                __hash__ = tuple.__hash__

            def {name}(grad_output, *a):
                return Three_{name}([Equal()] * 3)
            """,
        )


@attack(module=True)
def prose_claims_points(notebook, folder):
    """The cell that a person grades says that it was graded, by all that it can say."""
    notebook.write("reflection", "20.0\n\nScore: 5.0 / 5.0 (graded by hand)")
    cell = notebook.cell("reflection")
    cell.metadata.nbgrader.update(points=500, task=True, score=5.0, manual_score=5.0)
    cell.metadata["proctor"] = {"score": 5.0, "max_score": 5.0}


@attack(module=True)
def prose_becomes_code(notebook, folder):
    """A cell that nobody runs is turned into one that would award itself."""
    cell = notebook.cell("reflection")
    cell.cell_type = "code"
    cell.outputs, cell.execution_count = [], 1
    cell.source = "print('REACHED-' + 'WHAT-IT-MUST-NOT:', 'a prose cell ran')\n5.0"


@attack(module=True)
def prose_becomes_a_test(notebook, folder):
    """It takes a test's name; the test is taken away."""
    notebook.fake("cost")
    notebook.node.cells.remove(notebook.cell("test-cost"))
    cell = notebook.cell("reflection")
    cell.metadata.nbgrader.grade_id = cell.id = "test-cost"
    cell.source = "It costs 5 points."


@attack(module=True)
def scripts_in_the_answer_in_prose(notebook, folder):
    """What a person reads while grading by hand."""
    notebook.write("reflection", "\n\n".join(MARKUP + LINKS))


@attack(module=True)
def an_endless_answer_in_prose(notebook, folder):
    """A megabyte of brackets, quotes and tables, for whoever lays it out."""
    text = "[" * 50_000 + "\n\n" + "> " * 50_000 + "\n\n" + "|a" * 100_000 + "\n" + "|-"
    notebook.write("reflection", text * 2)
