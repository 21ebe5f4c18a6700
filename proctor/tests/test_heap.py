"""How many heaps the threads of a command have."""

import ctypes
import platform
import subprocess
import sys

import pytest

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
