"""One submission, in the grader's process."""
