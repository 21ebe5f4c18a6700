"""Where a student wrote an answer to a question without giving its name a value.

Printed, in a comment, in words, under a name that is nearly the one asked for. The
texts are not parsed: they may be hostile, and no expression here goes back over what it
has read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from proctor.notebook.cells import grade_id
from proctor.notebook.own_text import plain_lines

_LONGEST, _MOST_LINES = 300, 2_000
# A name, and the number in it: `q1` may be written `Q 1`.
_PARTS = re.compile(r"[^\W\d_]+|\d+")
_ALONE = re.compile(r"(?<![\w.])\d[\w.]*")
_COMMENT = re.compile(r"\s#.*")
_IN_BRACES = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Said:
    """An answer that was read in a notebook's texts.

    Attributes
    ----------
    texts
        What may be its value, the likeliest first.
    where
        The cell, in words.
    """

    texts: tuple[str, ...]
    where: str


def said_in(
    cells: Iterable[dict], names: Iterable[str], known: frozenset[str]
) -> dict[str, Said]:
    """Return what is said of each name, where that is one thing alone.

    Parameters
    ----------
    cells
        Those in which a student may have written it.
    known
        The lines of what was handed out.
    """
    patterns = {name: _pattern(name) for name in names}
    found: dict[str, dict[str, Said]] = {name: {} for name in patterns}
    left = _MOST_LINES
    for cell in cells:
        for line in plain_lines(cell["source"]):
            if line in known or len(line) > _LONGEST:
                continue
            left -= 1
            if left < 0:
                return {}
            for name, says in patterns.items():
                if texts := _texts(says(line)):
                    same = re.sub(r"[\s_]", "", texts[0])
                    found[name].setdefault(same, Said(texts, _where(cell)))
    return {n: next(iter(one.values())) for n, one in found.items() if len(one) == 1}


def said_without_names(
    cells: Iterable[dict], names: list[str], known: frozenset[str]
) -> bool:
    """Tell whether what was written may be the answers, in order: enough numbers.

    Printed, or as values that stand alone, or under other names; or in words.
    """
    texts = [cell["source"] for cell in cells]
    new = (line for text in texts for line in plain_lines(text) if line not in known)
    own = [line for line in new if not line.startswith(("#", "raise ", "import "))]
    return sum(len(_ALONE.findall(line)) for line in own) >= len(names) > 0


def _pattern(name: str) -> Callable[[str], re.Match[str] | None]:
    written = r"[ _.]?".join(_PARTS.findall(name))
    return re.compile(
        r"[\s#>*|`\-]*(?P<printed>print\(\s*f?[\"'])?(?:\w{1,40}\[)?[\"'*`]{0,3}"
        rf"{written}(?!\w)[\"'*`\]]{{0,3}}\s*(?:==|=|:|\||->|,)\**\s*(?P<value>.+)",
        re.IGNORECASE,
    ).match


def _texts(found: re.Match[str] | None) -> tuple[str, ...]:
    """Return what may be a value behind a name, without what stands around it."""
    if found is None:
        return ()
    value = _COMMENT.sub("", found["value"])
    if found["printed"] and (inside := _IN_BRACES.search(value)):
        return (inside[1].strip(),)
    value = value.lstrip("\"', ") if found["printed"] else value
    value = value.strip(" `*|;,")
    less = value.removesuffix(")").strip(" \"'")
    return tuple(dict.fromkeys(one for one in (value, less) if one))


def _where(cell: dict) -> str:
    if name := grade_id(cell):
        return f"in the cell {name!r}"
    kind = "of words" if cell["cell_type"] != "code" else "of your own"
    return f"in a cell {kind}"
