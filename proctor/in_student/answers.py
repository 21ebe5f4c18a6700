"""What the examiner's calls do in a namespace of student code: all of it is data."""

from __future__ import annotations

import functools
import linecache
import operator
import sys
from collections.abc import Callable
from types import CodeType, FunctionType

import numpy as np

from proctor.steps import counted
from proctor.wire.values import ANSWER_DEPTH, Decoder, Encoder


class Answers:
    """Answers the examiner's calls.

    Parameters
    ----------
    namespace
        Returns the names that student code has defined.
    """

    def __init__(self, namespace: Callable[[], dict]) -> None:
        self._namespace = namespace
        self._objects: list = []
        self._covered: dict[str, list] = {}

    def reply(self, request: dict, body: memoryview) -> tuple[dict, list[bytes]]:
        """Return the answer to a request, and the bytes of its arrays.

        What student code raises is an answer as well: the names of its kinds, and its
        text.
        """
        encoder = Encoder(self._keep, ANSWER_DEPTH)
        try:
            decoder = Decoder(body, self._objects.__getitem__)
            arguments = decoder.decode(request["arguments"])
            if request["operation"] == "share":
                (shared,) = arguments
                return {"value": {"h": self._keep(shared)}}, []
            value = self._do(request["operation"], arguments)
            return {"value": encoder.encode(value)}, encoder.buffers
        except BaseException as error:
            kinds = [kind.__name__ for kind in type(error).__mro__]
            try:
                text = str(error)[:500]
            except BaseException:
                text = ""
            return {"raised": kinds, "text": text}, []

    def _keep(self, value: object) -> int:
        self._objects.append(value)
        return len(self._objects) - 1

    def _do(self, operation: str, arguments: list) -> object:
        names = self._namespace()
        match operation, arguments:
            case "begin", [wanted]:
                self._objects.clear()
                return {
                    name: names[name]
                    for name in wanted
                    if name in names and type(names[name]) is not type(sys)
                }
            case "call", [function, positional, named]:
                return function(*positional, **named)
            case "count", [function, positional, named, most]:
                return counted(function, positional, named, most)
            case "getattr", [target, name]:
                return getattr(target, name)
            case "setattr", [target, name, value]:
                setattr(target, name, value)
            case "getitem", [target, key]:
                return target[key]
            case "setitem", [target, key, value]:
                target[key] = value
            case "len", [target]:
                return len(target)
            case "operator", [name, left, right]:
                return getattr(operator, name)(left, right)
            case "array", [target]:
                return np.asarray(target)
            case "bind", [name, source]:
                self._covered.setdefault(name, []).append(names.get(name, self))
                names[name] = _function(name, source)
            case "restore", [name]:
                covered = self._covered[name].pop()
                if covered is self:
                    names.pop(name, None)
                else:
                    names[name] = covered
            case _:
                raise TypeError(f"no such operation: {operation}")
        return None


def _function(name: str, source: str) -> FunctionType:
    """Return the function that ``source``, which the examiner sent, defines."""
    namespace = {"np": np}
    linecache.cache.pop(f"<{name}>", None)
    exec(_compiled(name, source), namespace)
    (function,) = [
        value
        for key, value in namespace.items()
        if callable(value) and getattr(value, "__code__", None) and key != "np"
    ]
    return function


@functools.lru_cache(64)
def _compiled(name: str, source: str) -> CodeType:
    return compile(source, f"<{name}>", "exec", dont_inherit=True)
