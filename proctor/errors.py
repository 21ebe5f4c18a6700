"""What can be wrong, in the words that a user reads."""

from __future__ import annotations

# Of a task as it was handed out: tests say it, and who grades looks for it.
UNWRITTEN = "not written yet"
# What a check says of an answer that is a value and no function, and not there.
NOT_ANSWERED = "not answered"
# How a check begins that the student's process did not live to see.
NOT_TRIED = "not tried: before it, "


class GradingError(Exception):
    """Why a run cannot begin: one line that says what, where and what to do."""


class SubmissionError(Exception):
    """Why one submission cannot be graded, in plain words."""
