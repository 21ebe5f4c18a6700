"""Losses at extremes, optimizers, the trainer and its checkpoints."""

import os
import pickle
import pty
import select
import subprocess
import sys
import termios

import numpy as np
import pytest
from scipy import special

import tinytorch as tt
from tinytorch.datasets import digits

EXTREME = np.array([[-1e4, 1e4, 0.0], [1e4, 1e4, -1e4], [0.0, -1e4, 1.0]])
LABELS = np.array([0, 2, 1])


def test_cross_entropy_stays_finite_at_extreme_logits():
    logits = tt.Tensor(EXTREME, requires_grad=True)
    losses = tt.CrossEntropyLoss("none")(logits, LABELS)
    wanted = -special.log_softmax(EXTREME, axis=-1)[np.arange(3), LABELS]
    np.testing.assert_allclose(losses.data, wanted, rtol=1e-6)
    losses.sum().backward()
    one_hot = np.eye(3)[LABELS]
    np.testing.assert_allclose(
        logits.grad, special.softmax(EXTREME, -1) - one_hot, atol=1e-6
    )


def test_binary_cross_entropy_stays_finite_at_extreme_logits():
    targets = np.array([[0.0, 1.0, 0.5], [0.0, 1.0, 1.0], [0.25, 0.0, 1.0]])
    logits = tt.Tensor(EXTREME, requires_grad=True)
    losses = tt.BinaryCrossEntropyLoss("none", logits=True)(logits, targets)
    wanted = np.logaddexp(0, EXTREME) - EXTREME * targets
    np.testing.assert_allclose(losses.data, wanted, rtol=1e-6)
    losses.sum().backward()
    np.testing.assert_allclose(logits.grad, special.expit(EXTREME) - targets, atol=1e-6)


def test_binary_cross_entropy_of_certain_probabilities_is_finite():
    p = tt.Tensor([0.0, 1.0, 0.0, 1.0], requires_grad=True)
    loss = tt.BinaryCrossEntropyLoss("none")(p, [0, 1, 1, 0])
    assert loss.numpy().tolist() == [0, 0, 100, 100]
    loss.sum().backward()
    assert np.isfinite(p.grad).all()


def test_squared_error_by_hand():
    assert tt.MSELoss()(tt.Tensor([1.0, 2.0]), [1.0, 5.0]).item() == 4.5


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: tt.MSELoss("average"), "mean, sum or none, got 'average'"),
        (
            lambda: tt.MSELoss()(tt.Tensor([1.0, 2.0]), [[1.0], [2.0]]),
            r"of one shape, got \(2,\) and \(2, 1\)",
        ),
        (
            lambda: tt.CrossEntropyLoss()(tt.Tensor(EXTREME), [0, 1]),
            r"targets \(batch,\), got \(3, 3\) and \(2,\)",
        ),
        (
            lambda: tt.CrossEntropyLoss()(tt.Tensor(EXTREME), [0, 1, 3]),
            "whole targets from 0 to 2, got numbers from 0 to 3",
        ),
        (
            lambda: tt.CrossEntropyLoss()(tt.Tensor(EXTREME), [0, 1, -1]),
            "whole targets from 0 to 2, got numbers from -1 to 1",
        ),
        (
            lambda: tt.BinaryCrossEntropyLoss()(tt.Tensor([1.5]), [1.0]),
            "from 0 to 1, got 1.5 to 1.5; are they logits",
        ),
        (lambda: tt.SGD([]), "at least one parameter, got none"),
        (lambda: tt.SGD([tt.Tensor(1.0)], lr=-1), "lr must be at least 0, got -1"),
        (lambda: tt.SGD([tt.Tensor(1.0)], momentum=1), "momentum must be .* got 1"),
        (lambda: tt.Adam([tt.Tensor(1.0)], betas=(1, 2)), r"betas must be .* \(1, 2\)"),
        (lambda: tt.CosineSchedule(total_epochs=0), "at least 1, got 0"),
        (lambda: tt.Dropout(1.0), "0 <= p < 1, got 1.0"),
    ],
)
def test_refuses_in_one_line(make, message):
    with pytest.raises(ValueError, match=message) as raised:
        make()
    assert "\n" not in str(raised.value)


def test_momentum_by_hand():
    # Gradient 1 at each step: velocities 1, 1.5, 1.75; steps of 0.1 times these.
    p = tt.Tensor([0.0], requires_grad=True)
    optimizer = tt.SGD([p], lr=0.1, momentum=0.5)
    places = []
    for _ in range(3):
        p.grad = np.ones(1, np.float32)
        optimizer.step()
        places.append(p.item())
    assert places == pytest.approx([-0.1, -0.25, -0.425])


def test_adams_first_step_is_the_learning_rate():
    p = tt.Tensor([3.0, -2.0], requires_grad=True)
    p.grad = np.array([1e-3, -50.0], np.float32)
    tt.Adam([p], lr=0.25).step()
    assert p.data == pytest.approx([2.75, -1.75], abs=1e-4)
    assert p.dtype == np.float32


def test_a_parameter_without_gradient_stays():
    p, q = (tt.Tensor([1.0], requires_grad=True) for _ in range(2))
    p.grad = np.ones(1, np.float32)
    tt.AdamW([p, q]).step()
    assert p.item() != 1 and q.item() == 1


def test_cosine_schedule_by_hand():
    schedule = tt.CosineSchedule(max_lr=0.3, min_lr=0.1, total_epochs=4)
    rates = [schedule.get_lr(epoch) for epoch in (0, 2, 4, 9)]
    assert rates == pytest.approx([0.3, 0.2, 0.1, 0.1])


def test_clip_grad_norm_by_hand():
    p, q = (tt.Tensor([0.0], requires_grad=True) for _ in range(2))
    p.grad, q.grad = np.array([3.0], np.float32), np.array([4.0], np.float32)
    assert tt.clip_grad_norm([p, q], max_norm=1.0) == 5
    assert (p.grad.item(), q.grad.item()) == pytest.approx((0.6, 0.8), abs=1e-5)
    assert tt.clip_grad_norm([p, q], max_norm=2.0) == pytest.approx(1, abs=1e-5)
    assert p.grad.item() == pytest.approx(0.6, abs=1e-5)


def make_trainer(seed=0, hidden=8, optimizer=tt.AdamW):
    tt.manual_seed(seed)
    net = tt.Sequential(
        tt.Linear(3, hidden), tt.ReLU(), tt.Dropout(0.5), tt.Linear(hidden, 2)
    )
    schedule = tt.CosineSchedule(0.05, 0.01, total_epochs=6)
    return tt.Trainer(
        net, optimizer(net.parameters()), tt.CrossEntropyLoss(), schedule, 1.0
    )


@pytest.fixture
def loader():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(23, 3)).astype(np.float32)
    return tt.DataLoader(
        tt.TensorDataset(points, (points[:, 0] > 0).astype(int)),
        5,
        shuffle=True,
        seed=3,
    )


@pytest.mark.parametrize("optimizer", [tt.SGD, tt.Adam, tt.AdamW])
def test_a_resumed_run_gives_the_same_numbers(tmp_path, loader, optimizer):
    whole = make_trainer(optimizer=optimizer)
    whole.fit(loader, epochs=5, validation=loader)
    first = make_trainer(optimizer=optimizer)
    first.fit(loader, epochs=2, validation=loader)
    first.save_checkpoint(tmp_path / "run.npz")
    second = make_trainer(seed=99, optimizer=optimizer)
    second.load_checkpoint(tmp_path / "run.npz")
    second.fit(loader, epochs=5, validation=loader)
    assert second.history == whole.history
    assert len(second.history["loss"]) == 5
    for p, q in zip(whole.optimizer.params, second.optimizer.params, strict=True):
        assert np.array_equal(p.data, q.data)
    assert {path.name for path in tmp_path.iterdir()} == {"run.npz"}


class Bomb:
    def __reduce__(self):
        return (exec, ("raise SystemExit('a pickle was run')",))


def test_a_checkpoint_with_pickled_content_is_refused(tmp_path):
    path = tmp_path / "bomb.npz"
    np.savez(path, **{"about": "{}", "param.0": np.array([Bomb()], dtype=object)})
    with pytest.raises(ValueError, match="is no checkpoint of this model: Object arr"):
        make_trainer().load_checkpoint(path)
    path.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(ValueError, match="is no checkpoint of this model"):
        make_trainer().load_checkpoint(path)


def test_a_checkpoint_of_another_model_is_refused(tmp_path):
    make_trainer(hidden=4).save_checkpoint(tmp_path / "small.npz")
    trainer = make_trainer()
    before = [p.data.copy() for p in trainer.optimizer.params]
    with pytest.raises(ValueError, match=r"parameters of .* wanted, got"):
        trainer.load_checkpoint(tmp_path / "small.npz")
    assert all(map(np.array_equal, before, [p.data for p in trainer.optimizer.params]))


def test_evaluate_by_hand():
    class Fixed(tt.Layer):
        def forward(self, x):
            return x

    trainer = tt.Trainer(Fixed(), tt.SGD([tt.Tensor(0.0)]), tt.CrossEntropyLoss())
    scores = np.log(np.array([[0.75, 0.25], [0.75, 0.25], [0.5, 0.5], [0.25, 0.75]]))
    loader = tt.DataLoader(tt.TensorDataset(scores, np.array([0, 1, 0, 1])), 3)
    loss, accuracy = trainer.evaluate(loader)
    assert loss == pytest.approx(-np.log(0.75 * 0.25 * 0.5 * 0.75) / 4)
    assert accuracy == 0.75


def test_a_loader_that_gives_nothing_is_named(loader):
    trainer = make_trainer()
    with pytest.raises(ValueError, match="the loader gave none"):
        trainer.train_epoch([])
    with pytest.raises(ValueError, match="the loader gave none"):
        trainer.evaluate([])


SHOWN = """
import numpy as np, tinytorch as tt
net = tt.Linear(2, 2)
loader = tt.DataLoader(tt.TensorDataset(np.ones((4, 2)), np.zeros(4, int)), 2)
tt.Trainer(net, tt.SGD(net.parameters()), tt.CrossEntropyLoss()).train_epoch(loader)
"""


@pytest.mark.slow
def test_a_progress_bar_on_a_terminal_and_nothing_in_a_log():
    terminal, end = pty.openpty()
    termios.tcsetwinsize(end, (24, 80))
    subprocess.run([sys.executable, "-c", SHOWN], stderr=end, check=True)
    written, _, _ = select.select([terminal], [], [], 5)
    assert written and b"epoch 0" in os.read(terminal, 10_000)
    os.close(end)
    os.close(terminal)
    log = subprocess.run(
        [sys.executable, "-c", SHOWN], stderr=subprocess.PIPE, check=True
    )
    assert log.stderr == b""


@pytest.mark.slow
def test_an_mlp_reads_95_percent_of_held_out_digits():
    (images, labels), (test_images, test_labels) = digits()
    assert (len(images), len(test_images)) == (1438, 359)
    tt.manual_seed(0)
    net = tt.Sequential(tt.Flatten(), tt.Linear(64, 64), tt.ReLU(), tt.Linear(64, 10))
    loader = tt.DataLoader(tt.TensorDataset(images, labels), 64, shuffle=True, seed=0)
    test = tt.DataLoader(tt.TensorDataset(test_images, test_labels), 359)
    trainer = tt.Trainer(
        net, tt.Adam(net.parameters(), lr=0.003), tt.CrossEntropyLoss()
    )
    history = trainer.fit(loader, epochs=30, validation=test)
    assert history["val_accuracy"][-1] >= 0.95
