"""A course run as one archive: restored whole, or not at all."""

import io
import json
import shutil
import sqlite3
import tarfile

import pytest

from proctor.tests import tiny

pytestmark = pytest.mark.slow


@pytest.fixture
def course(tmp_path, graded_term):
    return shutil.copytree(graded_term, tmp_path / "course")


def tree(folder) -> dict[str, bytes | str]:
    """Return files and links of a course's run; the database as text."""
    found = {}
    for stage in ("submitted", "autograded", "feedback", "collected"):
        for path in sorted((folder / stage).rglob("*")):
            name = str(path.relative_to(folder))
            if path.is_symlink():
                found[name] = f"-> {path.readlink()}"
            elif path.is_file():
                found[name] = path.read_bytes()
    with sqlite3.connect(folder / "gradebook.db") as database:
        found["gradebook.db"] = "\n".join(database.iterdump())
    return found


def test_a_backup_is_restored_into_a_new_copy_of_the_course(course, run, warm_proctor):
    (course / "submitted/all-right/01_tiny/link").symlink_to("/etc/passwd")
    odd = course / "submitted/all-right/01_tiny" / b"n\xe4me".decode("utf-8", "replace")
    odd.write_text("x")
    done = run("backup", "term.tar.gz")
    assert done.status == 0 and "files in term.tar.gz" in done.output
    (new := course.parent / "new").mkdir()
    tiny.course(new)
    done = warm_proctor.run(new, "restore", course / "term.tar.gz")
    assert done.status == 0, done.output
    assert tree(new) == tree(course)
    assert not (new / ".restore.part").exists()
    # Grading goes on where it stood: the same grades, nobody graded anew.
    assert (
        "nothing is overwritten"
        in warm_proctor.run(new, "restore", course / "term.tar.gz").output
    )
    assert tree(new) == tree(course)
    done = run("backup", "term.tar.gz")
    assert done.status == 2 and "is there already" in done.output
    assert "backups/tiny-" in run("backup").output


@pytest.mark.parametrize(
    "name, kind, said",
    [
        ("../outside", tarfile.REGTYPE, "is in no manifest"),
        ("submitted/../../outside", tarfile.REGTYPE, "is in no manifest"),
        ("/tmp/outside", tarfile.REGTYPE, "is in no manifest"),
        ("nbgrader_config.py", tarfile.REGTYPE, "is in no manifest"),
        ("submitted/a/b", tarfile.LNKTYPE, "is damaged"),
        ("submitted/a/b", tarfile.CHRTYPE, "is damaged"),
    ],
)
def test_a_hostile_backup_writes_nothing(tmp_path, warm_proctor, name, kind, said):
    tiny.course(tmp_path)
    manifest = {"schema": "proctor/backup/v1", "files": {name: "0" * 64}}
    with tarfile.open(tmp_path / "b.tar.gz", "w:gz") as archive:
        data = json.dumps(manifest).encode()
        info = tarfile.TarInfo("manifest.json")
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, "submitted/x"
        archive.addfile(info)
    before = sorted(tmp_path.parent.rglob("*"))
    done = warm_proctor.run(tmp_path, "restore", "b.tar.gz")
    assert done.status == 2 and said in done.output, done.output
    assert sorted(tmp_path.parent.rglob("*")) == before


def test_a_backup_that_was_cut_off_restores_nothing(
    course, run, warm_proctor, tmp_path
):
    run("backup", "b.tar.gz")
    whole = (course / "b.tar.gz").read_bytes()
    (tmp_path / "new").mkdir()
    tiny.course(tmp_path / "new")
    (tmp_path / "cut.tar.gz").write_bytes(whole[: len(whole) // 2])
    done = warm_proctor.run(tmp_path / "new", "restore", tmp_path / "cut.tar.gz")
    assert done.status == 2 and done.output.count("\n") == 1
    assert not (tmp_path / "new/gradebook.db").exists()
    assert not (tmp_path / "new/submitted").exists()


def test_a_gradebook_on_a_server_is_refused_in_one_line(course, run):
    with (course / "nbgrader_config.py").open("a") as file:
        file.write("c.CourseDirectory.db_url = 'postgresql://h/db'\n")
    done = run("backup", "b.tar.gz")
    assert done.status == 2 and "postgresql+psycopg://USER" in done.output
    assert done.output.count("\n") == 1
