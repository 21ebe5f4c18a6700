"""What functions of texts gave is remembered, as far as the texts are short in all.

A submission's texts may be as long as its author likes, and a run meets many.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")
# In letters, of one function: what it gives may take sixty times as many bytes.
_MOST = 4 << 20
# What a text takes however short it is.
_EACH = 100


def remembered(function: Callable[..., Found]) -> Callable[..., Found]:
    """Have a function of texts remember what it gave; all is forgotten at once."""
    kept: dict[tuple[str, ...], Found] = {}
    left, writing = _MOST, threading.Lock()

    @functools.wraps(function)
    def ask(*texts: str) -> Found:
        nonlocal left
        try:
            return kept[texts]
        except KeyError:
            found = function(*texts)
        size = sum(map(len, texts)) + _EACH
        if size <= _MOST:
            with writing:
                if size > left:
                    kept.clear()
                    left = _MOST
                if texts not in kept:
                    kept[texts], left = found, left - size
        return found

    return ask
