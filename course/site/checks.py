"""What must hold of the built pages: each link leads somewhere, each picture has words.

And no page asks another address for what it shows.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# What a browser fetches by itself, by the tag: the attribute that names it.
_FETCHED = {
    "audio": "src",
    "embed": "src",
    "iframe": "src",
    "img": "src",
    "link": "href",
    "object": "data",
    "script": "src",
    "source": "src",
    "video": "src",
}
_RELATIONS = {"stylesheet", "icon", "shortcut icon", "preload", "modulepreload"}
_IMPORT = re.compile(r"(?:@import\s+|url\()\s*['\"]?(https?:)?//", re.IGNORECASE)


class _Page(HTMLParser):
    """Collects anchors, links, what is fetched, and pictures without words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.silent: list[str] = []
        self.feed(text)

    def handle_starttag(
        self, tag: str, attributes: list[tuple[str, str | None]]
    ) -> None:
        found = dict(attributes)
        self.anchors |= {found[name] for name in ("id", "name") if found.get(name)}
        if tag == "a" and found.get("href"):
            self.links.append(found["href"])
        where = _FETCHED.get(tag)
        if where and found.get(where):
            relation = (found.get("rel") or "stylesheet").lower()
            if tag != "link" or relation in _RELATIONS:
                self.fetched.append(found[where])
        if tag == "img":
            words, source = (found.get("alt") or "").strip(), found.get("src") or ""
            if words in ("", source):  # Sphinx gives the file's name where it has none
                self.silent.append(source[:60])


def faults(site: Path) -> list[str]:
    """Return what is wrong with the pages of a folder, a line each."""
    pages = {
        path: _Page(path.read_text(encoding="utf-8"))
        for path in sorted(site.rglob("*.html"))
    }
    lines = []
    for path, page in pages.items():
        name = path.relative_to(site).as_posix()
        lines += [f"{name}: a picture has no words: {src}" for src in page.silent]
        for target in page.links:
            if why := _broken(target, path, pages):
                lines.append(f"{name}: a link leads to {target}: {why}")
        for target in page.fetched:
            if urlsplit(target).netloc:
                lines.append(f"{name}: it fetches {target}")
            elif why := _broken(target, path, pages):
                lines.append(f"{name}: it shows {target[:80]}: {why}")
    for path in sorted(site.rglob("*.css")):
        if _IMPORT.search(path.read_text(encoding="utf-8", errors="replace")):
            lines.append(f"{path.relative_to(site).as_posix()}: it fetches from afar")
    return lines


def _broken(target: str, path: Path, pages: dict[Path, _Page]) -> str:
    """Return why a target cannot be reached; empty: it can, or is elsewhere."""
    parts = urlsplit(target)
    if parts.scheme or parts.netloc:
        return ""
    there = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not there.is_file():
        return "no such file"
    page = pages.get(there)
    if parts.fragment and page and unquote(parts.fragment) not in page.anchors:
        return "no such place on the page"
    return ""
