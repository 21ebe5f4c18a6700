"""What authors import in test cells; runs in the examiner, or in plain nbgrader."""

from proctor.rubric.arrays import StudentArray
from proctor.rubric.errors import (
    AuthorError,
    CheckFailed,
    StudentEnded,
    StudentError,
)
from proctor.rubric.rubric import Rubric, Score, set_examination
from proctor.rubric.where import Examination, InOneProcess

__all__ = [
    "AuthorError",
    "CheckFailed",
    "Examination",
    "InOneProcess",
    "Rubric",
    "Score",
    "StudentArray",
    "StudentEnded",
    "StudentError",
    "set_examination",
]
