"""Attacks on others: on the submissions before and after, and on what all share."""

from redteam.submission import attack


@attack()
def kills_neighbours(notebook, folder):
    """Finds processes by their number and name; asks only whether it might."""
    notebook.fake()
    notebook.attack(
        """
        import os
        own = {os.getpid(), os.getppid(), 1}
        own |= {int(t) for t in os.listdir("/proc/self/task")} if os.path.isdir(
            "/proc/self/task") else set()
        reach = []
        for process in range(2, 65_536):
            if process in own:
                continue
            try:
                os.kill(process, 0)
                reach.append(process)
            except OSError:
                pass
        if reach:
            reached(f"signals to {len(reach)} processes")
        """,
        before="test-conv2d-forward",
    )


@attack()
def fills_shared_memory(notebook, folder):
    """System V and POSIX shared memory, queues and semaphores: they outlive all."""
    notebook.fake()
    notebook.attack("""
        import ctypes
        import ctypes.util
        import os
        libc = ctypes.CDLL(None, use_errno=True)
        key = 0x72656474
        calls = {
            "shmget": lambda: libc.shmget(key, 1 << 20, 0o1666),
            "msgget": lambda: libc.msgget(key, 0o1666),
            "semget": lambda: libc.semget(key, 1, 0o1666),
            "mq_open": lambda: libc.syscall(240, b"redteam", os.O_CREAT | os.O_RDWR,
                                            0o666, None),
            "shm_open": lambda: libc.shm_open(b"/redteam-shm", os.O_CREAT | os.O_RDWR,
                                              0o666),
        }
        for name, call in calls.items():
            print(name, call(), os.strerror(ctypes.get_errno()))
        try:
            from multiprocessing import shared_memory
            block = shared_memory.SharedMemory("redteam-block", True, 1 << 20)
            print(block.name)
        except OSError as error:
            print(error)
    """)


@attack()
def takes_the_users_share(notebook, folder):
    """Watches, keys, timers, signals, locks: what the kernel counts by user."""
    notebook.fake()
    notebook.attack("""
        import ctypes
        import os
        libc = ctypes.CDLL(None, use_errno=True)
        taken = {}
        calls = {
            "inotify": lambda n: libc.inotify_init1(0),
            "keys": lambda n: libc.syscall(248, b"user", b"r%d" % n, b"x", 1, -3),
            "epoll": lambda n: libc.epoll_create1(0),
            "eventfd": lambda n: libc.eventfd(0, 0),
            "timers": lambda n: libc.timer_create(
                1, None, ctypes.create_string_buffer(8)),
            "memory locks": lambda n: libc.mlock(
                ctypes.create_string_buffer(1 << 16), 1 << 16),
            "pipes": lambda n: libc.pipe(ctypes.create_string_buffer(8)),
        }
        for name, call in calls.items():
            for number in range(2000):
                if call(number) < 0:
                    break
            taken[name] = number
        print(taken)
        os.closerange(5, 1024)
    """)


@attack()
def locks_the_gradebook(notebook, folder):
    """A lock on the database stops whoever writes to it."""
    notebook.fake()
    notebook.attack("""
        import fcntl
        import os
        for name in ("gradebook.db", "nbgrader_config.py", "", "submitted"):
            try:
                descriptor = os.open(f"{COURSE}/{name}", os.O_RDONLY)
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                reached(f"a lock on {name}")
            except OSError as error:
                print(error)
    """)


@attack()
def changes_shared_settings(notebook, folder):
    """The host's name, its clock, its limits, its cgroups."""
    notebook.fake()
    notebook.attack("""
        import ctypes
        import os
        import socket
        import time
        libc = ctypes.CDLL(None, use_errno=True)
        now = time.clock_gettime(time.CLOCK_REALTIME)
        name = os.uname().nodename.encode()
        calls = {
            "the host's name": lambda: libc.sethostname(name, len(name)),
            "the clock": lambda: libc.syscall(227, 0, None),
            "swap": lambda: libc.swapoff(b"/nonexistent"),
            "modules": lambda: libc.syscall(176, b"redteam", 0),
            "its user": lambda: libc.setuid(0) if os.getuid() else -1,
            "capabilities": lambda: libc.prctl(47, 2, 21, 0, 0),
        }
        for what, call in calls.items():
            if call() >= 0:
                reached(what)
            print(what, os.strerror(ctypes.get_errno()))
    """)


@attack()
def empties_shared_folders(notebook, folder):
    """Removes its own working folder, and tries what lies above."""
    notebook.fake()
    notebook.attack("""
        import os
        import shutil
        here = os.getcwd()
        shutil.rmtree(here, ignore_errors=True)
        for folder in (os.path.dirname(here), "/tmp", "/var/tmp"):
            try:
                for name in os.listdir(folder):
                    print(folder, name)
                    if name.isdigit():
                        reached(f"the names of others in {folder}")
            except OSError as error:
                print(error)
        try:
            os.rename(here, here + "-moved")
            os.symlink("/", here)
        except OSError as error:
            print(error)
    """)


@attack()
def leaves_the_next_a_present(notebook, folder):
    """Patched modules, kept in memory: the next process must start from the parent."""
    notebook.fake()
    notebook.append("""
        import builtins
        import sys
        import numpy
        numpy.redteam_was_here = builtins.redteam_was_here = True
        numpy.zeros = lambda *a, **k: 1 / 0
        sys.modules["tinytorch"].redteam_was_here = True
        builtins.range = lambda *a: []
    """)


@attack()
def looks_for_a_present(notebook, folder):
    """Is anything of ``leaves-the-next-a-present`` still there?"""
    notebook.fake()
    notebook.attack("""
        import builtins
        import os
        import numpy
        import tinytorch
        for thing in (numpy, builtins, tinytorch):
            if hasattr(thing, "redteam_was_here"):
                reached(f"what another left in {thing}")
        for top in ("/tmp", "/var/tmp", "/dev/shm", os.getcwd(), HOME):
            for folder, _, files in os.walk(top):
                for name in files:
                    if name.startswith(("redteam-left", "redteam-fill")):
                        reached(os.path.join(folder, name))
    """)


@attack(solves=("output-size", "conv2d-forward"))
def accomplice_a_gives(notebook, folder):
    """Leaves its convolution in its working folder, and waits to be read."""
    notebook.fake("conv2d-layer", "max-pool2d-forward", "avg-pool2d-forward")
    solution = notebook.cell("conv2d-forward").source
    notebook.begin(f"""
        import time
        with open("redteam_given.py", "w") as file:
            file.write("import numpy as np" + chr(10) + {solution!r})
        time.sleep(1.5)
    """)


@attack()
def accomplice_b_takes(notebook, folder):
    """Looks for it in the folders beside its own, while the other still runs."""
    notebook.fake()
    notebook.attack(
        """
        import glob
        import os
        import time
        here = os.path.basename(os.getcwd())
        end = time.monotonic() + 1.5
        told = set()
        while time.monotonic() < end:
            for name in glob.glob("../*/*") + glob.glob("/tmp/*/*"):
                if os.path.basename(os.path.dirname(name)) in (here, "work"):
                    continue
                if name not in told:
                    told.add(name)
                    reached(f"a file of another submission: {name}")
                try:
                    exec(open(name).read(), globals())
                except Exception as error:
                    print(error)
            time.sleep(0.02)
        """,
        before="test-conv2d-forward",
    )


@attack()
def signals_by_descriptors(notebook, folder):
    """The kernel sends a signal for it: whom to tell when a socket can be read."""
    notebook.fake()
    notebook.attack(
        """
        import fcntl
        import os
        import signal
        for target in (os.getppid(), -os.getppid()):
            if abs(target) < 100:  # in a process namespace of its own
                continue
            for descriptor in (*os.pipe(), 3, 4):
                try:
                    fcntl.fcntl(descriptor, fcntl.F_SETOWN, target)
                    fcntl.fcntl(descriptor, 10, signal.SIGKILL)  # F_SETSIG
                    flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
                    fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | os.O_ASYNC)
                except OSError as error:
                    print(descriptor, error)
        read, write = os.pipe()
        try:
            fcntl.fcntl(read, fcntl.F_SETOWN, os.getppid())
            fcntl.fcntl(read, 10, signal.SIGKILL)
            fcntl.fcntl(read, fcntl.F_SETFL, os.O_ASYNC)
            os.write(write, b"now")
        except OSError as error:
            print(error)
        """,
        before="test-conv2d-forward",
    )


@attack()
def guesses_random_numbers(notebook, folder):
    """All processes are forked from one: are their random numbers the same?

    It prints what it draws; the harness compares it with `guesses-again`.
    """
    notebook.fake()
    notebook.attack(DRAW)


@attack()
def guesses_again(notebook, folder):
    notebook.fake()
    notebook.attack(DRAW)


DRAW = """
    import random
    import uuid
    import numpy as np
    print("DRAWN", random.random(), np.random.rand(), hash("redteam"), uuid.uuid4())
"""
