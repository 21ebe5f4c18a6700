"""tinytorch gives PyTorch's numbers, in float64, to the rounding."""

import numpy as np
import pytest
from conftest import ROOT
from reference.cases import GROUPS, compute

import tinytorch as tt
from tinytorch.core import spatial_two
from tinytorch.core.spatial import AvgPool2d, Conv2dFunction, MaxPool2d

CASES = [(group, name) for group, cases in GROUPS.items() for name in cases]


class TinyTorch:
    """tinytorch's face."""

    def tensor(self, array):
        return tt.Tensor(array, requires_grad=True, dtype=np.float64)

    def array(self, tensor):
        return tensor.numpy()

    def backward(self, tensor, gradient):
        tensor.backward(gradient)

    def grad(self, tensor):
        return tensor.grad

    def activation(self, name, x):
        return tt.log_softmax(x) if name == "LogSoftmax" else getattr(tt, name)()(x)

    def linear(self, x, weight, bias):
        layer = tt.Linear(*weight.shape, bias=bias is not None)
        layer.weight, layer.bias = weight, bias
        return layer(x)

    def conv2d(self, x, weight, bias, stride, padding):
        return Conv2dFunction.apply(x, weight, bias, stride, padding)

    def pool2d(self, kind, x, size, stride, padding):
        return {"max": MaxPool2d, "avg": AvgPool2d}[kind](size, stride, padding)(x)

    def module(self, made, x, **parameters):
        layer = getattr(spatial_two, made.name)(*made.arguments, **made.options)
        for name, value in parameters.items():
            assert getattr(layer, name).shape == value.shape
            setattr(layer, name, value)
        return layer(x)

    def loss(self, name, reduction, x, targets):
        losses = {
            "MSE": tt.MSELoss(reduction),
            "CrossEntropy": tt.CrossEntropyLoss(reduction),
            "BCE": tt.BinaryCrossEntropyLoss(reduction),
            "BCEWithLogits": tt.BinaryCrossEntropyLoss(reduction, logits=True),
        }
        return losses[name](x, targets)

    def optimizer(self, name, params, **settings):
        return getattr(tt, name)(params, **settings)


@pytest.fixture(scope="module")
def stored():
    files = {}
    for group in GROUPS:
        with np.load(ROOT / f"tests/reference/{group}.npz") as file:
            files[group] = dict(file)
    return files


def test_there_are_sixty_cases_and_all_are_stored(stored):
    assert len(CASES) > 100
    for group, cases in GROUPS.items():
        assert {key.split("/")[0] for key in stored[group]} == set(cases)


@pytest.mark.parametrize(("group", "name"), CASES)
def test_same_numbers(stored, group, name):
    found = compute(TinyTorch(), name, GROUPS[group][name])
    wanted = {
        key.split("/")[1]: array
        for key, array in stored[group].items()
        if key.split("/")[0] == name
    }
    assert found.keys() == wanted.keys()
    for key, array in wanted.items():
        np.testing.assert_allclose(
            found[key], array, rtol=1e-9, atol=1e-11, err_msg=f"{name}: {key}"
        )
