"""What the tests of places and of turns have in common."""

from proctor.grade.workers import Workers


def results(work, items, places):
    """Return what a run's workers make of items."""
    with Workers(work, items, places) as workers:
        return [result for batch in workers.batches(1, 0.0) for result in batch]


class Process:
    """One that wants what it is told to have wanted."""

    def __init__(self, wanted):
        self.wanted, self.signals = wanted, []

    def wanted_seconds(self):
        """Return the seconds that it was told."""
        return self.wanted

    def signal(self, number):
        """Take note of a signal."""
        self.signals.append(number)
