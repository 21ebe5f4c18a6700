# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Lines of a depthwise convolution
#
# > A block of images is written once: its border, its phases and its channels first.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp perf.phases

# %%
#| export
import numpy as np

from tinytorch.perf.padding import enlarged, without_border
from tinytorch.perf.taps import Taps, find_taps, gather, phases_of
from tinytorch.perf.windows import scratch

# %% [markdown]
# ## There and back
#
# Without a stride the images with their border are the one phase, so that nothing is copied
# a second time.


# %%
#| export
def phase_lines(part: np.ndarray, plan: Taps, padding) -> np.ndarray:
    """Return the phases of (images, channels, ...): contiguous (phases, channels, pixels)."""
    lines = part.swapaxes(0, 1)
    if any(padding):
        lines = empty_border(lines.shape, padding, part.dtype)
        lines[...] = 0
        inside(lines, padding)[...] = part.swapaxes(0, 1)
    found = phases_of(lines, plan)
    return np.ascontiguousarray(found.reshape(*found.shape[:2], -1))


def empty_border(shape: tuple[int, ...], padding, dtype) -> np.ndarray:
    """Return lines (channels, images, ..., images) with a border, in scratch."""
    return scratch("padded", (*enlarged(shape[:-1], padding), shape[-1]), dtype)


def inside(lines: np.ndarray, padding) -> np.ndarray:
    """Return lines without their border, as a view."""
    return without_border(lines, (*padding, 0))


def put_lines(grads: np.ndarray, place: np.ndarray, plan: Taps, padding) -> None:
    """Write phases (phases, channels, pixels) into (channels, images, ..., images)."""
    phases = grads.reshape(len(grads), *place.shape[:2], -1)
    if not any(padding):
        gather(phases, place, plan)
        return
    if max(plan.stride) == 1:
        lines = phases.reshape(*place.shape[:2], *plan.sizes, place.shape[-1])
    else:
        lines = empty_border(place.shape, padding, grads.dtype)
        gather(phases, lines, plan)
    place[...] = inside(lines, padding)


# %%
plan = find_taps((4, 5), (3, 3), (1, 1), (1, 1))
lines = phase_lines(np.ones((1, 1, 2, 3, 1)), plan, (1, 1))
lines.reshape(plan.sizes)
