"""What the examiner's calls do in a namespace of student code: all of it is data."""

from __future__ import annotations

import ast
import builtins
import contextlib
import operator
import sys
import threading
from collections.abc import Callable
from sys import gettrace, settrace
from types import FunctionType

import numpy as np

from proctor.in_student.changed import changes, which
from proctor.in_student.notes import Notes, is_told, text_of
from proctor.in_student.parts import Parts
from proctor.libraries import libraries_of
from proctor.steps import counted
from proctor.wire.decoder import Decoder
from proctor.wire.encoder import Encoder
from proctor.wire.frames import Channel
from proctor.wire.handles import form_of
from proctor.wire.values import ANSWER_DEPTH


class Answers:
    """Answers the examiner's calls.

    Parameters
    ----------
    namespace
        Returns the names that student code has defined.
    ask
        Calls what the examiner has put in the place of a name: with the name, what is
        given by position, and what by name.
    """

    def __init__(
        self,
        namespace: Callable[[], dict],
        ask: Callable[[str, tuple, dict], object] | None = None,
    ) -> None:
        self._namespace, self._ask = namespace, ask
        self._objects: list = []
        # Arrays that were shared ahead, whose numbers the examiner gave.
        self._shared: dict[int, object] = {}
        self._notes = Notes(self.keep)
        # What stood for a name before something else did; itself: nothing.
        self._covered: dict[str, object] = {}

    def reply(self, request: dict, body: memoryview) -> tuple[dict, list[bytes]]:
        """Return the answer to a request, and the bytes of its arrays.

        What student code raises is an answer as well: the names of its kinds, and its
        text.
        """
        if "put" in request:
            self._rename(request["back"], request["put"])
        plain = "plain" in request
        keep = self._notes.number_of if plain else self.keep
        encoder, kept = Encoder(keep, ANSWER_DEPTH, tables=plain), self.kept
        reply, buffers = self._reply(request, body, encoder)
        if not plain and ("wants" in request or "looks" in request):
            return self._with_parts(request, reply, encoder, buffers, kept)
        if plain and (notes := self._notes.take(encoder)):
            return reply | {"notes": notes}, encoder.buffers
        return reply, buffers

    def _with_parts(
        self,
        request: dict,
        reply: dict,
        encoder: Encoder,
        buffers: list[bytes],
        kept: int,
    ) -> tuple[dict, list[bytes]]:
        """Add to an answer what is wanted of what it names; see :class:`Parts`."""
        if "value" not in reply:
            return reply, buffers
        parts = Parts(self.keep, encoder, buffers)
        try:
            told = parts.told(self._objects, kept, request.get("wants", []))
            for number in request.get("looks", ()):
                told += parts.held(number, self._shared.get(number))
        except Exception:  # who wants them asks
            return reply, buffers
        if not told:
            return reply, buffers
        return reply | {"parts": told}, [*buffers, *parts.buffers]

    def _reply(
        self, request: dict, body: memoryview, encoder: Encoder
    ) -> tuple[dict, list[bytes]]:
        try:
            if "first" in request:
                self._do_first(request["first"], body)
            decoder = Decoder(body, self.find, tables=True)
            arguments = decoder.decode(request["arguments"])
            if request["operation"] == "share":
                (shared,) = arguments
                return {"value": form_of(self.keep(shared), shared)}, []
            if request["operation"] == "keep":
                function, positional, named = arguments
                answer = function(*positional, **named)
                return {"value": form_of(self.keep(answer), answer)}, []
            if request["operation"] == "call and changes":
                as_sent = Decoder(body, self.find, tables=True)
                as_sent = as_sent.decode(request["arguments"])
                value = _call_and_changes(arguments, as_sent)
            else:
                value = self._do(request["operation"], arguments)
            if request["operation"] == "begin":
                # One that is too large costs no other.
                pairs = [[name, encoder.encode(one)] for name, one in value.items()]
                return {"value": {"d": pairs}}, encoder.buffers
            if request["operation"] == "count":
                # Where an answer is too large for a value, its steps are none.
                steps, answer = value
                parts = [encoder.encode(steps), encoder.encode(answer)]
                return {"value": {"t": parts}}, encoder.buffers
            return {"value": encoder.encode(value)}, encoder.buffers
        except BaseException as error:
            kinds = [kind.__name__ for kind in type(error).__mro__]
            reply = {"raised": kinds, "text": text_of(error)}
            if "plain" in request and is_told(error):
                reply["error"] = self._notes.number_of(error)
            return reply, []

    def _rename(self, back: list[str], put: list[list]) -> None:
        """Put back what names stood for, and have others stand for what is asked.

        No honest namespace raises anything then: in one that does, the process ends.
        """
        names = self._namespace()
        for name in back:
            covered = self._covered.pop(name)
            if covered is self:
                names.pop(name, None)
            else:
                names[name] = covered
        for name, methods in put:
            self._covered[name] = names.get(name, self)
            if methods is None:
                names[name] = _stand_in(name, self._ask)
            else:
                names[name] = _class_that_stands_in(name, methods, self._ask)

    def _do_first(self, waiting: list[list], body: memoryview) -> None:
        """Do what waited for the next request: it gives nothing."""
        decode = Decoder(body, self.find).decode
        for what, number, *name, value in waiting:
            if what == "share":
                self._shared[number] = decode(value)
            else:
                setattr(self.find(number), *name, decode(value))

    def keep(self, value: object) -> int:
        """Keep an object that does not go by value; return its number."""
        self._objects.append(value)
        return len(self._objects) - 1

    @property
    def kept(self) -> int:
        """How many objects are kept."""
        return len(self._objects)

    def forget(self, kept: int) -> None:
        """Keep so many of them, the first, and no others."""
        del self._objects[kept:]

    def find(self, number: int) -> object:
        """Return an object that was kept."""
        return self._objects[number] if number >= 0 else self._shared[number]

    def _do(self, operation: str, arguments: list) -> object:
        names = self._namespace()
        match operation, arguments:
            case "begin", [wanted]:
                self._objects.clear()
                self._shared.clear()
                self._notes.begin()
                return {
                    name: names[name]
                    for name in wanted
                    if name in names and type(names[name]) is not type(sys)
                }
            case "call", [function, positional, named]:
                return function(*positional, **named)
            case "count", [function, positional, named, most, keep]:
                steps, answer = counted(function, positional, named, most)
                return steps, answer if keep else None
            case "again", [source, wanted]:
                _run_again(source, names)
                return {name: names[name] for name in wanted if name in names}
            case "libraries", [value, among]:
                return libraries_of(value, among)
            case "getattr", [target, name]:
                return getattr(target, name)
            case "setattr", [target, name, value]:
                setattr(target, name, value)
            case "getitem", [target, key]:
                return target[key]
            case "setitem", [target, key, value]:
                target[key] = value
            case "iter", [target]:
                return iter(target)
            case "next", [target]:
                return _next(target)
            case "dir", [target]:
                return dir(target)
            case "text", [way, target, *given]:
                return _TEXTS[way](target, *given)
            case "callable", [target]:
                return callable(target)
            case "len", [target]:
                return len(target)
            case "operator", [name, left, right]:
                return getattr(operator, name)(left, right)
            case "array", [target]:
                return np.asarray(target)
            case _:
                raise TypeError(f"no such operation: {operation}")
        return None


_TEXTS = {"str": str, "repr": repr, "format": format}


def _call_and_changes(arguments: list, as_sent: list) -> tuple:
    """Call; return what it gives, the arguments it changed, and which of them it is."""
    function, positional, named = arguments
    value = function(*positional, **named)
    _, before, named_before = as_sent
    changed = changes(([*before], named_before), ([*positional], named))
    return value, changed, which(value, [*positional], named)


def _next(iterator: object) -> tuple:
    """Return the next part by itself; nothing where there is none."""
    try:
        return (next(iterator),)
    except StopIteration:
        return ()


def _run_again(source: str, names: dict) -> None:
    """Run a cell of the student's, one statement after the other, whatever they raise.

    So what one cannot do costs the others nothing. A cell that is no Python ran no
    better the first time.
    """
    try:
        statements = ast.parse(source).body
    except (SyntaxError, ValueError):
        return
    for statement in statements:
        with contextlib.suppress(Exception, SystemExit):
            part = ast.Module([statement], type_ignores=[])
            exec(compile(part, "<the cell, again>", "exec"), names)


def _stand_in(name: str, ask: Callable[[str, tuple, dict], object]) -> FunctionType:
    """Return a function that has the examiner answer."""

    def stand_in(*positional: object, **named: object) -> object:
        # What is done here is not the student's: it is not counted.
        trace = gettrace()
        settrace(None)
        try:
            return ask(name, positional, named)
        finally:
            settrace(trace)

    stand_in.__name__ = stand_in.__qualname__ = name
    return stand_in


def _class_that_stands_in(
    name: str, methods: list[str], ask: Callable[[str, tuple, dict], object]
) -> type:
    """Return a class whose methods have the examiner answer."""
    return type(name, (), {m: _stand_in(f"{name}.{m}", ask) for m in methods})


class AskingChannel:
    """Answers the examiner's calls over a channel, and asks it for what stands in."""

    def __init__(self, channel: Channel, namespace: Callable[[], dict]) -> None:
        self._channel = channel
        self._answers = Answers(namespace, self._ask)
        # Of a student's threads one asks after the other.
        self._one_asks = threading.RLock()

    def answer(self) -> None:
        """Answer the next call.

        Raises
        ------
        proctor.wire.frames.ChannelError
            If none comes any more.
        """
        self._answer(*self._channel.receive())

    def _answer(self, request: dict, body: memoryview) -> None:
        reply, buffers = self._answers.reply(request, body)
        self._channel.send(reply, buffers)

    def _ask(self, name: str, positional: tuple, named: dict) -> object:
        with self._one_asks:
            return self._ask_alone(name, positional, named)

    def _ask_alone(self, name: str, positional: tuple, named: dict) -> object:
        encoder = Encoder(self._answers.keep, ANSWER_DEPTH)
        arguments = encoder.encode([list(positional), named])
        self._channel.send({"ask": name, "arguments": arguments}, encoder.buffers)
        while True:
            message, body = self._channel.receive()
            if "operation" not in message:
                break
            # What stands in asks something of an object that it was given.
            self._answer(message, body)
        if "raised" in message:
            raise _error(message["raised"], message["text"])
        decoder = Decoder(body, self._answers.find, tables=True)
        return decoder.decode(message["answer"])


def _error(kinds: list[str], text: str) -> Exception:
    for name in kinds:
        kind = getattr(builtins, name, None)
        if isinstance(kind, type) and issubclass(kind, Exception):
            with contextlib.suppress(TypeError):  # one that wants more than a text
                return kind(text)
    return RuntimeError(text)
