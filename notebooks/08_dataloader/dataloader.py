# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Module 08: DataLoader
#
# > Examples in batches, shuffled and varied.
#
# A step of training looks at a few examples at a time. The loader draws them in a new
# order every epoch, and may vary the images so that no two epochs see quite the same.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp core.dataloader

# %%
#| export
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tinytorch.core.layers import generator
from tinytorch.core.tensor import Tensor


# %%
#| export
class Dataset:
    """Examples that can be counted and picked: write ``__len__`` and ``__getitem__``."""

    def __len__(self) -> int:
        raise NotImplementedError

    def __getitem__(self, index: Any) -> tuple:
        raise NotImplementedError


class TensorDataset(Dataset):
    """Arrays whose first axes belong together, such as images and labels.

    Raises
    ------
    ValueError
        If there is no array, or the first axes differ in length.
    """

    def __init__(self, *arrays: Any):
        self.arrays = [np.asarray(getattr(a, "data", a)) for a in arrays]
        lengths = [len(a) if a.ndim else 0 for a in self.arrays]
        if len(set(lengths)) != 1:
            raise ValueError(
                f"TensorDataset needs arrays of one length, got lengths {lengths}"
            )

    def __len__(self) -> int:
        return len(self.arrays[0])

    def __getitem__(self, index: Any) -> tuple:
        return tuple(a[index] for a in self.arrays)


# %% [markdown]
# ## Batches
#
# The order of an epoch follows from the seed and the epoch's number alone. So a run can
# be repeated, and one that was interrupted goes on with the order it would have had.


# %%
#| export
class DataLoader:
    """A dataset in batches: iterate over it once an epoch.

    Floating-point arrays come as Tensors, whole numbers (labels) as NumPy arrays.

    Parameters
    ----------
    batch_size
        Examples per batch.
    shuffle
        Whether each epoch has an order of its own.
    seed
        Of the order and of the transform; None for a new one.
    drop_last
        Whether to leave out a last batch that is not full.
    transform
        Called with each batch's first array and a NumPy generator.

    Raises
    ------
    ValueError
        If ``batch_size`` is below 1, or the dataset is empty.
    """

    def __init__(
        self,
        dataset: Dataset,
        batch_size: int,
        shuffle: bool = False,
        seed: int | None = None,
        drop_last: bool = False,
        transform: Callable | None = None,
    ):
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, got {batch_size}")
        if not len(dataset):
            raise ValueError("DataLoader needs a dataset with examples, got none")
        self.dataset, self.batch_size, self.shuffle = dataset, batch_size, shuffle
        self.drop_last, self.transform = drop_last, transform
        self.seed = int(np.random.default_rng(seed).integers(2**63))
        self.epoch = 0

    def __len__(self) -> int:
        full, rest = divmod(len(self.dataset), self.batch_size)
        return full + (rest > 0 and not self.drop_last)

    def __iter__(self) -> Iterator[tuple]:
        rng = np.random.default_rng([self.seed, self.epoch])
        self.epoch += 1
        order = np.arange(len(self.dataset))
        if self.shuffle:
            rng.shuffle(order)
        for start in range(0, len(self) * self.batch_size, self.batch_size):
            batch = self._pick(order[start : start + self.batch_size])
            if self.transform is not None:
                batch[0] = self.transform(batch[0], rng)
            yield tuple(
                Tensor(a, dtype=np.float64 if a.dtype == np.float64 else None)
                if a.dtype.kind == "f"
                else a
                for a in batch
            )

    def _pick(self, indices: np.ndarray) -> list[np.ndarray]:
        if isinstance(self.dataset, TensorDataset):
            return list(self.dataset[indices])
        examples = [self.dataset[int(i)] for i in indices]
        return [
            np.stack([np.asarray(getattr(v, "data", v)) for v in column])
            for column in zip(*examples, strict=True)
        ]


# %%
letters = TensorDataset(np.arange(7.0), np.arange(7) % 2)
[batch[0].numpy().tolist() for batch in DataLoader(letters, 3, shuffle=True, seed=0)]

# %% [markdown]
# ## Varying images
#
# A cat seen in a mirror is a cat, and so is one a little off centre. Both transforms act
# on a batch (batch, channels, height, width) and choose anew for each image. A loader
# passes its own generator; called by hand they draw from the one that `manual_seed` sets.


# %%
#| export
def _images(name: str, images: np.ndarray) -> np.ndarray:
    if images.ndim != 4:
        raise ValueError(
            f"{name} needs images (batch, channels, height, width), got {images.shape}"
        )
    return images


class RandomHorizontalFlip:
    """Mirror each image with probability ``p``."""

    def __init__(self, p: float = 0.5):
        if not 0 <= p <= 1:
            raise ValueError(f"p must be from 0 to 1, got {p}")
        self.p = p

    def __call__(self, images: np.ndarray, rng: Any = None) -> np.ndarray:
        """Return the batch with some images mirrored left to right."""
        rng = rng or generator()
        mirrored = rng.random(len(_images("RandomHorizontalFlip", images))) < self.p
        return np.where(mirrored[:, None, None, None], images[..., ::-1], images)


class RandomCrop:
    """Pad each image with zeros and cut a window of ``size`` out of it.

    Parameters
    ----------
    size
        A number or a pair (height, width).
    padding
        Zeros on each side.
    """

    def __init__(self, size: int | tuple[int, int], padding: int = 4):
        self.size = size if isinstance(size, tuple) else (size, size)
        self.padding = padding

    def __call__(self, images: np.ndarray, rng: Any = None) -> np.ndarray:
        """Return a batch of windows, each from a place of its own.

        Raises
        ------
        ValueError
            If the padded images are smaller than the window.
        """
        p, (height, width) = self.padding, self.size
        padded = np.pad(_images("RandomCrop", images), ((0, 0), (0, 0), (p, p), (p, p)))
        rows, columns = padded.shape[2] - height, padded.shape[3] - width
        if rows < 0 or columns < 0:
            raise ValueError(
                f"RandomCrop of {self.size} does not fit into images of "
                f"{images.shape[2:]} with padding {p}"
            )
        corners = (rng or generator()).integers(
            0, (rows + 1, columns + 1), (len(images), 2)
        )
        windows = [
            image[:, i : i + height, j : j + width]
            for image, (i, j) in zip(padded, corners, strict=True)
        ]
        return np.stack(windows)


class Compose:
    """Several transforms, one after the other."""

    def __init__(self, transforms: list[Callable]):
        self.transforms = list(transforms)

    def __call__(self, images: np.ndarray, rng: Any = None) -> np.ndarray:
        """Return what the last transform makes of the batch."""
        for transform in self.transforms:
            images = transform(images, rng)
        return images


# %% [markdown]
# An arrow that points right, six times varied.

# %%
import matplotlib.pyplot as plt

arrow = np.zeros((1, 1, 9, 9))
arrow[..., 4, 1:8] = arrow[..., [3, 5], 6] = arrow[..., [2, 6], 5] = 1
vary = Compose([RandomHorizontalFlip(), RandomCrop(9, padding=2)])
varied = vary(np.repeat(arrow, 6, axis=0), np.random.default_rng(0))

# %%
figure, axes = plt.subplots(1, 6, figsize=(8, 1.8))
for axis, image in zip(axes, varied, strict=True):
    axis.imshow(image[0], cmap="cividis")
    axis.set(xticks=[], yticks=[])
figure.suptitle("The same arrow, mirrored and moved")
plt.show()
