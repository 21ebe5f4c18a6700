"""Texts without the names of a class: ids, first and last names, files' own names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from proctor.report.tokens import KEPT

# What stands where a name stood: a name, so that Python stays Python.
MASK = "somebody"
OTHER_FILE = "another file"
# A name of fewer letters stands in too many words to be taken out of them, and a short
# number is any number.
SHORTEST_NAME, _SHORTEST_NUMBER = 3, 5
# Of what a grader says itself: somebody may be called so.
_SAID_WORDS = (
    *("person", "points", "missing", "notebook", "file", "folder", "cell", "other"),
    *("answers", "values", "wrong", "error", "time", "late", "list", "number", "read"),
)
# Letters that belong together, or digits.
_RUN = re.compile(r"[^\W\d_]+|\d+")
# A file's name may have spaces and commas: it ends where its ending does.
_NOTEBOOK = re.compile(r".*?\.ipynb(?:\.txt|\.json)?(?!\w)", re.I | re.DOTALL)
# What may stand before it: another name, or the sentence so far.
_BETWEEN = re.compile(r"(?: and |, )?")
_SAID = re.compile(r".*(?:: |\bcall it )", re.DOTALL)
_LIST = re.compile(
    r"(?P<head>\b(?:handed in|there is|left out): )(?P<names>.+?)"
    r"(?P<tail>\)?(?: \(the gradebook keeps the earlier grade\))?)$",
    re.DOTALL,
)
_MORE = re.compile(r" and \d+ more$")


@dataclass(frozen=True)
class _Name:
    """A name, what stands in its place, and whether it is a word of the course's."""

    name: str
    other: str
    common: bool


class Hidden:
    """Takes the names of a class out of texts.

    Parameters
    ----------
    ids
        By id, what stands in its place.
    called
        First and last names.
    words
        Of the course's own texts, in small letters: where one of them stands so, it is
        no name.
    """

    def __init__(
        self,
        ids: Mapping[str, str],
        called: Iterable[str] = (),
        words: Collection[str] = (),
    ) -> None:
        self._by_run: dict[str, list[_Name]] = {}
        self._words, self._done = {*words, *KEPT, *_SAID_WORDS}, {}
        for id_, other in ids.items():
            self._add(id_, other)
        for name in called:
            # Of what is written small, such as "van", nobody is known.
            parts = [part for part in re.split(r"[\s-]+", name) if not part.islower()]
            for part in {name, *parts}:
                self._add(part, "0" if part.isdigit() else MASK)
        for names in self._by_run.values():
            names.sort(key=lambda one: -len(one.name))

    def _add(self, name: str, other: str) -> None:
        name = unicodedata.normalize("NFC", name)
        least = _SHORTEST_NUMBER if name.isdigit() else SHORTEST_NAME
        first = _RUN.search(name)
        if first and len(name) >= least:
            found = _Name(name, other, name.lower() in self._words)
            self._by_run.setdefault(first[0].lower(), []).append(found)

    def __call__(self, text: str, own: str = "") -> str:
        """Return a text in which no name stands that is known.

        Parameters
        ----------
        own
            Whose text it is: their id is no other word.
        """
        key = text, own if own.lower() in self._words else ""
        if key not in self._done:
            self._done[key] = self._without(unicodedata.normalize("NFC", text), own)
        return self._done[key]

    def _without(self, text: str, own: str) -> str:
        made, end = [], 0
        for run in _RUN.finditer(text):
            for one in self._by_run.get(run[0].lower(), ()):
                start = run.start() - _RUN.search(one.name).start()
                stop = start + len(one.name)
                there = text[max(start, 0) : stop]
                if start < end or there.lower() != one.name.lower():
                    continue
                if _goes_on(text, stop) or (
                    one.common and there.islower() and one.name != own
                ):
                    continue
                made += [text[end:start], one.other]
                end = stop
                break
        return "".join([*made, text[end:]]) if made else text


def _goes_on(text: str, stop: int) -> bool:
    """Tell whether a word, or a number, goes on after a place."""
    last, then = text[stop - 1 : stop], text[stop : stop + 1]
    return (last.isalpha() and then.isalpha()) or (last.isdigit() and then.isdigit())


def without_files(text: str, known: Collection[str]) -> str:
    """Return what was said of a submission without the names that its files have.

    Parameters
    ----------
    known
        The names that are not the student's own: the assignment's.
    """
    made, end = [], 0
    for found in _NOTEBOOK.finditer(text) if ".ipynb" in text.lower() else ():
        before = _SAID.match(found[0]) or _BETWEEN.match(found[0])
        name = found[0][before.end() :]
        made += [before[0], name if name in known else OTHER_FILE]
        end = found.end()
    text = "".join([*made, text[end:]])
    return _LIST.sub(lambda found: _without_list(found, known), text)


def _without_list(found: re.Match, known: Collection[str]) -> str:
    more = _MORE.search(found["names"])
    names = found["names"].removesuffix(more[0] if more else "").split(", ")
    shown = [
        one if one in (*known, OTHER_FILE, "nothing") else OTHER_FILE for one in names
    ]
    # One name may have been several: a comma is a letter as any other.
    shown = ", ".join(dict.fromkeys(shown))
    return found["head"] + shown + (more[0] if more else "") + found["tail"]
