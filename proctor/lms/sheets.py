"""A table as a course system exports it, and writes it back the same way."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from proctor.errors import GradingError
from proctor.text import listed, plain_line

_MAX_BYTES = 32 << 20
_DELIMITERS = ",;\t"
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}


@dataclass(frozen=True)
class Sheet:
    """A CSV file.

    Attributes
    ----------
    rows
        Those below the header, each as long as the header.
    encoding, delimiter, newline
        As it was written.
    """

    path: Path
    header: list[str]
    rows: list[list[str]]
    encoding: str = "utf-8"
    delimiter: str = ","
    newline: str = "\r\n"

    @classmethod
    def read(cls, path: Path) -> Sheet:
        """Read a file, whatever the delimiter and the encoding of its system.

        Raises
        ------
        GradingError
            If it is no CSV file with a header.
        """
        try:
            with path.open("rb") as file:
                data = file.read(_MAX_BYTES + 1)
        except OSError as error:
            raise GradingError(
                f"{path} cannot be read ({error.strerror}): name a CSV file"
            ) from None
        if len(data) > _MAX_BYTES:
            raise GradingError(
                f"{path} has more than {_MAX_BYTES >> 20} MB: that is no sheet of a "
                "class"
            )
        text, encoding = _decoded(path, data)
        delimiter = _delimiter_of(text)
        try:
            lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        except csv.Error as error:
            raise GradingError(
                f"{path} is no CSV file ({error}): export it again as CSV"
            ) from None
        lines = [line for line in lines if any(cell.strip() for cell in line)]
        if not lines or len(lines[0]) < 2:
            raise GradingError(
                f"{path} is no CSV file with a header of several columns: export it "
                "again as CSV"
            )
        header = [name.strip() for name in lines[0]]
        width = len(header)
        rows = [(line + [""] * width)[:width] for line in lines[1:]]
        newline = "\r\n" if "\r\n" in text else "\n"
        return cls(path, header, rows, encoding, delimiter, newline)

    def find(self, *names: str) -> int | None:
        """Return the place of the first of these columns that there is."""
        places = {}
        for place, name in enumerate(self.header):
            places.setdefault(name.casefold(), place)
        found = (places.get(name.casefold()) for name in names)
        return next((place for place in found if place is not None), None)

    def require(self, *names: str) -> int:
        """Return the place of the first of these columns that there is.

        Raises
        ------
        GradingError
            If there is none of them.
        """
        place = self.find(*names)
        if place is None:
            raise GradingError(
                f"{self.path} has no column {' or '.join(map(repr, names))}; it has: "
                f"{self.columns}"
            )
        return place

    @property
    def columns(self) -> str:
        """The names of its columns, for a message."""
        return listed([repr(plain_line(name, 60)) for name in self.header], 40)

    def with_rows(self, header: list[str], rows: list[list[str]]) -> Sheet:
        """Return a sheet written the same way, with another content."""
        return replace(self, header=header, rows=rows)

    def to_bytes(self) -> bytes:
        """Return the file's content."""
        lines = [self.header, *self.rows]
        return written(lines, self.delimiter, self.newline).encode(self.encoding)


def written(
    lines: Iterable[Iterable[object]], delimiter: str = ",", newline: str = "\r\n"
) -> str:
    """Return lines of values as CSV."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=newline).writerows(lines)
    return text.getvalue()


def _decoded(path: Path, data: bytes) -> tuple[str, str]:
    encoding = next((e for mark, e in _MARKS.items() if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        if encoding != "utf-8":
            raise GradingError(f"{path} is no text: export it again as CSV") from None
        # What a spreadsheet set to Western Europe saves.
        encoding = "cp1252"
        text = data.decode(encoding, "replace")
    if "\0" in text:
        raise GradingError(f"{path} is no text: export it again as CSV")
    return text, encoding


def _delimiter_of(text: str) -> str:
    """Return the delimiter that parts the first line into most columns."""
    first = next((line for line in text.splitlines() if line.strip()), "")

    def columns(delimiter: str) -> int:
        return len(next(csv.reader([first], delimiter=delimiter), []))

    return max(_DELIMITERS, key=columns)
