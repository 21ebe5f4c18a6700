"""Formgrader's server: which folder it takes a course from, and how it shows notebooks.

Formgrader changes to another course where its address names a folder, as its menu's
"Formgrader (local)" does: ``/formgrader?path=FOLDER``. It runs the configuration that
lies there, whoever wrote it and whichever page held the link, and goes on showing
notebooks as it did before: if the server was started outside of any course, trusting
each of them. What an address names, and what students are called, it copies into its
pages as it is.
"""

from __future__ import annotations

import functools
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FunctionLoader
from nbconvert import HTMLExporter
from traitlets.config import Config

from proctor.errors import GradingError
from proctor.settings import Course
from proctor.text import plain

_MODULE = "nbgrader.server_extensions.formgrader"
_FORMGRADER = "proctor.feedback.formgrader"
_FILTERS = ("markdown2html", "highlight_code", "strip_files_prefix")
_EXPORTER, _PAGES, _GUARDED = "proctor_exporter", "proctor_pages", "is_guarded"
# A value in a page's script, which reads no entities.
_IN_SCRIPT = re.compile(r'(var \w+ = )"\{\{ ([\w.]+) \}\}"')
# What a browser says of who asked: the person, or a page of this server.
_NEAR = ("none", "same-origin")


def show_harmless(c: Config) -> None:
    """Have Formgrader's exporter show what students wrote, and run none of it."""
    c.HTMLExporter.preprocessors = [f"{_FORMGRADER}.Harmless"]
    # It comes first, and what it leaves is validated: a notebook may have thousands of
    # cells, and each of nbconvert's own steps has all of them validated once more.
    c.HTMLExporter.default_preprocessors = []
    c.HTMLExporter.optimistic_validation = True
    c.HTMLExporter.filters = {name: f"{_FORMGRADER}.{name}" for name in _FILTERS}


def guard_server() -> None:
    """Guard the Formgrader of this process, if it is a server that has one."""
    handlers, base = (sys.modules.get(f"{_MODULE}.{n}") for n in ("handlers", "base"))
    if handlers is None or base is None:
        return
    original = handlers.FormgraderHandler.get
    if not hasattr(original, _GUARDED):
        handlers.FormgraderHandler.get = _guarded(original)
        base.BaseHandler.exporter = property(_exporter)
        base.BaseHandler.render = _render
        base.BaseApiHandler.set_default_headers = _as_text(base.BaseApiHandler)


def _render(handler: Any, name: str, **values: Any) -> str:
    """Return one of Formgrader's pages, whose values are text and no markup."""
    if _PAGES not in handler.settings:
        own = handler.settings["nbgrader_jinja2_env"]
        handler.settings[_PAGES] = escaping(own)
    return handler.settings[_PAGES].get_template(name).render(**values)


def escaping(own: Environment) -> Environment:
    """Return what makes pages of the same templates, and takes no value for markup."""

    def source(name: str) -> str:
        text, *_ = own.loader.get_source(own, name)
        return _IN_SCRIPT.sub(r'\1{{ \2 | default("") | tojson }}', text)

    return Environment(loader=FunctionLoader(source), autoescape=True)


def _as_text(answers: type) -> Callable:
    """Return what says that an answer to a script is none that a browser shows.

    It is JSON, with names in it, and nbgrader's scripts want to read it as text.
    """
    original = answers.set_default_headers

    @functools.wraps(original)
    def set_default_headers(handler: Any) -> None:
        original(handler)
        handler.set_header("Content-Type", "text/plain; charset=UTF-8")

    return set_default_headers


def _exporter(handler: Any) -> HTMLExporter:
    """Return the exporter, whose settings may be of a folder without a course."""
    if _EXPORTER not in handler.settings:
        config = Config(handler.settings["nbgrader_formgrader"].config)
        show_harmless(config)
        handler.settings[_EXPORTER] = HTMLExporter(config=config)
    return handler.settings[_EXPORTER]


def _guarded(original: Callable) -> Callable:
    @functools.wraps(original)
    def get(handler: Any) -> Any:
        path = handler.get_argument("path", "")
        if not path or not handler.current_user:  # nbgrader's sends away who is nobody
            return original(handler)
        asked = handler.request.headers.get("Sec-Fetch-Site", _NEAR[0])
        why = why_not(path, handler.settings["nbgrader_formgrader"], asked)
        if not why:
            return original(handler)
        handler.log.error("%s", plain(why))
        handler.set_status(403)
        handler.set_header("Content-Type", "text/plain; charset=UTF-8")
        return handler.finish(plain(why))

    setattr(get, _GUARDED, True)
    return get


def why_not(path: str, formgrader: Any, asked: str = _NEAR[0]) -> str:
    """Return why Formgrader does not take a course from a folder; empty if it does.

    Parameters
    ----------
    path
        The folder as the address names it, seen from where the server runs.
    formgrader
        nbgrader's ``FormgradeExtension``: it knows the folder that the server shows,
        and the course that it has now.
    asked
        What the browser says of the page that asked: ``Sec-Fetch-Site``.
    """
    if asked not in _NEAR:
        return f"a page elsewhere asked for {path}: open this folder in JupyterLab"
    try:
        # A course may lie behind a link that the person made, a student's may not.
        named = Path(os.path.abspath(path))  # noqa: PTH100 (no links)
        if not named.is_relative_to(os.path.abspath(formgrader.root_dir)):  # noqa: PTH100
            return f"{named} is not in {formgrader.root_dir}, which this server shows"
        now = Course(Path(formgrader.coursedir.root), formgrader.config)
        for folder in {named, named.resolve()}:
            now.require_not_work(folder)
            if now.layout.holds_work(folder):
                return f"{folder} lies among students' work: nobody runs what is there"
    except (GradingError, OSError, ValueError) as error:
        return str(error)
    return ""
