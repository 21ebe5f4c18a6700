"""How many heaps the threads of a command have; what a process keeps of its heap."""

import ctypes
import platform
import subprocess
import sys

import pytest

from proctor.grade.places import Places
from proctor.grade.snapshot import Seeds
from proctor.grade.student_runs import StudentRuns
from proctor.sandbox.levels import best_level
from proctor.sandbox.limits import Limits
from proctor.tests import processes
from proctor.tests.turns import results

pytestmark = pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="another C library has no such heaps"
)
# What is larger than 512 bytes is the C library's to give.
PROGRAM = """
import ctypes, sys, threading
from proctor.commands.heap import one_heap
if sys.argv[1:]:
    one_heap()
all_there = threading.Barrier(4)
def work():
    held = [bytes(4000) for _ in range(100)]
    all_there.wait()
    return held
threads = [threading.Thread(target=work) for _ in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
ctypes.CDLL(None).malloc_stats()
"""


@pytest.mark.parametrize(("asked", "heaps"), [([], 5), (["one"], 1)])
def test_threads_have_one_heap_where_that_is_asked_for(asked, heaps):
    assert hasattr(ctypes.CDLL(None), "mallopt")
    command = [sys.executable, "-c", PROGRAM, *asked]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    assert said.count("Arena ") == heaps


# Two megabytes, of which NumPy asks for no larger pages: 512 of four kilobytes.
AGAIN = """
import resource, numpy as np
def cleared():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
def work():
    np.ones(1 << 18)
work()
begin = cleared()
work()
cleared() - begin
"""


def test_what_a_student_frees_serves_the_next_array():
    def work(name, place):
        with StudentRuns(jail, examiners, Seeds(1, 1), {}, place) as runs:
            return runs.run_cell(AGAIN)[0]["data"]["text/plain"]

    with processes.open_jail(best_level(), Limits()) as jail:
        examiners = processes.examiners(jail)
        (pages,) = results(work, ["frees"], Places(1, megabytes=1))
    assert int(pages) < 100
