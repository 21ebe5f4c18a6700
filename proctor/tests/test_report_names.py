"""A report that names nobody: ids, names and the names of files, in all texts."""

import re

import pytest

from proctor.cli import main
from proctor.gradebook.database import open_gradebook
from proctor.report.hidden import Hidden, without_files
from proctor.settings import Course
from proctor.tests import classes, tiny
from proctor.tests.classes import lost, submission
from proctor.tests.reports import WRONG, kept
from proctor.tests.tiny import NAME

ROSTER = {
    "ada.quick": ("Ada", "Quick"),
    "h21": ("Otto Karl", "Neunmal"),
    "zed9": ("Sum", "van Hall"),
}


@pytest.fixture
def course(tmp_path, monkeypatch):
    tiny.course(tmp_path)
    monkeypatch.chdir(tmp_path)
    classes.undrawn(monkeypatch)
    with open_gradebook(Course.read(tmp_path).layout, new=True) as gradebook:
        for student, (first, last) in ROSTER.items():
            gradebook.add_student(student, first_name=first, last_name=last)
    return tmp_path


def test_no_name_of_the_class_stands_in_any_text(course, capsys):
    which = "tiny.ipynb and tiny - Otto Neunmal.ipynb hold different answers: a person "
    which += "has to say which counts, and take the other away"
    said = "raised ValueError: ask h21, karl or Mr HALL about the sum (ada.quick)"
    made = [
        submission("ada.quick", WRONG | {"noise": (said, "aa")}),
        lost("h21", which),
        submission("zed9", mended=("Otto's own.ipynb was graded: tiny.ipynb is gone",)),
    ]
    classes.answered(
        course,
        "ada.quick",
        "def double(x):\n"
        '    note = "as h21 and Otto said, and karl_n"\n    return 3 * x\n',
        "def total(x):  # with Neunmal\n    return sum(x) + len('neunmal')\n" * 3,
    )
    classes.answered(
        course,
        "zed9",
        "def double(x):\n    return sum(x)\n",
        "def total(x):\n    return sum(x) + len('by h21, Quick')\n" * 3,
    )
    kept(course, classes.run(made[:1]), classes.run(made, 2))
    capsys.readouterr()
    for command in (["report", NAME, "--all"], ["similar", NAME]):
        assert main([*command, "--anonymous"]) == 0
    assert main(["report", "--student", "h21", "--anonymous"]) == 0
    folder = course / "results" / NAME / "anonymous"
    pages = [*folder.iterdir(), *(course / "results").glob("student-*.html")]
    texts = [path.read_text() for path in pages]
    assert len(texts) == 8
    said = capsys.readouterr().out
    names = r"(?i)\b_?(ada|quick|h21|otto|karl|neunmal|zed9|hall)(?![a-z0-9])"
    for text in [*texts, said]:
        shown = re.sub(r"<[^>]*>", "", text)
        assert not re.search(names, shown), re.search(f".*{names}.*", shown)[0]
    page = re.sub(r"<[^>]*>", "", (folder / "report.html").read_text())
    assert "tiny.ipynb and another file hold different answers" in page
    # What is a word of the assignment's own stays one, though somebody is called so.
    words = r"ask student-[\w.]+, somebody or Mr somebody about the sum \(student-"
    assert re.search(words, page)
    assert 'note = "as somebody and somebody said, and somebody_n"' in page.replace(
        "&#34;", '"'
    ).replace("&quot;", '"')


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("a.ipynb is missing; handed in: Otto.zip", "handed in: another file"),
        (
            "a.ipynb is missing; handed in: O, x, d.csv and 3 more (the gradebook "
            "keeps the earlier grade)",
            "handed in: another file, d.csv and 3 more (the gradebook keeps",
        ),
        ("O, N.ipynb.txt was graded: a.ipynb is", "another file was graded: a.ipynb"),
        ("O and N.ipynb, my.ipynb hold different", "another file, another file hold"),
        ("and call it a.ipynb", "and call it a.ipynb"),
        (
            "no folder ps1 (there is: Otto)",
            "no folder ps1 (there is: another file)",
        ),
        ("wrong values: 3 of 4", "wrong values: 3 of 4"),
    ],
)
def test_a_file_s_name_is_told_if_it_is_the_assignment_s(said, shown):
    assert shown in without_files(said, {"a.ipynb", "d.csv", "ps1"})


def test_a_name_is_a_word_of_its_own():
    hidden = Hidden({"ann": "A", "ann-2": "B", "12345": "N", "x9": "?"}, ["Max", "Jo"])
    assert hidden("ann ann-2 ANN3 annual by_ann 12345 123456 x9") == (
        "A B A3 annual by_A N 123456 x9"
    )
    assert hidden("Max asked for max(jo)") == "somebody asked for max(jo)"
