"""Which solutions keep what their tasks promise: tried in a process apart."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from proctor.bank.mutants import Mutant
from proctor.bank.reference import Reference
from proctor.errors import GradingError


class Promised:
    """Tells by an assignment's promises which solutions are right.

    Parameters
    ----------
    path
        The file of the promises.
    seed
        Of the calls' random inputs.
    """

    def __init__(self, reference: Reference, path: Path, seed: int) -> None:
        if not path.is_file():
            raise GradingError(
                f"{path} is missing: it says which solutions are right; see "
                "docs/authoring.md"
            )
        self._reference, self._path, self._seed = reference, path, seed

    def wrong(self, chosen: list[Mutant], right: dict[str, str]) -> dict[Mutant, str]:
        """Return what is wrong with each solution that is.

        Raises
        ------
        GradingError
            If the reference does not keep the promises.
        """
        cells = dict.fromkeys(mutant.cell for mutant in chosen)
        first = [Mutant(cell, "the reference", right[cell]) for cell in cells]
        answers = self._tried([(mutant, None) for mutant in [*first, *chosen]])
        for mutant, answer in zip(first, answers, strict=False):
            if answer["wrong"]:
                raise GradingError(
                    f"{self._path}: the reference of {mutant.cell!r} does not keep "
                    f"what is promised: {answer['wrong']}"
                )
        found = zip(chosen, answers[len(first) :], strict=True)
        return {mutant: a["wrong"] for mutant, a in found if a["wrong"]}

    def alike(self, named: dict[Mutant, str]) -> dict[Mutant, list[int]]:
        """Return in how many calls a mutant and what it was named for are the same.

        Of how many calls in which one of them is wrong.

        Parameters
        ----------
        named
            The ids of the known mistakes.
        """
        bank = self._reference.bank
        pairs = [(m, bank.source_of(bank.find(bug))) for m, bug in named.items()]
        answers = self._tried(pairs)
        return {m: a["alike"] for (m, _), a in zip(pairs, answers, strict=True)}

    def _tried(self, solutions: list[tuple[Mutant, str | None]]) -> list[dict]:
        asked = {
            "promises": str(self._path),
            "cells": self._reference.cells,
            "seed": self._seed,
            "solutions": [
                {"cell": mutant.cell, "source": mutant.source, "beside": beside}
                for mutant, beside in solutions
            ],
        }
        done = subprocess.run(
            [sys.executable, "-m", "proctor.bank.tried"],
            cwd=self._reference.root,
            input=json.dumps(asked),
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        lines = done.stdout.splitlines()
        if done.returncode or len(lines) != len(solutions):
            why = (done.stderr.strip().splitlines() or ["it ended"])[-1]
            raise GradingError(f"{self._path} cannot be used: {why}")
        answers = [json.loads(line) for line in lines]
        for broken in (a["broken"] for a in answers if "broken" in a):
            raise GradingError(f"{self._path} cannot be used: {broken}")
        return answers
