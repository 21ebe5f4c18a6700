"""What the running cell of a student's shows, collected within bounds."""

from __future__ import annotations

import builtins
import io
import sys

_MAX_PICTURE = 2 << 20
# The kinds of text and picture in which a value is shown.
SHOWN_TYPES = ("text/plain", "image/png")
# Where nothing is kept, and nobody is told.
NO_ROOM = -1


class Collected:
    """What the running cell has shown so far, in bounds."""

    def __init__(self) -> None:
        self.outputs: list[dict] = []
        self.room = 0
        self.printed = True

    def begin(self, room: int, printed: bool = True) -> None:
        """Forget what was shown, and take ``room`` characters from now on.

        Parameters
        ----------
        printed
            Whether what is printed counts among them, or is dropped.
        """
        self.outputs, self.room, self.printed = [], room, printed

    def add(self, output: dict, size: int) -> None:
        """Keep an output of this size, or say that the rest is left out."""
        if size > self.room:
            if self.room >= 0:
                note = "\n[the rest of the output was left out]\n"
                self.outputs.append(
                    {"output_type": "stream", "name": "stdout", "text": note}
                )
            self.room = NO_ROOM
            return
        self.room -= size
        last = self.outputs[-1] if self.outputs else {}
        if output["output_type"] == "stream" and last.get("name") == output["name"]:
            last["parts"].append(output["text"])
        else:
            if output["output_type"] == "stream":
                output["parts"] = [output["text"]]
            self.outputs.append(output)

    def take(self) -> list[dict]:
        """Return what was shown, and forget it."""
        for output in self.outputs:
            if parts := output.pop("parts", None):
                output["text"] = "".join(parts)
        taken, self.outputs = self.outputs, []
        return taken


collected = Collected()


class Stream(io.TextIOBase):
    """Standard output or standard error of a cell."""

    encoding = "utf-8"

    def __init__(self, name: str) -> None:
        self.name = name

    def writable(self) -> bool:
        """Say that it can be written to."""
        return True

    def write(self, text: str) -> int:
        """Show the text."""
        if not isinstance(text, str):
            raise TypeError(f"a text was wanted, got {type(text).__name__}")
        if text and collected.printed:
            output = {"output_type": "stream", "name": self.name, "text": text}
            collected.add(output, len(text))
        return len(text)


def show(kind: str, data: dict, metadata: dict | None = None) -> None:
    """Show a value by what of ``data`` is kept."""
    # Pictures are bounded by number and size, text by what a cell may print.
    kept = {
        name: value
        for name, value in data.items()
        if isinstance(value, str)
        and name in SHOWN_TYPES
        and (name == "text/plain" or len(value) < _MAX_PICTURE)
    }
    output = {"output_type": kind, "data": kept, "metadata": {}}
    collected.add(output, len(kept.get("text/plain", "")) + 200)


_print = builtins.print


def print_elsewhere(*values: object, file: object = None, **how: object) -> None:
    """Print as Python does, but nothing to a cell's own outputs, which nobody reads.

    The text of an array takes longer than most of what a test asks for.
    """
    if not isinstance(sys.stdout if file is None else file, Stream):
        _print(*values, file=file, **how)
