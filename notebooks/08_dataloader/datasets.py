# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Module 08: Data sets
#
# > Real images to learn from: handwritten digits, and CIFAR-10.
#
# The digits come with scikit-learn, so they need no download. CIFAR-10 (Krizhevsky, 2009)
# is read from the files that its author distributes.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp datasets

# %%
#| export
import pickle
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

# %% [markdown]
# ## Digits
#
# 1,797 pictures of 8x8 pixels, written by 43 people (Alpaydin and Kaynak, 1998). Every
# fifth is held out, to test on digits that training has not seen.


# %%
#| export
def digits() -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Return the handwritten digits that scikit-learn carries.

    Returns
    -------
    (train images, train labels), (test images, test labels)
        Images are float32 from 0 to 1, (count, 1, 8, 8); labels are whole numbers from
        0 to 9. Every fifth digit is in the test set.

    Raises
    ------
    ModuleNotFoundError
        If scikit-learn is not installed.
    """
    found = find_spec("sklearn")
    if found is None:
        raise ModuleNotFoundError(
            "digits() needs scikit-learn, which carries them: pip install scikit-learn"
        )
    # Its file alone, 64 pixels and the label in a line: to import it all takes seconds.
    file = Path(found.origin).parent / "datasets/data/digits.csv.gz"
    rows = np.loadtxt(file, delimiter=",", dtype=np.float32)
    images, labels = rows[:, :64].reshape(-1, 1, 8, 8) / 16, rows[:, 64].astype("i8")
    held_out = np.arange(len(images)) % 5 == 4
    return (images[~held_out], labels[~held_out]), (images[held_out], labels[held_out])


# %%
import matplotlib.pyplot as plt

(images, labels), _ = digits()
figure, axes = plt.subplots(1, 8, figsize=(8, 1.4))
for axis, image, label in zip(axes, images, labels, strict=False):
    axis.imshow(image[0], cmap="Greys")
    axis.set(title=label, xticks=[], yticks=[])
plt.show()

# %% [markdown]
# ## CIFAR-10
#
# 60,000 colour pictures of ten kinds of things, 32x32 pixels. The files come in two
# formats. The binary one is a row of 3,073 bytes for each image: the label, then the red,
# green and blue pixels.
#
# The Python one is a pickle, and a pickle is a program: loading one can run anything. So
# the reader below answers only the few calls that an array of numbers needs, and refuses
# every other.


# %%
#| export
_ROW = 1 + 3 * 32 * 32
_BINARY = [f"data_batch_{i}.bin" for i in range(1, 6)], ["test_batch.bin"]
_PYTHON = [f"data_batch_{i}" for i in range(1, 6)], ["test_batch"]


def cifar10(
    path: str | Path,
) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Read CIFAR-10 from its unpacked binary or Python files.

    Parameters
    ----------
    path
        The folder with ``data_batch_1.bin`` to ``test_batch.bin``, or with
        ``data_batch_1`` to ``test_batch``.

    Returns
    -------
    (train images, train labels), (test images, test labels)
        Images are float32 from 0 to 1, (count, 3, 32, 32); labels whole numbers 0 to 9.

    Raises
    ------
    ValueError
        If the folder holds neither, or a file is not of its format.
    """
    folder = Path(path)
    for (train, test), read in ((_BINARY, _read_binary), (_PYTHON, _read_python)):
        if all((folder / name).is_file() for name in (*train, *test)):
            parts = [[read(folder / name) for name in names] for names in (train, test)]
            return tuple(_join(part) for part in parts)
    raise ValueError(
        f"{folder} is not CIFAR-10: it needs {_BINARY[0][0]} to {_BINARY[0][-1]} and "
        f"{_BINARY[1][0]}, or {_PYTHON[0][0]} to {_PYTHON[0][-1]} and {_PYTHON[1][0]}"
    )


def _join(parts: list[tuple]) -> tuple[np.ndarray, np.ndarray]:
    pixels, labels = (np.concatenate(column) for column in zip(*parts, strict=True))
    images = pixels.reshape(-1, 3, 32, 32).astype(np.float32) / np.float32(255)
    return images, labels.astype(np.int64)


def _check(file: Path, pixels: np.ndarray, labels: np.ndarray) -> tuple:
    right = pixels.dtype == np.uint8 and pixels.shape == (len(labels), _ROW - 1)
    if not right or labels.dtype.kind not in "iu" or not len(labels):
        raise ValueError(f"{file} is not CIFAR-10: it holds other arrays")
    if labels.min() < 0 or labels.max() > 9:
        raise ValueError(f"{file} is not CIFAR-10: labels must be from 0 to 9")
    return pixels, labels


def _read_binary(file: Path) -> tuple[np.ndarray, np.ndarray]:
    data = np.fromfile(file, np.uint8)
    if not data.size or data.size % _ROW:
        raise ValueError(
            f"{file} is not CIFAR-10: its size must be a multiple of {_ROW} bytes, got "
            f"{data.size}"
        )
    rows = data.reshape(-1, _ROW)
    return _check(file, rows[:, 1:], rows[:, 0])


# %%
#| export
def _latin1(text: str, encoding: str) -> bytes:
    """Stand in for codecs.encode, by which Python 3 pickles bytes for Python 2."""
    if not isinstance(text, str) or encoding != "latin1":
        raise pickle.UnpicklingError("an encoding other than latin1")
    return text.encode("latin1")


class _Array:
    """Stand in for a NumPy array while its pickle is read: it only keeps what it gets."""

    state: tuple = ()

    def __setstate__(self, state: tuple) -> None:
        self.state = state


class _Unpickler(pickle.Unpickler):
    """Read a dictionary of arrays and numbers; nothing that a file names is run."""

    _CORES = ("numpy.core.multiarray", "numpy._core.multiarray")

    def find_class(self, module: str, name: str) -> Any:
        """Return our stand-ins for what an array's pickle asks for; refuse the rest."""
        # A new function each time: a pickle can set attributes of what it gets.
        if (module, name) == ("_codecs", "encode"):
            return lambda *arguments: _latin1(*arguments)
        if module in self._CORES and name == "_reconstruct":
            return lambda *arguments: _Array()
        if (module, name) in (("numpy", "ndarray"), ("numpy", "dtype")):
            return lambda *arguments: _Array()
        raise pickle.UnpicklingError(f"it asks for {module}.{name}")


def _read_python(file: Path) -> tuple[np.ndarray, np.ndarray]:
    def refuse(why: object) -> NoReturn:
        raise ValueError(f"{file} is not CIFAR-10: {why}") from None

    try:
        with file.open("rb") as stream:
            batch = _Unpickler(stream, encoding="bytes").load()
        _, shape, _, by_column, raw = batch[b"data"].state
        order = "F" if by_column else "C"
        pixels = np.frombuffer(raw, np.uint8).reshape(shape, order=order)
        labels = np.array(batch[b"labels"])
    except Exception as error:
        # A pickle that is not one can raise anything.
        refuse(error or type(error).__name__)
    return _check(file, pixels, labels)
