"""Tables, series, indexes and sparse matrices, made from forms that may be anything.

See :mod:`proctor.wire.tables`. No library is imported before such a value comes.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import numpy as np

from proctor.wire.tables import (
    FORMATS,
    MOST_COLUMNS,
    OFFSET,
    STEP,
    ZONE,
    fits,
)
from proctor.wire.values import are_keys


def make(form: object, count: Callable[[int], None] = lambda number: None) -> object:
    """Return the value of a form that nobody vouches for.

    Parameters
    ----------
    count
        Called with the number of texts before they are made.

    Raises
    ------
    ValueError, TypeError, KeyError, ImportError, ...
        If it is none.
    """
    match form:
        case ("sparse", *parts):
            return _make_sparse(*parts)
        case ("at" | "span" | "period" | "nat" | "na", *_):
            return _make_scalar(*form)
    import pandas as pd

    maker = _Maker(pd, count)
    match form:
        case ("frame", list(columns), labels, rows):
            if len(columns) > MOST_COLUMNS:
                raise ValueError("too many columns")
            labels, rows = maker.index(labels), maker.index(rows)
            arrays = {n: maker.series(one, rows) for n, one in enumerate(columns)}
            made = pd.DataFrame(arrays, index=rows)
            made.columns = labels
            return made
        case ("series", values, rows, name):
            made = maker.series(values, maker.index(rows))
            made.name = _as_label(name)
            return made
        case ("index", parts):
            return maker.index(parts)
    raise ValueError("no such form")


def _as_label(name: object) -> object:
    if not are_keys([name]):
        raise ValueError("no label")
    return name


def _make_sparse(
    name: object, is_array: object, shape: object, places: object, data: object
) -> object:
    rows, columns = shape
    if not type(rows) is type(columns) is int or min(shape) < 0:
        raise ValueError("no shape")
    if name not in FORMATS or not fits(name, shape):
        raise ValueError("no such matrix")
    data, (row, column) = _array(data), [_array(place, "i") for place in places]
    # Its own code trusts them.
    for place, most in ((row, rows), (column, columns)):
        if place.shape != data.shape or data.ndim != 1:
            raise ValueError("not so many places")
        if place.size and not 0 <= place.min() <= place.max() < most:
            raise ValueError("a place outside")
    from scipy import sparse

    kind = sparse.coo_array if is_array else sparse.coo_matrix
    made = kind((data, (row, column)), shape=(rows, columns))
    return made.asformat(name)


def _make_scalar(kind: str, value: object = None, more: object = "") -> object:
    import pandas as pd

    if kind == "nat":
        return pd.NaT
    if kind == "na":
        return pd.NA
    if kind == "at" and type(value) is np.datetime64:
        stamp = pd.Timestamp(value)
        return stamp.tz_localize("UTC").tz_convert(_zone_of(more)) if more else stamp
    if kind == "span" and type(value) is np.timedelta64:
        return pd.Timedelta(value)
    if kind == "period" and type(value) is int:
        return pd.Period(ordinal=value, freq=_step_of(more))
    raise ValueError("no such value")


def _array(value: object, kinds: str = "biufcmM") -> np.ndarray:
    """Return an array of one axis, unmarked."""
    if not isinstance(value, np.ndarray) or value.ndim != 1:
        raise ValueError("no array")
    if value.dtype.kind not in kinds:
        raise ValueError("no such array")
    return value.view(np.ndarray)


def _step_of(text: object) -> str:
    if type(text) is not str or not STEP.fullmatch(text):
        raise ValueError("no step of time")
    return text


def _zone_of(text: object) -> Any:
    if type(text) is not str:
        raise ValueError("no time zone")
    if found := OFFSET.fullmatch(text):
        span = datetime.timedelta(hours=int(found[2]), minutes=int(found[3]))
        return datetime.timezone(span if found[1] == "+" else -span)
    if not ZONE.fullmatch(text):
        raise ValueError("no time zone")
    return text


class _Maker:
    """Makes columns and indexes from their forms."""

    def __init__(self, pd: Any, count: Callable[[int], None]) -> None:
        self._pd, self._count = pd, count

    def series(self, form: object, rows: Any) -> Any:
        """Return a column."""
        values = self._values(form)
        if len(values) != len(rows):
            raise ValueError("not so many rows")
        return self._pd.Series(values, index=rows, dtype=values.dtype)

    def index(self, form: object) -> Any:
        """Return an index."""
        pd = self._pd
        match form:
            case ("range", int(start), int(stop), int(step), name):
                if max(abs(start), abs(stop), abs(step)) > 1 << 40:
                    raise ValueError("no range")
                return pd.RangeIndex(start, stop, step, name=_as_label(name))
            case ("many", list(levels), list(codes), list(names)):
                if len(levels) > 32:
                    raise ValueError("too many levels")
                return pd.MultiIndex(
                    [self.index(level) for level in levels],
                    [_array(code, "i") for code in codes],
                    names=[_as_label(name) for name in names],
                )
            case ("of", values, step, name):
                found = self._values(values)
                if found.dtype == object and not are_keys(found.tolist()):
                    raise ValueError("no labels")
                made = pd.Index(found, dtype=found.dtype)
                made.name = _as_label(name)
                if step is not None:
                    made.freq = _step_of(step)
                return made
        raise ValueError("no index")

    def _values(self, form: object) -> Any:
        pd = self._pd
        match form:
            case ("plain", values):
                return _array(values)
            case ("objects", np.ndarray() as values):
                # Lists and other parts are left to whoever looks at them.
                if values.ndim != 1 or values.dtype != object:
                    raise ValueError("no column")
                return values
            case ("texts", letters, ends):
                return self._texts(letters, ends)
            case ("text", letters, ends, missing, storage, bool(is_nan)):
                if storage not in ("python", "pyarrow"):
                    raise ValueError("no such texts")
                kind = pd.StringDtype(storage, *([np.nan] if is_nan else []))
                values = self._texts(letters, ends)
                values[_array(missing, "b")] = np.nan if is_nan else pd.NA
                return pd.array(values, dtype=kind)
            case ("category", codes, categories, bool(ordered)):
                kind = pd.CategoricalDtype(self.index(categories), ordered)
                return pd.Categorical.from_codes(_array(codes, "i"), dtype=kind)
            case ("zone", stamps, zone):
                naive = pd.DatetimeIndex(_array(stamps, "M"))
                return naive.tz_localize("UTC").tz_convert(_zone_of(zone)).array
            case ("period", numbers, step):
                numbers, step = _array(numbers, "i"), _step_of(step)
                return pd.PeriodIndex.from_ordinals(numbers, freq=step).array
            case ("masked", values, missing):
                values, missing = _array(values, "biuf"), _array(missing, "b")
                return self._masked(values)(values, missing)
            case ("between", left, right, str(closed)):
                ends = self.index(left), self.index(right)
                return pd.arrays.IntervalArray.from_arrays(*ends, closed=closed)
        raise ValueError("no column")

    def _masked(self, values: np.ndarray) -> Callable:
        arrays = self._pd.arrays
        by_kind = {"b": arrays.BooleanArray, "f": arrays.FloatingArray}
        return by_kind.get(values.dtype.kind, arrays.IntegerArray)

    def _texts(self, letters: object, ends: object) -> np.ndarray:
        data, ends = _array(letters, "u").tobytes(), _array(ends, "i")
        self._count(len(ends))
        made, start = np.empty(len(ends), object), 0
        for number, end in enumerate(ends.tolist()):
            if not start <= end <= len(data):
                raise ValueError("no texts")
            made[number] = data[start:end].decode("utf-8", "surrogatepass")
            start = end
        return made
