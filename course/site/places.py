"""What the search page finds: each place of the pages with its text.

A file opened from a disk may not read another one, so the texts are a script, which the
search page alone loads. A place is what has a heading, a name or a mistake of its own;
the search shows the sentence and leads there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

FILE = "_static/places.js"
# What no reader searches for, pictures and pages in the page, or finds elsewhere: a
# section's own title, the sections in it.
_ELSEWHERE = nodes.raw | nodes.comment | nodes.image | nodes.title | nodes.section


def places(document: nodes.document) -> Iterator[tuple[str, str, str]]:
    """Yield anchor, title and text of each place of a page, from its top."""
    for section in document.findall(nodes.section):
        title = next(iter(section.findall(nodes.title)), None)
        begun = [section["ids"][0], title.astext() if title else "", ""]
        for part in _parts(section):
            if isinstance(part, nodes.rubric) and part["ids"]:
                yield tuple(begun)
                begun = [part["ids"][0], part.astext(), ""]
            elif isinstance(part, addnodes.desc):
                yield from _described(part)
            else:
                begun[2] += f" {part.astext()}"
        yield tuple(begun)


def _parts(node: nodes.Element) -> Iterator[nodes.Node]:
    """Yield what a section says, outside of the sections in it."""
    for child in node.children:
        if isinstance(child, _ELSEWHERE):
            continue
        if isinstance(child, nodes.TextElement | nodes.Text | addnodes.desc):
            yield child
        else:
            yield from _parts(child)


def _described(node: addnodes.desc) -> Iterator[tuple[str, str, str]]:
    """Yield the places of a description of a function or a class."""
    for signature in node.findall(addnodes.desc_signature):
        # Those inside it are found with it.
        if signature["ids"]:
            content = signature.next_node(addnodes.desc_content, siblings=True)
            own = _parts(content) if content is not None else ()
            said = (p.astext() for p in own if not isinstance(p, addnodes.desc))
            name = signature.get("fullname") or signature.astext()
            yield signature["ids"][0], name, " ".join(said)


def _collect(
    app: Sphinx, page: str, _template: str, context: dict, document: nodes.document
) -> None:
    if document is None:
        return
    title = re.sub(r"<[^>]*>", "", context["title"])
    found = [
        [page, anchor, title, name, re.sub(r"\s+", " ", text).strip()]
        for anchor, name, text in places(document)
    ]
    app.env.course_places = [*getattr(app.env, "course_places", []), *found]


def _write(app: Sphinx, error: Exception | None) -> None:
    if error is None:
        listed = json.dumps(app.env.course_places, ensure_ascii=False)
        path = Path(app.outdir, FILE)
        path.write_text(f"const PLACES = {listed};\n", encoding="utf-8")


def setup(app: Sphinx) -> dict:
    """Collect the places while pages are written."""
    app.connect("html-page-context", _collect)
    app.connect("build-finished", _write)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
