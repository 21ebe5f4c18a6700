"""A small course: this repository's tools and settings, and one notebook of its own.

It builds in a fraction of the time, for tests of what is said and not of this course.
"""

import shutil
from pathlib import Path

ASSIGNMENT, TASK = "01_small", "double"
TRUTH = Path("notebooks", ASSIGNMENT, "small.py")
HIDDEN = TRUTH.parent / "hidden_tests" / "test-double.py"
RELEASED = Path("release", ASSIGNMENT, "small.ipynb")
_GRADING = '"schema_version": 3, "task": false'
_CONTENT = {
    TRUTH: f'''\
# ---
# jupyter:
#   course:
#     points: 3
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Module 01: Small
#
# > Twice a number, and no more.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp core.small

# %%
#| export
import numpy as np

# %% [markdown]
# A list of 3 numbers is doubled number by number.

# %% nbgrader={{"grade": false, "grade_id": "double", "locked": false, "solution": true, {_GRADING}}}
#| export
def double(x):
    """Return twice ``x``."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION


# %% nbgrader={{"grade": true, "grade_id": "test-double", "locked": true, "points": 3, "solution": false, {_GRADING}}}
assert (double(np.ones(2)) == 2).all(), "two ones, doubled"

# %% [markdown] tags=["graded"]

# %% [markdown]
# <details>
# <summary>Hints for <code>double</code></summary>
#
# 1. What is twice a number?
# 2. Look at what comes in.
# 3. Each number is added to itself.
#
# </details>
''',  # noqa: E501
    HIDDEN: """\
from proctor.rubric import Rubric

rubric = Rubric(points=3)


@rubric.check("positive numbers", points=2)
def _():
    x = rubric.rng.uniform(1, 2, (2, 3))
    rubric.close(double(x), 2 * x)


@rubric.check("negative numbers", points=1)
def _():
    x = -rubric.rng.uniform(1, 2, (3, 2))
    rubric.close(double(x), 2 * x)


rubric.score()
""",
    TRUTH.parent / "facts.py": """\
from course.facts import fact

FACTS = [fact("A list of 3 numbers", 3)]
""",
    TRUTH.parent / "bugs.py": """\
from proctor.bank import Bug

BUGS = [
    Bug(
        "triple",
        "double",
        "Each number is taken three times",
        "What does your code give for 1?",
        (("return 2 * x", "return 3 * x"),),
    ),
]
""",
    TRUTH.parent / "variants.py": '''\
from proctor.bank import variant_text

variant_text("double", "by-sum", """
def double(x):
    return x + x
""")
''',
}


def make_small(checkout: Path) -> Path:
    """Put the one notebook in the place of a checkout's own; nothing is built."""
    for stage in ("notebooks", "source", "release", "tinytorch"):
        shutil.rmtree(checkout / stage)
    for name, text in _CONTENT.items():
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).write_text(text, encoding="utf-8")
    return checkout
