"""Attacks that go on after their cell, or after their process."""

from redteam.submission import attack


@attack()
def leaves_a_daemon(notebook, folder):
    """setsid and two forks; the grandchild would live on for a minute."""
    notebook.fake()
    notebook.attack("""
        import ctypes
        import os
        import time
        try:
            if os.fork() == 0:
                os.setsid()
                # No signal when the parent ends.
                ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)
                if os.fork() == 0:
                    for descriptor in range(3):
                        os.close(descriptor)
                    time.sleep(60)
                os._exit(0)
        except OSError as error:
            print(error)
    """)


@attack()
def leaves_a_program(notebook, folder):
    notebook.fake()
    notebook.attack("""
        import subprocess
        try:
            subprocess.Popen(["/bin/sleep", "60"], start_new_session=True)
        except OSError as error:
            print(error)
    """)
    notebook.add("!nohup sleep 60 &")


@attack()
def leaves_threads(notebook, folder):
    """A thread that is no daemon, and one that ends only with the process."""
    notebook.fake()
    notebook.before_tests("""
        import threading
        import time
        threading.Thread(target=time.sleep, args=(60,)).start()
        threading.Thread(
            target=lambda: [time.sleep(0.01) for _ in iter(int, 1)]).start()
    """)


@attack()
def acts_during_the_tests(notebook, folder):
    """A thread that prints scores, changes functions and patches while tests run."""
    notebook.fake()
    notebook.before_tests("""
        import threading
        import time

        def act():
            scope = get_ipython().user_ns
            while True:
                print("20.0")
                np.allclose = lambda *a, **k: True
                scope["conv2d_forward"] = scope.get("max_pool2d_forward")
                time.sleep(0.002)

        threading.Thread(target=act, daemon=True).start()
    """)


@attack()
def sets_a_timer(notebook, folder):
    """A signal every 2 ms, whose handler answers in the middle of a test."""
    notebook.fake()
    notebook.before_tests("""
        import signal

        def ring(number, frame):
            while frame:
                for name in ("value", "reply"):
                    if name in frame.f_locals:
                        frame.f_locals[name] = {"value": True}
                frame = frame.f_back

        signal.signal(signal.SIGALRM, ring)
        signal.setitimer(signal.ITIMER_REAL, 0.002, 0.002)
    """)


@attack(slow=True)
def will_not_end(notebook, folder):
    """Its exit hooks, finalizers and signal handlers wait for ever."""
    notebook.fake()
    notebook.append("""
        import atexit
        import signal
        import sys
        import threading
        import time

        def wait(*a):
            while True:
                try:
                    time.sleep(60)
                except BaseException:
                    pass

        atexit.register(wait)
        threading._register_atexit(wait)
        for number in range(1, 65):
            try:
                signal.signal(number, wait)
            except (OSError, ValueError):
                pass

        class Last:
            __del__ = wait

        sys.modules["redteam-last"] = Last()
        sys.exit(0)
    """)


@attack()
def changes_its_priority(notebook, folder):
    """More processor time for itself, and less for who grades."""
    notebook.fake()
    notebook.attack("""
        import os
        import resource
        ways = {
            "nice": lambda: os.nice(-10),
            "priority of the parent":
                lambda: os.setpriority(os.PRIO_PROCESS, max(os.getppid(), 2), 5),
            "priority of the user": lambda: os.setpriority(os.PRIO_USER, 0, 5),
            "real time": lambda: os.sched_setscheduler(
                0, os.SCHED_FIFO, os.sched_param(1)),
            "limits of the parent":
                lambda: resource.prlimit(max(os.getppid(), 2), resource.RLIMIT_NOFILE,
                                         (3, 3)),
            "its own processor time":
                lambda: resource.setrlimit(resource.RLIMIT_CPU, (-1, -1)),
        }
        for name, way in ways.items():
            try:
                way()
                if name not in ("its own processor time",):
                    reached(name)
            except (OSError, ValueError) as error:
                print(name, error)
    """)
