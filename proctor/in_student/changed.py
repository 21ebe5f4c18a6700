"""Which arguments of a call the student's code changed in place."""

from __future__ import annotations

import numpy as np

from proctor.wire.encoder import Encoder
from proctor.wire.tables import NoForm, may_have_form

_PLAIN = (int, float, complex, str, bytes, bool, type(None))


def changes(before: tuple[list, dict], after: tuple[list, dict]) -> list[tuple]:
    """Return position or name, and value, of the arguments that are others than before.

    Parameters
    ----------
    before
        By position and by name, as they were sent.
    after
        Those that the call had.
    """
    pairs = [*enumerate(zip(before[0], after[0], strict=True))]
    pairs += [(name, (before[1][name], value)) for name, value in after[1].items()]
    return [(key, new) for key, (old, new) in pairs if not _same(old, new)]


def which(value: object, positional: list, named: dict) -> int | str | None:
    """Return which argument a value is; None: none that can be changed."""
    changing = type(value) in (list, dict, set, np.ndarray)
    if not changing and not may_have_form(value):
        return None
    given = dict(enumerate(positional)) | named
    return next((key for key, one in given.items() if one is value), None)


def _same(old: object, new: object) -> bool:
    """Tell whether nothing was changed; no code of the student's is asked."""
    kind = type(old)
    if old is new:
        return True
    if kind is not type(new):
        return False
    if kind in (list, tuple):
        pairs = zip(old, new, strict=False)
        return len(old) == len(new) and all(_same(*pair) for pair in pairs)
    if kind is dict:
        # Their order counts, and keys are plain.
        keys = [*old] == [*new] if _plain_keys(new) else False
        return keys and all(_same(old[key], new[key]) for key in old)
    if kind is set:
        return _plain_keys(new) and old == new
    if kind is np.ndarray:
        if (old.dtype, old.shape) != (new.dtype, new.shape):
            return False
        if old.dtype == object:
            return all(map(_same, old.reshape(-1).tolist(), new.reshape(-1).tolist()))
        return old.tobytes() == new.tobytes()
    if kind is float:
        return old.hex() == new.hex()
    if may_have_form(old):
        return _written(old) == _written(new)
    return old == new if kind in _PLAIN else True


def _written(table: object) -> tuple:
    """Return all that goes of a table; of one that does not go, itself."""
    encoder = Encoder(_no_handle, tables=True)
    try:
        header = encoder.encode(table)
    except NoForm:
        return (table,)
    return header, *map(bytes, encoder.buffers)


def _no_handle(value: object) -> int:
    raise NoForm


def _plain_keys(values: object) -> bool:
    return all(type(value) in (*_PLAIN, tuple) for value in values)
