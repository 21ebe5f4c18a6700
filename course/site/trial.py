"""The process in which a module's mistakes meet a digit.

``python -m course.site.trial``, in the course's folder: what is to be run comes on
stdin as JSON, what each gave goes to stdout, a JSON line for each. The code is the
author's own.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import io
import json
import sys
import warnings
from collections.abc import Iterator

import numpy as np

from course.tutor.trial import World

# Of the held-out digits: a seven, which no mirror and no turn leaves as it is.
_DIGIT = 5


def results(job: dict) -> Iterator[dict]:
    """Run a job; yield what each mistake gives, and before them what is right."""
    datasets = importlib.import_module(f"{job['package']}.datasets")
    _, (images, _) = datasets.digits()
    world = World(job["reference"])
    world.names["digit"] = images[_DIGIT, 0].astype(float)
    for task, code in job["pictures"].items():
        yield {"task": task, "id": "", **_given(world, code)}
        for bug in job["bugs"]:
            if bug["cell"] == task:
                with world.other(task, bug["text"]):
                    yield {"task": task, "id": bug["id"], **_given(world, code)}


def _given(world: World, code: str) -> dict:
    """Return the picture that code gives, or the kind of its error."""
    *before, last = ast.parse(code).body
    names = {**world.names, "np": np}
    try:
        exec(compile(ast.Module(before, []), "<picture>", "exec"), names)
        value = eval(compile(ast.Expression(last.value), "<picture>", "eval"), names)
        found = np.asarray(value, dtype=float)
    except Exception as error:
        return {"raises": type(error).__name__}
    if found.ndim != 2 or not np.isfinite(found).all():
        return {"raises": "no picture"}
    return {"picture": found.tolist()}


def main() -> None:
    """Run the job that stdin holds."""
    job, out = json.load(sys.stdin), sys.stdout
    warnings.simplefilter("ignore")
    with contextlib.redirect_stdout(io.StringIO()):
        for result in results(job):
            print(json.dumps(result), file=out, flush=True)


if __name__ == "__main__":
    main()
