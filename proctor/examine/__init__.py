"""Run a notebook in two processes: the student's cells, and the examiner's tests."""
