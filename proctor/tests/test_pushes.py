"""Grading each student's last commit: whatever one's is, the others' are graded."""

from types import SimpleNamespace

from proctor.grade.results import GRADED, Submission
from proctor.lms.archive import Entry
from proctor.lms.pushes import grade_pushes


def test_a_mistake_of_ours_costs_nobody_elses_grades():
    def grade(student, paths, files):
        assert paths["tiny"].read_bytes() == student.encode()
        if student == "odd":
            raise RecursionError("too deep\nand more")
        return SimpleNamespace(submission=Submission(student, GRADED, 7.0, 4.0))

    students = ("first", "odd", "second")
    repositories = SimpleNamespace(
        commits=dict.fromkeys(students, "1234"),
        entries=lambda: [Entry(f"{student}/tiny.ipynb") for student in students],
        read=lambda entry: entry.parts[0].encode(),
    )
    notebooks = [SimpleNamespace(name="tiny")]
    grader = SimpleNamespace(
        assignment=SimpleNamespace(notebooks=notebooks), grade=grade, run=lambda _: None
    )
    first, odd, second = grade_pushes(repositories, grader)
    assert (first.attention, second.submission.score) == (False, 4.0)
    assert odd.attention and odd.submission is None
    assert odd.why_not == "the grader failed: RecursionError: too deep"
