# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Switching to the fast road
#
# > `use("fast")` lets the layers compute with fast functions in place of loops.
#
# The layers look up `conv2d_forward` and its companions by name, in their own module, at
# each call. Whoever binds these names to other functions changes what all layers compute
# with, those that were made before too.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp backend

# %%
#| export
import importlib
import operator
from collections.abc import Callable, Iterable
from types import ModuleType

NAMES = tuple(
    f"{kind}2d_{way}"
    for kind in ("conv", "max_pool", "avg_pool")
    for way in ("forward", "backward")
)

# %% [markdown]
# ## Both sides
#
# The layers are in `tinytorch.core.spatial`. The fast functions are in a dictionary
# `FUNCTIONS`: that of `tinytorch.perf.convolution` where the package has it, else that of
# `tinytorch.perf.acceleration`, which module 18 exports. Nothing of both is imported
# before somebody asks for it. The layers of module 19 have fast functions of their own,
# where the package has these.
#
# A module that is not there is one thing. A module that is there and fails to import
# something else is another, and its error is shown as it is.


# %%
#| export
LOOPS = "tinytorch.core.spatial"
FAST = ("tinytorch.perf.convolution", "tinytorch.perf.acceleration")
SECOND = "tinytorch.core.spatial_two", "tinytorch.perf.spatial_two"


def _found(name: str) -> ModuleType | None:
    """Return the module, or None where there is none of this name."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name not in (name, name.rpartition(".")[0]):
            raise
        return None


def _spatial() -> ModuleType:
    """Return module 09 as its author exported it.

    Raises
    ------
    RuntimeError
        If it is not there, or lacks a function.
    """
    advice = "type: python -m tinytorch.export spatial.ipynb"
    module = _found(LOOPS)
    if module is None:
        raise RuntimeError(
            f"use() switches the layers of module 09, and {LOOPS} is not there: write "
            f"module 09, then {advice}"
        )
    classes = {name.partition(".")[0] for name in METHODS}
    missing = [name for name in (*NAMES, *classes) if not hasattr(module, name)]
    if missing:
        raise RuntimeError(
            f"use() needs of {LOOPS} what it lacks, {', '.join(missing)}: finish module "
            f"09, then {advice}"
        )
    return module


# %% [markdown]
# `conv2d_backward` computes the gradient of the images even for the first layer, where
# nobody wants it, and `max_pool2d_backward` searches what forward has found. So
# `tinytorch.perf.convolution` brings other methods for the functions of autograd as well;
# where there are none, those of module 09 stay.


# %%
#| export
METHODS = (
    "Conv2dFunction.forward",
    "Conv2dFunction.backward",
    "MaxPool2dFunction.forward",
    "MaxPool2dFunction.backward",
)


def _not_written(module: ModuleType, functions: Iterable[Callable]) -> list[str]:
    """Return what functions come to call of what an export says is not written yet."""
    lacking, seen, left = getattr(module, "NOT_WRITTEN", ()), set(), list(functions)
    while left:
        function = left.pop()
        if function in seen or getattr(function, "__module__", "") != module.__name__:
            continue
        seen.add(function)
        names = getattr(getattr(function, "__code__", None), "co_names", ())
        left += [f for f in (getattr(module, n, None) for n in names) if callable(f)]
    return [name for name in lacking if getattr(module, name, None) in seen]


def _fast() -> dict[str, Callable]:
    """Return the fast functions by name.

    Raises
    ------
    RuntimeError
        If there are none, or one is missing or needs what is not written.
    """
    advice = "type: python -m tinytorch.export acceleration.ipynb"
    module = next(filter(None, map(_found, FAST)), None)
    if module is None:
        raise RuntimeError(
            f'use("fast") needs the functions of module 18, and {FAST[-1]} is not there: '
            f"write module 18, then {advice}"
        )
    functions = getattr(module, "FUNCTIONS", {})
    missing = [name for name in NAMES if not callable(functions.get(name))]
    missing = missing or _not_written(module, [functions[name] for name in NAMES])
    if missing:
        raise RuntimeError(
            f'use("fast") needs in FUNCTIONS of {module.__name__} what it lacks, '
            f"{', '.join(missing)}: write these tasks of module 18, then {advice}"
        )
    return {name: functions[name] for name in (*NAMES, *METHODS) if name in functions}


# %% [markdown]
# ## The switch


# %%
#| export
# Of each module the student's own, while fast ones stand in their place; and all that
# ever stood there.
_loops: dict[str, dict[str, Callable]] = {}
_exchanged: set[Callable] = set()


def _bound(module: ModuleType, names: Iterable[str]) -> dict[str, Callable]:
    """Return what is in use now."""
    return {name: operator.attrgetter(name)(module) for name in names}


def _bind(module: ModuleType, functions: dict[str, Callable]) -> None:
    for name, function in functions.items():
        owner, _, method = name.rpartition(".")
        place = getattr(module, owner) if owner else module
        static = owner and isinstance(vars(place).get(method), staticmethod)
        setattr(place, method, staticmethod(function) if static else function)


def _exchange(module: ModuleType, names: Iterable[str], fast: dict[str, Callable]):
    """Bind the fast functions, the student's own for all else; return what was bound."""
    before = _bound(module, names)
    own = _loops.setdefault(module.__name__, {})
    # A function that no switch has put there comes from an export.
    own |= {name: f for name, f in before.items() if f not in _exchanged}
    _bind(module, {**own, **fast})
    _exchanged.update(fast.values())
    return module, before


def _exchange_second(road: str) -> list[tuple[ModuleType, dict[str, Callable]]]:
    """Do the same for module 19, where it and its fast functions are there."""
    module = _found(SECOND[0]) if road == "fast" or SECOND[0] in _loops else None
    fast = _found(SECOND[1]) if module and road == "fast" else None
    functions = getattr(fast, "FUNCTIONS", {})
    names = functions or tuple(_loops.get(SECOND[0], ()))
    return [_exchange(module, names, functions)] if names else []


class use:
    """Let the layers of modules 09 and 19 compute by another road.

    It acts at once. As a context manager, ``with use("fast"):``, it puts back at the end
    what was in use before. Layers that a notebook defines for itself, not yet exported,
    are not touched.

    Parameters
    ----------
    road
        ``"fast"``: the functions of `tinytorch.perf.convolution`, or without it those
        that module 18 wrote; for module 19 those of `tinytorch.perf.spatial_two`, where
        they are there. ``"loops"``: those that modules 09 and 19 wrote, which are in use
        after an import.

    Raises
    ------
    ValueError
        If there is no such road.
    RuntimeError
        If module 09, or for ``"fast"`` module 18, was not exported yet.
    """

    def __init__(self, road: str):
        if road not in ("fast", "loops"):
            raise ValueError(f'Expected use("fast") or use("loops"), got {road!r}')
        module, fast = _spatial(), _fast() if road == "fast" else {}
        self._before = [_exchange(module, (*NAMES, *METHODS), fast)]
        self._before += _exchange_second(road)

    def __enter__(self) -> "use":
        return self

    def __exit__(self, *error) -> None:
        for module, functions in self._before:
            _bind(module, functions)


# %% [markdown]
# With both modules exported, a small network gives the same numbers either way.

# %%
import numpy as np

from tinytorch.core.spatial import Conv2d, MaxPool2d
from tinytorch.core.tensor import Tensor

conv, pool = Conv2d(3, 8, kernel_size=3, padding=1), MaxPool2d(2)
images = Tensor(np.random.default_rng(0).normal(size=(2, 3, 8, 8)))
slow = pool(conv(images)).data
with use("fast"):
    fast = pool(conv(images)).data
np.allclose(slow, fast, atol=1e-5)
