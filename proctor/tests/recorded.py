"""An examination that keeps its rubrics, for tests of what they say."""

import contextlib

from proctor.rubric import rubric as module
from proctor.rubric import set_examination
from proctor.rubric.where import InOneProcess


class Recorded(InOneProcess):
    """An examination that keeps its rubrics."""

    def __init__(self, seed):
        super().__init__(seed)
        self.rubrics = []

    def register(self, rubric):
        self.rubrics.append(rubric)


def message_of(rubric, function, points=1):
    """Run ``function`` as a check; return what the student reads, empty if passed."""
    rubric.check(f"check {len(rubric.results())}", points=points)(function)
    return rubric.results()[-1]["message"]


def raising(error):
    def function(*_args, **_kwargs):
        raise error

    return function


@contextlib.contextmanager
def recording(seed=7):
    """Have rubrics register with a new examination; return it."""
    before = module.examination
    new = Recorded(seed)
    set_examination(new)
    try:
        yield new
    finally:
        set_examination(before)
