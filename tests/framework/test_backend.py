"""The switch between a student's loops and the fast functions."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
from conftest import ROOT, run

import tinytorch
from tinytorch import backend
from tinytorch.core import spatial
from tinytorch.core.tensor import Tensor
from tinytorch.perf import convolution

NAMES = *backend.NAMES, *backend.METHODS


@pytest.fixture
def loops():
    """The loops are in use before and after."""
    before = backend._bound(spatial, NAMES)
    yield before
    backend._bind(spatial, before)


def in_use():
    bound, fast = backend._bound(spatial, NAMES), convolution.FUNCTIONS
    names = {bound[name] is function for name, function in fast.items()}
    assert len(names) == 1
    return "fast" if names == {True} else "loops"


def test_the_switch_and_back(loops):
    assert in_use() == "loops"
    tinytorch.use("fast")
    assert in_use() == "fast"
    tinytorch.use("fast")
    tinytorch.use("loops")
    assert backend._bound(spatial, NAMES) == loops


def test_the_switch_as_a_context(loops):
    with tinytorch.use("fast"):
        assert in_use() == "fast"
        with tinytorch.use("loops"):
            assert in_use() == "loops"
            with tinytorch.use("loops"), tinytorch.use("fast"):
                assert in_use() == "fast"
            assert in_use() == "loops"
        assert in_use() == "fast"
    assert in_use() == "loops"
    with pytest.raises(ZeroDivisionError), tinytorch.use("fast"):
        raise ZeroDivisionError
    assert in_use() == "loops"


def test_a_new_export_is_what_loops_means(loops, monkeypatch):
    tinytorch.use("fast")

    def rewritten(*arguments):
        raise NotImplementedError

    spatial.conv2d_forward = rewritten  # as a reload of the module would
    tinytorch.use("fast")
    assert in_use() == "fast"
    tinytorch.use("loops")
    assert spatial.conv2d_forward is rewritten


def test_the_layers_compute_by_it(loops):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, 3, 9, 8))
    layers = [
        spatial.Conv2d(3, 4, 3, stride=(1, 2), padding=1),
        spatial.MaxPool2d(2),
        spatial.AvgPool2d((2, 1), stride=1),
    ]
    results = []
    for road, wanted in (("loops", True), ("fast", True), ("fast", False)):
        with tinytorch.use(road):
            image = Tensor(x, requires_grad=wanted)
            out = image
            for layer in layers:
                out = layer(out)
            layers[0].weight.zero_grad()
            out.backward(np.ones(out.shape))
            results.append((out.data, image.grad, layers[0].weight.grad))
    for slow, fast, first in zip(*results, strict=True):
        assert np.allclose(slow, fast, atol=1e-5)
        assert first is None or np.array_equal(first, fast)
    assert results[2][1] is None


def test_the_switch_refuses(loops, monkeypatch):
    with pytest.raises(ValueError, match='"fast"\\) or use\\("loops"\\), got \'cuda\''):
        tinytorch.use("cuda")
    monkeypatch.delattr(spatial, "max_pool2d_backward")
    with pytest.raises(RuntimeError, match="lacks, max_pool2d_backward: finish module"):
        tinytorch.use("fast")
    monkeypatch.setitem(sys.modules, "tinytorch.core.spatial", None)
    with pytest.raises(RuntimeError, match=r"not there: .* tinytorch.export spatial"):
        tinytorch.use("fast")


@pytest.mark.parametrize("module", ["tinytorch", "tinytorch.backend"])
def test_import_does_not_load_it(module):
    source = (
        f"import sys, {module}; "
        "print([name for name in sys.modules if name.startswith('tinytorch.perf')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


# The switch in a student's package, which has of `perf` what the student exported.

ACCELERATION = """\
from tinytorch.core import spatial
from tinytorch.core.spatial import avg_pool2d_backward, avg_pool2d_forward


def counted(function):
    def called(*arguments):
        calls.append(function.__name__)
        return function(*arguments)

    return called


calls = []
names = ["conv2d_forward", "conv2d_backward", "max_pool2d_forward"]
FUNCTIONS = {name: counted(getattr(spatial, name)) for name in names}
FUNCTIONS["max_pool2d_backward"] = counted(spatial.max_pool2d_backward)
FUNCTIONS["avg_pool2d_forward"] = avg_pool2d_forward
FUNCTIONS["avg_pool2d_backward"] = avg_pool2d_backward
"""


@pytest.fixture
def package(tmp_path):
    """A package with module 09 and an empty `perf`."""
    folder = tmp_path / "package"
    ignored = shutil.ignore_patterns("__pycache__", "perf")
    shutil.copytree(ROOT / "tinytorch", folder / "tinytorch", ignore=ignored)
    (folder / "tinytorch/perf").mkdir()
    (folder / "tinytorch/perf/__init__.py").touch()
    return folder


def python(package, *arguments):
    """Run Python with this package; return its output, or its last line of error."""
    environment = {"PYTHONPATH": str(package)}
    done = run(sys.executable, *arguments, cwd=package, env=environment)
    return done.stdout if done.returncode == 0 else done.stderr.splitlines()[-1]


def export_acceleration(package, text=ACCELERATION):
    cells = ["#| default_exp perf.acceleration", f"#| export\n{text}"]
    content = {"cells": [{"cell_type": "code", "source": cell} for cell in cells]}
    notebook = package / "acceleration.ipynb"
    notebook.write_text(json.dumps(content))
    printed = python(package, "-m", "tinytorch.export", notebook)
    assert "from tinytorch.perf.acceleration import counted" in printed
    assert (package / "tinytorch/perf/acceleration.py").is_file()


TRAIN = """
import numpy as np
import tinytorch as tt
from tinytorch.core import spatial

backward = spatial.Conv2dFunction.backward
own = spatial.conv2d_forward
net = tt.Sequential(tt.Conv2d(1, 2, 2), tt.MaxPool2d(2), tt.AvgPool2d(1))


def step():
    out = net(tt.Tensor(np.ones((1, 1, 5, 5))))
    out.backward(np.ones(out.shape))


with tt.use("fast"):
    step()
    assert spatial.Conv2dFunction.backward is backward
assert spatial.conv2d_forward is own
step()
from tinytorch.perf import acceleration
print(acceleration.calls)

# A second export, taken up by a reload while the first is in use.
import importlib
tt.use("fast")
importlib.reload(acceleration)
with tt.use("fast"):
    step()
# The reloaded ones call those of before, which were in use meanwhile.
print([name for name in acceleration.calls if name != "called"])
tt.use("loops")
assert spatial.conv2d_forward is own
"""


@pytest.mark.slow
def test_the_switch_takes_what_the_student_exported(package):
    export_acceleration(package)
    names = "conv2d_forward max_pool2d_forward max_pool2d_backward conv2d_backward"
    assert python(package, "-c", TRAIN) == 2 * f"{names.split()}\n"


@pytest.mark.slow
def test_our_functions_come_before_the_students(package):
    for path in (ROOT / "tinytorch/perf").glob("*.py"):
        if path.stem not in ("__init__", "acceleration"):
            shutil.copy(path, package / "tinytorch/perf")
    export_acceleration(package, "def counted(): ...\n\n\nraise SystemExit('imported')")
    source = (
        "import tinytorch as tt; tt.use('fast'); from tinytorch.core import spatial; "
        "print(spatial.conv2d_forward.__module__)"
    )
    assert python(package, "-c", source) == "tinytorch.perf.convolution\n"


FAST = "import tinytorch; tinytorch.use('fast')"


@pytest.mark.slow
@pytest.mark.parametrize("without", ["perf/__init__.py", "perf"])
def test_the_switch_without_module_18_says_what_to_do(package, without):
    if without == "perf":
        shutil.rmtree(package / "tinytorch/perf")
    assert python(package, "-c", FAST) == (
        'RuntimeError: use("fast") needs the functions of module 18, and '
        "tinytorch.perf.acceleration is not there: write module 18, then type: "
        "python -m tinytorch.export acceleration.ipynb"
    )
    source = "import tinytorch; tinytorch.use('loops'); print('loops')"
    assert python(package, "-c", source) == "loops\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        ("", ", ".join(backend.NAMES)),
        ("FUNCTIONS = dict.fromkeys(['conv2d_forward'], abs)", "conv2d_backward, max_"),
    ],
)
def test_the_switch_with_half_a_module_18_says_what_is_missing(package, text, lacks):
    export_acceleration(package, f"def counted(): ...\n\n\n{text}")
    line = python(package, "-c", FAST)
    assert f"FUNCTIONS of tinytorch.perf.acceleration what it lacks, {lacks}" in line
    assert line.endswith("then type: python -m tinytorch.export acceleration.ipynb")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("perf/convolution", "import tinytorch.perf.windows"),
        ("perf/acceleration", "import notthere"),
        ("perf/acceleration", "from tinytorch.core.spatial import notthere"),
        ("core/spatial", "import tinytorch.core.notthere"),
    ],
)
def test_an_error_within_a_module_is_not_hidden(package, module, line):
    (package / f"tinytorch/{module}.py").write_text(line)
    kind = "ImportError: cannot" if "from" in line else "ModuleNotFoundError: No module"
    printed = python(package, "-c", FAST)
    assert printed.startswith(kind)
    assert ("tinytorch.perf.windows" if "windows" in line else "notthere") in printed
