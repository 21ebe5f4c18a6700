"""What GitHub, GitLab and Classroom 50 grade with: as their schemas want it, and run.

The steps are run as root of a container runs them, with an environment that has nothing
but what the system gives.
"""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from proctor.tests import tiny
from proctor.tests.lms_files import notebook, repository
from proctor.tests.test_formats import RUNNER, required_by_classroom50

pytestmark = pytest.mark.slow

CONTAINER = [sys.executable, Path(__file__).with_name("container.py")]
TOKEN = "github_pat_of-nobody"
# Of the hidden tests, the reference and the bank of the tiny course.
SECRET = "Rubric(", "return 2 * x", "HIDDEN TESTS", "BEGIN SOLUTION"


# Python as it is there: nothing that requirements.txt does not name.
ALONE = """
import runpy, sys
class Nothing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("nbgrader", "sqlalchemy", "nbconvert"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Nothing())
arguments = sys.argv[1:]
if arguments[0] == "-m":
    sys.argv = arguments[1:]
    sys.path[0] = ""
    runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
else:
    sys.argv = arguments
    runpy.run_path(arguments[0], run_name="__main__")
"""


def read_yaml(path: Path) -> dict:
    return YAML(typ="safe").load(path)


def texts_of(folder: Path) -> str:
    return "\n".join(
        path.read_text(errors="replace")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "proctor" not in path.relative_to(folder).parts
    )


@pytest.fixture(scope="module")
def packed(tmp_path_factory, warm_proctor) -> dict[str, Path]:
    """A course and its packages, by system."""
    course = tiny.course(tmp_path_factory.mktemp("course"), bugs=[], variants="")
    found = {"course": course}
    for system in ("github", "gitlab", "classroom50"):
        done = warm_proctor.run(course, "package", system, "--assignment", tiny.NAME)
        assert done.status == 0, done.output
        found[system] = course / f"{system}-{tiny.NAME}"
    return found


@pytest.fixture
def machine(tmp_path):
    """Where a job runs: programs of its own, and students' repositories."""
    bin = tmp_path / "bin"
    bin.mkdir()
    (tmp_path / "alone.py").write_text(ALONE)
    programs = {"python": f'exec "{sys.executable}" "{tmp_path / "alone.py"}" "$@"'}
    # What the systems' programs are asked for, one argument a line.
    for name in ("gh", "curl"):
        programs[name] = f'for a in "$@"; do echo "$a"; done >> "{tmp_path / name}.txt"'
    for name, text in programs.items():
        (bin / name).write_text(f"#!/bin/sh\n{text}\n")
        (bin / name).chmod(0o755)
    for name, body in {"right": "x + x", "wrong": "0 * x"}.items():
        place = tmp_path / "repositories" / "class" / name
        repository(place, {f"release/{tiny.NAME}/tiny.ipynb": notebook(body)})
    config = tmp_path / "gitconfig"
    there = f"file://{tmp_path}/repositories/class/"
    text = "".join(
        f"insteadOf = https://{h}.com/class/\n" for h in ("github", "gitlab")
    )
    config.write_text(f'[url "{there}"]\n{text}')
    return tmp_path


def run(machine, script: str, cwd: Path, **variables: str):
    """Run a step's script with an environment as good as empty."""
    command = ["sh", "-e", "-c", script]
    if os.getuid() == 0:
        command = [*CONTAINER, *command]
    env = {
        "PATH": f"{machine / 'bin'}:/usr/sbin:/usr/bin:/sbin:/bin",
        "GIT_CONFIG_GLOBAL": str(machine / "gitconfig"),
    }
    return subprocess.run(
        command, cwd=cwd, env=env | variables, capture_output=True, text=True
    )


def course_with(packed, system: str, folder: Path) -> Path:
    """Return the private repository: the course, and what the package adds to it."""
    for origin in (packed["course"], packed[system] / "private"):
        subprocess.run(["cp", "-r", f"{origin}/.", folder], check=True)
    urls = folder / ".proctor-ci/students.csv"
    host = f"https://{system}.com/class"
    lines = [f"{name},{host}/{name}" for name in ("right", "wrong", "nobody")]
    urls.write_text("\n".join([urls.read_text().strip(), *lines]))
    return folder


@pytest.mark.parametrize("system", ["github", "gitlab"])
def test_files_are_as_the_systems_schemas_want(packed, system):
    paths = sorted(p for p in packed[system].rglob("*.yml"))
    assert len(paths) == 2
    name = {"github": "github-workflows", "gitlab": "gitlab-ci"}[system]
    # SchemaStore's and GitLab's own, which check-jsonschema carries.
    (package,) = find_spec("check_jsonschema").submodule_search_locations
    schema = Path(package, "builtin_schemas", "vendor", f"{name}.json")
    validator = jsonschema.Draft7Validator(json.loads(schema.read_text()))
    for path in paths:
        document = read_yaml(path)
        found = [error.message for error in validator.iter_errors(document)]
        assert not found, found
        # What the schema does not know is refused: it has been asked.
        job = document.get("jobs", document)
        next(iter(job.values()))["time-out"] = 1
        assert not validator.is_valid(document)


def test_no_hidden_test_is_where_students_read(packed):
    for folder in (
        packed["github"] / "students",
        packed["gitlab"] / "students",
        packed["classroom50"],
    ):
        text = texts_of(folder)
        assert "raise NotImplementedError('double')" in text.replace('"', "'")
        assert not [secret for secret in SECRET if secret in text], folder


def test_github_grades_in_the_private_repository(packed, machine):
    (machine / "course").mkdir()
    folder = course_with(packed, "github", machine / "course")
    (path,) = (folder / ".github/workflows").iterdir()
    steps = {s["name"]: s for s in read_yaml(path)["jobs"]["grade"]["steps"]}
    summary = machine / "summary.md"
    given = {"GITHUB_STEP_SUMMARY": str(summary), "STUDENTS_TOKEN": TOKEN}
    done = run(machine, steps["Grade"]["run"], folder, **given)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-2:] == [
        "3 new, 0 as before",
        "::warning::a person has to look: see the summary",
    ]
    rows = [row.split("\t") for row in _lines(folder / "proctor-out/pushes.tsv")[1:]]
    assert {row[0]: row[3:5] for row in rows} == {
        "right": ["4", "7"],
        "wrong": ["1", "7"],
        "nobody": ["", ""],
    }
    assert "cannot be cloned" in summary.read_text()
    assert TOKEN not in texts_of(folder) + done.stdout + done.stderr

    done = run(machine, steps["Give back"]["run"], folder, GH_TOKEN=TOKEN)
    assert done.returncode == 0, done.stderr
    said = (machine / "gh.txt").read_text()
    for name in ("right", "wrong"):
        commit = next(row[2] for row in rows if row[0] == name)
        assert f"repos/class/{name}/commits/{commit}/comments" in said
        assert f"body=@proctor-out/{name}.md" in said
    assert "nobody" not in said

    # Nothing new was pushed: nothing is fetched, graded, or said again.
    done = run(machine, steps["Grade"]["run"], folder, **given)
    assert "1 new, 2 as before" in done.stdout, done.stdout
    assert not list((folder / "proctor-out").glob("*.md.1"))

    # Elsewhere than in the course it says so.
    (folder / "nbgrader_config.py").unlink()
    done = run(machine, steps["Grade"]["run"], folder, **given)
    assert done.returncode == 2 and "the course's own repository" in done.stdout


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines()


def test_gitlab_checks_and_grades(packed, machine):
    """A student's job; of the private one what differs from GitHub's."""
    student = machine / "student"
    subprocess.run(["cp", "-r", packed["gitlab"] / "students", student], check=True)
    released = student / "release" / tiny.NAME
    released.mkdir(parents=True)
    (released / "tiny.ipynb").write_bytes(notebook("x[0]"))
    job = read_yaml(student / ".gitlab-ci.yml")[f"checks-{tiny.NAME}"]
    done = run(machine, "\n".join(job["script"]), student)
    assert done.returncode == 0, done.stdout + done.stderr
    assert 'failures="' in (student / job["artifacts"]["reports"]["junit"]).read_text()
    assert "| ✗ | double" in (student / "checks.md").read_text()

    folder = machine / "course"
    (folder / "proctor-out").mkdir(parents=True)
    table = "id\turl\tcommit\n"
    table += "right\thttps://gitlab.com/class/sub/right.git\tabc123\t7\t7\t\n"
    (folder / "proctor-out/pushes.tsv").write_text(table)
    (folder / "proctor-out/right.md").write_text("seven")
    (path,) = (packed["gitlab"] / "private/.proctor-ci").glob("*.yml")
    (script,) = read_yaml(path)[f"grade-{tiny.NAME}"]["script"]
    _, _, back = script.partition("test -f proctor-out/summary.md || exit 2\n")
    given = {"CI_SERVER_HOST": "gitlab.com", "STUDENTS_TOKEN": TOKEN, "status": "0"}
    given["CI_API_V4_URL"] = "https://gitlab.com/api/v4"
    done = run(machine, back, folder, **given)
    assert done.returncode == 0, done.stderr
    said = (machine / "curl.txt").read_text()
    api = "https://gitlab.com/api/v4/projects/class%2Fsub%2Fright/repository/commits"
    assert f"{api}/abc123/comments" in said and "note@proctor-out/right.md" in said


def test_classroom50_checks_what_students_see(packed, machine):
    bundle, work = machine / "bundle", machine / "work"
    subprocess.run(["cp", "-r", packed["classroom50"], bundle], check=True)
    # What its first run leaves, with the packages of this environment.
    (bundle / "venv").mkdir()
    (bundle / "venv/bin").symlink_to(machine / "bin")
    work.mkdir()
    script = f'python "{bundle / "autograder.py"}"'
    done = run(machine, script, work, **RUNNER)
    assert done.returncode == 1 and "no tiny.ipynb in release/01_tiny/" in done.stderr
    (work / "tiny.ipynb").write_bytes(notebook())
    done = run(machine, script, work, **RUNNER)
    assert done.returncode == 0, done.stderr
    result = json.loads((work / "result.json").read_text())
    required_by_classroom50(result)
    scores = {t["test-name"]: (t["score"], t["max-score"]) for t in result["tests"]}
    assert scores["double"] == (4, 4)
    assert (work / "release-body.md").read_text().startswith("## 01\\_tiny: ")


def test_what_cannot_be_packed_is_one_line(packed, warm_proctor):
    for arguments, said in (
        (["github", tiny.NAME], f"github-{tiny.NAME} is not empty: name a new folder"),
        (["gitlab"], "which assignment? proctor package gitlab ASSIGNMENT"),
        (["gitlab", "02_other"], "no assignment '02_other'"),
    ):
        done = warm_proctor.run(packed["course"], "package", *arguments)
        assert done.status == 2 and said in done.output
        assert done.output.count("\n") == 1


def test_a_check_of_an_object_passes_where_it_passes_in_the_notebook(
    tmp_path, warm_proctor
):
    """What cannot be examined apart runs together there, too, as was measured here."""
    (tmp_path / "course").mkdir()
    course = tiny.course(tmp_path / "course", bugs=[], variants="")
    for stage in ("source", "release"):
        path = course / stage / tiny.NAME / tiny.FILE
        text = path.read_text().replace(
            "assert double(", "assert double.__code__.co_argcount == 1 and double("
        )
        path.write_text(text)
    done = warm_proctor.run(course, "package", "classroom50", tiny.NAME)
    assert done.status == 0, done.output
    bundle = course / f"classroom50-{tiny.NAME}" / "course"
    released = (bundle / "release" / tiny.NAME / tiny.FILE).read_bytes()
    for file, scores in ((notebook(), [4, 0]), (released, [0, 0])):
        (tmp_path / "tiny.ipynb").write_bytes(file)
        check = "check", tmp_path / "tiny.ipynb", "--assignment", tiny.NAME
        done = warm_proctor.run(bundle, *check, "--results", tmp_path / "r.json")
        (found,) = json.loads((tmp_path / "r.json").read_text())["submissions"]
        assert [cell["score"] for cell in found["cells"]] == scores, found["cells"]
