"""A copy of a student's process is made with no more work than it needs."""

import subprocess
import sys

import pytest

# `threading` has a new lock where Python's own fork was taken.
FORKS = """
import os, random, sys, threading, time
from proctor.in_student import forking

def in_child(see):
    read, write = os.pipe()
    if not forking.fork():
        os.write(write, repr(see()).encode())
        os._exit(0)
    os.wait()
    return eval(os.read(read, 1000))

forking.watch_for_more()
exec(sys.argv[1])
lock, seeded = threading._active_limbo_lock, random.getstate()
see = lambda: (threading._active_limbo_lock is lock, random.getstate() == seeded, more)
more = []
print(in_child(see), in_child(threading.active_count))
"""


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ("", "(True, True, []) 1"),
        ("random.seed(3); threading.Thread(target=int).start()", "(True, True, []) 1"),
        (
            "threading.Thread(target=time.sleep, args=[9], daemon=True).start()",
            "(False, True, []) 1",
        ),
        (
            "os.register_at_fork(after_in_child=lambda: more.append(1))",
            "(False, True, [1]) 1",
        ),
        ("fork, os.fork = os.fork, lambda: fork()", "(False, True, []) 1"),
    ],
    ids=["nothing", "a thread that ended", "a thread", "a hook", "another fork"],
)
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it is always Python's")
def test_python_does_its_part_where_there_is_something_to_do(before, said):
    command = [sys.executable, "-W", "ignore", "-c", FORKS, before]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert found.strip() == said


# How far apart twenty new objects of each size lie, at most.
HOLES = """
import gc, json, IPython, numpy
from proctor.sandbox.holes import fill_holes

def far():
    found = {}
    for size in range(48, 513, 16):
        new = [bytes(size - 33) for _ in range(20)]
        found[size] = max(map(id, new)) - min(map(id, new))
    return max(found.values())

gc.collect()
before = far()
fill_holes()
print(before, far())
"""


def test_new_objects_lie_together_when_all_holes_are_filled():
    command = [sys.executable, "-c", HOLES]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    before, after = map(int, found.split())
    # In one pool of 16 KB, or in the next.
    assert after <= 2 << 14 < before
