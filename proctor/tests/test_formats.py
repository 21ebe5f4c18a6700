"""A checked notebook as other systems want it, each by that system's own rules."""

import json
import re
import xml.etree.ElementTree as ET

import mistune
import pytest

from proctor.commands import formats
from proctor.errors import GradingError
from proctor.grade.cell_results import BY_HAND, Cell, Check
from proctor.grade.results import Run, Submission
from proctor.notebook.cells import Marks
from proctor.sandbox.levels import best_level
from proctor.tests import lms_files, tiny

RUNNER = {
    "CLASSROOM": "spring",
    "ASSIGNMENT": "hw1",
    "USERNAME": "octocat",
    "SUBMISSION_TAG": "submit/2026-11-28T10-00-00Z-abc1234",
    "COMMIT_URL": "https://example.org/commit",
    "RELEASE_URL": "https://example.org/release",
}
HOSTILE = "</failure>]]> a|b `c` <script>\x1b[2J\x00 \u202e"


def run_of(*cells: Cell, trouble: str = "") -> tuple[Run, Submission, Marks]:
    total = sum(cell.max_score for cell in cells)
    one = Submission.of_cells("one", total, list(cells), ["a note"], trouble, 1.5)
    run = Run("01_tiny", "2026-11-28T10:00:00+00:00", "namespace", 1, [one])
    return run, one, Marks()


RIGHT = Cell("test-double", 2, 2, "passed", "", (Check("sign", 2, 2),))
PART = Cell(
    "test-total",
    1.5,
    3,
    "partial",
    "1.5 lost",
    (
        Check("sum", 1, 1),
        Check("noise", 0.5, 2, HOSTILE, "flat", "It is flat", "Why?"),
    ),
)
WAITS = Cell("test-prose", 0, 5, "ungraded", BY_HAND)
# Points that its checks do not explain.
BESIDE = Cell("test-other", 0, 2, "failed", "the cell shown", (Check("a", 2, 2),))


def test_entries_add_up_to_the_points():
    _, one, marks = run_of(RIGHT, PART, BESIDE, WAITS)
    found = formats.entries(one, marks)
    assert [entry.title for entry in found] == [
        "double: sign",
        "total: sum",
        "total: noise",
        "other",
        "prose",
    ]
    assert sum(entry.score or 0 for entry in found) == one.score == 3.5
    assert sum(entry.max_score for entry in found) == one.max_score == 12
    assert found[3].message == "the cell shown"


def test_junit():
    text = formats.as_junit(*run_of(RIGHT, PART, WAITS))
    (suite,) = ET.fromstring(text)
    assert {name: suite.get(name) for name in ("tests", "failures", "errors")} == {
        "tests": "4",
        "failures": "1",
        "errors": "0",
    }
    cases = {case.get("name"): case for case in suite}
    assert all(case.get("classname") and case.get("time") for case in suite)
    assert len(cases) == 4 and cases["prose"].find("skipped") is not None
    failure = cases["noise"].find("failure")
    assert failure.get("message") == "0.5 of 2 points"
    assert "It is flat · Why?" in failure.text and "\x1b" not in failure.text
    (suite,) = ET.fromstring(formats.as_junit(*run_of(trouble="no notebook")))
    (case,) = suite
    assert case.find("error").get("message") == "no notebook"


def test_gradescope():
    document = json.loads(formats.as_gradescope(*run_of(RIGHT, PART, WAITS)))
    known = {"score", "execution_time", "output", "visibility", "stdout_visibility"}
    assert document.keys() == known | {"tests", "extra_data"}
    assert document["score"] == 3.5
    assert document["stdout_visibility"] == "hidden"
    for test in document["tests"]:
        assert test.keys() <= {
            *("score", "max_score", "name", "number", "output", "visibility", "status")
        }
        assert test["visibility"] in ("visible", "hidden")
        assert test.get("score", 0) <= test["max_score"]
    # Who gets no points from a machine has no zero.
    assert "score" not in document["tests"][-1]
    assert document["tests"][0]["status"] == "passed"
    trouble = json.loads(formats.as_gradescope(*run_of(trouble="no notebook")))
    assert trouble["output"].startswith("A person has to look at this: no notebook")


def required_by_classroom50(document: dict) -> None:
    """Require what the schema of ``classroom50/result/v1`` does."""
    texts = {"schema", "classroom", "assignment", "assignment_type", "owner"}
    texts |= {"submission", "commit", "release", "review", "datetime"}
    assert document.keys() == texts | {"score", "max-score", "tests"}
    assert all(isinstance(document[t], str) and document[t] for t in texts)
    assert document["schema"] == "classroom50/result/v1"
    assert document["assignment_type"] in ("individual", "group")
    assert document["submission"].startswith("submit/")
    time = r"\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ"
    assert re.fullmatch(time, document["datetime"])
    for one in (document, *document["tests"]):
        for name in ("score", "max-score"):
            assert type(one[name]) is int and one[name] >= 0
        assert one["score"] <= one["max-score"]
    for test in document["tests"]:
        assert test["test-name"] and type(test["passed"]) is bool
    assert document["score"] == sum(test["score"] for test in document["tests"])


def test_classroom50():
    document = json.loads(formats.as_classroom50(*run_of(RIGHT, PART, WAITS), RUNNER))
    required_by_classroom50(document)
    # Whole numbers: fractions go out in hundredths, and what waits does not.
    assert (document["score"], document["max-score"]) == (350, 500)
    assert document["tests"][2]["test-name"] == "total: noise (hundredths of points)"
    document = json.loads(formats.as_classroom50(*run_of(RIGHT), RUNNER))
    required_by_classroom50(document)
    assert (document["score"], document["tests"][0]["test-name"]) == (2, "double: sign")
    assert document["review"] == document["commit"]
    with pytest.raises(GradingError, match="runner sets CLASSROOM, ASSIGNMENT, "):
        formats.as_classroom50(*run_of(RIGHT), {})
    with pytest.raises(GradingError, match="a person has to look at this: no notebook"):
        formats.as_classroom50(*run_of(trouble="no notebook"), RUNNER)


def test_markdown_shows_what_students_wrote_as_text():
    text = formats.as_markdown(*run_of(RIGHT, PART, WAITS))
    html = mistune.html(text)
    assert html.startswith("<h2>01_tiny: 3.5 of 10 points</h2>")
    rows = html.split("<tbody>")[1].count("<tr>")
    assert rows == 4 and "\x1b" not in text and "\u202e" not in text
    assert "<script" not in html and "<code" not in html
    assert "✓" in html and "✗" in html and "? / 5" in html


def test_json_is_the_results_document():
    run, one, marks = run_of(RIGHT)
    document = json.loads(formats.as_json(run, one, marks))
    assert document == run.head() | {"submissions": [one.as_dict()]}
    assert document["schema"] == "proctor/results/v1"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    folder = tiny.course(tmp_path_factory.mktemp("tiny"), bugs=[], variants="")
    (folder / "tiny.ipynb").write_bytes(lms_files.notebook("3 * x"))
    return folder


@pytest.mark.slow
def test_the_command_writes_it(course, warm_proctor):
    options = "--sandbox", best_level(), "--format", "gradescope", "--out", "r.json"
    done = warm_proctor.run(course, "check", "tiny.ipynb", *options)
    assert (done.status, done.output) == (0, "")
    document = json.loads((course / "r.json").read_text())
    assert {test["name"]: test["score"] for test in document["tests"]} == {
        "double: positive numbers": 0,
        "double: negative numbers": 0,
        "double: no numbers: a ValueError": 1,
        "total: the sum of all": 0,
        "total: noise: standard deviation 3": 0,
    }
    done = warm_proctor.run(course, "check", "tiny.ipynb", "--out", "r.json")
    assert done.status == 2 and "--out is of --format" in done.output
