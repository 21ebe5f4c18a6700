"""Holes in the memory of a process that will be forked: filled, so that none is used.

What is imported leaves them everywhere. A child's first objects would come to lie in
them, one to a page, and each of these pages is copied for it. When they are filled,
what comes lies together.
"""

from __future__ import annotations

import sys

# CPython has objects up to so many bytes in pools, each for one size, a multiple of 16;
# what is larger is the C library's.
_POOL, _LARGEST = 1 << 14, 512
# A pool begins with what tells of it, a chunk of the C library's with its size.
_OF_A_POOL, _OF_A_CHUNK = 48, 16
_LARGE = (8192, 4096, 2048, 1024, 640)
# Other ways of keeping memory than these may never come to fresh pools.
_MOST = 1 << 19
_IN_A_ROW = 16
_kept: list[list[bytes]] = []


def fill_holes() -> None:
    """Take all room between what is there, for good."""
    for size in _LARGE:
        _fill(size, size + _OF_A_CHUNK, _IN_A_ROW)
    for size in range(_LARGEST, 32, -16):
        _fill(size, size, (_POOL - _OF_A_POOL) // size - 1)


def _fill(size: int, step: int, most: int) -> None:
    """Take blocks until so many in a row lie one behind the other, as in fresh room."""
    length = size - sys.getsizeof(b"")
    taken: list[bytes] = []
    row = before = 0
    while row < most and len(taken) * size < _MOST:
        taken.append(bytes(length))
        row = row + 1 if id(taken[-1]) - before == step else 0
        before = id(taken[-1])
    _kept.append(taken)
