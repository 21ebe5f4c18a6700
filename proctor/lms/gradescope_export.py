"""Read Gradescope's export of an assignment's submissions.

Review Grades > Export Submissions gives a zip with a folder ``submission_<number>``
for each submission, and ``submission_metadata.yml``, which says of each folder who
handed it in and when, as Ruby writes it (help.gradescope.com, "Export submissions")::

    submission_4711:
      :submitters:
      - :name: Bob Smith
        :sid: '340934'
        :email: bob@example.org
      :created_at: 2026-10-02 08:00:00.000000000 Z

A group's submission has several submitters: it is each one's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

import yaml

from proctor.errors import GradingError, SubmissionError
from proctor.lms.archive import Archive, Entry
from proctor.lms.names import Named, read_moodle

METADATA = "submission_metadata.yml"
_TIME = "tag:yaml.org,2002:timestamp"


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """Reads Ruby's own kinds of mappings and texts as plain ones.

    Nothing is a number, or anything else, for how it is written, but a time: who is
    called as no number can be would end the class's collection.
    """

    yaml_implicit_resolvers = {  # noqa: RUF012 (as the class above it has them)
        first: [pair for pair in pairs if pair[0] == _TIME]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def _time(loader: yaml.SafeLoader, node: yaml.ScalarNode):
    try:
        return loader.construct_yaml_timestamp(node)
    except ValueError:  # a thirteenth month: a text
        return loader.construct_scalar(node)


def _plain(loader: yaml.SafeLoader, suffix: str, node: yaml.Node):
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node)


_Loader.add_multi_constructor("!", _plain)
_Loader.add_multi_constructor("tag:", _plain)
_Loader.add_constructor(_TIME, _time)


_NO_LIST = AttributeError, TypeError, ValueError, RecursionError


def list_of(entries: Iterable[Entry]) -> Entry | None:
    """Return Gradescope's own list among an archive's files; None: there is none.

    A student may hand in a file of that name: it lies deeper, below the folder of its
    submission, or in the folder that Moodle made for who handed it in.
    """
    called = [one for one in entries if one.parts[-1:] == (METADATA,)]
    found = [one for one in called if read_moodle(one) is None]
    return min(found, key=lambda one: (len(one.parts), one.name), default=None)


@dataclass(frozen=True)
class _Submitter:
    name: str
    sid: str
    mail: str

    @property
    def user(self) -> str:
        return self.sid or self.mail or self.name


class Export:
    """An export: whose each file is.

    Attributes
    ----------
    times
        When each submitter handed in, in UTC.

    Raises
    ------
    GradingError
        If it has no list of submissions, or it cannot be read.
    """

    def __init__(self, archive: Archive) -> None:
        self._folders: dict[str, list[_Submitter]] = {}
        self.times: dict[str, datetime] = {}
        self._listed = list_of(archive.entries())
        if self._listed is None:
            raise GradingError(
                f"{archive.path} has no {METADATA}: take the zip of Review Grades > "
                "Export Submissions, whole"
            )
        try:
            content = yaml.load(archive.read(self._listed), _Loader)
            for folder, about in content.items():
                self._add(str(folder), about)
        except (SubmissionError, yaml.YAMLError, *_NO_LIST) as error:
            why = " ".join(str(error).split())[:200]
            raise GradingError(
                f"{archive.path}: its {METADATA} cannot be read ({why}): export the "
                "submissions again"
            ) from None

    def _add(self, folder: str, about: dict) -> None:
        people = []
        for one in about.get(":submitters") or ():
            said = (one.get(f":{key}") for key in ("name", "sid", "email"))
            texts = ("" if text is None else str(text).strip() for text in said)
            people.append(_Submitter(*texts))
        self._folders[folder] = people
        if when := _moment(about.get(":created_at")):
            self.times |= {person.user: when for person in people}

    def named(self, entry: Entry) -> list[Named] | None:
        """Return whose a file is; None if nobody's, nothing if it is Gradescope's."""
        if entry == self._listed:
            return []
        for place, part in enumerate(entry.parts[:-1]):
            if part in self._folders:
                given = "/".join(entry.parts[place + 1 :])
                return [
                    Named(entry, one.user, one.name, given, mail=one.mail)
                    for one in self._folders[part]
                ] or None
        return None


def _moment(said: object) -> datetime | None:
    """Return a time, in UTC and without saying so, as nbgrader keeps them."""
    if isinstance(said, str):
        try:
            said = datetime.fromisoformat(said.strip())
        except ValueError:
            return None
    if not isinstance(said, datetime):
        return datetime(*said.timetuple()[:3]) if isinstance(said, date) else None
    return said.astimezone(UTC).replace(tzinfo=None) if said.tzinfo else said
