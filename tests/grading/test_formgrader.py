"""Formgrader, as ``jupyter lab`` in the course folder serves it."""

import json
import os
import re
import shutil
import subprocess
import time
import urllib.request

import pytest

from proctor.tests.commands import BIN

ADDRESS = r"(?P<address>http://127.0.0.1:\d+)/lab\?token=(?P<token>\w+)"


@pytest.fixture
def lab(demo, tmp_path):
    """A running JupyterLab: the address of its server, and its token."""
    course = tmp_path / "course"
    shutil.copytree(demo[0], course)
    environment = {
        **os.environ,
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime"),
        "JUPYTER_CONFIG_DIR": str(tmp_path / "config"),
        "HOME": str(tmp_path),
    }
    command = ["jupyter", "lab", "--no-browser", "--ip=127.0.0.1", "--port=0"]
    command += ["--allow-root", "--ServerApp.port_retries=0"]
    log = tmp_path / "log"
    with log.open("w") as output:
        server = subprocess.Popen(
            command, cwd=course, env=environment, stdout=output, stderr=output
        )
    try:
        deadline = time.monotonic() + 600
        while not (found := re.search(ADDRESS, log.read_text())):
            assert server.poll() is None and time.monotonic() < deadline, (
                log.read_text()
            )
            time.sleep(0.2)
        yield found["address"], found["token"]
    finally:
        server.terminate()
        server.wait(30)


def ask(lab, path, method="GET"):
    address, token = lab
    request = urllib.request.Request(
        address + path, headers={"Authorization": f"token {token}"}, method=method
    )
    with urllib.request.urlopen(request, timeout=300) as answer:
        return answer.read().decode()


def test_shows_the_assignment_and_its_submissions(lab):
    assert "<title>nbgrader" in ask(lab, "/formgrader")
    assignments = json.loads(ask(lab, "/formgrader/api/assignments"))
    (spatial,) = [a for a in assignments if a["name"] == "09_spatial"]
    assert spatial["max_score"] == 100
    assert spatial["num_submissions"] == 11
    submissions = json.loads(ask(lab, "/formgrader/api/submissions/09_spatial"))
    by_student = {s["student"]: s for s in submissions}
    assert by_student["correct-loops"]["score"] == 95
    assert by_student["kernel-flipped"]["score"] == 89
    assert by_student["correct-loops"]["needs_manual_grade"] is True
    assert by_student["half-done"]["needs_manual_grade"] is False
    assert by_student["not-a-notebook"]["autograded"] is False

    # The autograde button of a row.
    button = "/formgrader/api/submission/09_spatial/kernel-flipped/autograde"
    assert json.loads(ask(lab, button, "POST"))["success"]
    row = ask(lab, "/formgrader/api/submission/09_spatial/kernel-flipped")
    assert json.loads(row)["score"] == 89
