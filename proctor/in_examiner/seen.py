"""What failing checks saw of the student's answers, from which mistakes are named."""

from __future__ import annotations

from proctor.errors import UNWRITTEN
from proctor.rubric import Rubric
from proctor.rubric.errors import AuthorError
from proctor.wire.encoder import Encoder

NOTHING: tuple[None, list[bytes]] = None, []


def seen(rubric: Rubric, seed: int, ran_with: int) -> tuple[object, list[bytes]]:
    """Return it as a value of the codec; nothing where the task is not written.

    Parameters
    ----------
    seed
        Of the inputs on which the answers are to be seen.
    ran_with
        With which the checks have run.
    """
    messages = {check["message"] for check in rubric.results()}
    if UNWRITTEN in messages:
        return NOTHING
    try:
        passed = _passed(rubric, seed, ran_with)
    except AuthorError:
        return NOTHING
    if not rubric.failed:
        return NOTHING
    found = {name: attempt.as_values() for name, attempt in rubric.failed.items()}
    values = {name: value for name, value in found.items() if value is not None}
    encoder = Encoder(_no_handle)
    try:
        shown = {"failed": encoder.encode(values), "passed": passed}
        shown["stood_in"] = sorted(rubric.stood_in)
        shown["alike"] = {name: rubric.failed[name].likeness(seed) for name in values}
        return shown, encoder.buffers
    # Numbers of no common width, or too many.
    except (TypeError, ValueError, MemoryError):
        return NOTHING


def _passed(rubric: Rubric, seed: int, ran_with: int) -> dict[str, bool]:
    """Tell which checks pass with this seed."""
    if seed == ran_with:
        return {check["name"]: not check["message"] for check in rubric.results()}
    return rubric.run_again(seed)


def _no_handle(value: object) -> int:
    raise TypeError(f"a {type(value).__name__} is no plain value")
