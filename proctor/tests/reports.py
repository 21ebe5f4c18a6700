"""Reports on made-up classes, and what they leave."""

import csv
from html.parser import HTMLParser

from proctor.cli import main
from proctor.settings import Course
from proctor.tests import classes, tiny
from proctor.tests.classes import lost, submission
from proctor.tests.tiny import NAME

WRONG = {"positive numbers": ("wrong values", "aa"), "no numbers": ("too late", "bb")}
OTHER = {"positive numbers": ("wrong values", "cc"), "no numbers": ("too late", "bb")}


def small_course(folder, monkeypatch):
    """Make the tiny course in a folder, and go there."""
    tiny.course(folder)
    monkeypatch.chdir(folder)
    return folder


def reporting(course, capsys):
    """Return a function that reports on runs, and returns the page and what is said."""

    def report(*runs, options=(), status=0):
        paths = [
            classes.write(course / f"run-{number}.json", one)
            for number, one in enumerate(runs)
        ]
        given = [part for path in paths for part in ("--results", str(path))]
        assert main(["report", NAME, *given, *options]) == status
        said = capsys.readouterr()
        page = course / "results" / NAME / "report.html"
        return (page.read_text() if page.exists() else ""), said.out, said.err

    return report


def rows(course, name):
    text = (course / "results" / NAME / name).read_text()
    return list(csv.DictReader(text.splitlines()))


def a_class(number):
    """Return a class: every third triples, every fifth has no name, one is broken."""
    made = []
    for index in range(number - 1):
        wrong = {}
        if index % 3 == 0:
            wrong |= {"positive numbers": "triple", "negative numbers": "triple"}
        elif index % 5 == 0:
            wrong |= WRONG
        elif index % 7 == 0:
            wrong |= OTHER
        made.append(submission(f"s{index:04}", wrong))
    return [*made, lost("zoe", "it is no notebook: no JSON")]


class Elements(HTMLParser):
    """The elements of a page."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def kept(course, *runs):
    """Keep results as grading runs do."""
    from proctor.gradebook.history import History

    for made in runs:
        History(Course.read(course).layout).keep(made)
