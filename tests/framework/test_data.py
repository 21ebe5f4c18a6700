"""Batches, transforms, and the readers of real data."""

import codecs
import pickle
import subprocess
import sys

import numpy as np
import pytest

import tinytorch as tt
from tinytorch import pictures
from tinytorch.datasets import cifar10


def numbers(count=7):
    return tt.TensorDataset(np.arange(count, dtype=float), np.arange(count) * 10)


def epoch(loader):
    return [batch[0].numpy().tolist() for batch in loader]


def test_batches_in_order():
    loader = tt.DataLoader(numbers(), 3)
    assert epoch(loader) == [[0, 1, 2], [3, 4, 5], [6]]
    assert len(loader) == 3
    assert epoch(tt.DataLoader(numbers(), 3, drop_last=True)) == [[0, 1, 2], [3, 4, 5]]
    x, labels = next(iter(loader))
    assert isinstance(x, tt.Tensor) and isinstance(labels, np.ndarray)
    assert labels.tolist() == [0, 10, 20]


def test_shuffling_follows_the_seed_and_changes_each_epoch():
    a, b = (tt.DataLoader(numbers(), 7, shuffle=True, seed=1) for _ in range(2))
    first, second = epoch(a), epoch(a)
    assert first != second
    assert sorted(first[0]) == sorted(second[0]) == list(range(7))
    assert epoch(b) == first
    b.epoch = 1
    assert epoch(b) == second


def test_any_dataset_can_be_loaded():
    class Squares(tt.Dataset):
        def __len__(self):
            return 5

        def __getitem__(self, index):
            return np.full((2,), index**2, np.float32), index

    batches = list(tt.DataLoader(Squares(), 2))
    assert [labels.tolist() for _, labels in batches] == [[0, 1], [2, 3], [4]]
    assert batches[1][0].numpy().tolist() == [[4, 4], [9, 9]]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: tt.DataLoader(numbers(), 0), "batch_size must be at least 1, got 0"),
        (lambda: tt.DataLoader(numbers(0), 2), "with examples, got none"),
        (lambda: tt.TensorDataset(np.ones(3), np.ones(4)), r"got lengths \[3, 4\]"),
        (lambda: tt.TensorDataset(), r"arrays of one length, got lengths \[\]"),
        (lambda: tt.RandomHorizontalFlip(2), "p must be from 0 to 1, got 2"),
        (
            lambda: tt.RandomCrop(9, 0)(np.ones((1, 1, 8, 8)), np.random.default_rng()),
            r"\(9, 9\) does not fit into images of \(8, 8\) with padding 0",
        ),
        (
            lambda: tt.RandomCrop(2)(np.ones((3, 8, 8)), np.random.default_rng()),
            r"\(batch, channels, height, width\), got \(3, 8, 8\)",
        ),
    ],
)
def test_refuses_in_one_line(make, message):
    with pytest.raises(ValueError, match=message) as raised:
        make()
    assert "\n" not in str(raised.value)


def test_flip_mirrors_left_and_right_in_half_of_the_images():
    images = np.broadcast_to(np.arange(6.0).reshape(1, 1, 2, 3), (1000, 2, 2, 3))
    flipped = tt.RandomHorizontalFlip()(images, np.random.default_rng(0))
    mirrored = (flipped == images[..., ::-1]).all(axis=(1, 2, 3))
    same = (flipped == images).all(axis=(1, 2, 3))
    assert (mirrored ^ same).all()
    # Of 1000 coin tosses, all but one series in a million has 422 to 578 heads.
    assert 422 <= mirrored.sum() <= 578
    assert (
        tt.RandomHorizontalFlip(0)(images, np.random.default_rng(0)) == images
    ).all()


def test_crop_takes_a_window_of_the_padded_image():
    image = np.arange(1.0, 13.0).reshape(1, 1, 3, 4)
    images = np.repeat(image, 400, axis=0)
    crops = tt.RandomCrop((3, 4), padding=1)(images, np.random.default_rng(0))
    assert crops.shape == images.shape
    padded = np.pad(image[0, 0], 1)
    windows = {
        padded[i : i + 3, j : j + 4].tobytes() for i in range(3) for j in range(3)
    }
    assert {crop[0].tobytes() for crop in crops} == windows


def test_a_transform_by_hand_follows_manual_seed():
    images = np.random.default_rng(0).normal(size=(20, 1, 4, 4))
    vary = tt.Compose([tt.RandomHorizontalFlip(), tt.RandomCrop(4)])
    drawn = []
    for _ in range(2):
        tt.manual_seed(3)
        drawn.append(vary(images))
    assert np.array_equal(*drawn) and not np.array_equal(drawn[0], vary(images))


def test_a_transform_is_repeated_by_the_seed():
    images = tt.TensorDataset(np.random.default_rng(0).normal(size=(6, 1, 4, 4)))
    vary = tt.Compose([tt.RandomHorizontalFlip(), tt.RandomCrop(4, padding=2)])
    a, b = (
        tt.DataLoader(images, 4, shuffle=True, seed=5, transform=vary) for _ in range(2)
    )
    assert epoch(a) == epoch(b)
    assert epoch(a) != epoch(tt.DataLoader(images, 4, seed=6, transform=vary))


# The digits.


def test_the_digits_are_those_of_scikit_learn():
    """Its own table: the first rows of the first digit, a zero; and the last digit."""
    (images, labels), (held_images, held_labels) = tt.datasets.digits()
    assert images.shape == (1438, 1, 8, 8) and held_images.shape == (359, 1, 8, 8)
    assert images.dtype == np.float32 and labels.dtype == np.int64
    assert (16 * images[0, 0, :2]).astype(int).tolist() == [
        [0, 0, 5, 13, 9, 1, 0, 0],
        [0, 0, 13, 15, 10, 15, 5, 0],
    ]
    assert labels[:4].tolist() == [0, 1, 2, 3] and held_labels[:2].tolist() == [4, 9]
    # Every fifth is held out, and so the last that is not is the last of all.
    assert labels[-1] == 8 and images[-1, 0].max() == 1
    both = np.concatenate([labels, held_labels])
    assert np.bincount(both).tolist() == [
        *(178, 182, 177, 183, 181),
        *(182, 181, 179, 174, 180),
    ]


@pytest.mark.slow
def test_no_picture_waits_for_scikit_learn():
    source = """
import sys, tinytorch
from tinytorch import pictures
tinytorch.datasets.digits()
pictures.photograph()
print("sklearn" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"


def test_who_lacks_scikit_learn_is_told_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    for of_its_files in (tt.datasets.digits, pictures.photograph):
        with pytest.raises(ModuleNotFoundError, match="pip install scikit-learn"):
            of_its_files()


def test_the_photograph_is_scikit_learns():
    """Sky above, and water below."""
    pixels = pictures.photograph()
    assert (pixels.shape, pixels.dtype) == ((427, 640, 3), np.uint8)
    assert pixels[0, 0].tolist() == [174, 201, 231]
    assert pixels[-1, -1].tolist() == [15, 24, 7]


# CIFAR-10, in small: three images a file.


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (6, 3, 3072), dtype=np.uint8)
    return pixels, rng.integers(0, 10, (6, 3), dtype=np.uint8)


def write_binary(folder, rows):
    names = [*(f"data_batch_{i}.bin" for i in range(1, 6)), "test_batch.bin"]
    for name, pixels, labels in zip(names, *rows, strict=True):
        (folder / name).write_bytes(np.c_[labels, pixels].tobytes())


def python2_pickle(batch):
    """Pickle as the original files are, with protocol 2 and keys of bytes."""
    return pickle.dumps(batch, protocol=2)


def write_python(folder, rows, dump=python2_pickle):
    names = [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]
    for name, pixels, labels in zip(names, *rows, strict=True):
        batch = {
            b"batch_label": b"a batch",
            b"labels": labels.tolist(),
            b"data": pixels,
            b"filenames": [b"a.png"] * 3,
        }
        (folder / name).write_bytes(dump(batch))


@pytest.mark.parametrize("write", [write_binary, write_python])
def test_cifar10_is_read(tmp_path, rows, write):
    write(tmp_path, rows)
    (images, labels), (test_images, test_labels) = cifar10(tmp_path)
    assert images.shape == (15, 3, 32, 32) and test_images.shape == (3, 3, 32, 32)
    assert images.dtype == np.float32 and labels.dtype == np.int64
    assert labels.tolist() == rows[1][:5].ravel().tolist()
    assert test_labels.tolist() == rows[1][5].tolist()
    # The fourth image, green, row 2, column 7: byte 1024 + 2 * 32 + 7.
    assert images[3, 1, 2, 7] == np.float32(rows[0][1, 0, 1024 + 71] / 255)


def test_cifar10_stored_by_columns_is_read(tmp_path, rows):
    def dump(batch):
        return python2_pickle(batch | {b"data": np.asfortranarray(batch[b"data"])})

    write_python(tmp_path, rows, dump)
    (images, _), _ = cifar10(tmp_path)
    assert (images[4].ravel() * 255).round().tolist() == rows[0][1, 1].tolist()


def test_python_2s_own_bytes_are_read(tmp_path, rows):
    """A pickle that Python 2 itself wrote: byte strings as STRING, not by codecs."""
    pixels, labels = rows

    def string(data):
        return b"T" + len(data).to_bytes(4, "little") + data

    def dump(batch):
        raw = batch[b"data"].tobytes()
        dtype = b"cnumpy\ndtype\n" + string(b"u1") + b"K\x00K\x01\x87R"
        state = (
            b"(K\x03" + string(b"|") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
        )
        array = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n"
        array += b"K\x00\x85" + string(b"b") + b"\x87R"
        array += (
            b"(K\x01K\x03M\x00\x0c\x86" + dtype + state + b"\x89" + string(raw) + b"tb"
        )
        listed = b"]" + b"".join(b"K" + bytes([n]) + b"a" for n in batch[b"labels"])
        return (
            b"\x80\x02}"
            + string(b"data")
            + array
            + b"s"
            + string(b"labels")
            + listed
            + b"s."
        )

    write_python(tmp_path, rows, dump)
    (images, found), _ = cifar10(tmp_path)
    assert found.tolist() == labels[:5].ravel().tolist()
    assert (images[0].ravel() * 255).round().tolist() == pixels[0, 0].tolist()


class Bomb:
    def __reduce__(self):
        return (exec, ("raise SystemExit('a pickle was run')",))


class Opener:
    def __reduce__(self):
        return (codecs.decode, ("6f", "hex"))


@pytest.mark.parametrize("bomb", [Bomb(), Opener(), np.array([Bomb()], dtype=object)])
def test_a_pickle_is_never_run(tmp_path, rows, bomb):
    write_python(tmp_path, rows)
    (tmp_path / "data_batch_3").write_bytes(
        pickle.dumps({b"data": bomb, b"labels": [1]}, protocol=2)
    )
    with pytest.raises(ValueError, match="data_batch_3 is not CIFAR-10: it asks for"):
        cifar10(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "multiple of 3073 bytes, got 0"),
        (b"x" * 3074, "multiple of 3073 bytes, got 3074"),
        (b"\x0a" + b"x" * 3072, "labels must be from 0 to 9"),
    ],
)
def test_what_is_no_binary_batch_is_named(tmp_path, rows, content, message):
    write_binary(tmp_path, rows)
    (tmp_path / "data_batch_2.bin").write_bytes(content)
    with pytest.raises(
        ValueError, match=f"data_batch_2.bin is not CIFAR-10: .*{message}"
    ):
        cifar10(tmp_path)


@pytest.mark.parametrize("content", [b"", b"junk", pickle.dumps([1, 2]), b"\x80\x02}."])
def test_what_is_no_python_batch_is_named(tmp_path, rows, content):
    write_python(tmp_path, rows)
    (tmp_path / "test_batch").write_bytes(content)
    with pytest.raises(ValueError, match="test_batch is not CIFAR-10") as raised:
        cifar10(tmp_path)
    assert "\n" not in str(raised.value)


def test_a_folder_without_the_files_is_named(tmp_path):
    with pytest.raises(
        ValueError, match=r"is not CIFAR-10: it needs data_batch_1\.bin to"
    ):
        cifar10(tmp_path / "nowhere")
