import pytest
from conftest import ROOT, run


def test_refuses_a_folder_with_somebodys_files(tmp_path):
    precious = tmp_path / "thesis.txt"
    precious.write_text("all my work")
    done = run("course", "demo", "--folder", tmp_path, cwd=ROOT)
    assert done.returncode == 2
    assert done.stderr == (
        f"course: {tmp_path} is not empty and is no earlier demo: "
        "name another --folder\n"
    )
    assert precious.read_text() == "all my work"


def test_a_folder_where_nothing_can_be_written(tmp_path):
    (tmp_path / "file").touch()
    for folder, why in [
        ("/proc/q", "No such file or directory"),
        (tmp_path / "file", "Not a directory"),
        (tmp_path / "file/demo", "Not a directory"),
    ]:
        done = run("course", "demo", "--folder", folder, cwd=ROOT)
        assert done.returncode == 2
        assert done.stderr == (
            f"course: the demo cannot be written to {folder} ({why}): mend that, or "
            "name another --folder\n"
        )


@pytest.mark.parametrize("folder", ["new", "earlier"])
def test_a_folder_that_can_only_be_read(private_mounts, tmp_path, folder):
    script = """
    mount -t tmpfs tmpfs "$1"
    mkdir "$1/earlier"
    touch "$1/earlier/.proctor-demo"
    mount -o remount,ro "$1"
    exec course demo --folder "$1/$2"
    """
    arguments = ["sh", tmp_path, folder]
    done = run(*private_mounts, "sh", "-ec", script, *arguments, cwd=ROOT)
    assert done.returncode == 2
    assert done.stderr == (
        f"course: the demo cannot be written to {tmp_path / folder} (Read-only file "
        "system): mend that, or name another --folder\n"
    )


def test_outside_a_course(tmp_path):
    done = run("course", "demo", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == (
        f"course: no course in {tmp_path} or above it: a course has "
        "settings.ini and notebooks/ or release/; change to its folder first\n"
    )
