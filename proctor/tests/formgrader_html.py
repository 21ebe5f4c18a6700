"""Markdown of students as Formgrader shows it, and as tests look at it."""

from jinja2 import Environment

from proctor.feedback.formgrader import markdown2html
from proctor.tests.pages import Page, check_elements, markdown

TEMPLATES = Environment()
TEMPLATES.filters["markdown2html"] = markdown2html
CELL = TEMPLATES.from_string("{{ cell.source | markdown2html }}")


def formgrader(*sources):
    """Return what Formgrader's templates get of the Markdown cells of one page."""
    cells = [s if isinstance(s, dict) else markdown(s) for s in sources]
    resources = {}
    return "\n".join(CELL.render(cell=cell, resources=resources) for cell in cells)


class FormgraderHtml(Page):
    """HTML in Formgrader; ``formulas`` are what MathJax looks at."""

    def __init__(self, html):
        self.formulas, self._classes = [], []
        super().__init__(html)

    def handle_starttag(self, tag, attrs):
        super().handle_starttag(tag, attrs)
        if tag not in ("br", "hr", "img"):
            self._classes.append(dict(attrs).get("class"))

    def handle_endtag(self, tag):
        super().handle_endtag(tag)
        self._classes.pop()

    def handle_data(self, data):
        super().handle_data(data)
        assert "tex2jax_ignore" in self._classes or not data.strip()
        if "tex2jax_process" in self._classes:
            self.formulas.append(data)


def check_harmless(html):
    seen = FormgraderHtml(html)
    check_elements(seen.elements, r"[a-z0-9_-]+")
    html.encode()
    return seen
