"""Read a folder of Google Drive with Colab notebooks, as Drive downloads it.

Drive makes a zip of the folder, or several, ``...-001.zip``, ``...-002.zip``. Whose a
notebook is, its name or its folder says:

- Google Forms puts who answered behind the file's own name (support.google.com, "Create
  a form": file upload): ``spatial - Bob Smith.ipynb``;
- Google Classroom, where each student gets a copy, puts the student before it:
  ``Bob Smith - spatial.ipynb``; Colab's own copies begin with ``Copy of``;
- or each student has a folder, called by the id, the e-mail address or the name.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from proctor.lms.archive import Entry
from proctor.lms.class_list import ClassList
from proctor.lms.names import Named, plain_stem
from proctor.lms.systems import DRIVE

_COPY = re.compile(r"(copy of|kopie von|copie de|copia de)\s+", re.IGNORECASE)
_BETWEEN = re.compile(r"\s+[-\N{EN DASH}]\s+")


class Drive:
    """A folder of an assignment's notebooks.

    Parameters
    ----------
    notebooks
        The names of the assignment's notebooks.
    people
        The class.
    """

    def __init__(self, notebooks: list[str], people: ClassList) -> None:
        self._notebooks = {name.casefold(): name for name in notebooks}
        self._people = people

    def named(self, entry: Entry) -> list[Named] | None:
        """Return whose a file is; None if neither name nor folder says it.

        In the folder of one of the class it is theirs: what it is called there, they
        chose, and it may be another's name.
        """
        name, in_name = entry.parts[-1] if entry.parts else "", None
        if name.lower().endswith((".ipynb", ".ipynb.txt", ".ipynb.json")):
            in_name = self._in_name(name)
        by_folder = self._by_folder(entry, in_name[1] if in_name else "")
        if by_folder and self._people.find(DRIVE, by_folder).person:
            return [by_folder]
        if in_name:
            who, notebook = in_name
            return [Named(entry, who, who, f"{notebook}.ipynb")]
        return [by_folder] if by_folder else None

    def _by_folder(self, entry: Entry, notebook: str) -> Named | None:
        """Return what a student's own folder says; None: it lies in no such folder.

        Parameters
        ----------
        notebook
            Which one the file's name says that it is; empty: none.
        """
        # The first folder is the one that was downloaded.
        if len(entry.parts) < 3:
            return None
        who, given = entry.parts[1], "/".join(entry.parts[2:])
        stem = _COPY.sub("", plain_stem(entry.parts[-1]))
        if notebook := notebook or self._notebooks.get(stem.casefold(), ""):
            given = str(PurePosixPath(given).with_name(f"{notebook}.ipynb"))
        return Named(entry, who, who, given)

    def _in_name(self, name: str) -> tuple[str, str] | None:
        """Return who is in a file's name, and which notebook it is."""
        stem = _COPY.sub("", plain_stem(name))
        parts = _BETWEEN.split(stem)
        for place in range(1, len(parts)):
            before, after = " - ".join(parts[:place]), " - ".join(parts[place:])
            for who, what in ((after, before), (before, after)):
                what = _COPY.sub("", plain_stem(what.strip()))
                if notebook := self._notebooks.get(what.casefold()):
                    return plain_stem(who).strip(), notebook
        return None
