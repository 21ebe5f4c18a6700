"""What a cell gives, as text: numbers, texts and arrays in a fraction of the work.

IPython asks a dozen formatters, and lays out what may take several lines. After each
copy of the process that writes to 300 pages of memory, which are then copied.
"""

from __future__ import annotations

import numpy as np

_NUMBERS = (int, bool, float, complex, np.float64, np.float32, np.int64, np.bool_)
_LEAVES = frozenset((*_NUMBERS, str, bytes, type(None)))
# What fits into a line wherever it may be broken.
_SHORT = 60
# What of a formatter says how a value is laid out.
_SAYS = ("pprint", "float_format", "max_width", "max_seq_length", "newline", "verbose")


class Plainly:
    """Gives the text that IPython would, where nothing has told it otherwise.

    Parameters
    ----------
    shell
        The notebook's, in which no cell has run.
    """

    def __init__(self, shell) -> None:
        self._display = shell.display_formatter
        self._text = self._display.formatters["text/plain"]
        self._begun = self._said()
        self._printers = dict(self._text.type_printers)

    def text(self, value: object) -> str | None:
        """Return the text of a value; None: it is IPython's to find."""
        kind = type(value)
        if kind not in _LEAVES and kind is not np.ndarray and kind is not tuple:
            return None
        kinds = {kind, *map(type, value)} if kind is tuple else {kind}
        if kind is tuple and not set(map(type, value)) <= _LEAVES:
            return None
        if not self._is_as_begun(kinds):
            return None
        if kind is np.ndarray:
            # Others have objects in them, which may be of any kind.
            if value.dtype.kind not in "biufc":
                return None
            return "\n".join(repr(value).splitlines())
        text = repr(value)
        return text if kind is not tuple or len(text) <= _SHORT else None

    def _is_as_begun(self, kinds: set[type]) -> bool:
        text, display = self._text, self._display
        if display.formatters.get("text/plain") is not text:
            return False
        if self._said() != self._begun:
            return False
        printers = text.type_printers
        if any(printers.get(kind) is not self._printers.get(kind) for kind in kinds):
            return False
        others = (
            display.ipython_display_formatter,
            display.mimebundle_formatter,
            display.formatters["image/png"],
        )
        return not any(
            one.deferred_printers or not kinds.isdisjoint(one.type_printers)
            for one in others
        )

    def _said(self) -> list:
        text = self._text
        said = [getattr(text, name) for name in _SAYS]
        return [*said, dict(text.deferred_printers), dict(text.singleton_printers)]
