"""Tables, series, indexes and sparse matrices as plain values.

Each is a tuple of texts, numbers and arrays that says what it is in its first part
(:mod:`proctor.wire.tables_made` makes it anew). What is not listed has no such form.
"""

from __future__ import annotations

import re
import sys
from typing import Any

import numpy as np

from proctor.wire.values import are_keys, goes_by_bytes

_ROOTS = {"pandas", "scipy"}
MOST_COLUMNS = 5_000
MOST_ROWS_AND_COLUMNS = 4_000_000
MOST_LISTS = 100_000
FORMATS = ("coo", "csr", "csc", "bsr", "dia", "dok", "lil")
_SCALARS = ("Timestamp", "Timedelta", "Period", "NaTType", "NAType")
# Names of time zones and of steps of time: nothing that leads to another file.
ZONE = re.compile(r"[A-Za-z_]+(/[A-Za-z0-9_+-]+){0,2}")
STEP = re.compile(r"-?\d{0,5}[A-Za-z]{1,4}(-[A-Z]{3})?")
OFFSET = re.compile(r"UTC([+-])(\d\d):(\d\d)")


class NoForm(Exception):
    """A value of these libraries that does not go by value."""


def may_have_form(value: object) -> bool:
    """Tell whether a value's type is of these libraries."""
    module = type(value).__module__
    return type(module) is str and module.partition(".")[0] in _ROOTS


def form_of(value: object) -> tuple:
    """Return what a value is made of.

    Raises
    ------
    NoForm
        If it is not one of those that go by value.
    """
    pd = sys.modules.get("pandas")
    kind = type(value)
    if pd is not None and kind is pd.DataFrame:
        return _frame(value)
    if pd is not None and kind is pd.Series:
        parts = _values(value.array), _index(value.index), _label(value.name)
        return ("series", *parts) if not value.attrs else _refuse()
    if pd is not None and isinstance(value, pd.Index):
        return "index", _index(value)
    if pd is not None and kind.__name__ in _SCALARS:
        return _scalar(value, pd)
    sparse = sys.modules.get("scipy.sparse")
    if sparse is not None and sparse.issparse(value):
        return _sparse(value, sparse)
    raise NoForm


def texts_in(form: object) -> int:
    """Return how many texts a form holds that stand behind each other."""
    if type(form) is tuple and len(form) > 2 and form[0] in ("text", "texts"):
        return len(form[2]) if isinstance(form[2], np.ndarray) else 0
    return sum(map(texts_in, form)) if type(form) in (tuple, list) else 0


def fits(name: str, shape: tuple[int, ...]) -> bool:
    """Tell whether a sparse matrix is of a size that goes; one format has lists."""
    most = MOST_LISTS if name in ("lil", "dok") else MOST_ROWS_AND_COLUMNS
    return sum(shape) <= most


def _refuse() -> tuple:
    raise NoForm


def _label(name: object) -> object:
    return name if are_keys([name]) else _refuse()


def _frame(frame: Any) -> tuple:
    if frame.attrs or frame.shape[1] > MOST_COLUMNS:
        raise NoForm
    columns = [_values(frame.iloc[:, n].array) for n in range(frame.shape[1])]
    return "frame", columns, _index(frame.columns), _index(frame.index)


def _values(array: Any) -> tuple:
    """Return the form of a column's values."""
    import pandas as pd

    kind, arrays = type(array), pd.arrays
    if kind is pd.Categorical:
        return "category", array.codes, _index(array.categories), bool(array.ordered)
    if kind is arrays.DatetimeArray and array.tz is not None:
        stamps = array.tz_convert("UTC").tz_localize(None).to_numpy()
        return "zone", stamps, _zone(array.tz)
    if kind is arrays.PeriodArray:
        return "period", array.asi8, _step(array)
    if kind in (arrays.IntegerArray, arrays.FloatingArray, arrays.BooleanArray):
        plain = array.to_numpy(dtype=array.dtype.numpy_dtype, na_value=0)
        return "masked", plain, np.asarray(array.isna())
    if kind is arrays.IntervalArray:
        return "between", _index(array.left), _index(array.right), array.closed
    if isinstance(array.dtype, pd.StringDtype):
        missing = np.asarray(array.isna())
        letters = np.where(missing, "", np.asarray(array, object))
        storage, is_nan = array.dtype.storage, array.dtype.na_value is not pd.NA
        return "text", *_texts(letters), missing, storage, is_nan
    if kind in (
        arrays.NumpyExtensionArray,
        arrays.DatetimeArray,
        arrays.TimedeltaArray,
    ):
        plain = array.to_numpy()
        if plain.dtype == object:
            parts = plain.tolist()
            if parts and all(type(part) is str for part in parts):
                return "texts", *_texts(parts)
            return "objects", plain
        if goes_by_bytes(plain.dtype.str):
            return "plain", np.ascontiguousarray(plain)
    raise NoForm


def _texts(letters: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the texts behind each other, and where each ends."""
    parts = [text.encode("utf-8", "surrogatepass") for text in letters]
    ends = np.cumsum([len(part) for part in parts], dtype=np.int64)
    return np.frombuffer(b"".join(parts), np.uint8), ends


def _index(index: Any) -> tuple:
    import pandas as pd

    kind = type(index)
    if kind is pd.MultiIndex:
        levels = [_index(level) for level in index.levels]
        codes = [np.asarray(code) for code in index.codes]
        return "many", levels, codes, [_label(name) for name in index.names]
    name = _label(index.name)
    if kind is pd.RangeIndex:
        return "range", index.start, index.stop, index.step, name
    steps = getattr(index, "freq", None) is not None and kind is not pd.PeriodIndex
    step = _step(index) if steps else None
    # Who looks a label up has them hashed and compared.
    if index.dtype == object and not are_keys(index.tolist()):
        raise NoForm
    return "of", _values(index.array), step, name


def _step(value: Any) -> str:
    text = value.freqstr
    return text if STEP.fullmatch(text) else _refuse()


def _zone(zone: Any) -> str:
    text = getattr(zone, "key", None) or getattr(zone, "zone", None) or str(zone)
    good = ZONE.fullmatch(text) or OFFSET.fullmatch(text)
    return text if good else _refuse()


def _scalar(value: Any, pd: Any) -> tuple:
    kind = type(value)
    if value is pd.NaT:
        return ("nat",)
    if value is pd.NA:
        return ("na",)
    if kind is pd.Timestamp:
        stamp = value.tz_convert("UTC").tz_localize(None) if value.tz else value
        return "at", stamp.to_datetime64(), _zone(value.tz) if value.tz else ""
    if kind is pd.Timedelta:
        return "span", value.to_timedelta64()
    if kind is pd.Period:
        return "period", int(value.ordinal), _step(value)
    raise NoForm


def _sparse(matrix: Any, sparse: Any) -> tuple:
    known = type(matrix).__module__.startswith("scipy.")
    if not known or matrix.format not in FORMATS or matrix.ndim != 2:
        raise NoForm
    made = matrix.tocoo()
    data = made.data
    if not goes_by_bytes(data.dtype.str) or not fits(matrix.format, matrix.shape):
        raise NoForm
    # A row or column that stands there twice would be added up on the way.
    if matrix.format in ("csr", "csc") and not matrix.has_canonical_format:
        raise NoForm
    places = [np.asarray(place, np.int64) for place in (made.row, made.col)]
    array = isinstance(matrix, sparse.sparray)
    return "sparse", matrix.format, array, tuple(map(int, matrix.shape)), places, data
