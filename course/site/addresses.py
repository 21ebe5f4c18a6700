"""Links to a repository that has no address yet: their words stay, the link goes.

``settings.ini`` names the repository. Until it does, each link to it would lead
nowhere, and a line below the first of a page says so.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx

from course.project import NOBODY

_SAID = (
    "No link yet: this copy of the course has no address on the web until settings.ini "
    "names one, in user and repo."
)


def _take_out(_app: Sphinx, document: nodes.document, _page: str) -> None:
    dead = [n for n in document.findall(nodes.reference) if _is_dead(n)]
    part = _of_section(dead[0]) if dead else None
    for link in dead:
        link.replace_self(nodes.inline("", "", *link.children))
    if part is not None:
        words = nodes.paragraph("", _SAID, classes=["no-address"])
        part.parent.insert(part.parent.index(part) + 1, words)


def _is_dead(link: nodes.reference) -> bool:
    return f"/{NOBODY}/" in link.get("refuri", "")


def _of_section(node: nodes.Node) -> nodes.Node:
    """Return what of a section's own parts a node stands in."""
    while not isinstance(node.parent, nodes.section | nodes.document):
        node = node.parent
    return node


def setup(app: Sphinx) -> dict:
    """Take them out of each page."""
    app.connect("doctree-resolved", _take_out)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
