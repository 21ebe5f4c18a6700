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
# > `use("fast")` lets the layers of module 09 compute with `tinytorch.perf.convolution`.
#
# The layers look up `conv2d_forward` and its companions by name, in their own module, at
# each call. Whoever binds these names to other functions changes what all layers compute
# with, those that were made before too.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp perf.backend

# %%
#| export
import importlib
from collections.abc import Callable
from types import ModuleType

from tinytorch.perf import convolution

# %%
#| export
NAMES = tuple(convolution.FUNCTIONS)

# %% [markdown]
# One thing more: `conv2d_backward` computes the gradient of the images even for the first
# layer, where nobody wants it. `Conv2dFunction.backward`, which is given in module 09,
# knows better, and is exchanged as well.


# %%
#| export
def conv2d_function_backward(ctx, grad_output):
    """Stand in for ``Conv2dFunction.backward``: no gradient of x unless it is wanted."""
    grads = convolution.gradients(
        grad_output,
        *ctx.saved_tensors,
        ctx.stride,
        ctx.padding,
        for_x=ctx.needs_input_grad[0],
    )
    return *grads, None, None


FAST = {**convolution.FUNCTIONS, "backward": conv2d_function_backward}
# The student's own, while the fast ones stand in their place.
_loops: dict[str, Callable] = {}

# %% [markdown]
# ## The switch


# %%
#| export
def _spatial() -> ModuleType:
    """Return module 09 as its author exported it.

    Raises
    ------
    RuntimeError
        If it is not there, or lacks a function.
    """
    advice = "type: python -m tinytorch.export spatial.ipynb"
    try:
        module = importlib.import_module("tinytorch.core.spatial")
    except ModuleNotFoundError as error:
        if error.name != "tinytorch.core.spatial":
            raise
        raise RuntimeError(
            "use() switches the layers of module 09, and tinytorch.core.spatial is not "
            f"there: write module 09, then {advice}"
        ) from None
    missing = [name for name in (*NAMES, "Conv2dFunction") if not hasattr(module, name)]
    if missing:
        raise RuntimeError(
            f"use() needs of tinytorch.core.spatial what it lacks, {', '.join(missing)}: "
            f"finish module 09, then {advice}"
        )
    return module


def _bound(module: ModuleType) -> dict[str, Callable]:
    """Return what is in use now."""
    found = {name: getattr(module, name) for name in NAMES}
    return {**found, "backward": module.Conv2dFunction.backward}


def _bind(module: ModuleType, functions: dict[str, Callable]) -> None:
    for name in NAMES:
        setattr(module, name, functions[name])
    module.Conv2dFunction.backward = staticmethod(functions["backward"])


class use:
    """Let Conv2d, MaxPool2d and AvgPool2d compute by another road.

    It acts at once. As a context manager, ``with use("fast"):``, it puts back at the end
    what was in use before. Layers that a notebook defines for itself, not yet exported,
    are not touched.

    Parameters
    ----------
    road
        ``"fast"``: `tinytorch.perf.convolution`. ``"loops"``: the functions that module
        09 wrote, which are in use after an import.

    Raises
    ------
    ValueError
        If there is no such road.
    RuntimeError
        If module 09 was not exported yet.
    """

    def __init__(self, road: str):
        if road not in ("fast", "loops"):
            raise ValueError(f'Expected use("fast") or use("loops"), got {road!r}')
        self._module = _spatial()
        self._before = _bound(self._module)
        for name, function in self._before.items():
            if function is not FAST[name]:
                _loops[name] = function
        _bind(self._module, FAST if road == "fast" else _loops)

    def __enter__(self) -> "use":
        return self

    def __exit__(self, *error) -> None:
        _bind(self._module, self._before)


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
