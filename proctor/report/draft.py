"""The skeleton of a known mistake, from an answer that has no name yet."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace

from proctor.bank.bank import TO_WRITE
from proctor.report.answers import without_comments
from proctor.report.mistakes import Cluster

# More than this is another way of writing, and no difference that reads.
_MOST_PIECES, _MOST_LINES = 4, 10
_HEAD = """\
# From {number} answer{s} to {task} that {are}. The text is a student's:
# read it, for it runs where known mistakes run. Write a title of a few words
# and the question that a tutor would ask, and put it into the list BUGS of
#     {place}
# then try it:
#     proctor gate {assignment} --bug {id}
"""
_MASKED = """\
# A student's name stood where {mask} stands: put another name there.
"""


def draft(
    cluster: Cluster,
    answer: str,
    reference: str,
    assignment: str,
    place: str,
    mask: str = "",
) -> str:
    """Return the text of a ``Bug``; its title and question are left to write.

    Parameters
    ----------
    answer
        The text of the cell, wrong, without comments.
    reference
        The cell as the reference has it.
    place
        The bank's file.
    mask
        What stands in the answer for its author's name; empty where it stood nowhere.
    """
    number = len(cluster.students)
    head = _HEAD.format(
        number=number,
        s="s" * (number != 1),
        are="are wrong in the same way" if number != 1 else "is wrong",
        task=cluster.task,
        place=place,
        assignment=assignment,
        id=cluster.id,
    )
    head += _MASKED.format(mask=mask) if mask else ""
    pieces = _pieces(answer, reference)
    if pieces:
        body = ["replace=("]
        for old, new in pieces:
            body += ["    (", *_text(old, 8, ","), *_text(new, 8, ","), "    ),"]
        body.append("),")
    else:
        body = ["source=(", *_text(answer, 4), "),"]
    lines = [
        "Bug(",
        f"    id={_quoted(cluster.id)},",
        f"    cell={_quoted(cluster.task)},",
        f'    title="{TO_WRITE}: the mistake in a few words",',
        f'    question="{TO_WRITE}: what would a good tutor ask?",',
        *("    " + line for line in body),
        "),",
    ]
    return head + "\n".join(lines) + "\n"


def _text(text: str, indent: int, end: str = "") -> list[str]:
    """Return a text as Python has it, line by line."""
    lines = [f"{' ' * indent}{_quoted(line)}" for line in text.splitlines(True)]
    lines = lines or [f'{" " * indent}""']
    if len(lines) > 1 and end:
        lines = [
            f"{' ' * indent}(",
            *("    " + line for line in lines),
            f"{' ' * indent})",
        ]
    lines[-1] += end
    return lines


def _quoted(line: str) -> str:
    """Return a literal; what a terminal would obey is written out."""
    quoted = ascii(line)
    plain = quoted.startswith("'") and '"' not in quoted
    return f'"{quoted[1:-1]}"' if plain else quoted


def _pieces(answer: str, reference: str) -> list[tuple[str, str]]:
    """Return what to replace in the reference; nothing if that is much.

    Comments differ for no reason, and stay as the reference has them.
    """
    right, wrong = _code_lines(reference), answer.splitlines()
    matcher = difflib.SequenceMatcher(
        None, [line for line, _ in right], wrong, autojunk=False
    )
    found = []
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind != "equal":
            found.append(_Piece(i1, i2, j1, j2))
    size = sum(one.size for one in found)
    if not 0 < len(found) <= _MOST_PIECES or size > _MOST_LINES:
        return []
    lines = reference.splitlines()
    text, pairs = reference, []
    for number, piece in enumerate(found):
        # Of what is alike around it, as much as tells where it is.
        least = found[number - 1].i2 if number else 0
        most = found[number + 1].i1 if number + 1 < len(found) else len(right)
        grown = _told_apart(piece, (least, most), right, reference)
        if grown is None:
            return []
        old = grown.old(right, lines)
        new = "\n".join(wrong[grown.j1 : grown.j2])
        if text.count(old) != 1:
            return []
        text = text.replace(old, new, 1)
        found[number] = grown
        pairs.append((old, new))
    return pairs if without_comments(text) == answer else []


@dataclass(frozen=True)
class _Piece:
    """Lines i1 to i2 of the reference, in place of which j1 to j2 are written."""

    i1: int
    i2: int
    j1: int
    j2: int

    @property
    def size(self) -> int:
        """How many lines differ."""
        return self.i2 - self.i1 + self.j2 - self.j1

    def old(self, right: list[tuple[str, int]], lines: list[str]) -> str:
        """Return the reference's text, with what comments stand within it."""
        return "\n".join(lines[right[self.i1][1] : right[self.i2 - 1][1] + 1])


def _told_apart(
    piece: _Piece,
    room: tuple[int, int],
    right: list[tuple[str, int]],
    reference: str,
) -> _Piece | None:
    """Return a piece that stands once in the reference; None where there is none.

    Parameters
    ----------
    room
        The lines up to the pieces before and after it: as many may be taken with it.
    """
    lines, (least, most) = reference.splitlines(), room
    while piece.i1 == piece.i2 or reference.count(piece.old(right, lines)) != 1:
        # What is put in is put after the line before it.
        if piece.i1 > least:
            piece = replace(piece, i1=piece.i1 - 1, j1=piece.j1 - 1)
        elif piece.i2 < most:
            piece = replace(piece, i2=piece.i2 + 1, j2=piece.j2 + 1)
        else:
            return None
    return piece


def _code_lines(reference: str) -> list[tuple[str, int]]:
    """Return the reference's lines without comments, each with its number there."""
    kept, place = [], 0
    lines = reference.splitlines()
    for line in without_comments(reference).splitlines():
        while place < len(lines) and lines[place].rstrip() != line:
            # A line that lost a comment at its end begins with what is left.
            if line and lines[place].startswith(line) and "#" in lines[place]:
                break
            place += 1
        kept.append((line, place))
        place += 1
    return kept
