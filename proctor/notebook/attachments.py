"""Pictures pasted into Markdown, which Jupyter keeps beside the cell's text."""

from __future__ import annotations

from typing import Any

# What any browser shows, and what cannot hold a script, a link or another file.
KINDS = ("image/png", "image/jpeg")
# Characters of base64: of one picture, and of all in a notebook.
_LONGEST = 5_000_000
_LONGEST_IN_ALL = 20_000_000


def pictures_of(cell: dict) -> dict[str, dict[str, str]]:
    """Return a cell's pictures as nbformat has attachments; all else is left out.

    Returns
    -------
    dict
        By the name that the text refers to: the base64 by its kind. It is as it was
        handed in, and may be no such picture.
    """
    found = {}
    for name, bundle in _items(cell.get("attachments") if _is_prose(cell) else None):
        kinds = {kind: _text(data) for kind, data in _items(bundle) if kind in KINDS}
        if kinds := {kind: data for kind, data in kinds.items() if data}:
            found[_text(name)] = kinds
    return found


def keep_pictures(cells: list[dict], handed_in: list[dict]) -> list[str]:
    """Drop what is too large of the cells' pictures; return what was left out.

    Parameters
    ----------
    handed_in
        The same cells as they were handed in.
    """
    room, large = _LONGEST_IN_ALL, 0
    for cell in cells:
        kept = {}
        for name, kinds in cell.pop("attachments", {}).items():
            size = sum(map(len, kinds.values()))
            if size > min(room, _LONGEST):
                large += 1
                continue
            room -= size
            kept[name] = kinds
        if kept:
            cell["attachments"] = kept
    pairs = [pair for pair in zip(cells, handed_in, strict=True) if _is_prose(pair[1])]
    there = sum(len(_items(cell.get("attachments"))) for _, cell in pairs)
    others = there - large - sum(len(cell.get("attachments", {})) for cell, _ in pairs)
    notes = []
    if others:
        notes.append(f"pasted files left out, neither PNG nor JPEG: {others}")
    if large:
        notes.append(f"pasted pictures left out, too large: {large}")
    return notes


def _is_prose(cell: dict) -> bool:
    return cell.get("cell_type") == "markdown"


def _items(value: Any) -> list[tuple[str, Any]]:
    return list(value.items()) if isinstance(value, dict) else []


def _text(value: Any) -> str:
    """Return a text, which a file may have in pieces; empty if it is none."""
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        value = "".join(value)
    if not isinstance(value, str):
        return ""
    # Half a surrogate pair cannot be written to a file.
    return value.encode("utf-8", "replace").decode("utf-8")
