"""What the fast convolution chooses by: counted work, prices, where they are kept."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from convolutions import (
    NONE,
    ONE,
    cases,
    check_backward,
    check_forward,
    default_prices,  # noqa: F401
)
from hypothesis import given, settings
from hypothesis import strategies as st

import tinytorch.perf
from tinytorch.perf import calibration, prices
from tinytorch.perf.convolution import (
    METHODS,
    conv2d_backward,
    conv2d_forward,
    explain,
    fitting,
)
from tinytorch.perf.costs import WORK, Work
from tinytorch.perf.prices import DEFAULTS
from tinytorch.perf.windows import geometry


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A cache folder of our own, and nothing read from it yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(prices, "folder", lambda: tmp_path / "cache" / "tinytorch")
    monkeypatch.setattr(prices, "_in_use", [])
    return tmp_path / "cache" / "tinytorch"


# Counted work.


def test_every_method_has_its_work():
    assert set(WORK) == set(METHODS)


@pytest.mark.parametrize("axis", range(8))
def test_more_of_anything_is_more_work(axis):
    sizes = [4, 8, 20, 21, 6, 3, 4, 2]
    for name, works in WORK.items():
        found = []
        for factor in (1, 2):
            more = [n * factor if i == axis else n for i, n in enumerate(sizes)]
            batch, channels, height, width, kernels, kh, kw, stride = more
            if name == "pointwise":
                kh = kw = 1
            # A larger kernel or stride would leave fewer windows, so the image grows.
            height, width = height * stride + kh, width * stride + kw
            shapes = (batch, channels, height, width), (kernels, channels, kh, kw)
            g = geometry(*shapes, (stride, stride), NONE)
            found.append([w(g, order) for w in works for order in (False, True)])
        for few, many in zip(*found, strict=True):
            assert min(few) >= 0
            assert few.seconds(DEFAULTS) <= many.seconds(DEFAULTS)


def test_without_the_gradient_of_x_is_less_work():
    for name, (_, backward) in WORK.items():
        kernel = (1, 1) if name == "pointwise" else (3, 3)
        g = geometry((4, 6, 12, 13), (5, 6, *kernel), ONE, NONE)
        less = backward(g, innermost=False, for_x=False)
        assert less.seconds(DEFAULTS) < backward(g, innermost=False).seconds(DEFAULTS)


@pytest.mark.parametrize("stride", [(1, 1), (2, 1)])
@pytest.mark.parametrize("backward", [False, True])
def test_turned_is_for_few_channels_out(stride, backward):
    chosen = [
        explain(
            (2, 64, 30, 28), (n, 64, 5, 4), stride, (2, 0), backward=backward
        ).method
        for n in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
    ]
    first_other = next(i for i, name in enumerate(chosen) if name != "turned")
    assert first_other > 1
    assert "turned" not in chosen[first_other:]


# The choice.


def test_the_choice_is_the_cheapest_of_those_that_fit():
    x, weight, stride, padding = (3, 8, 20, 21), (16, 8, 3, 3), (1, 1), (1, 1)
    g = geometry(x, weight, stride, padding)
    for backward in (False, True):
        choice = explain(x, weight, stride, padding, backward=backward)
        assert list(choice.milliseconds) == list(fitting(g, np.dtype(np.float32)))
        assert choice.milliseconds[choice.method] == min(choice.milliseconds.values())
        for name, milliseconds in choice.milliseconds.items():
            work = WORK[name][backward](g, False)
            assert milliseconds == 1e3 * work.seconds(prices.prices())


def test_explain_says_the_costs_that_it_compared():
    choice = explain((8, 256, 14, 14), (256, 256, 3, 3), ONE, ONE)
    text = str(choice)
    assert text.startswith(
        f"winograd: {choice.reason} (expected milliseconds: winograd "
    )
    assert "\n" not in text
    ranked = sorted(choice.milliseconds, key=choice.milliseconds.get)
    places = [text.index(f" {name} {choice.milliseconds[name]:.3g}") for name in ranked]
    assert places == sorted(places)


# A wrong price costs time, and changes no result but by rounding.


@settings(max_examples=150, deadline=None)
@given(
    cases(),
    st.lists(st.floats(-4, 4), min_size=len(DEFAULTS), max_size=len(DEFAULTS)),
)
def test_any_prices_give_the_same_numbers(case, exponents):
    before = list(prices._in_use)
    wrong = (price * 10**e for price, e in zip(DEFAULTS, exponents, strict=True))
    prices.use(Work(*wrong))
    try:
        check_forward(conv2d_forward, case)
        check_backward(conv2d_backward, case)
    finally:
        prices._in_use[:] = before


def test_wrong_prices_change_the_choice(home):
    shapes = (2, 64, 30, 28), (2, 64, 5, 4), ONE, NONE
    assert explain(*shapes).method == "turned"
    prices.use(DEFAULTS._replace(picked=1.0))
    assert explain(*shapes).method != "turned"


# Prices that are kept.

OTHER = Work(*(2 * price for price in DEFAULTS))


def test_prices_are_kept_and_found_again(home):
    assert prices.prices() == DEFAULTS
    path = prices.save(OTHER)
    assert path.parent == home
    assert [entry.name for entry in home.iterdir()] == [path.name]
    assert prices.prices() == DEFAULTS  # what is in use stays
    prices._in_use.clear()
    assert prices.prices() == OTHER


def damaged(change):
    content = {**prices.signature(), "seconds": OTHER._asdict()}
    change(content)
    return json.dumps(content)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "[" * 100_000,
        "\x00" * 100,
        damaged(lambda c: c.update(processor="another")),
        damaged(lambda c: c.update(numpy="1.0")),
        damaged(lambda c: c.update(format="tinytorch prices 0")),
        damaged(lambda c: c.pop("seconds")),
        damaged(lambda c: c["seconds"].pop("runs")),
        damaged(lambda c: c["seconds"].update(runs="much")),
        damaged(lambda c: c["seconds"].update(runs=None)),
        damaged(lambda c: c["seconds"].update(runs=-1e-9)),
        damaged(lambda c: c["seconds"].update(runs=0)),
        damaged(lambda c: c["seconds"].update(runs=float("nan"))),
        damaged(lambda c: c["seconds"].update(runs=float("inf"))),
        damaged(lambda c: c["seconds"].update(runs=1e9)),
        damaged(lambda c: c.update(more="x" * prices.LARGEST_FILE)),
    ],
)
def test_what_is_no_such_file_is_as_good_as_none(home, text):
    home.mkdir(parents=True)
    prices.kept_file().write_text(text)
    assert prices.load() is None
    assert prices.prices() == DEFAULTS


def test_bytes_and_folders_are_no_such_file(home):
    home.mkdir(parents=True)
    prices.kept_file().write_bytes(b"\xff\xfe\x00")
    assert prices.load() is None
    prices.kept_file().unlink()
    prices.kept_file().mkdir()
    assert prices.load() is None


def test_a_user_without_a_home(monkeypatch):
    def homeless():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(prices, "_in_use", [])
    monkeypatch.setattr(Path, "home", homeless)
    assert prices.prices() == DEFAULTS


def test_half_a_file_is_never_seen(home, monkeypatch):
    path = prices.save(OTHER)

    def fails(self, target):
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", fails)
    with pytest.raises(OSError, match="disk full"):
        prices.save(DEFAULTS)
    assert [entry.name for entry in home.iterdir()] == [path.name]
    assert prices.load() == OTHER


def test_processors_have_files_of_their_own(home, monkeypatch):
    first = prices.save(OTHER)
    monkeypatch.setattr(prices, "processor", lambda: "another/../processor")
    assert prices.load() is None
    second = prices.save(DEFAULTS)
    assert first != second
    assert second.parent == home


def test_nothing_is_read_at_import():
    source = (
        "import tinytorch.perf.convolution; from tinytorch.perf import prices; "
        "print(prices._in_use)"
    )
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


# Measuring.


def test_the_prices_behind_the_times_are_found():
    rng = np.random.default_rng(1)
    works = [work for g in calibration.shapes(30) for work, _ in calibration.calls(g)]
    wanted = np.array(DEFAULTS) * rng.uniform(0.4, 2.5, len(DEFAULTS))
    times = np.array(works) @ wanted
    found = np.array(calibration.fitted(works, times))
    assert np.abs(found / wanted - 1).max() < 0.2
    noisy = times * rng.uniform(0.8, 1.25, len(times))
    assert np.abs(np.array(calibration.fitted(works, noisy)) / wanted - 1).max() < 0.4


def test_calibrate_uses_and_keeps_what_it_measured(home, monkeypatch):
    monkeypatch.setattr(calibration, "shortest", lambda call: call() is None or 1e-3)
    found = tinytorch.perf.calibrate()
    assert prices.prices() == found != DEFAULTS
    assert prices.load() == found


def test_calibrate_where_nothing_can_be_kept(home, monkeypatch):
    home.parent.mkdir()
    home.write_text("a file where the folder should be")
    monkeypatch.setattr(calibration, "measure", lambda: OTHER)
    with pytest.warns(UserWarning, match="hold for this process alone"):
        assert tinytorch.perf.calibrate() == OTHER
    assert prices.prices() == OTHER


def test_what_is_timed_is_what_is_counted():
    for g in calibration.shapes(3):
        every = list(calibration.calls(g))
        assert len(every) == 2 * len(list(fitting(g, np.dtype(np.float32))))
        for (_, forward), (_, backward) in zip(every[::2], every[1::2], strict=True):
            assert forward().shape == g.output_shape
            assert backward()[1].shape[:2] == (g.out_channels, g.in_channels)
