from conftest import ROOT, run


def test_refuses_a_folder_with_somebodys_files(tmp_path):
    precious = tmp_path / "thesis.txt"
    precious.write_text("all my work")
    done = run("proctor", "demo", "--folder", tmp_path, cwd=ROOT)
    assert done.returncode == 2
    assert done.stderr == (
        f"proctor: {tmp_path} is not empty and is no earlier demo: "
        "name another --folder\n"
    )
    assert precious.read_text() == "all my work"


def test_outside_a_course(tmp_path):
    done = run("proctor", "demo", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == (
        f"proctor: no course in {tmp_path} or above it: a course has "
        "nbgrader_config.py; change to its folder\n"
    )
