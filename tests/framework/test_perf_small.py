"""What is kept for small images: tables that are right, bounded, and safe to share."""

import threading

import numpy as np
import pytest
from convolutions import NONE, ONE, convolve, convolve_back, forced

from tinytorch.perf import dense, gathered
from tinytorch.perf.convolution import explain
from tinytorch.perf.dense import find_meetings
from tinytorch.perf.gathered import find_tables

METHODS = "gathered", "dense"


def test_the_table_of_four_windows():
    tables = find_tables(1, (3, 3), (2, 2), ONE, NONE, ONE)
    wanted = [[0, 1, 3, 4], [1, 2, 4, 5], [3, 4, 6, 7], [4, 5, 7, 8]]
    assert tables.seen.tolist() == wanted
    # Rows of four windows and a zero: the pixel in the middle has four shares, that in
    # the corner one, and the zero after the first row thrice.
    assert tables.shares[:, 4].tolist() == [3, 7, 11, 15]
    assert tables.shares[:, 0].tolist() == [0, 4, 4, 4]


def test_what_lies_in_the_padding_is_the_zero_after_the_last_pixel():
    tables = find_tables(2, (1, 2), (1, 3), ONE, (0, 1), ONE)
    assert tables.seen.tolist() == [[4, 0, 4, 2], [0, 1, 2, 3], [1, 4, 3, 4]]


def test_strides_and_dilation():
    tables = find_tables(1, (7,), (2,), (2,), (0,), (3,))
    assert tables.seen.tolist() == [[0, 2], [3, 5]]


def test_which_tap_a_pixel_and_a_window_meet_in():
    met = find_meetings((3,), (2,), (1,), (0,), (1,))
    assert met.taps.reshape(3, 2).tolist() == [[0, 2], [1, 0], [2, 1]]
    # Windows by taps: the number of the pair of pixel and window.
    assert met.places.tolist() == [[0, 2], [3, 5]]


def test_tables_cannot_be_written_to():
    tables = find_tables(1, (3,), (2,), (1,), (0,), (1,))
    met = find_meetings((3,), (2,), (1,), (0,), (1,))
    for table in (*tables[:2], *met[:2]):
        with pytest.raises(ValueError, match="read-only"):
            table[...] = 0


def test_tables_are_few_and_small():
    # Two of each kind of table, of numbers of eight bytes.
    assert 4 * 8 * gathered.LARGEST * gathered.KEPT <= 64 << 20
    for find in (find_tables, find_meetings):
        assert find.cache_parameters()["maxsize"] == gathered.KEPT
    fitting = explain((2, 8, 112, 112), (8, 8, 3, 3), ONE, ONE).milliseconds
    assert not set(METHODS) & set(fitting)
    for method, few in zip(METHODS, [(1, 4, 12, 12), (1, 4, 12, 12)], strict=True):
        assert method in explain(few, (4, 4, 3, 3), ONE, ONE).milliseconds


@pytest.mark.parametrize("method", METHODS)
def test_no_table_is_larger_than_is_said(method):
    sizes = {"gathered": (96, 96), "dense": (20, 20)}[method]
    for height, width in (sizes, (sizes[0] // 2, sizes[1] // 3)):
        shapes = (1, 1, height, width), (1, 1, 3, 3), ONE, ONE
        fits = method in explain(*shapes).milliseconds
        key = (height, width), (3, 3), ONE, ONE, ONE
        tables = find_tables(1, *key) if method == "gathered" else find_meetings(*key)
        assert fits == (max(table.size for table in tables[:2]) <= gathered.LARGEST)


def example(seed, batch=3):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(batch, 4, 6, 5)).astype(np.float32)
    weight = rng.normal(size=(7, 4, 3, 2)).astype(np.float32)
    grad = rng.normal(size=(batch, 7, 3, 3)).astype(np.float32)
    return grad, x, weight


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("method", METHODS)
def test_results_that_are_kept_stay_as_they_are(method, batch):
    forward, backward = forced(method)
    pairs = (2, 2), (1, 1)

    def results(seed):
        grad, x, weight = example(seed, batch)
        return forward(x, weight, None, *pairs), *backward(grad, x, weight, *pairs)

    first = results(0)
    copies = [array.copy() for array in first]
    second = results(1)
    for array, copy in zip(first, copies, strict=True):
        assert np.array_equal(array, copy)
        for other in second:
            assert not np.may_share_memory(array, other)


@pytest.mark.parametrize("method", METHODS)
def test_threads_do_not_meet(method):
    forward, backward = forced(method)
    pairs, wrong = ((2, 2), (1, 1)), []

    def work(seed):
        grad, x, weight = example(seed)
        wanted = (
            convolve(x, weight, None, *pairs),
            *convolve_back(grad, x, weight, *pairs),
        )
        for _ in range(50):
            got = forward(x, weight, None, *pairs), *backward(grad, x, weight, *pairs)
            errors = [np.abs(a - b).max() for a, b in zip(got, wanted, strict=True)]
            if max(errors) > 1e-4:
                wrong.append((seed, errors))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_the_matrix_has_a_bound_of_its_own():
    assert dense.has_matrix(1, (8, 8), (8, 8))
    assert not dense.has_matrix(1 << 11, (8, 8), (8, 8))
