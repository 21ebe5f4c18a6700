"""The tests of proctor, and what all tests here begin with."""

import os

# Each of pytest's workers has a processor, and so have the programs that they start: a
# second thread of one would spin until the other lets it on, many times as long as
# what it has to do.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
