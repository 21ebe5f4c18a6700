"""What an author's ``facts.py`` imports: how a figure of the prose is said to be true.

``facts.py`` beside a notebook holds the list ``FACTS``, which ``course check`` compares
with the page (:mod:`course.lint.claims`).
"""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from types import ModuleType

from course.lint.figures import numbers
from course.project import CourseError


@dataclass(frozen=True)
class Fact:
    """A piece of a notebook's text, and what makes it true.

    Attributes
    ----------
    text
        As it stands in the notebook, wherever its lines break.
    values
        One for each number of the text, in order; empty where ``source`` says it.
    source
        The publication that the text is from.
    """

    text: str
    values: tuple[float, ...] = ()
    source: str = ""


def fact(text: str, *values: float) -> Fact:
    """Return a fact that code computes.

    Parameters
    ----------
    text
        As it stands in the notebook. Percent, thousand to trillion, kB to TB and KiB to
        GiB are understood: ``0.82 GB`` is a number of bytes, ``97 %`` is 0.97.
    values
        One for each number of the text, in order. A value agrees if it gives the number
        when it is rounded to as many places.

    Raises
    ------
    CourseError
        If there are not as many values as numbers, or a value is no number.
    """
    written = [number for number, _, _ in numbers(text)]
    if not written:
        raise CourseError(f"the fact {text!r} has no number in it")
    if len(values) != len(written):
        raise CourseError(
            f"the fact {text!r} has {len(written)} numbers ({'; '.join(written)}) and "
            f"{len(values)} values: give one value for each number, in order"
        )
    for value in values:
        if isinstance(value, bool) or not isinstance(value, Real):
            raise CourseError(f"the fact {text!r} has the value {value!r}: no number")
    exact = (int(v) if float(v).is_integer() else float(v) for v in values)
    return Fact(text, tuple(exact))


def cited(text: str, source: str) -> Fact:
    """Return a fact that no code of ours can compute, and where it is published.

    Raises
    ------
    CourseError
        If ``source`` names nothing.
    """
    if not source.strip():
        raise CourseError(f"the fact {text!r} names no source: who published it?")
    return Fact(text, source=source)


def beside(facts: str, name: str) -> ModuleType:
    """Return a file of Python as a module, which runs once for all facts that need it.

    Parameters
    ----------
    facts
        ``__file__`` of the facts that need it.
    name
        Where it is, from there: ``"../milestone_cnn/shifts.py"``.

    Raises
    ------
    CourseError
        If there is no such file.
    """
    path = (Path(facts).parent / name).resolve()
    known = f"facts:{path}"
    if known not in sys.modules:
        if not path.is_file():
            raise CourseError(f"there is no file {name} beside {Path(facts).name}")
        spec = importlib.util.spec_from_file_location(known, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        sys.modules[known] = module
    return sys.modules[known]
