"""When something was handed in: what a ``timestamp.txt`` says."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from dateutil import parser, tz

from proctor.errors import SubmissionError
from proctor.text import plain_line

_LONGEST = 200
_OFFSET = re.compile(r"([+-])(\d\d):?([0-5]\d)")
_NAME = re.compile(r"[A-Za-z]\w*([/+-]\w+)*", re.ASCII)
_UTC, _HALVES = {"UTC", "GMT", "Z"}, {"AM", "PM"}
# Parts that a text does not name are these; where two readings differ, it lacks some.
_DEFAULTS = datetime(2000, 1, 1), datetime(2001, 2, 2, 1)
_MARKS = {
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
    b"\xef\xbb\xbf": "utf-8-sig",
}


def read_time(text: bytes) -> datetime | None:
    """Return the time in a ``timestamp.txt``, in UTC, as the gradebook keeps it.

    A time without a zone is in UTC, as nbgrader writes it. Empty: None.

    Raises
    ------
    SubmissionError
        If it holds no time, or none that can mean one moment alone: a person has to
        say which it is, and whether it was late.
    """
    encoding = next((e for mark, e in _MARKS.items() if text.startswith(mark)), "utf-8")
    content = text[:_LONGEST].decode(encoding, "replace").strip()
    if not content:
        return None
    try:
        found = {
            _parse(content, default, dayfirst, yearfirst)
            for default in _DEFAULTS
            for dayfirst in (False, True)
            for yearfirst in (False, True)
        }
    except SubmissionError:
        raise
    except Exception:  # dateutil has many
        raise SubmissionError("timestamp.txt holds no time") from None
    if len(found) > 1:
        said = plain_line(content, 60)
        raise SubmissionError(
            f"timestamp.txt says {said!r}, which may be several times: write it as "
            "2026-01-31 23:59:00 UTC"
        )
    return found.pop()


def _parse(text: str, default: datetime, dayfirst: bool, yearfirst: bool) -> datetime:
    # As nbgrader writes it: a day, a time and a zone, which may be of any name.
    parts = text.split()
    named = len(parts) == 3 and ":" in parts[1] and parts[2].upper() not in _HALVES
    zone = _zone(parts[2]) if named else None
    time = parser.parse(
        " ".join(parts[:2]) if zone else text,
        default=default,
        # Year, month, day: no other order.
        dayfirst=dayfirst and not re.match(r"\d{4}", text),
        yearfirst=yearfirst,
        tzinfos=_told,
    )
    zone = zone or time.tzinfo or UTC
    return time.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)


def _told(name: str | None, offset: int | None) -> tzinfo | None:
    if offset is not None:
        return timezone(timedelta(seconds=offset))
    return _zone(name) if name else None


def _zone(name: str) -> tzinfo:
    """Return a time zone by its offset, or by its name where that is one alone."""
    if found := _OFFSET.fullmatch(name):
        sign, hours, minutes = found.groups()
        span = timedelta(hours=int(hours), minutes=int(minutes))
        return timezone(span if sign == "+" else -span)
    if name.upper() in _UTC:
        return UTC
    # A name, and no path of a file, which a student could choose.
    zone = tz.gettz(name) if _NAME.fullmatch(name) else None
    if zone is None:
        raise SubmissionError(
            f"timestamp.txt names the time zone {plain_line(name, 30)!r}, which is not "
            "known: write the time as 2026-01-31 23:59:00 UTC"
        )
    return zone
