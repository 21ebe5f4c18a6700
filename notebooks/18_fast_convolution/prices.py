# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Prices, measured once
#
# > Seconds for a unit of each kind of work: the defaults, and what was kept.
#
# The defaults come from one machine. On another, `tinytorch.perf.calibrate()` measures for
# some seconds, and keeps what it found for the next time. A wrong price can cost time. It
# cannot change a result but by rounding: all methods compute the same.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp perf.prices

# %%
#| export
import hashlib
import json
import os
import platform
import sys
import tempfile
from pathlib import Path

import numpy as np

from tinytorch.perf.work import Work

# %% [markdown]
# ## Without measuring
#
# Seconds on one core of a server of 2023, as `calibrate` found them. What matters is how they
# stand to each other.

# %%
#| export
DEFAULTS = Work(
    macs=2.1e-11,
    packed=8.3e-11,
    moved=1.7e-10,
    picked=2.6e-10,
    taken=7.0e-10,
    added=5.1e-10,
    turned=9.4e-10,
    runs=2.1e-9,
    calls=8.1e-7,
)

# %% [markdown]
# ## Keeping
#
# One small file in the user's cache folder, named after the processor: a home may be shared
# by different machines. It is written beside and moved into place, so that nobody reads
# half of one. What is not such a file, or of another processor or NumPy, is as good as none.


# %%
#| export
FORMAT = "tinytorch prices 2"
LARGEST_FILE = 10_000


# A virtual machine often says no more in the name than whose processor it is.
NAMED = ("model name", "cpu family", "model")


def processor() -> str:
    """Return the processor's name, with its family and model where Linux says them."""
    found = {}
    try:
        with Path("/proc/cpuinfo").open(errors="replace") as lines:
            for line in lines:
                name, _, value = (part.strip() for part in line.partition(":"))
                if not name:
                    break  # the next processor
                if name in NAMED:
                    found[name] = value
    except OSError:
        pass
    if "model name" not in found:
        return platform.processor() or platform.machine()
    name, *numbers = [found[name] for name in NAMED if name in found]
    return f"{name} ({', '.join(numbers)})" if numbers else name


def folder() -> Path:
    """Return the folder where prices are kept: it need not exist.

    Raises
    ------
    RuntimeError
        If the user has no home.
    """
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home) / "tinytorch" / "cache"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "tinytorch"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "tinytorch"


def signature() -> dict[str, str]:
    """Return what prices are for."""
    return {"format": FORMAT, "processor": processor(), "numpy": np.__version__}


def kept_file() -> Path:
    """Return where the prices of this processor are kept."""
    digest = hashlib.sha256(processor().encode()).hexdigest()[:12]
    return folder() / f"prices-{digest}.json"


def load() -> Work | None:
    """Return the prices that were kept, or None where there are none to be trusted."""
    try:
        if not folder().is_dir():
            return None
        with kept_file().open(encoding="utf-8") as file:
            found = json.loads(file.read(LARGEST_FILE))
        if {key: found[key] for key in signature()} != signature():
            return None
        price = Work(**{name: float(found["seconds"][name]) for name in Work._fields})
    except (OSError, RuntimeError, ValueError, TypeError, KeyError, RecursionError):
        return None
    return price if all(1e-14 < seconds < 1e-2 for seconds in price) else None


def save(price: Work) -> Path:
    """Keep prices for this processor, and return the file.

    Raises
    ------
    OSError
        If it cannot be written.
    RuntimeError
        If the user has no home.
    """
    path = kept_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({**signature(), "seconds": price._asdict()}, indent=1)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".prices-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
    return path


# %% [markdown]
# ## In use
#
# Nothing is read before the first convolution asks.


# %%
#| export
_in_use: list[Work] = []


def prices() -> Work:
    """Return the prices in use: those kept for this machine, else the defaults."""
    if not _in_use:
        _in_use.append(load() or DEFAULTS)
    return _in_use[0]


def use(price: Work) -> None:
    """Use these prices in this process from now on."""
    _in_use[:] = [price]


# %%
{name: f"{seconds:.1e}" for name, seconds in DEFAULTS._asdict().items()}
