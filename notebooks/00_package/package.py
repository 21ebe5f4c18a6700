# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A tour of tinytorch
#
# > A small deep learning framework in NumPy, readable in one evening.
#
# The names are PyTorch's. Each module of the package is exported from a notebook of this
# course, which explains it: tensors (01), activations (02), layers (03), losses (04),
# autograd (05), optimizers (06), training (07), data (08). Convolution (09) is yours to
# write.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp __init__

# %% [markdown]
# ## What `import tinytorch` gives


# %%
#| export
from typing import Any

from tinytorch import datasets
from tinytorch.core.activations import GELU, ReLU, Sigmoid, Softmax, Tanh
from tinytorch.core.autograd import Function, gradcheck, no_grad
from tinytorch.core.dataloader import (
    Compose,
    DataLoader,
    Dataset,
    RandomCrop,
    RandomHorizontalFlip,
    TensorDataset,
)
from tinytorch.core.layers import (
    Dropout,
    Flatten,
    Layer,
    Linear,
    Sequential,
    manual_seed,
)
from tinytorch.core.losses import (
    BinaryCrossEntropyLoss,
    CrossEntropyLoss,
    MSELoss,
    log_softmax,
)
from tinytorch.core.optimizers import SGD, Adam, AdamW, Optimizer
from tinytorch.core.tensor import Tensor
from tinytorch.core.training import CosineSchedule, Trainer, clip_grad_norm
from tinytorch.ink import drawing, pad, photo
from tinytorch.stops import say_in_one_line
from tinytorch.tutoring import tutor

__version__ = "0.1.0"

_all_ = [
    "Adam",
    "AdamW",
    "BinaryCrossEntropyLoss",
    "Compose",
    "CosineSchedule",
    "CrossEntropyLoss",
    "DataLoader",
    "Dataset",
    "Dropout",
    "Flatten",
    "Function",
    "GELU",
    "Layer",
    "Linear",
    "MSELoss",
    "Optimizer",
    "RandomCrop",
    "RandomHorizontalFlip",
    "ReLU",
    "SGD",
    "Sequential",
    "Sigmoid",
    "Softmax",
    "Tanh",
    "Tensor",
    "TensorDataset",
    "Trainer",
    "clip_grad_norm",
    "drawing",
    "gradcheck",
    "log_softmax",
    "manual_seed",
    "no_grad",
    "pad",
    "photo",
    "tutor",
]

# %% [markdown]
# In a notebook, a task that is not written, or a name that a restart has taken, is told in
# one line.

# %%
#| export
say_in_one_line()

# %% [markdown]
# The layers of module 09 are there as soon as you have written and exported them, and
# `use("fast")` lets them compute with the fast functions of module 18.


# %%
#| export
def __getattr__(name: str) -> Any:
    """Find the names of module 09 once the student has exported it, and `use`."""
    if name == "use":
        from tinytorch.backend import use

        return use
    if name in ("Conv2d", "MaxPool2d", "AvgPool2d"):
        try:
            from tinytorch.core import spatial
        except ImportError:
            raise AttributeError(
                f"tinytorch.{name} is what you write in module 09; then type: "
                "python -m tinytorch.export spatial.ipynb"
            ) from None
        return getattr(spatial, name)
    raise AttributeError(f"module 'tinytorch' has no attribute {name!r}")


# %% [markdown]
# ## A network for handwritten digits

# %%
import tinytorch as tt
from tinytorch.datasets import digits

(images, labels), (test_images, test_labels) = digits()
images.shape, test_images.shape

# %%
tt.manual_seed(0)
net = tt.Sequential(
    tt.Flatten(), tt.Linear(64, 64), tt.ReLU(), tt.Dropout(0.2), tt.Linear(64, 10)
)
train = tt.DataLoader(tt.TensorDataset(images, labels), 64, shuffle=True, seed=0)
test = tt.DataLoader(tt.TensorDataset(test_images, test_labels), 512)

# %%
optimizer = tt.AdamW(net.parameters(), lr=0.003)
trainer = tt.Trainer(net, optimizer, tt.CrossEntropyLoss())
history = trainer.fit(train, epochs=20, validation=test)

# %%
import matplotlib.pyplot as plt

plt.plot(history["val_accuracy"])
plt.gca().set(title="Digits it has not seen", xlabel="epoch", ylabel="share read right")
plt.show()
