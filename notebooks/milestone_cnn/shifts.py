"""The milestone's comparison, computed once for the figures of both pages.

In float64 and from several starts: what rounding does on another machine is then far
below what the pages say.
"""

import numpy as np
from numpy.random import default_rng
from threadpoolctl import threadpool_limits

import tinytorch as tt
from tinytorch.core import spatial

STARTS, EPOCHS, HIDDEN, FILTERS = 2, 10, 24, (10, 20)


def framed(images: np.ndarray, down: int = 0, right: int = 0) -> np.ndarray:
    """Return 8x8 images in a black frame of 12x12, moved from the middle."""
    frame = np.zeros((len(images), 1, 12, 12))
    frame[:, :, 2 + down : 10 + down, 2 + right : 10 + right] = images
    return frame


def networks() -> dict[str, tt.Sequential]:
    """Return both networks of the comparison, untrained."""
    first, second = FILTERS
    mlp = [tt.Flatten(), tt.Linear(144, HIDDEN), tt.ReLU(), tt.Linear(HIDDEN, 10)]
    cnn = [
        spatial.Conv2d(1, first, 3, padding=1),
        tt.ReLU(),
        spatial.MaxPool2d(2),
        spatial.Conv2d(first, second, 3, padding=1),
        tt.ReLU(),
        spatial.MaxPool2d(2),
        tt.Flatten(),
        tt.Linear(second * 9, 10),
    ]
    return {"MLP": tt.Sequential(*mlp), "CNN": tt.Sequential(*cnn)}


def train(network: tt.Sequential, images: np.ndarray, labels: np.ndarray) -> None:
    """Train as the milestone does, in float64."""
    for parameter in network.parameters():
        parameter.data = parameter.data.astype(np.float64)
    optimizer, rng = tt.Adam(network.parameters()), default_rng(0)
    schedule, loss_fn = tt.CosineSchedule(0.005, 0.0001, EPOCHS), tt.CrossEntropyLoss()
    x = framed(images)
    for epoch in range(EPOCHS):
        optimizer.lr = schedule.get_lr(epoch)
        order = rng.permutation(len(x))
        for start in range(0, len(x), 32):
            batch = order[start : start + 32]
            optimizer.zero_grad()
            loss = loss_fn(network(tt.Tensor(x[batch], dtype=float)), labels[batch])
            loss.backward()
            optimizer.step()


def shares(network: tt.Sequential, images: np.ndarray, labels: np.ndarray) -> list:
    """Return the share read right for shifts of 0 and of 1 pixel, any direction."""
    found = [[], []]
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            with tt.no_grad():
                x = tt.Tensor(framed(images, down, right), dtype=float)
                right_ones = network(x).data.argmax(axis=1) == labels
            found[max(abs(down), abs(right))].append(right_ones.mean())
    return [float(np.mean(each)) for each in found]


def compared() -> tuple[dict[str, list[float]], dict[str, int]]:
    """Return each network's shares, means of all starts, and its number of weights."""
    (images, labels), held_out = tt.datasets.digits()
    found = {"MLP": [], "CNN": []}
    # One thread: the products are small, and threads that share little work wait.
    with threadpool_limits(1), tt.use("fast"):
        for start in range(STARTS):
            tt.manual_seed(start)
            for name, network in networks().items():
                train(network, images, labels)
                found[name].append(shares(network, *held_out))
    sizes = {n: sum(p.size for p in net.parameters()) for n, net in networks().items()}
    return {name: np.mean(each, axis=0).tolist() for name, each in found.items()}, sizes


READ, WEIGHTS = compared()
if len(set(WEIGHTS.values())) != 1:
    raise ValueError(f"a fair comparison wants as many weights in both, got {WEIGHTS}")
