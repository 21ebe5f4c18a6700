"""The test cells of module 09 catch wrong solutions, each in its own cell only.

A wrong solution is the reference with one piece of text replaced. The cells run in one
namespace, in order, as nbgrader runs them.
"""

import nbformat
import pytest
from conftest import ROOT

NOTEBOOK = nbformat.read(ROOT / "source/09_spatial/spatial.ipynb", as_version=4)
CELLS = {c.id: c.source for c in NOTEBOOK.cells if c.cell_type == "code"}
TESTS = [name for name in CELLS if name.startswith("test-")]


def failing_tests(solutions):
    """Run the notebook with some cells replaced; return the test cells that fail."""
    namespace, failed = {}, {}
    for name, source in (CELLS | solutions).items():
        if "plt." in source:
            continue
        try:
            exec(compile(source, name, "exec"), namespace)
        except Exception as error:
            if name in TESTS:
                failed[name] = str(error)
    return failed


WRONG = {
    "output-size": {
        "ceil": ("- kernel) // stride", "- kernel + stride - 1) // stride"),
        "no-plus-one": ("// stride + 1", "// stride"),
        "float": ("// stride + 1", "/ stride + 1"),
        "padding-once": ("(size + 2 * padding - kernel)", "(size + padding - kernel)"),
        "stride-ignored": ("- kernel) // stride", "- kernel)"),
        "accepts-all": ("kernel > size + 2 * padding", "False"),
        "accepts-stride-0": ("stride < 1 or", "stride < 0 or"),
        "accepts-negative-padding": ("or padding < 0", ""),
        "refuses-with-padding": ("kernel > size + 2 * padding", "kernel > size"),
        "silent": ("does not fit into {size} pixels", "does not fit"),
    },
    "conv2d-forward": {
        "zeros": ("out[b, o, i, j] = total", "pass"),
        "flipped": ("weight[o, c, u, v]", "weight[o, c, kh - 1 - u, kw - 1 - v]"),
        "flipped-rows": ("weight[o, c, u, v]", "weight[o, c, kh - 1 - u, v]"),
        "transposed": ("weight[o, c, u, v]", "weight[o, c, v % kh, u % kw]"),
        "stride-swapped": ("(sh, sw), (ph", "(sw, sh), (ph"),
        "stride-of-rows": ("j * sw + v", "j * sh + v"),
        "stride-ignored": ("i * sh + u, j * sw + v", "i + u, j + v"),
        "padding-swapped": ("(ph, pw) = stride", "(pw, ph) = stride"),
        "padding-one-side": ("(ph, ph), (pw, pw)", "(0, 2 * ph), (0, 2 * pw)"),
        "padding-ones": ("(pw, pw)))", "(pw, pw)), constant_values=1)"),
        "padding-edge": ("(pw, pw)))", "(pw, pw)), mode='edge')"),
        "square-image": ("output_size(width, kw", "output_size(height, kw"),
        "square-kernel": ("range(kw)", "range(min(kh, kw))"),
        "square-kernel-rows": ("range(kh)", "range(min(kh, kw))"),
        "last-row": ("range(rows)", "range(rows - 1)"),
        "last-column": ("range(columns)", "range(columns - 1)"),
        "one-channel": ("range(in_channels)", "range(1)"),
        "channels-averaged": ("= total", "= total / in_channels"),
        "one-kernel": ("weight[o, c, u, v]", "weight[0, c, u, v]"),
        "one-image": ("padded[b, c", "padded[0, c"),
        "bias-dropped": ("float(bias[o])", "0.0"),
        "bias-of-image": ("bias[o]", "bias[b]"),
        "bias-per-channel": ("float(bias[o])", "in_channels * float(bias[o])"),
        "needs-bias": ("0.0 if bias is None else float(bias[o])", "float(bias[o])"),
        "integer-output": (
            "dtype = np.result_type(x, weight, np.float32)",
            "dtype = x.dtype",
        ),
        "always-float32": (
            "dtype = np.result_type(x, weight, np.float32)",
            "dtype = np.float32",
        ),
        "always-float64": (
            "dtype = np.result_type(x, weight, np.float32)",
            "dtype = np.float64",
        ),
        "spoils-the-image": ("    return out", "    x[:] = 0\n    return out"),
        "spoils-the-kernel": ("    return out", "    weight[:] = 0\n    return out"),
        "spoils-the-bias": (
            "    return out",
            "    if bias is not None:\n        bias += 1\n    return out",
        ),
    },
    "conv2d-layer": {
        "xavier": (
            "math.sqrt(2 / math.prod(shape[1:]))",
            "math.sqrt(4 / math.prod(shape[1:]) / (1 + out_channels / in_channels))",
        ),
        "lecun": ("math.sqrt(2 /", "math.sqrt(1 /"),
        "no-kernel-area": ("math.prod(shape[1:])", "in_channels"),
        "fan-out": ("math.prod(shape[1:])", "(math.prod(shape) / in_channels)"),
        "variance-for-deviation": (
            "math.sqrt(2 / math.prod(shape[1:]))",
            "2 / math.prod(shape[1:])",
        ),
        "std-one": ("normal(0, std, shape)", "normal(0, 1, shape)"),
        "uniform": (
            "normal(0, std, shape)",
            "uniform(-std * 3**0.5, std * 3**0.5, shape)",
        ),
        "uniform-of-width-std": ("normal(0, std, shape)", "uniform(-std, std, shape)"),
        "shifted": ("normal(0, std, shape)", "normal(std / 4, std, shape)"),
        "same-every-time": ("generator().normal", "np.random.default_rng(0).normal"),
        "kernel-transposed": ("*self.kernel_size)", "*self.kernel_size[::-1])"),
        "bias-ones": ("np.zeros(out_channels)", "np.ones(out_channels)"),
        "bias-always": ("requires_grad=True) if bias else None", "requires_grad=True)"),
        "bias-frozen": (
            "np.zeros(out_channels), requires_grad=True",
            "np.zeros(out_channels)",
        ),
        "weight-frozen": ("std, shape), requires_grad=True", "std, shape)"),
        "bias-not-listed": ("else [self.weight, self.bias]", "else [self.weight]"),
        "weight-not-listed": (
            "else [self.weight, self.bias]",
            "else [self.bias, self.bias]",
        ),
        "bias-not-used": ("weight, self.bias, self", "weight, None, self"),
        "stride-not-used": ("self.stride, self.padding\n", "(1, 1), self.padding\n"),
        "padding-not-used": ("self.stride, self.padding\n", "self.stride, (0, 0)\n"),
        "stride-and-padding-exchanged": (
            "self.stride, self.padding\n",
            "self.padding, self.stride\n",
        ),
        "leaves-the-graph": (
            "        return Conv2dFunction.apply(",
            "        return Tensor(conv2d_forward(x.data, self.weight.data, self.bias"
            ".data if self.bias else None, self.stride, self.padding))\n"
            "        return Conv2dFunction.apply(",
        ),
    },
    "max-pool2d-forward": {
        "padded-with-zero": ("constant_values=-np.inf", "constant_values=0"),
        "starts-at-zero": ("largest = -np.inf", "largest = 0.0"),
        "smallest": ("max(largest", "min(largest"),
        "stride-swapped": ("(sh, sw)", "(sw, sh)"),
        "kernel-swapped": ("(kh, kw)", "(kw, kh)"),
        "padding-swapped": ("(ph, pw) =", "(pw, ph) ="),
        "stride-is-kernel": ("i * sh + u, j * sw + v", "i * kh + u, j * kw + v"),
        "one-image": ("padded[b, c", "padded[0, c"),
        "one-channel": ("padded[b, c", "padded[b, 0"),
        "last-row": ("range(rows)", "range(rows - 1)"),
        "always-float64": (
            "dtype = np.result_type(x, np.float32)",
            "dtype = np.float64",
        ),
        "over-channels": (
            "out[b, c, i, j] = largest",
            "out[b, :, i, j] = np.maximum(out[b, :, i, j], largest)",
        ),
        "spoils-the-image": ("    return out", "    x[:] = 0\n    return out"),
    },
    "avg-pool2d-forward": {
        "sum": ("total / (kh * kw)", "total"),
        "square-kernel": ("(kh * kw)", "(kh * kh)"),
        "by-stride": ("(kh * kw)", "(sh * sw)"),
        "whole-numbers": (
            "columns), np.result_type(x, np.float32)",
            "columns), x.dtype",
        ),
        "valid-count": (
            "total / (kh * kw)",
            "total / sum(0 <= i * sh + u - ph < height and 0 <= j * sw + v - pw < width"
            " for u in range(kh) for v in range(kw))",
        ),
        "stride-swapped": ("(sh, sw)", "(sw, sh)"),
        "padding-swapped": ("(ph, pw) =", "(pw, ph) ="),
        "one-channel": ("padded[b, c", "padded[b, 0"),
        "maximum": ("total += float(", "total = max(total, "),
        "spoils-the-image": ("    return out", "    x[:] = 0\n    return out"),
    },
}
CASES = [(cell, bug) for cell, bugs in WRONG.items() for bug in bugs]


def test_the_reference_passes():
    assert failing_tests({}) == {}


@pytest.mark.parametrize(("cell", "bug"), CASES)
def test_a_wrong_solution_fails_in_its_own_cell_only(cell, bug):
    right, wrong = WRONG[cell][bug]
    assert right in CELLS[cell], f"{bug}: the reference no longer says {right!r}"
    failed = failing_tests({cell: CELLS[cell].replace(right, wrong, 1)})
    assert set(failed) == {f"test-{cell}"}
    # The student reads this: a behaviour in words, not the hidden numbers.
    message = failed[f"test-{cell}"]
    assert message and "array(" not in message


def test_an_unwritten_task_fails_in_its_own_cell_only():
    release = nbformat.read(ROOT / "release/09_spatial/spatial.ipynb", as_version=4)
    for stub in release.cells:
        if stub.metadata.get("nbgrader", {}).get("solution"):
            failed = failing_tests({stub.id: stub.source})
            assert failed == {f"test-{stub.id}": stub.id}
