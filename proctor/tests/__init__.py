"""Proctor's own tests: they need nothing of a course but what they make."""

import os

# For all tests, for those of the course import this. Each of pytest's workers has a
# processor, and so have the programs that they start: a second thread of one would spin
# until the other lets it on, many times as long as what it has to do.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
