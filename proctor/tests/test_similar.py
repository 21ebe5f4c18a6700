"""Which submissions are alike: whatever is renamed, moved or commented."""

import csv

import pytest

from proctor.cli import main
from proctor.report.answers import without_comments
from proctor.report.likeness import Text, likeness_of
from proctor.report.tokens import tokens
from proctor.tests import classes, tiny
from proctor.tests.tiny import NAME

ONE = """\
def double(x):
    if x.size == 0:
        raise ValueError("no numbers")
    result = np.empty_like(x)
    for place in np.ndindex(x.shape):
        result[place] = x[place] * 2
    return result

def helper(values):
    return [value for value in values if value > 0]
"""
# Renamed, reordered, commented, annotated, laid out anew.
SAME = """\
# all my own work
def keep(numbers: list) -> list:
    "Of a list."
    return [n for n in numbers
            if n > 0]

def double(array):
    if (array.size == 0): raise ValueError('there is nothing')
    out = np.empty_like(array)
    for where in np.ndindex(array.shape):
        out[where] = (array[where] * 2)
    return out
"""
OTHER = """\
def double(x):
    if not len(x.ravel()):
        raise ValueError("nothing to double")
    return np.add(x, x, dtype=x.dtype)
"""


@pytest.fixture
def course(tmp_path, monkeypatch):
    tiny.course(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def rows(course, folder=f"results/{NAME}"):
    text = (course / folder / "similar.csv").read_text()
    return [(r["one"], r["other"]) for r in csv.DictReader(text.splitlines())]


def test_names_comments_layout_and_order_say_nothing():
    assert tokens(ONE) == tokens(SAME) != ""
    assert tokens(ONE) != tokens(ONE.replace("* 2", "+ 2"))
    assert tokens("def f(:") == "" == tokens("")


@pytest.mark.parametrize(
    "source",
    [
        "(" * 9999 + ")" * 9999,
        "x = " + "1 + " * 4900 + "1",
        "-" * 19999 + "1",
        "a" + "()" * 9900,
        "def f(\0):",
        "\\\n" * 9000,
        'f"{' * 200,
    ],
    ids=["brackets", "sum", "signs", "calls", "null", "joined", "braces"],
)
def test_what_no_person_wrote_ends_nothing(source):
    assert isinstance(tokens(source), str) and isinstance(without_comments(source), str)


def test_pairs_are_found_and_shown_side_by_side(course, capsys):
    written = {"ada": ONE, "bob": SAME, "cyd": OTHER, "dan": tiny.STUBS["double"]}
    for student, answer in written.items():
        classes.answered(course, student, answer)
    assert main(["similar", NAME]) == 0
    said = capsys.readouterr().out
    assert rows(course) == [("ada", "bob")]
    assert "  100%  ada and bob: double" in said and "not why" in said
    page = (course / "results" / NAME / "similar.html").read_text()
    assert "all my own work" in page and page.count("<details>") == 1
    # Who left it as it was handed out wrote nothing that could be compared.
    assert "Among 3 submissions" in said


def test_earlier_terms_and_the_reference_are_compared_too(course, capsys):
    classes.answered(course, "ada", ONE)
    classes.answered(course, "reads-the-reference", *tiny.SOLUTIONS.values())
    (old := course / "old").mkdir()
    (old / "helpers.py").write_text(f"import numpy as np\n\n{SAME}")
    (old / "broken.ipynb").write_text("{")
    assert main(["similar", NAME, "--against", "old"]) == 0
    said = capsys.readouterr().out
    assert set(rows(course)) == {
        ("reads-the-reference", "the reference"),
        ("ada", "old/helpers.py"),
    }
    assert "old/broken.ipynb could not be read" in said
    for folder, why in (("none", "no folder none"), ("empty", "neither notebooks")):
        (course / "empty").mkdir(exist_ok=True)
        assert main(["similar", NAME, "--against", folder]) == 2
        assert why in capsys.readouterr().err


def test_other_names_and_no_comments(course, capsys):
    classes.answered(course, "ada-lovely", f"{ONE}# lovely\n")
    classes.answered(course, "bob-lovely", SAME)
    (old := course / "old" / "cyd-lovely").mkdir(parents=True)
    (old / "x.py").write_text(ONE)
    assert main(["similar", NAME, "--anonymous", "--against", "old"]) == 0
    folder = course / "results" / NAME / "anonymous"
    texts = [capsys.readouterr().out, *(path.read_text() for path in folder.iterdir())]
    assert len(texts) == 3 and not any("lovely" in text for text in texts)
    assert "my own work" not in "".join(texts)


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({}, "no two submissions"),
        ({"ada": ONE}, "no two submissions"),
        ({"ada": ONE, "bob": OTHER}, "No pair is alike"),
        # What all have in common is nobody's.
        ({f"s{i}": ONE for i in range(30)}, "No pair is alike"),
    ],
)
def test_classes_in_which_nothing_is_found(answers, words):
    texts = [Text(name, {"double": tokens(text)}) for name, text in answers.items()]
    found = likeness_of(texts)
    assert not found.pairs and words in found.words
