"""Fixtures: a notebook of the tiny course, graded, and the names that it gets."""

import pytest

from proctor.sandbox.levels import best_level
from proctor.tests import processes, tiny
from proctor.tests.naming import reference_of
from proctor.tests.tiny import BUGS, SOLUTIONS


@pytest.fixture(scope="module")
def naming_jail(jails):
    return jails(best_level())


@pytest.fixture
def grade(naming_jail, tmp_path):
    """Return a function that grades a notebook with some cells replaced."""

    def grade(texts, bugs=BUGS, same=tiny.SAME_VALUES, more=(), seed=1):
        known = reference_of(tmp_path, bugs, same)
        notebook = tiny.notebook_of(tiny.cells_of(SOLUTIONS | texts, more))
        verdicts = processes.run(naming_jail, notebook, seed, known)
        return verdicts, notebook

    return grade


@pytest.fixture
def named(grade):
    """Return a function that grades, and gives the mistakes by failing check."""

    def named(texts, **options):
        verdicts, _ = grade(texts, **options)
        return {
            check.name: check.bug or None
            for verdict in verdicts.values()
            for check in verdict.checks
            if check.message
        }

    return named
