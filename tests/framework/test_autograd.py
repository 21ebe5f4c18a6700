"""Tensor and autograd: what a person can check, and what is refused."""

import numpy as np
import pytest

from tinytorch.core.activations import GELU, ReLU, Sigmoid, Softmax, Tanh
from tinytorch.core.autograd import Function, gradcheck, no_grad
from tinytorch.core.layers import Dropout, Linear, Sequential, manual_seed
from tinytorch.core.tensor import Tensor


def tensors(*shapes, seed=0):
    rng = np.random.default_rng(seed)
    return [
        Tensor(rng.normal(size=shape), requires_grad=True, dtype=np.float64)
        for shape in shapes
    ]


def test_values_that_a_person_can_check():
    x = Tensor([[1, 2], [3, 4]])
    assert x.dtype == np.float32
    assert (x @ Tensor([10, 1])).numpy().tolist() == [12, 34]
    assert (x / 2 - 1).numpy().tolist() == [[-0.5, 0], [0.5, 1]]
    assert x.max(axis=0).numpy().tolist() == [3, 4]
    assert x.mean().item() == 2.5
    assert Softmax()(Tensor([0.0, np.log(3)])).numpy() == pytest.approx([0.25, 0.75])
    assert ReLU()(Tensor([-1.0, 2.0])).numpy().tolist() == [0, 2]
    # Φ(1) = 0.8413447, from any table of the normal distribution.
    assert GELU()(Tensor([1.0])).item() == pytest.approx(0.8413447)


def test_activations_stay_finite_at_extremes():
    for activation in (ReLU(), Sigmoid(), Tanh(), GELU(), Softmax()):
        x = Tensor([-1e4, 0.0, 1e4], requires_grad=True)
        y = activation(x)
        y.backward(np.ones(3))
        assert np.isfinite(y.data).all() and np.isfinite(x.grad).all()


def test_gradients_add_up_over_calls_until_zeroed():
    x = Tensor([2.0], requires_grad=True)
    (x * 3).backward()
    (x * 3).backward()
    assert x.grad.tolist() == [6]
    x.zero_grad()
    assert x.grad is None


@pytest.mark.slow
def test_a_deep_graph_does_not_recurse():
    x = Tensor([1.0], requires_grad=True)
    y = x
    for _ in range(10_000):
        y = y + 1
    y.backward()
    assert x.grad.tolist() == [1]


def test_no_grad_records_nothing():
    x = Tensor([1.0], requires_grad=True)
    with no_grad():
        assert not (x * 2).requires_grad
    assert (x * 2).requires_grad


def test_max_shares_among_equals():
    x = Tensor([7.0, 7.0, 1.0], requires_grad=True)
    x.max().backward()
    assert x.grad.tolist() == [0.5, 0.5, 0]


def test_gradcheck_names_what_is_wrong():
    class WrongSquare(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, grad_output):
            (x,) = ctx.saved_tensors
            return x * grad_output

    def square(x):
        return WrongSquare.apply(x)

    (x,) = tensors((2,))
    message = r"square: the gradient of x \(argument 0\) at index \(0,\) is .*, central"
    with pytest.raises(AssertionError, match=message):
        gradcheck(square, [x])
    with pytest.raises(TypeError, match="float64 inputs, got float32 for argument 0"):
        gradcheck(square, [Tensor([1.0], requires_grad=True)])


class Counting(Function):
    @staticmethod
    def forward(ctx, x):
        return np.arange(3)


class Careless(Function):
    gradient: object = None

    @staticmethod
    def forward(ctx, x):
        return x * 1

    @staticmethod
    def backward(ctx, grad_output):
        return Careless.gradient


@pytest.mark.parametrize(
    ("gradient", "message"),
    [
        (np.ones(3), r"a gradient of shape \(2,\) for argument 0, got \(3,\)"),
        ((np.ones(2), None), "each of the 1 arguments of forward, got 2"),
    ],
)
def test_a_careless_backward_is_named(gradient, message):
    Careless.gradient = gradient
    (x,) = tensors((2,))
    with pytest.raises(RuntimeError, match=f"Careless.backward .*{message}"):
        Careless.apply(x).backward(np.ones(2))


def test_errors_say_what_was_wanted_and_what_came():
    (x,) = tensors((2, 3))
    with pytest.raises(ValueError, match=r"a single number, got shape \(2, 3\)"):
        x.backward()
    with pytest.raises(ValueError, match=r"shape \(2, 3\), got \(3,\)"):
        x.backward(np.ones(3))
    with pytest.raises(RuntimeError, match="requires_grad=True"):
        Tensor(1.0).backward()
    y = (x * x).sum()
    y.backward()
    with pytest.raises(RuntimeError, match="a second time"):
        y.backward()
    with pytest.raises(ValueError, match=r"rows in b, got shapes \(2, 3\) and \(2,\)"):
        x @ np.ones(2)
    with pytest.raises(TypeError, match="gradcheck needs Tensors, got ndarray for"):
        gradcheck(lambda a: a, [np.ones(2)])
    with pytest.raises(TypeError, match="real numbers, got dtype object"):
        Tensor([None])
    with pytest.raises(TypeError, match="real numbers, got dtype complex128"):
        Tensor([1j])
    with pytest.raises(TypeError, match="float32 or float64, got float16"):
        Tensor([1], dtype=np.float16)
    with pytest.raises(ValueError, match=r"last axis of 4, got shape \(2, 3\)"):
        Linear(4, 5)(x)
    with pytest.raises(TypeError, match=r"Careless.apply needs a Tensor .* got list"):
        Careless.apply([1.0])
    Careless.gradient = None
    with pytest.raises(TypeError, match=r"Counting.forward must give .* dtype int64"):
        Counting.apply(x)


def test_a_small_network_learns():
    # y = |x| is what two ReLUs can say exactly; Linear layers alone cannot.
    manual_seed(1)
    net = Sequential(Linear(1, 8), ReLU(), Linear(8, 1))
    x = Tensor(np.linspace(-1, 1, 21)[:, None])
    wanted = Tensor(np.abs(x.data))
    losses = []
    for _ in range(300):
        difference = net(x) - wanted
        loss = (difference * difference).mean()
        loss.backward()
        losses.append(loss.item())
        for p in net.parameters():
            p.data -= 0.1 * p.grad
            p.zero_grad()
    assert losses[-1] < losses[0] / 100


def test_manual_seed_repeats_weights_and_dropout():
    def draw():
        manual_seed(7)
        return Linear(3, 2).weight.data, Dropout(0.5)(Tensor(np.ones((4, 4)))).data

    for a, b in zip(draw(), draw(), strict=True):
        assert np.array_equal(a, b)


def test_dropout_keeps_the_mean_and_rests_in_evaluation():
    manual_seed(0)
    layer = Sequential(Dropout(0.25))
    x = Tensor(np.ones((200, 200)))
    kept = layer(x).data
    assert set(np.unique(kept)) == {0, np.float32(1 / 0.75)}
    # 40,000 draws: the mean's standard deviation is sqrt(1/3 / 40000) < 0.003.
    assert kept.mean() == pytest.approx(1, abs=0.02)
    assert layer.eval()(x) is x
