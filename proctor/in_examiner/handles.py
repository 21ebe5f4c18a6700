"""The examiner's side of the student's objects.

Nothing here runs a byte of the student's: a handle is a number, and what it does is
asked of the student's process. A verdict on it (equality, order, truth) is refused: the
student's process would give it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from proctor.in_examiner import mirrors
from proctor.in_examiner.ahead import ARRAY
from proctor.in_examiner.changed import may_change, take_over
from proctor.rubric.arrays import StudentArray
from proctor.rubric.errors import AuthorError, StudentError
from proctor.wire.handles import NAMES

if TYPE_CHECKING:
    from proctor.in_examiner.calls import Calls

_NAME = re.compile(r"[A-Za-z_]\w{0,80}")
# Of what is asked for its parts, one by one.
_MOST_PARTS = 300_000
_NO_VALUE = "came where a number, a list or an array was wanted"


def number_of(value: object) -> int:
    """Return the number of a handle; nothing else goes so."""
    if type(value) in HANDLES:
        return object.__getattribute__(value, "_number")
    number = mirrors.number_of(value)
    if number is not None:
        return number
    raise AuthorError(
        f"a {type(value).__name__} cannot go to the student's process: send numbers, "
        "strings, lists and arrays, or what came from there"
    )


class Handle:
    """An object that lives in the student's process."""

    # How far away: what came of it and of a value of the test's, by `-` or `/`. How
    # many parts it said that it has, if it was asked. Whether the test names it.
    __slots__ = ("_calls", "_far", "_named", "_number", "_parts_said")

    def __init__(self, calls: Calls, number: int) -> None:
        object.__setattr__(self, "_calls", calls)
        object.__setattr__(self, "_number", number)
        object.__setattr__(self, "_far", False)
        object.__setattr__(self, "_named", False)
        object.__setattr__(self, "_parts_said", None)

    def _no_value(self) -> TypeError:
        name = type(self).__name__
        return TypeError(f"{'an' if name[0] in 'aeiou' else 'a'} {name} {_NO_VALUE}")

    def _ask(self, operation: str, *arguments: object) -> object:
        return object.__getattribute__(self, "_calls")(operation, *arguments)

    def _ask_of(self, operation: str, *arguments: object) -> object:
        """Ask for a part, or what a call gives, and not how far away it is."""
        answer = self._ask(operation, self, *arguments)
        return self._without_numbers(answer) if _is_far(self) else answer

    def _without_numbers(self, answer: object) -> object:
        """Return an answer that says how far the object is away from what is wanted.

        The student's process gives it: it would be a verdict. What comes of an object
        that it gives is no better. A text says nothing that it was not asked to say.
        """
        if type(answer) in HANDLES:
            object.__setattr__(answer, "_far", True)
        elif answer is not None and type(answer) not in (str, bytes):
            self._note("how far away it is")
            raise self._no_value()
        return answer

    def _note(self, asked: str) -> None:
        calls = object.__getattribute__(self, "_calls")
        if calls is not None:
            calls.refused = calls.refused or asked

    def _use(self, asked: str) -> None:
        """Take note that it is asked for more than its parts, or its text.

        Where the author's own answers are values, a value was wanted: what an object
        says in its place may be a verdict, by whatever question.
        """
        calls = object.__getattribute__(self, "_calls")
        if calls is None or not calls.plain:
            return
        calls.uses_objects = True
        if calls.by_value:
            self._note(asked)
            raise self._no_value()

    def _agree_on(self, number: int, ended: bool) -> None:
        """Refuse another number of parts than it said before, where values are wanted.

        Parameters
        ----------
        ended
            Whether it gave so many and no more; or said that it has them.
        """
        calls = object.__getattribute__(self, "_calls")
        if calls is None or not calls.by_value:
            return
        said = object.__getattribute__(self, "_parts_said")
        if said is None and not ended:
            object.__setattr__(self, "_parts_said", number)
        elif said not in (None, number):
            self._note("how many parts it has")
            raise self._no_value()

    def _is_plain(self) -> bool:
        calls = object.__getattribute__(self, "_calls")
        return calls is not None and calls.plain

    def __call__(self, *positional, **named):  # noqa: D102 (as of any object)
        if not object.__getattribute__(self, "_named"):
            self._use("what it gives")
        if self._is_plain() and may_change((*positional, *named.values())):
            answer = self._ask("call and changes", self, positional, named)
            answer = take_over(answer, positional, named)
            return self._without_numbers(answer) if _is_far(self) else answer
        return self._ask_of("call", positional, named)

    def __getattr__(self, name: str):
        told = name == "__name__" and self._is_plain()
        if not _NAME.fullmatch(name) or (name.startswith("__") and not told):
            self._note("its " + name if _NAME.fullmatch(name) else "an attribute")
            raise AttributeError(name)
        self._use(f"its {name}")
        answer = self._part(name, "getattr", name)
        # A number that is asked for by its name is one of the object's own.
        far = _is_far(self) and type(answer) in HANDLES
        return self._without_numbers(answer) if far else answer

    def _part(self, part: str, operation: str, *arguments: object) -> object:
        """Return a part as it was told, or ask for it."""
        calls = object.__getattribute__(self, "_calls")
        number = object.__getattribute__(self, "_number")
        return calls.part(number, part, lambda: calls(operation, self, *arguments))

    def __setattr__(self, name: str, value: object) -> None:
        self._use(f"its {name}")
        calls = object.__getattribute__(self, "_calls")
        if not calls.set_later(number_of(self), name, value):
            self._ask("setattr", self, name, value)

    def __getitem__(self, key: object):
        return self._ask_of("getitem", key)

    def __setitem__(self, key: object, value: object) -> None:
        self._use("to change a part")
        self._ask("setitem", self, key, value)

    def __len__(self) -> int:
        length = self._ask_of("len")
        if type(length) is not int or not 0 <= length < 1 << 40:
            raise StudentError("a length was no length")
        self._agree_on(length, ended=False)
        return length

    def _gives_parts(self) -> bool:
        calls = object.__getattribute__(self, "_calls")
        return calls is not None and calls.gives_parts

    def __iter__(self):
        if not self._gives_parts():
            self._note("for its parts")
            raise self._no_value()
        return self._parts(self._ask_of("iter"))

    def _parts(self, iterator: object) -> Iterator[object]:
        for number in range(_MOST_PARTS):
            found = self._ask("next", iterator)
            if type(found) is not tuple or len(found) != 1:
                self._agree_on(number, ended=True)
                return
            yield self._without_numbers(found[0]) if _is_far(self) else found[0]
        raise StudentError(f"it gives more than {_MOST_PARTS} parts")

    def __next__(self):
        if not self._gives_parts():
            self._note("for its parts")
            raise self._no_value()
        found = self._ask("next", self)
        if type(found) is not tuple or len(found) != 1:
            raise StopIteration
        return self._without_numbers(found[0]) if _is_far(self) else found[0]

    def __dir__(self) -> list[str]:
        self._use("its names")
        names = self._ask("dir", self) if self._is_plain() else []
        return [name for name in names if type(name) is str]

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        array = self._part(ARRAY, "array")
        array = self._without_numbers(array) if _is_far(self) else array
        if not isinstance(array, np.ndarray):
            raise TypeError("the student's object is no array of numbers")
        # The mark survives np.asanyarray alone; the rubric asks is_students first.
        return array if dtype is None else array.astype(dtype)

    def _text(self, way: str, *given: str) -> str:
        if not self._is_plain():
            return "<an object of the student's>"
        text = self._ask("text", way, self, *given)
        if type(text) is not str:
            raise StudentError("a text was no text")
        return text

    def __repr__(self) -> str:
        return self._text("repr")

    def __str__(self) -> str:
        return self._text("str")

    def __format__(self, given: str) -> str:
        return self._text("format", given)

    def _refuse(self, *_):
        # The student would decide. A test fetches numbers and arrays; where it meets a
        # handle all the same, student code returned what was not asked for.
        self._note("for a verdict")
        raise self._no_value()

    __bool__ = __hash__ = __contains__ = _refuse
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse


# What a test's own words call it, which name the type of what came.
Handle.__name__ = "object"
_OF_KINDS = {name: type(name, (Handle,), {"__slots__": ()}) for name in NAMES}
HANDLES = frozenset((Handle, *_OF_KINDS.values()))


def handle_of(calls: Calls, number: int, kind: str = "") -> Handle:
    """Return what stands for an object of the student's, and is called as its kind."""
    return _OF_KINDS.get(kind, Handle)(calls, number)


# By these, a test sees whether something is as it expects: the student would say so.
_COMPARING = ("sub", "truediv")


def _is_own(value: object) -> bool:
    """Tell whether a value is the test's own."""
    return type(value) not in HANDLES and not isinstance(value, StudentArray)


def _is_far(value: object) -> bool:
    """Tell whether an object may say how far another is from what is wanted."""
    return type(value) in HANDLES and object.__getattribute__(value, "_far")


def _arithmetic(name: str, swapped: bool) -> Callable:
    def operate(self: Handle, other: object):
        self._use(f"for what {name} gives")
        left, right = (other, self) if swapped else (self, other)
        answer = self._ask("operator", name, left, right)
        compares = name in _COMPARING and _is_own(other)
        if compares or _is_far(self) or _is_far(other):
            return self._without_numbers(answer)
        return answer

    return operate


for _name in ("add", "sub", "mul", "truediv", "matmul", "pow"):
    setattr(Handle, f"__{_name}__", _arithmetic(_name, swapped=False))
    setattr(Handle, f"__r{_name}__", _arithmetic(_name, swapped=True))
# NumPy must ask the handle, not make an array of it.
Handle.__array_ufunc__ = None
# Who asks an object for its docstring means the object's.
Handle.__doc__ = property(lambda self: self.__getattr__("__doc__"))


def name_it(value: object) -> object:
    """Return what a test has a name for; if it is a function, it may call it."""
    if type(value) in HANDLES:
        object.__setattr__(value, "_named", True)
    return value


def questions(calls: Calls) -> dict[str, Callable]:
    """Return builtin functions by which a test asks what an object is, for handles."""

    def is_instance(value: object, kinds: object) -> bool:
        if type(value) in HANDLES:
            calls.refused = calls.refused or "what kind it is"
            return False
        return isinstance(value, kinds)

    def is_callable(value: object) -> bool:
        return (
            calls("callable", value) is True
            if type(value) in HANDLES
            else callable(value)
        )

    return {"isinstance": is_instance, "callable": is_callable}
