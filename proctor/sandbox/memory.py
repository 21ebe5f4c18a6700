"""How much memory there is for more: of the machine, and of a container's share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

_AVAILABLE = re.compile(r"^MemAvailable: *(\d+) kB$", re.MULTILINE)
# The two versions of the kernel's groups: where they lie, what a group may have, what
# it has, and how much of that is of files and is given back.
_SECOND = "", "memory.max", "memory.current", "inactive_file"
_FIRST = (
    "memory",
    "memory.limit_in_bytes",
    "memory.usage_in_bytes",
    "total_inactive_file",
)


def available_megabytes(root: Path = Path("/")) -> float:
    """Return how much memory more can be taken here; 0 where the system does not say.

    Parameters
    ----------
    root
        Where ``proc`` and ``sys`` are.
    """
    try:
        found = _AVAILABLE.search((root / "proc/meminfo").read_text())
    except OSError:
        found = None
    if not found:
        return 0.0
    return max(min([int(found[1]) / 1024, *_of_groups(root)]), 0.0)


def _of_groups(root: Path) -> Iterator[float]:
    """Yield what each group of this process has left, where it has a bound."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, kinds, name = line.split(":", 2)
        if kinds and "memory" not in kinds.split(","):
            continue
        version = _FIRST if kinds else _SECOND
        top = root / "sys/fs/cgroup" / version[0]
        # In a container its own group may lie at the top, whatever it is called.
        group = top / name.strip("/")
        for place in (group, *group.parents):
            if place.is_relative_to(top):
                yield from _left_in(place, *version[1:])


def _left_in(place: Path, most: str, used: str, of_files: str) -> Iterator[float]:
    try:
        bound, has = ((place / name).read_text().strip() for name in (most, used))
        about = (place / "memory.stat").read_text()
    except OSError:
        return
    if bound.isdigit():  # "max": it has none
        given_back = re.search(rf"^{of_files} (\d+)$", about, re.MULTILINE)
        kept = int(has) - (int(given_back[1]) if given_back else 0)
        yield (int(bound) - kept) / (1 << 20)
