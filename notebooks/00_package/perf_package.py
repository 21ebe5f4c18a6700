# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # The package of fast functions
#
# > What `tinytorch.perf` itself offers: to measure the machine it runs on.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp perf.__init__

# %% [markdown]
# Which method computes a convolution is decided by what each is expected to take. The
# prices of that reckoning are defaults until they are measured. Nothing is imported before
# it is asked for, and where there is no fast convolution, there is nothing to measure.


# %%
#| export
def calibrate():
    """Measure how fast this machine copies, adds and multiplies, and keep the result.

    `tinytorch.perf.convolution` chooses its methods by it, in this and in later processes.
    It takes some seconds, and no result changes but by rounding.

    Returns
    -------
    tinytorch.perf.costs.Work
        Seconds for a unit of each kind of work.
    """
    from tinytorch.perf.calibration import calibrate

    return calibrate()
