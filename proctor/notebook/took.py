"""Given cells whose names a student's own cell takes: a scratch variable, say."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from proctor.notebook.imports import imports_in
from proctor.notebook.names import bound, defined, deleted, hides, parts, used

# What makes names, or takes some away, that do not stand there.
_ANY_NAME = re.compile(r"^[ \t]*%(?:pylab|reset_selective|xdel)\b", re.MULTILINE)
_IMPORTS = re.compile(r"^[ \t]*(?:from|import)[ \t]+([\w.]+)(.*)", re.MULTILINE)
_WORD = re.compile(r"\w+")


def needed_of(sources: Iterable[str], given: Collection[str]) -> frozenset[str]:
    """Return the names that tasks use, and the given functions and classes."""
    helpers = (part for text in given for _, part in parts(text) if defined(part))
    return frozenset().union(*map(used, sources), *map(used, helpers))


def given_that_is_taken(
    source: str, given: Iterable[str], needed: frozenset[str]
) -> str:
    """Return the given cells of which a student's cell takes a name, or deletes one.

    Who imports the same once more takes nothing.

    Parameters
    ----------
    given
        Their texts.
    needed
        The names for which this is a matter.
    """
    made = bound(source).union(name for name, _ in hides(source)) | deleted(source)
    any_name = _ANY_NAME.search(source) is not None
    found = []
    for text in given:
        theirs = bound(text) & needed if any_name else bound(text) & needed & made
        again = _imported_again(source, imports_in(text))
        kept = again - deleted(source) if not any_name else set()
        if theirs - kept or defined(text) & made:
            found.append(text)
    return "\n".join(found)


def _imported_again(source: str, statements: dict[str, str]) -> set[str]:
    """Return the names that a cell imports from where the given statements do."""
    from_where = {
        (module, name)
        for module, rest in _IMPORTS.findall(source)
        for name in _WORD.findall(f"{module} {rest}")
    }
    return {
        name
        for name, statement in statements.items()
        if (statement.split()[1], name) in from_where
    }
