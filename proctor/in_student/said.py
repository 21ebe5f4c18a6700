"""Answers to questions that say a number in another form than a number's."""

from __future__ import annotations

import contextlib
import re

import numpy as np

# Thousands with a sign between them, or a number. Of points, one is no such sign.
_NUMBER = re.compile(
    r"[-+]?(?:\d{1,3}(?:\.\d{3}){2,}(?![.\d])"
    r"|(?:\d{1,3}(?:[,_' \u00a0\u202f]\d{3})+(?!\d)|\d+)(?:\.\d+)?)"
)
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+")
_CALL = re.compile(r"[^\W\d]\w*\(")
_BETWEEN, _LONGEST = re.compile("[,_' \u00a0\u202f]"), 300


def read_answers(said: dict[str, list[str]], names: dict) -> None:
    """Give the names of answers the numbers that the answers say.

    Parameters
    ----------
    said
        By name, the texts that may be its value, where it has none: the first is taken
        that is Python, or what numbers the first one says.
    names
        The notebook's.
    """
    for name, texts in said.items():
        with contextlib.suppress(Exception):
            value = names.get(name)
            if value is None:
                value = _value_of(texts, names)
            elif texts and _THOUSANDS.fullmatch(texts[0]):
                value = texts[0]  # a tuple, as Python has it
            if value is not None:
                names[name] = _plain(value)


def _value_of(texts: list[str], names: dict) -> object:
    """Return the value of the first that is Python, or the first, if it has no call."""
    for text in texts:
        if not _THOUSANDS.fullmatch(text):
            with contextlib.suppress(SyntaxError):
                return eval(text, names)
    return texts[0] if texts and not _CALL.search(texts[0]) else None


def _plain(value: object) -> object:
    """Return the numbers that a value says; itself, where it says none."""
    if callable(value):
        value = value()
    if isinstance(value, str):
        return _numbers_in(value)
    if not isinstance(value, np.ndarray | np.generic | int | float | list | tuple):
        value = _of_an_object(value)
    while isinstance(value, list | tuple | np.ndarray) and np.shape(value)[:1] == (1,):
        value = value[0]
    return _numbers_in(value) if isinstance(value, str) else value


def _of_an_object(value: object) -> object:
    if isinstance(getattr(value, "data", None), np.ndarray):
        return value.data
    with contextlib.suppress(Exception):
        if int(value.real) == value:
            return int(value.real)
    with contextlib.suppress(TypeError):
        return list(value)
    return value


def _numbers_in(text: str) -> object:
    found = [_BETWEEN.sub("", n) for n in _NUMBER.findall(text[:_LONGEST])]
    found = [n.replace(".", "") if n.count(".") > 1 else n for n in found]
    numbers = [float(n) if "." in n else int(n) for n in found]
    if not numbers:
        return text
    return numbers if len(numbers) > 1 else numbers[0]
