"""What a timestamp.txt says is read rightly, or a person has to look."""

from datetime import datetime

import pytest

from proctor.errors import SubmissionError
from proctor.gradebook.times import read_time

NOON = datetime(2026, 1, 31, 12, 0)


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-31 12:00:00 UTC",
        "2026-01-31 12:00:00.000000 UTC\n",
        "2026-01-31 12:00:00",
        "2026-01-31 04:00:00 -0800",
        "2026-01-31 04:00:00 -08:00",
        "2026-01-31T04:00:00-08:00",
        "2026-01-31T12:00:00Z",
        "2026-01-31 13:00:00 +0100",
        "2026-01-31 13:00:00 Europe/Berlin",
        "Sat, 31 Jan 2026 12:00:00 GMT",
        "Sat, 31 Jan 2026 07:00:00 EST",
        "31 January 2026, 12:00",
        "01/31/2026 12:00 PM",
    ],
)
def test_one_moment(text):
    assert read_time(text.encode()) == NOON


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_an_editor_of_windows(encoding):
    assert read_time("2026-01-31 04:00:00 -0800".encode(encoding)) == NOON


@pytest.mark.parametrize("text", [b"", b" \n"])
def test_nothing_is_no_time(text):
    assert read_time(text) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("yesterday, honestly", "holds no time"),
        ("2026-13-31 12:00:00", "holds no time"),
        ("2026-01-31 12:00:00 PST", "names the time zone 'PST', which is not known"),
        ("Sat, 31 Jan 2026 12:00:00 PST", "names the time zone 'PST'"),
        ("2026-01-31 12:00:00 Nowhere/Land", "names the time zone 'Nowhere/Land'"),
        ("2026-01-31 12:00:00 /etc/localtime", "names the time zone '/etc/localtime'"),
        ("2026-01-31 12:00:00 ../zoneinfo/UTC", "names the time zone"),
        ("1" * 200, "holds no time"),
        ("05/06/2026 12:00", "may be several times"),
        ("12:00", "may be several times"),
        ("Saturday", "may be several times"),
        ("2026-01-31", "may be several times"),
        ("26-01-12 12:00:00", "may be several times"),
        ("2026-01-31 12:00:00 +0060", "names the time zone '[+]0060'"),
        ("January 2026", "may be several times"),
    ],
)
def test_otherwise_a_person_looks(text, words):
    with pytest.raises(SubmissionError, match=words):
        read_time(text.encode())
