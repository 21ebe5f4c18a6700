"""Files mapped to be read, as ``np.load(name, mmap_mode="r")`` does it.

Python asks for pages in common with all who map the file, which no process here gets.
To read, pages of its own serve as well.
"""

from __future__ import annotations

import mmap


class _Mapping(mmap.mmap):
    def __new__(cls, fileno, length, *given, access=mmap.ACCESS_DEFAULT, **named):
        if access == mmap.ACCESS_READ and not given:
            named |= {"flags": mmap.MAP_PRIVATE, "prot": mmap.PROT_READ}
            access = mmap.ACCESS_DEFAULT
        return super().__new__(cls, fileno, length, *given, access=access, **named)


def read_by_own_pages() -> None:
    """Have ``mmap.mmap(..., access=ACCESS_READ)`` map pages of the process's own."""
    if hasattr(mmap, "MAP_PRIVATE"):
        mmap.mmap = _Mapping
