"""Which submissions are alike: whatever is renamed, moved or commented."""

import csv
import json
import re

import pytest

from proctor.cli import main
from proctor.tests import classes, tiny
from proctor.tests.alike import ONE, OTHER, SAME, TWO
from proctor.tests.tiny import NAME


@pytest.fixture
def course(tmp_path, monkeypatch):
    tiny.course(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def rows(course, folder=f"results/{NAME}"):
    text = (course / folder / "similar.csv").read_text()
    return [(r["one"], r["other"]) for r in csv.DictReader(text.splitlines())]


def test_pairs_are_found_and_shown_side_by_side(course, capsys):
    written = {"ada": ONE, "bob": SAME, "cyd": OTHER, "dan": tiny.STUBS["double"]}
    for student, answer in written.items():
        classes.answered(course, student, answer)
    assert main(["similar", NAME]) == 0
    said = capsys.readouterr().out
    assert rows(course) == [("ada", "bob")]
    assert (
        "  100 %  ada and bob (so are 33 % of the class's pairs): double" in said
        and "not why" in said
    )
    page = (course / "results" / NAME / "similar.html").read_text()
    assert "all my own work" in page and page.count("<details>") == 2
    # Who left it as it was handed out wrote nothing that could be compared.
    assert "Among 3 submissions" in said


def test_a_helper_in_a_cell_of_its_own_belongs_to_the_answer(course, capsys):
    split = ONE.replace("= x[place] * 2", "= twice(x, place)")
    helper = "def twice(it, at):\n    return it[at] * 2\n\ndef unused(x):\n    x += 1\n"
    for student, answer in {"ada": ONE, "bob": split, "cyd": OTHER}.items():
        classes.answered(course, student, answer)
    path = course / "autograded" / "bob" / NAME / tiny.FILE
    notebook = json.loads(path.read_text())
    added = {"cell_type": "code", "metadata": {}, "source": helper, "outputs": []}
    notebook["cells"].insert(0, added)
    path.write_text(json.dumps(notebook))
    # So does one that stands in the cell of another task; what was asked for does not.
    total = f"def total(x):\n    return double(x).sum()\n\n{helper}"
    classes.answered(course, "dan", split, total)
    listed, _ = compared(course, capsys)
    assert {(r["one"], r["other"]) for r in listed} >= {("ada", "bob"), ("ada", "dan")}
    assert {r["task_as_alike"] for r in listed} == {"0.5"}
    page = (course / "results" / NAME / "similar.html").read_text()
    shown = re.sub("<[^>]*>", "", page)
    assert "def twice(it, at)" in shown and "unused" not in shown


def test_earlier_terms_and_the_reference_are_compared_too(course, capsys):
    classes.answered(course, "ada", ONE)
    classes.answered(course, "reads-the-reference", *tiny.SOLUTIONS.values())
    (old := course / "old").mkdir()
    (old / "helpers.py").write_text(f"import numpy as np\n\n{SAME}")
    (old / "broken.ipynb").write_text("{")
    (old / "slip.py").write_text("%matplotlib inline\ndef double(x)\n")
    assert main(["similar", NAME, "--against", "old"]) == 0
    said = capsys.readouterr().out
    assert set(rows(course)) == {
        ("reads-the-reference", "the reference"),
        ("ada", "old/helpers.py"),
    }
    assert said.count("old/broken.ipynb") == 1
    assert "old/broken.ipynb could not be read" in said
    assert "old/slip.py could not be read as Python (line 2: " in said
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


def test_those_that_are_the_same_are_one_group(course, capsys):
    # A class in which a text went round; one changed it, two worked in a pair.
    went_round = {f"s{i:02}": ONE for i in range(12)} | {"renamed": SAME}
    changed = {"changed": ONE.replace("x[place] * 2", "x[place] + x[place]")}
    works = (
        "def double(x):\n" + "    for i in range(len(x)):\n        x[i] += x[i]\n" * 4
    )
    pair = {"p1": f"{works}    return x\n", "p2": f"{works}    return x  # mine\n"}
    others = {
        f"alone-{i}": "def double(x):\n" + f"    x = x {op} {i}\n" * 12
        for i, op in enumerate(["+ 1 -", "* 2 @", "// 3 **", "% 4 <<", "- 5 |"])
    }
    written = went_round | changed | pair | others
    for student, answer in written.items():
        classes.answered(course, student, answer)
    assert main(["similar", NAME]) == 0
    said = capsys.readouterr().out
    group, *alone = [line for line in said.splitlines() if line.startswith("  ")]
    assert (
        group.startswith("  14 are alike, 9") and "(so are 44 % of the class" in group
    )
    assert alone[0].startswith("  100 %  p1 and p2 (so are ") and len(alone) == 1
    assert "Among 21 submissions, 8 of which differ," in said
    page = (course / "results" / NAME / "similar.html").read_text()
    assert '<td class="number">13</td>' in page  # of 21 answers, at most the same
    assert page.count('<div class="side-by-side">') == 2
    # The table has each of them, and says which stand together.
    text = (course / "results" / NAME / "similar.csv").read_text()
    listed = [*csv.DictReader(text.splitlines())]
    assert {r["other"] for r in listed if r["group"]} >= {*went_round} - {
        "s00",
        "renamed",
    }
    assert [(r["one"], r["other"]) for r in listed if not r["group"]] == [("p1", "p2")]


def compared(course, capsys, *options):
    """Return the rows of the table, and what is said."""
    assert main(["similar", NAME, *options]) == 0
    anonymous = "anonymous" if "--anonymous" in options else ""
    text = (course / "results" / NAME / anonymous / "similar.csv").read_text()
    return [*csv.DictReader(text.splitlines())], capsys.readouterr().out


@pytest.mark.parametrize("others", [0, 7])
def test_all_who_have_an_earlier_text_are_listed_with_the_class_s_rate(
    course, capsys, others
):
    step = "        result[place] = x[place] * 2\n"
    taken = ONE.replace(step, step + 5 * step.replace("= x", "+= x"))
    for student in ("copies", "copies-too"):
        classes.answered(course, student, taken)
    # The same, beside another answer of their own.
    classes.answered(course, "adds-to-it", taken, TWO)
    for index in range(others):
        answer = "def double(x):\n" + f"    x = x {'+-*/%@|'[index]} {index}\n" * 12
        classes.answered(course, f"alone-{index}", answer)
    (course / "old").mkdir()
    (course / "old" / "earlier.py").write_text(taken)
    listed, said = compared(course, capsys, "--against", "old")
    against = [row for row in listed if row["other"] == "old/earlier.py"]
    assert {row["one"] for row in against} == {"copies", "copies-too", "adds-to-it"}
    rates = {row["pairs_as_alike"] for row in against}
    assert "" not in rates and rates == {row["task_as_alike"] for row in against}
    # What is few is who has that text, and that is said in place of other pairs.
    of = 3 + others
    assert {row["have_it_so"] for row in against if row["one"] == "adds-to-it"} == {
        f"3 of {of}"
    }
    assert f"1 task alone (3 of {of} have double so): double" in said
    page = (course / "results" / NAME / "similar.html").read_text()
    assert f"double (3 of {of} have it so)" in page
    assert f"Of the class 3 of {of} have double so." in page


def test_no_row_s_place_says_whose_it_is(course, capsys, monkeypatch):
    # Names that stand in the opposite order.
    monkeypatch.setattr(
        "proctor.report.pseudonyms.Names.__call__",
        lambda self, one: (
            one if not self.hides else f"student-{'zyxw'['abcd'.index(one[0])]}"
        ),
    )
    works = (
        "def double(x):\n" + "    for i in range(len(x)):\n        x[i] += x[i]\n" * 4
    )
    for student, answer in {"a": ONE, "b": ONE, "c": works, "d": works}.items():
        classes.answered(course, student, answer)
    listed, _ = compared(course, capsys, "--anonymous")
    assert [(row["one"], row["other"]) for row in listed] == [
        ("student-w", "student-x"),
        ("student-y", "student-z"),
    ]
