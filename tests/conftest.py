from __future__ import annotations

import os
import pickle
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import chromium
import pytest
from filelock import FileLock
from small import make_small
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from proctor.gradebook.fast_import import spare_nbgrader
from proctor.tests.commands import run
from proctor.tests.typed import PROGRAMS

# What tests import of nbgrader they name; the rest of it takes longer.
spare_nbgrader()
# What compares for several files says what differs.
pytest.register_assert_rewrite("undisturbed", "convolutions", "spatial_two_cases")
ROOT = Path(__file__).resolve().parent.parent
# Who starts the tests in the background has them ignore Ctrl-C, and so would every
# command that is to answer it.
signal.signal(signal.SIGINT, signal.default_int_handler)
# What takes longest, the longest first.
SLOW = (
    "redteam/test_class.py",
    "course/test_bank_gates.py",
    "grading/test_disturbed.py",
    "grading/test_untidy.py",
    "framework/test_notebooks.py",
    "grading/test_nbgrader.py",
    "course/test_build.py",
    "grading/test_no_work.py",
)
# Each test takes as long as other files, and shares nothing with the others.
EACH_BY_ITSELF = ("tests/course/test_bank_gates.py",)
# What one file opened the next goes on with.
TOGETHER = {
    f"proctor/tests/{name}.py": group
    for group, names in {
        "sandbox": (
            "test_sandbox",
            "test_sandbox_apart",
            "test_sandbox_files",
            "test_sandbox_traces",
        ),
        "namer": ("test_namer", "test_namer_limits", "test_namer_shown"),
        "term": ("test_term", "test_backups"),
        "run": (
            "test_run",
            "test_run_answers",
            "test_run_copies",
            "test_run_stand_ins",
        ),
    }.items()
    for name in names
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the slow files, or one worker is left with one at the end.

    pytest-xdist would begin with the files of many tests, and the slow ones have few.
    """
    order = {ROOT / "tests" / name: place for place, name in enumerate(SLOW)}
    items.sort(key=lambda item: order.get(item.path, len(order)))


class ByFile(LoadFileScheduling):
    """Gives a file's tests to one worker, and some files' to the same.

    Of other files each test goes by itself.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return nodeid if file in EACH_BY_ITSELF else TOGETHER.get(file, file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    return ByFile(config, log)


PROGRAMS["course"] = ["course.cli", "course.build", "course.export", "course.release"]
# What most of the time of a small class goes into before it begins.
PROGRAMS["proctor autograde"] = ["proctor.cli", "proctor.tests.begun"]
# `proctor upgrade` alone: what it needs of nbgrader other commands spare themselves.
PROGRAMS["proctor upgrade"] = [
    "proctor.cli",
    "nbgrader.converters",
    "nbgrader.exchange",
    "proctor.gradebook.upgrade",
    "proctor.gradebook.class_run",
    "course.build",
]


def copy_checkout(folder: Path) -> Path:
    """Copy the files that git knows, or would add, as a clean checkout has them."""
    listed = run(
        "git", "ls-files", "--cached", "--others", "--exclude-standard", cwd=ROOT
    )
    assert listed.returncode == 0, listed.stderr
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="session")
def shared(tmp_path_factory) -> Path:
    """A folder that all workers have in common; lock what is made there."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


@pytest.fixture(scope="session")
def committed(shared) -> Path:
    """A clean checkout, committed; made once a session, and only to be copied."""
    folder = shared / "checkout"
    with FileLock(shared / "checkout.lock"):
        if not folder.exists():
            commit_all(copy_checkout(shared / "checkout-begun"))
            (shared / "checkout-begun").rename(folder)
    return folder


def commit_all(folder: Path) -> Path:
    """Make a folder's files the first commit of a repository there."""
    identity = ["-c", "user.name=test", "-c", "user.email=test@localhost"]
    run("git", "init", "--quiet", "--initial-branch=main", cwd=folder)
    run("git", "add", "--all", cwd=folder)
    done = run("git", *identity, "commit", "--quiet", "-m", "all", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session")
def committed_small(shared) -> Path:
    """A small course, built and committed; made once a session, to be copied."""
    folder = shared / "small"
    with FileLock(shared / "small.lock"):
        if not folder.exists():
            begun = make_small(copy_checkout(shared / "small-begun"))
            built = run("course", "build", cwd=begun)
            assert built.returncode == 0, built.stderr
            commit_all(begun).rename(folder)
    return folder


@pytest.fixture
def small_course(committed_small, tmp_path) -> Path:
    """A course of one small notebook, built and committed."""
    return shutil.copytree(committed_small, tmp_path / "small", symlinks=True)


@pytest.fixture
def checkout(committed, tmp_path) -> Path:
    """A clean checkout, committed, on which nothing was run."""
    return shutil.copytree(committed, tmp_path / "checkout", symlinks=True)


@pytest.fixture(scope="session")
def demo(shared) -> tuple[Path, subprocess.CompletedProcess]:
    """The demo's course folder, and what the command printed; run once a session."""
    folder, printed = shared / "demo-course", shared / "demo.pickle"
    with FileLock(shared / "demo.lock"):
        if not printed.exists():
            done = run("course", "demo", "--folder", folder, cwd=ROOT)
            printed.write_bytes(pickle.dumps(done))
    return folder, pickle.loads(printed.read_bytes())


@pytest.fixture(scope="session")
def student_python(shared) -> Path:
    """The interpreter of a student's environment, as Binder makes it; made once."""
    folder = shared / "student-env"
    with FileLock(shared / "student-env.lock"):
        if not (folder / "made").exists():
            checkout = copy_checkout(shared / "student-checkout")
            make_student(checkout, folder)
            (folder / "made").touch()
    return folder / "bin/python"


def make_student(checkout: Path, folder: Path) -> None:
    """Make an environment from binder/requirements.txt, and run postBuild for it."""
    requirements = checkout / "binder/requirements.txt"
    python = folder / "bin/python"
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    for command, environment in (
        (("uv", "venv", "--seed", "--python", sys.executable, folder), {}),
        (("uv", "pip", "install", "--python", python, "-r", requirements), {}),
        ((checkout / "binder/postBuild",), {"PATH": path}),
    ):
        done = run(*command, cwd=checkout, env=environment)
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def site(shared) -> Path:
    """The web pages, built once a session, and only to be read."""
    folder = shared / "site"
    with FileLock(shared / "site.lock"):
        if not folder.exists():
            done = run("course", "site", "--folder", folder, cwd=ROOT)
            assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def browser():
    """The machine's browser, which a module's tests share."""
    if chromium.program() is None:
        pytest.skip("no Chromium or Chrome here: no page was opened in a browser")
    with chromium.started() as opened:
        yield opened


@pytest.fixture(scope="module")
def opened(browser):
    """A page, which a module's tests share."""
    page = chromium.Browser(browser)
    yield page
    page.close()


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Where tests leave what they saw, for a person to look at."""
    folder = ROOT / "build" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def private_mounts():
    """A command that runs another with mounts of its own."""
    command = ["unshare", "--mount"]
    if os.getuid() != 0:
        command[1:1] = ["--user", "--map-root-user"]
    test = "mount -t tmpfs tmpfs /mnt"
    tried = subprocess.run([*command, "sh", "-c", test], capture_output=True, text=True)
    if tried.returncode:
        pytest.skip(f"no mounts of its own for a process here: {tried.stderr.strip()}")
    return command
