"""What student code changed of the arguments that a test gave it.

In one kernel they are the test's own objects. Here a test has them back as they are
after the call: in the same lists, dicts, sets and arrays, so that whatever names them
sees it.
"""

from __future__ import annotations

import numpy as np

from proctor.rubric.errors import StudentEnded
from proctor.wire.tables import may_have_form

# Made anew in their place.
_TABLES = ("DataFrame", "Series")
_NO_ANSWER = "the notebook's process answered what is no answer"


def may_change(value: object) -> bool:
    """Tell whether a value is, or holds, something that can be changed in place."""
    if type(value) is tuple:
        return any(map(may_change, value))
    return (
        type(value) in (list, dict, set)
        or isinstance(value, np.ndarray)
        or may_have_form(value)
    )


def take_over(answer: object, positional: tuple, named: dict) -> object:
    """Have arguments as the student's process says they are; return what it returned.

    Parameters
    ----------
    answer
        What was returned; pairs of position or name, and value; and which of the
        arguments the returned one is, or None.

    Raises
    ------
    StudentEnded
        If that is no such answer.
    """
    if type(answer) is not tuple or len(answer) != 3 or type(answer[1]) is not list:
        raise StudentEnded(_NO_ANSWER)
    returned, changes, same = answer
    given = dict(enumerate(positional)) | named
    for pair in changes:
        if type(pair) is not tuple or len(pair) != 2 or not _is_one(pair[0], given):
            raise StudentEnded(_NO_ANSWER)
        _become(given[pair[0]], pair[1])
    return given[same] if _is_one(same, given) else returned


def _is_one(key: object, given: dict) -> bool:
    return type(key) in (int, str) and key in given


def _become(old: object, new: object) -> object:
    """Return what stands for ``new``: the old object itself where it can become it."""
    if isinstance(old, np.ndarray) and isinstance(new, np.ndarray):
        if old is not new and old.shape == new.shape and old.dtype == new.dtype:
            old[...] = new
            return old
        return new
    if type(old) is not type(new):
        return new
    if type(old) is list:
        kept = [_become(*pair) for pair in zip(old, new, strict=False)]
        old[:] = [*kept, *new[len(kept) :]]
        return old
    if type(old) is dict:
        now = {k: _become(old[k], v) if k in old else v for k, v in new.items()}
        old.clear()
        old.update(now)
        return old
    if type(old) is set:
        old.clear()
        old.update(new)
        return old
    if may_have_form(old) and (type(old).__name__ in _TABLES):
        # Its own names go on to see it, and what it holds is new.
        old.__init__(new)
        if type(old).__name__ == "Series":
            old.name = new.name
        return old
    if type(old) is tuple and len(old) == len(new):
        return tuple(_become(*pair) for pair in zip(old, new, strict=True))
    return new
