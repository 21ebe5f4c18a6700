"""What student code may have a function of the test's do: how much, and how long."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator

from proctor.wire.frames import Late

# So many whole numbers, that are no larger, keep what stands in busy for moments. No
# signal ends a step of NumPy's, however long it takes; and the smallest array becomes
# a large one where a number says how far it is to be padded.
_SMALL = 1 << 10
# What the values hold that are such numbers, or of them.
_LITTLE = {"ask", "arguments", "value", "l", "t", "d"}


@contextlib.contextmanager
def no_longer_than(seconds: float) -> Iterator[None]:
    """Raise a :class:`Late` in the body when it has computed for so long.

    By the processor's time: it stands still where nothing is computed.
    """

    def ring(number: int, frame: object) -> None:
        raise Late("no answer in time")

    before = signal.signal(signal.SIGPROF, ring)
    around, _ = signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
        signal.setitimer(signal.ITIMER_PROF, around)


def is_little(message: object) -> bool:
    """Tell whether a message holds a few small whole numbers and names.

    Whoever asks for such asks often: to tell each time would take long.
    """
    todo, seen = [message], 0
    while todo and seen <= _SMALL:
        one, seen = todo.pop(), seen + 1
        if type(one) is dict and one.keys() <= _LITTLE:
            todo += one.values()
        elif type(one) is list:
            todo += one
        elif type(one) is int and abs(one) <= _SMALL:
            continue
        elif type(one) is str:
            if len(one) > _SMALL:
                return False
        elif one is not None and type(one) is not bool:
            return False
    return not todo
