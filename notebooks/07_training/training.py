# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Module 07: Training
#
# > The loop: batches in, steps out, and a record of how it went.
#
# Everything so far meets here. For each batch: predict, compare, go back, step. The rest
# is book-keeping, and being able to stop and go on.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp core.training

# %%
#| export
import json
import math
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from tinytorch.core.autograd import no_grad
from tinytorch.core.layers import generator
from tinytorch.core.optimizers import Optimizer
from tinytorch.core.tensor import Tensor
from tinytorch.progress import paced

# %% [markdown]
# ## The learning rate over time
#
# Large steps first, small ones at the end: half a period of a cosine leads smoothly from
# one to the other.


# %%
#| export
class CosineSchedule:
    """A learning rate that falls from ``max_lr`` to ``min_lr`` along a cosine."""

    def __init__(
        self, max_lr: float = 0.1, min_lr: float = 0.01, total_epochs: int = 100
    ):
        if total_epochs < 1:
            raise ValueError(f"total_epochs must be at least 1, got {total_epochs}")
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch: int) -> float:
        """Return the rate for an epoch, from 0; beyond the last it stays lowest."""
        share = min(epoch / self.total_epochs, 1)
        height = (1 + math.cos(math.pi * share)) / 2
        return self.min_lr + (self.max_lr - self.min_lr) * height


# %%
[CosineSchedule(0.3, 0.1, total_epochs=4).get_lr(epoch) for epoch in range(6)]

# %% [markdown]
# ## Clipping
#
# One odd batch can have a gradient so large that a single step ruins the network. Scaling
# all gradients down together keeps the direction.


# %%
#| export
def clip_grad_norm(parameters: Iterable[Tensor], max_norm: float = 1.0) -> float:
    """Scale all gradients so that together their norm is at most ``max_norm``.

    Returns
    -------
    float
        The norm before.
    """
    trained = [p for p in parameters if p.grad is not None]
    norm = math.sqrt(
        sum(float((p.grad.astype(np.float64) ** 2).sum()) for p in trained)
    )
    if norm > max_norm:
        for p in trained:
            p.grad = p.grad * np.asarray(max_norm / (norm + 1e-6), p.grad.dtype)
    return norm


# %%
p = Tensor([0.0, 0.0])
p.grad = np.array([3.0, 4.0], np.float32)
clip_grad_norm([p], max_norm=1.0), p.grad

# %% [markdown]
# ## The trainer


# %%
#| export
def _progress(batches: Any, title: str) -> Any:
    """Return ``batches`` with a progress bar, where tqdm is installed.

    In a notebook it is a line of text, where an epoch takes longer than two seconds.
    """
    if "ipykernel" in sys.modules and hasattr(batches, "__len__"):
        return paced(batches, f"batches of {title}")
    try:
        from tqdm import tqdm
    except ModuleNotFoundError:
        return batches
    # disable=None: on a terminal only. In a log it would be noise.
    return tqdm(batches, desc=title, leave=False, disable=None)


class Trainer:
    """Train a model, keep the record, save and resume.

    Parameters
    ----------
    model
        A layer: called with a batch, and asked for its ``parameters()``.
    optimizer, loss_fn
        What steps, and what it makes smaller.
    scheduler
        Gives each epoch's learning rate through ``get_lr(epoch)``.
    grad_clip_norm
        The norm to clip gradients to; None for none.
    progress
        Whether to show a progress bar on a terminal, where tqdm is installed.

    Attributes
    ----------
    history
        Lists of numbers, one an epoch: ``loss``, ``lr`` and, after `fit` with
        validation, ``val_loss`` and ``val_accuracy``.
    epoch
        Epochs done.
    """

    def __init__(
        self,
        model: Any,
        optimizer: Optimizer,
        loss_fn: Any,
        scheduler: Any = None,
        grad_clip_norm: float | None = None,
        progress: bool = True,
    ):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.progress = progress
        self.history: dict[str, list[float]] = {"loss": [], "lr": []}
        self.epoch = 0

    def fit(self, loader: Any, epochs: int, validation: Any = None) -> dict:
        """Train until ``epochs`` epochs are done in all; return the history."""
        while self.epoch < epochs:
            self.train_epoch(loader)
            if validation is not None:
                loss, accuracy = self.evaluate(validation)
                self.history.setdefault("val_loss", []).append(loss)
                self.history.setdefault("val_accuracy", []).append(accuracy)
        return self.history

    def train_epoch(self, loader: Any) -> float:
        """Train once over all batches; return the mean loss of an example."""
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
        if hasattr(loader, "epoch"):
            loader.epoch = self.epoch  # the order of a resumed run goes on
        self._mode(training=True)
        total, count = 0.0, 0
        batches = _progress(loader, f"epoch {self.epoch}") if self.progress else loader
        for inputs, targets in batches:
            self.optimizer.zero_grad()
            loss = self.loss_fn(self.model(inputs), targets)
            loss.backward()
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.optimizer.params, self.grad_clip_norm)
            self.optimizer.step()
            total, count = total + loss.item() * len(targets), count + len(targets)
        if not count:
            raise ValueError("an epoch needs at least one batch, the loader gave none")
        self.epoch += 1
        self.history["loss"].append(total / count)
        self.history["lr"].append(float(self.optimizer.lr))
        return total / count

    def evaluate(self, loader: Any) -> tuple[float, float]:
        """Return the mean loss and, for class labels, the share predicted right.

        Where the targets are not whole numbers, the share is nan.
        """
        self._mode(training=False)
        total, right, count = 0.0, 0.0, 0
        with no_grad():
            for inputs, targets in loader:
                outputs = self.model(inputs)
                total += self.loss_fn(outputs, targets).item() * len(targets)
                labels = np.asarray(getattr(targets, "data", targets))
                guess = outputs.data.argmax(axis=-1)
                comparable = labels.dtype.kind in "iu" and guess.shape == labels.shape
                right += float((guess == labels).sum()) if comparable else math.nan
                count += len(targets)
        if not count:
            raise ValueError("evaluate needs at least one batch, the loader gave none")
        return total / count, right / count

    def _mode(self, training: bool) -> None:
        if hasattr(self.model, "train"):
            self.model.train(training)

    def save_checkpoint(self, path: str | Path) -> None:
        """Write all that `load_checkpoint` needs to go on, as one ``.npz`` file."""
        arrays = {f"param.{i}": p.data for i, p in enumerate(self.optimizer.params)}
        for i, memory in enumerate(self.optimizer.memory):
            arrays |= {f"memory.{i}.{name}": array for name, array in memory.items()}
        about = {
            "epoch": self.epoch,
            "steps": self.optimizer.steps,
            "history": self.history,
            "generator": generator().bit_generator.state,
        }
        # Written beside and then moved: a full disk cannot spoil the last checkpoint.
        beside = Path(f"{path}.part")
        with beside.open("wb") as file:
            np.savez(file, about=json.dumps(about), **arrays)
        beside.replace(path)

    def load_checkpoint(self, path: str | Path) -> None:
        """Go on where `save_checkpoint` was called, to the same numbers bit for bit.

        Model, optimizer and loader must be made as they were then, the loader with the
        same seed. Nothing in the file is run: pickled content is refused.

        Raises
        ------
        ValueError
            If the file is no checkpoint, or one of another model.
        """
        try:
            with np.load(path, allow_pickle=False) as file:
                arrays = dict(file)
            about = json.loads(str(arrays.pop("about")))
            params = [
                arrays.pop(f"param.{i}") for i in range(len(self.optimizer.params))
            ]
        except (ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise ValueError(
                f"{path} is no checkpoint of this model: {error}"
            ) from None
        wanted = [(p.shape, p.dtype) for p in self.optimizer.params]
        got = [(array.shape, array.dtype) for array in params]
        if wanted != got:
            raise ValueError(
                f"{path} is no checkpoint of this model: parameters of {wanted} wanted, "
                f"got {got}"
            )
        for p, array in zip(self.optimizer.params, params, strict=True):
            p.data = array
        self.optimizer.memory = [{} for _ in params]
        for name, array in arrays.items():
            _, index, key = name.split(".")
            self.optimizer.memory[int(index)][key] = array
        self.epoch, self.optimizer.steps = about["epoch"], about["steps"]
        self.history = about["history"]
        generator().bit_generator.state = about["generator"]


# %% [markdown]
# ## A spiral
#
# Two classes wound around each other, which no straight line separates. A small network
# finds the bend.

# %%
from tinytorch.core.activations import Tanh
from tinytorch.core.dataloader import DataLoader, TensorDataset
from tinytorch.core.layers import Linear, Sequential, manual_seed
from tinytorch.core.losses import CrossEntropyLoss
from tinytorch.core.optimizers import Adam

rng = np.random.default_rng(0)
turn = np.sqrt(rng.random(400)) * 3 * np.pi
side = np.arange(400) % 2
points = turn[:, None] * np.stack(
    [np.cos(turn + np.pi * side), np.sin(turn + np.pi * side)], 1
)
points = (points / 10 + rng.normal(0, 0.02, points.shape)).astype(np.float32)

# %%
manual_seed(0)
net = Sequential(Linear(2, 32), Tanh(), Linear(32, 32), Tanh(), Linear(32, 2))
loader = DataLoader(TensorDataset(points, side), 32, shuffle=True, seed=0)
schedule = CosineSchedule(0.02, 0.001, total_epochs=60)
trainer = Trainer(net, Adam(net.parameters()), CrossEntropyLoss(), schedule)
history = trainer.fit(loader, epochs=60)
trainer.evaluate(loader)

# %%
import matplotlib.pyplot as plt

x, y = np.meshgrid(np.linspace(-1.1, 1.1, 120), np.linspace(-1.1, 1.1, 120))
scores = net(Tensor(np.stack([x.ravel(), y.ravel()], 1))).numpy()
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6))
left.plot(history["loss"])
left.set(title="Loss", xlabel="epoch", yscale="log")
right.contourf(x, y, (scores[:, 1] - scores[:, 0]).reshape(x.shape) > 0, cmap="cividis")
right.scatter(*points.T, c=side, s=6, cmap="Greys", edgecolors="0.5", linewidths=0.2)
right.set(title="What the network answers", xticks=[], yticks=[])
plt.show()

# %% [markdown]
# ## Stop and go on
#
# A checkpoint holds the parameters, what the optimizer remembers, the history and the
# state of the random generator. A run that was interrupted gives the same numbers as one
# that was not.

# %%
import tempfile


def fresh():
    """Return the trainer as it was at the start."""
    manual_seed(1)
    net = Sequential(Linear(2, 8), Tanh(), Linear(8, 2))
    return Trainer(net, Adam(net.parameters()), CrossEntropyLoss())


with tempfile.TemporaryDirectory() as folder:
    first, resumed, whole = fresh(), fresh(), fresh()
    first.fit(loader, epochs=2)
    first.save_checkpoint(folder + "/run.npz")
    resumed.load_checkpoint(folder + "/run.npz")
    resumed.fit(loader, epochs=4)
whole.fit(loader, epochs=4)
assert whole.history == resumed.history
whole.history["loss"]
