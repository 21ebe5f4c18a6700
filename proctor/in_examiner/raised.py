"""What student code raised, made anew from the names that its process sends."""

from __future__ import annotations

import builtins

from proctor.rubric.errors import StudentError
from proctor.wire.frames import Malformed

LONGEST = 300
_UNSAFE = {"SystemExit", "KeyboardInterrupt", "GeneratorExit", "BaseException"}


def _builtin_errors() -> dict[str, type[Exception]]:
    return {
        name: kind
        for name, kind in vars(builtins).items()
        if isinstance(kind, type) and issubclass(kind, Exception)
    }


_ERRORS = _builtin_errors()


def error_of(reply: dict) -> Exception:
    """Return the exception that a reply tells of."""
    kinds, text = reply["raised"], reply.get("text")
    if type(kinds) is not list or type(text) is not str:
        raise Malformed("a message was not readable")
    text = text[:LONGEST]
    for name in kinds[:30]:
        if type(name) is not str:
            break
        if name in _UNSAFE:
            return StudentError(f"{name} {text}".strip())
        if name == "Exception":
            break
        if name in _ERRORS:
            return _make(_ERRORS[name], text)
    return StudentError(text)


def base_of(name: object) -> type[Exception]:
    """Return the builtin class of this name that an error may be made of."""
    if type(name) is not str or name not in _ERRORS:
        raise Malformed("a message was not readable")
    return StudentError if name == "Exception" else _ERRORS[name]


def _make(kind: type[Exception], text: str) -> Exception:
    try:
        return kind(text)
    except TypeError:  # such as UnicodeDecodeError, which wants more than a text
        return ValueError(text) if issubclass(kind, ValueError) else StudentError(text)
