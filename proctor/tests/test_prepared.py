"""What submissions can read, laid out once in an image for the level uid."""

import contextlib
import fcntl
import json
import os
import stat
import sysconfig
import time
from pathlib import Path

import pytest

from proctor.sandbox import copies
from proctor.tests import tiny
from proctor.tests.lms_files import body

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.getuid() != 0, reason="only root gives user ids"),
]


@pytest.fixture(scope="module")
def image(tmp_path_factory, warm_proctor):
    """A course, and what was laid out for it."""
    folder = tiny.course(tmp_path_factory.mktemp("image"))
    config = folder / "nbgrader_config.py"
    config.write_text(
        config.read_text() + "\nfrom pathlib import Path\n"
        "def build(folder, assignment):\n"
        "    (folder / 'given').mkdir(parents=True)\n"
        "    (folder / 'given/__init__.py').write_text(Path('given.txt').read_text())\n"
        "c.Sandbox.build_package = build\n"
    )
    (folder / "given.txt").write_text("TWO = 2\n")
    done = prepare(warm_proctor, folder)
    assert done.status == 0 and "--Sandbox.prepared=" in done.output, done.output
    return folder


def prepare(warm_proctor, folder, name="libraries"):
    return warm_proctor.run(folder, "prepare", name, "--assignment", tiny.NAME)


def check(warm_proctor, folder):
    path = folder / "handed-in.ipynb"
    cells = tiny.cells_of(
        tiny.STUBS | {"double": "import given\n" + body("x * given.TWO")}
    )
    tiny.write(path, tiny.hidden(cells))
    place = folder / "libraries"
    return warm_proctor.run(
        *(folder, "check", str(path), "--assignment", tiny.NAME, "--sandbox", "uid"),
        *(f"--Sandbox.prepared={place}", "--format", "json", "--out", "found.json"),
    )


def found_in(folder) -> dict:
    return json.loads((folder / "found.json").read_text())


def late(root: Path) -> list[Path]:
    """Return what would show that it is read."""
    soon = time.time() + 365 * 86400
    return [path for path in (root, *root.rglob("*")) if path.lstat().st_atime < soon]


def scratches(folder: Path) -> list[str]:
    names = [p.name for p in folder.glob("libraries/roots/*/tmp/*")]
    return [name for name in names if len(name) == 32]


def test_runs_use_it_and_leave_it_as_it_was(image, warm_proctor):
    root = image / "libraries/roots/0"
    # What an image does not keep, and what a run that was killed left.
    for path in (root, *root.rglob("*")):
        os.utime(path, (0, path.lstat().st_mtime), follow_symlinks=False)
    (root / "dev/null").unlink()
    (root / "tmp" / ("ab" * 16) / "work").mkdir(parents=True)
    done = check(warm_proctor, image)
    assert done.status == 0, done.output
    found = found_in(image)
    assert (found["sandbox"], found["submissions"][0]["score"]) == ("uid", 4)
    assert (root / "dev/null").is_char_device()
    assert not scratches(image)
    # What is emptied after a run is hidden before the next.
    assert set(late(root)) <= {root, root / "tmp"}


def test_while_another_run_has_it_each_makes_its_own(image, warm_proctor):
    descriptor = os.open(image / "libraries", os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        done = check(warm_proctor, image)
    finally:
        os.close(descriptor)
    assert (done.status, found_in(image)["submissions"][0]["score"]) == (0, 4)


def test_roots_have_the_same_files_in_folders_of_their_own(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    (first / "usr/lib").mkdir(parents=True)
    (first / "tmp").mkdir(mode=0o711)
    (first / "usr/lib/c.so").write_bytes(b"\x7fELF")
    (first / "lib").symlink_to("usr/lib")
    os.mknod(first / "null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
    copies.link(first, second)
    there = {path.relative_to(first) for path in first.rglob("*")}
    assert there == {path.relative_to(second) for path in second.rglob("*")}
    for name in there:
        one, other = (first / name).lstat(), (second / name).lstat()
        assert one.st_mode == other.st_mode
        assert os.path.samestat(one, other) != stat.S_ISDIR(one.st_mode)


def test_what_was_made_of_something_else_is_refused(image, warm_proctor):
    (image / "given.txt").write_text("TWO = 3\n")
    done = check(warm_proctor, image)
    (image / "given.txt").write_text("TWO = 2\n")
    assert done.status == 2 and done.output.count("\n") == 1
    assert "was made of something else (students' package)" in done.output


def test_what_others_could_change_is_refused(image, warm_proctor):
    (image / "libraries").chmod(0o777)
    done = check(warm_proctor, image)
    (image / "libraries").chmod(0o755)
    assert done.status == 2 and "can be changed by others" in done.output


@contextlib.contextmanager
def inner_folder_is_open(libraries):
    (place := libraries / "roots/0/tmp").chmod(0o777)
    yield
    place.chmod(0o711)


@contextlib.contextmanager
def roots_are_open(libraries):
    (place := libraries / "roots").chmod(0o777)
    yield
    place.chmod(0o755)


@contextlib.contextmanager
def of_somebody_else(libraries):
    os.chown(place := libraries / "roots/0", 1234, 0)
    yield
    os.chown(place, 0, 0)


@contextlib.contextmanager
def half_of_it_is_gone(libraries):
    place = Path(sysconfig.get_path("stdlib"), "wave.py").relative_to("/")
    place = libraries / "roots/0" / place
    place.rename(away := libraries / "wave.py")
    yield
    away.rename(place)


@contextlib.contextmanager
def longer_than_it_was(libraries):
    place = Path(sysconfig.get_path("stdlib"), "wave.py").relative_to("/")
    place = libraries / "roots/0" / place
    before = place.read_bytes()
    place.write_bytes(before + b"# more")
    yield
    place.write_bytes(before)


@contextlib.contextmanager
def moved(libraries):
    libraries.rename(away := libraries.with_name("away"))
    libraries.symlink_to(away)
    yield
    libraries.unlink()
    away.rename(libraries)


@contextlib.contextmanager
def about_is_a_list(libraries):
    before = (place := libraries / "about.json").read_text()
    place.write_text("[]")
    yield
    place.write_text(before)


@contextlib.contextmanager
def about_says_nothing(libraries):
    before = (place := libraries / "about.json").read_text()
    place.write_text(json.dumps(json.loads(before) | {"listed": None}))
    yield
    place.write_text(before)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (inner_folder_is_open, "is not as it was made"),
        (roots_are_open, "can be changed by others"),
        (of_somebody_else, "is not as it was made"),
        (half_of_it_is_gone, "is not as it was made"),
        (longer_than_it_was, "is not as it was made"),
        (moved, "move it back, or make it anew by proctor prepare"),
        (about_is_a_list, "make them by proctor prepare"),
        (about_says_nothing, "make them by proctor prepare"),
    ],
)
def test_what_is_not_as_it_was_made_is_refused(image, warm_proctor, changed, said):
    with changed(image / "libraries"):
        done = check(warm_proctor, image)
    assert done.status == 2 and said in done.output, done.output
    assert done.output.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "assignment", "said"),
    [
        ("libraries", tiny.NAME, "is there already: remove it, or name another"),
        ("new", "02_none", "no assignment '02_none' (there is 01_tiny)"),
    ],
)
def test_bad_input_is_one_line(image, warm_proctor, name, assignment, said):
    done = warm_proctor.run(image, "prepare", name, "--assignment", assignment)
    assert done.status == 2 and said in done.output and done.output.count("\n") == 1


def test_a_folder_without_roots_is_one_line(image, warm_proctor, tmp_path):
    done = warm_proctor.run(
        *(image, "check", str(image / "source" / tiny.NAME / "tiny.ipynb")),
        *("--sandbox", "uid", f"--Sandbox.prepared={tmp_path}"),
    )
    assert done.status == 2 and "make them by proctor prepare" in done.output
