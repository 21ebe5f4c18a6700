"""What the tests of the sandbox have in common."""

from __future__ import annotations

from pathlib import Path

import pytest

from proctor.sandbox import levels
from proctor.sandbox.limits import Limits

# What is tried comes to its end by what it may write, however slow the machine is.
LIMITS = Limits(cell_seconds=120, files_mb=8, file_mb=4, memory_mb=1024)


def make_package(folder: Path) -> None:
    (folder / "given").mkdir(parents=True)
    (folder / "given" / "__init__.py").write_text("number = 7\n")
    (folder / "given" / "unread.txt").write_text("nobody has read this\n")


def needed(level: str) -> None:
    """Skip, with the reason, where this machine does not give a level."""
    (found,) = levels.examine_machine([level])
    if found.reason:
        pytest.skip(f"{level} cannot be had here: {found.reason}")


def shown(outputs: list[dict]) -> str:
    return "".join(
        output.get("text") or output.get("evalue") or output["data"]["text/plain"]
        for output in outputs
    )
