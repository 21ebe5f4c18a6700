"""Small values of the standard library that go by value: what each is made of.

Each goes as a tag and a list of texts and numbers. Nothing else is built from it, and
no name is looked up.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

# Hexadecimal, so that the time to read them grows with their length alone.
MAX_DIGITS = 20_000
# Beyond these a number of few letters would be one of millions of digits.
_MAX_RANGE = 10_000_000
_MAX_EXPONENT, _MAX_PRECISION = 2_000, 2_000


def _whole(text: object) -> int:
    if type(text) is not str or len(text) > MAX_DIGITS:
        raise ValueError("no whole number")
    return int(text, 16)


def _numbers(content: object, length: int) -> list[int]:
    if type(content) is not list or len(content) != length:
        raise ValueError("not so many numbers")
    if not all(type(number) is int for number in content):
        raise ValueError("no numbers")
    return content


def _bytes(content: object) -> bytes:
    if type(content) is not str:
        raise ValueError("no bytes")
    return bytes.fromhex(content)


def _complex(content: object) -> complex:
    real, imaginary = content
    if not (type(real) is type(imaginary) is str) or max(map(len, content)) > 40:
        raise ValueError("no complex number")
    return complex(float.fromhex(real), float.fromhex(imaginary))


def _range(content: object) -> range:
    value = range(*_numbers(content, 3))
    if not goes(value):
        raise ValueError("a range was too long")
    return value


def _fraction(content: object) -> Fraction:
    over, under = content
    return Fraction(_whole(over), _whole(under))


def _decimal(content: object) -> Decimal:
    if type(content) is not str or len(content) > _MAX_PRECISION + 20:
        raise ValueError("no decimal number")
    value = Decimal(content)
    if not _is_short(value):
        raise ValueError("a decimal number was too long")
    return value


def _is_short(value: Decimal) -> bool:
    _, digits, exponent = value.as_tuple()
    if type(exponent) is not int:  # infinite, or no number
        return len(digits) <= 1
    return len(digits) <= _MAX_PRECISION and abs(exponent) <= _MAX_EXPONENT


def _moment(value: datetime.datetime) -> list[int]:
    day = [value.year, value.month, value.day]
    return [*day, value.hour, value.minute, value.second, value.microsecond]


_Parts = Callable[[object], object]
# By the exact type, for a subclass may lie: tag, what it is made of, how it is made.
KINDS: dict[type, tuple[str, _Parts, _Parts]] = {
    bytes: ("b", bytes.hex, _bytes),
    complex: ("c", lambda z: [z.real.hex(), z.imag.hex()], _complex),
    range: ("r", lambda r: [r.start, r.stop, r.step], _range),
    Fraction: ("q", lambda q: [hex(q.numerator), hex(q.denominator)], _fraction),
    Decimal: ("D", str, _decimal),
    datetime.date: (
        "y",
        lambda day: [day.year, day.month, day.day],
        lambda content: datetime.date(*_numbers(content, 3)),
    ),
    datetime.datetime: (
        "Y",
        _moment,
        lambda content: datetime.datetime(*_numbers(content, 7)),
    ),
    datetime.time: (
        "H",
        lambda time: [time.hour, time.minute, time.second, time.microsecond],
        lambda content: datetime.time(*_numbers(content, 4)),
    ),
    datetime.timedelta: (
        "E",
        lambda span: [span.days, span.seconds, span.microseconds],
        lambda content: datetime.timedelta(*_numbers(content, 3)),
    ),
}
MAKE = {tag: make for tag, _, make in KINDS.values()}


def goes(value: object) -> bool:
    """Tell whether a value of these types goes: not with a time zone, nor too long."""
    kind = type(value)
    if kind in (datetime.datetime, datetime.time):
        return value.tzinfo is None and value.fold == 0
    if kind is Decimal:
        return _is_short(value)
    if kind is range:
        ends = value.start, value.stop, value.step
        # Who walks it walks it whole.
        return all(abs(n) < 1 << 53 for n in ends) and (
            abs(value.stop - value.start) <= _MAX_RANGE * abs(value.step)
        )
    if kind is Fraction:
        longest = 4 * (MAX_DIGITS - 4)
        return max(abs(value.numerator), value.denominator).bit_length() < longest
    return kind in KINDS
