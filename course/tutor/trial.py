"""The process in which a module's examples meet the reference and the mistakes.

``python -m course.tutor.trial``, in the course's folder: what is to be run comes on
stdin as JSON, what came of it goes to stdout, a JSON line for each. The code is the
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
from types import ModuleType

from course.tutor.chance import Chance

# What is always so comes of both.
_SEEDS = 0, 1


class World:
    """The reference's cells, of which one can be another for a while.

    Parameters
    ----------
    cells
        Name and text of each; only the solutions have a name.

    Attributes
    ----------
    right
        The text of each solution.
    """

    def __init__(self, cells: list[dict]) -> None:
        self.names: dict = {"__name__": "__main__"}
        self.right = {cell["cell"]: cell["text"] for cell in cells if cell["cell"]}
        for cell in cells:
            exec(compile(cell["text"], "<reference>", "exec"), self.names)

    @contextlib.contextmanager
    def other(self, cell: str, source: str) -> Iterator[None]:
        """Let a solution cell be another one."""
        for name in definitions(self.right[cell]):
            self.names.pop(name, None)
        # As in a student's notebook: a cell may fail, and what it defines is missing.
        with contextlib.suppress(Exception):
            exec(compile(source, "<other>", "exec"), self.names)
        try:
            yield
        finally:
            exec(compile(self.right[cell], "<reference>", "exec"), self.names)


def definitions(source: str) -> list[str]:
    """Return the functions and classes that a cell defines."""
    kinds = ast.FunctionDef, ast.ClassDef
    return [node.name for node in ast.parse(source).body if isinstance(node, kinds)]


def results(job: dict, answers: ModuleType, chance: Chance) -> Iterator[dict]:
    """Run a job; yield what came, one thing after the other."""
    world = World(job["reference"])

    def run(task: str, seed: int = _SEEDS[0]) -> list[dict]:
        chance.start(seed)
        return [
            answers.answer_of(case["code"], world.names, case["naming"] or ())
            for case in job["cases"][task]
        ]

    wanted = {}
    for task in job["cases"]:
        wanted[task] = run(task)
        pairs = zip(wanted[task], run(task, _SEEDS[1]), strict=True)
        by_chance = [n for n, (w, g) in enumerate(pairs) if not answers.agrees(w, g)]
        yield {"task": task, "wanted": wanted[task], "by_chance": by_chance}
    for variant in job["variants"]:
        task = variant["cell"]
        if task not in wanted:
            continue
        with world.other(task, variant["text"]):
            got = run(task)
        pairs = enumerate(zip(wanted[task], got, strict=True))
        wrong = [place for place, pair in pairs if not answers.agrees(*pair)]
        yield {"variant": variant["name"], "task": task, "wrong": wrong}
    for bug in job["bugs"]:
        task = bug["cell"]
        if task not in wanted:
            continue
        yield {"begun": bug["id"]}
        with world.other(task, bug["text"]):
            got = run(task)
            again = run(task, _SEEDS[1]) if chance.drew else got
        gives = answers.fingerprint(wanted[task], got)
        if gives != answers.fingerprint(wanted[task], again):
            yield {"bug": bug["id"], "by_chance": True}
            continue
        codes = [case["code"] for case in job["cases"][task]]
        parts = answers.parts_of(codes, definitions(world.right[task]))
        pairs = zip(wanted[task], got, strict=True)
        seen = not all(answers.agrees(*pair) for pair in pairs)
        yield {
            "bug": bug["id"],
            "gives": gives,
            "values": answers.fingerprint_of_values(wanted[task], got),
            "parts": list(
                answers.fingerprints_of_parts(parts, wanted[task], got).values()
                if len(set(parts)) > 1
                else ()
            ),
            "seen": seen,
        }


def main() -> None:
    """Run the job that stdin holds."""
    job, out = json.load(sys.stdin), sys.stdout
    answers = importlib.import_module(f"{job['package']}.answers")
    chance = Chance(importlib.import_module(job["package"]))
    warnings.simplefilter("ignore")
    with contextlib.redirect_stdout(io.StringIO()):
        for result in results(job, answers, chance):
            print(json.dumps(result), file=out, flush=True)


if __name__ == "__main__":
    main()
