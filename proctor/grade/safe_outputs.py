"""What a student's cell shows, rebuilt from known types and within bounds."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

MAX_OUTPUTS = 100
MAX_PICTURE = 2 << 20
MAX_PICTURES = 4 << 20
# Of a whole notebook, in which each cell may stay within its own bounds.
_NOTEBOOK_TEXT, _NOTEBOOK_PICTURES = 512 << 10, 4 << 20
_PNG = b"\x89PNG\r\n\x1a\n"
_ERROR_LINES, _LINE = 40, 2000
_FULL = "[this notebook shows too much: outputs were left out]\n"
# Of an output, whatever it holds.
_COST = 100


def error(name: str, text: str) -> dict:
    """Return an error as a notebook has it."""
    return {
        "output_type": "error",
        "ename": name,
        "evalue": text,
        "traceback": [f"{name}: {text}"],
    }


@dataclass
class Room:
    """What the outputs of a notebook may still take, in characters."""

    text: int = _NOTEBOOK_TEXT
    pictures: int = _NOTEBOOK_PICTURES


def rebuild(untrusted: object, max_text: int, left: Room | None = None) -> list[dict]:
    """Return the outputs that can be kept, made anew; what is unknown is left out.

    Parameters
    ----------
    untrusted
        What the student's process sent.
    max_text
        Characters of text in all.
    left
        Of the notebook; it becomes less.
    """
    kept: list[dict] = []
    left = left or Room()
    room = {
        "text": min(max_text, left.text),
        "picture": min(MAX_PICTURES, left.pictures),
    }
    before = dict(room)
    if not isinstance(untrusted, list) or not untrusted:
        return kept
    if left.text <= 0:
        return [{"output_type": "stream", "name": "stdout", "text": _FULL}]
    for item in untrusted[:MAX_OUTPUTS]:
        if isinstance(item, dict) and (output := _rebuild_one(item, room)):
            kept.append(output)
    left.text -= before["text"] - room["text"] + _COST * len(kept)
    left.pictures -= before["picture"] - room["picture"]
    if left.text <= 0 or left.pictures < MAX_PICTURE:
        kept.append({"output_type": "stream", "name": "stdout", "text": _FULL})
    return kept


def _rebuild_one(item: dict, room: dict[str, int]) -> dict | None:
    kind = item.get("output_type")
    if kind == "stream":
        name = "stderr" if item.get("name") == "stderr" else "stdout"
        text = _text(item.get("text"), room)
        return {"output_type": kind, "name": name, "text": text} if text else None
    if kind == "error":
        lines = item.get("traceback")
        lines = lines[:_ERROR_LINES] if isinstance(lines, list) else []
        return {
            "output_type": kind,
            "ename": _text(item.get("ename"), room, 200),
            "evalue": _text(item.get("evalue"), room, _LINE),
            "traceback": [_text(line, room, _LINE) for line in lines],
        }
    if kind in ("display_data", "execute_result"):
        data = _data(item.get("data"), room)
        output = {"output_type": kind, "metadata": {}, "data": data}
        if kind == "execute_result":
            output["execution_count"] = None
        return output if data else None
    return None


def _data(bundle: object, room: dict[str, int]) -> dict[str, str]:
    """Keep plain text and pictures: nothing that a page would run or fetch."""
    data: dict[str, str] = {}
    if not isinstance(bundle, dict):
        return data
    if text := _text(bundle.get("text/plain"), room):
        data["text/plain"] = text
    picture = bundle.get("image/png")
    if (
        isinstance(picture, str)
        and len(picture) <= min(MAX_PICTURE, room["picture"])
        and _is_png(picture)
    ):
        room["picture"] -= len(picture)
        data["image/png"] = picture
    return data


def _is_png(text: str) -> bool:
    try:
        picture = base64.b64decode(text.replace("\n", ""), validate=True)
    except (binascii.Error, ValueError):
        return False
    return picture.startswith(_PNG)


def _text(text: object, room: dict[str, int], at_most: int | None = None) -> str:
    if not isinstance(text, str):
        return ""
    length = min(room["text"], at_most if at_most is not None else len(text))
    kept = text[:length]
    room["text"] -= len(kept)
    # Half a surrogate pair cannot be written to a file.
    return kept.encode("utf-8", "replace").decode("utf-8")
