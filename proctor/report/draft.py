"""The skeleton of a known mistake, from an answer that has no name yet."""

from __future__ import annotations

import difflib

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
# Its author's name stood where {mask} stands: put another name there.
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
        '    title="TO WRITE: the mistake in a few words",',
        '    question="TO WRITE: what would a good tutor ask?",',
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
    lines = reference.splitlines()
    found = []
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind == "equal":
            continue
        if i1 == i2:  # what is put in is put after the line before
            i1, j1 = i1 - 1, j1 - 1
            if i1 < 0:
                return []
        first, last = right[i1][1], right[i2 - 1][1]
        found.append(("\n".join(lines[first : last + 1]), "\n".join(wrong[j1:j2])))
    size = sum(piece.count("\n") + 1 for pair in found for piece in pair)
    if not 0 < len(found) <= _MOST_PIECES or size > _MOST_LINES:
        return []
    text = reference
    for old, new in found:
        if text.count(old) != 1:
            return []
        text = text.replace(old, new, 1)
    return found if without_comments(text) == answer else []


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
