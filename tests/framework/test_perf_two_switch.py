"""The switch to the fast methods of module 19: its layers, and what they give."""

import itertools

import numpy as np
import pytest
from conftest import ROOT
from reference.cases import compute
from reference.spatial_two import CASES
from spatial_two_cases import side_by_side
from test_against_pytorch import TinyTorch

import tinytorch
from tinytorch import backend
from tinytorch.core import spatial_two as loops
from tinytorch.core.tensor import Tensor
from tinytorch.perf import spatial_two as fast


def test_zeros_that_a_layer_pads_with_are_left_to_the_road(monkeypatch):
    layer = loops.Conv2d(4, 8, 3, padding=1, groups=2)
    mirror = loops.Conv2d(4, 8, 3, padding=1, groups=2, padding_mode="reflect")
    even = loops.Conv2d(4, 8, (2, 3), padding="same", groups=2)
    x, seen = np.random.default_rng(0).normal(size=(2, 4, 5, 6)), []

    def watched(x, *rest):
        seen.append((x.shape, rest[3]))
        return chosen_forward(x, *rest)

    chosen_forward = fast.chosen_forward
    monkeypatch.setattr(fast, "chosen_forward", watched)
    for one in (layer, mirror, even):
        image = Tensor(x, requires_grad=True)
        results = []
        for road in ("loops", "fast"):
            image.zero_grad()
            with tinytorch.use(road):
                out = one(image)
                out.backward(np.ones(out.shape))
            results.append((out.data, image.grad))
        for got, wanted in zip(*results, strict=True):
            np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-5)
    whole = (2, 4, 7, 8), (0, 0)
    assert seen == [((2, 4, 5, 6), (1, 1)), whole, ((2, 4, 6, 8), (0, 0))]


def in_use():
    bound = backend._bound(loops, fast.FUNCTIONS)
    return {bound[name] is function for name, function in fast.FUNCTIONS.items()}


def test_the_switch_and_back():
    before = backend._bound(loops, fast.FUNCTIONS)
    with tinytorch.use("fast"):
        assert in_use() == {True}
        with tinytorch.use("loops"):
            assert backend._bound(loops, fast.FUNCTIONS) == before
        assert in_use() == {True}
    assert backend._bound(loops, fast.FUNCTIONS) == before


def test_loops_before_fast_changes_nothing():
    before = backend._bound(loops, fast.FUNCTIONS)
    with tinytorch.use("loops"):
        assert backend._bound(loops, fast.FUNCTIONS) == before


@pytest.fixture(scope="module")
def stored():
    with np.load(ROOT / "tests/reference/spatial_two.npz") as file:
        return dict(file)


@pytest.mark.parametrize("name", CASES)
def test_the_layers_give_pytorchs_numbers(stored, name):
    with tinytorch.use("fast"):
        found = compute(TinyTorch(), name, CASES[name])
    for key, array in found.items():
        np.testing.assert_allclose(
            array, stored[f"{name}/{key}"], rtol=1e-9, atol=1e-11, err_msg=key
        )


@pytest.mark.parametrize(
    "layer", [loops.Conv2d(4, 4, 3, groups=4), loops.ConvTranspose2d(4, 2, 2)]
)
def test_no_gradient_of_the_images_unless_it_is_wanted(layer):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, 4, 6, 7))
    grads = []
    for road, wanted in itertools.product(("loops", "fast"), (True, False)):
        image = Tensor(x, requires_grad=wanted)
        layer.weight.zero_grad()
        with tinytorch.use(road):
            out = layer(image)
            out.backward(np.ones(out.shape))
        assert (image.grad is not None) == wanted
        grads.append(layer.weight.grad)
    for grad in grads[1:]:
        np.testing.assert_allclose(grad, grads[0], rtol=1e-4, atol=1e-4)


def test_a_network_keeps_its_images_side_by_side():
    x = np.random.default_rng(0).normal(size=(16, 4, 8, 8)).astype(np.float32)
    turned = side_by_side(x)
    weight = np.ones((4, 1, 3, 3), np.float32)
    with tinytorch.use("fast"):
        padded = loops.pad(turned, ((1, 1), (1, 1)), "zeros")
        out = loops.grouped_forward(padded, weight, None, (1, 1), (1, 1), 4)
        plain = loops.grouped_forward(
            loops.pad(x, ((1, 1), (1, 1)), "zeros"), weight, None, (1, 1), (1, 1), 4
        )
    for array in (padded, out):
        assert np.moveaxis(array, 0, -1).flags.c_contiguous
    assert plain.flags.c_contiguous
    np.testing.assert_allclose(out, plain, atol=1e-5)
