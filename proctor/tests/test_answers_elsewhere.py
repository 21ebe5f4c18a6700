"""An answer that a person reads is no final zero where anything was written for it."""

import copy

import pytest

from proctor.grade.cell_results import UNGRADED
from proctor.notebook.own_text import _SAID, known_lines, own_text
from proctor.tests.grading import grade, grader_of, hand_in, write_course
from proctor.tests.pages import picture
from proctor.tests.tiny import cell

STUB = "YOUR ANSWER HERE"
CODE = "# YOUR CODE HERE\nraise NotImplementedError"
ANSWER = "The loops don't take long,\nPython itself does: 3 s of 4."
READ = {"grade": True, "solution": True, "points": 5}
TESTED = {"grade": True, "locked": True, "points": 1}


def words(source, name="", kind="markdown", **grading):
    made = cell(source, name, **grading)
    code = ("outputs", "execution_count")
    return {k: v for k, v in made.items() if k not in code} | {"cell_type": kind}


def released(answer=STUB):
    """Return a notebook's cells: a task, a question, its answer, and more."""
    return [
        words("# A notebook"),
        cell("import math  # what all of the following needs to be run"),
        cell("x = 1", "f", solution=True),
        cell("# This test wants x to be there\nassert x", "test-f", **TESTED),
        words("Why is it slow?", "question", locked=True),
        words("## Your answer\n\nIn about ten words, with a number."),
        words(answer, "why", **READ),
        words("## Before you hand in\n\nRestart the kernel."),
        cell("print('the end of it all, at last')"),
        words("## Further reading"),
        words("Draw it.", "question-2", locked=True),
        cell(CODE, "draw", **READ),
    ]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    folder, files = tmp_path_factory.mktemp("course"), {"given.txt": "1 2 3"}
    return write_course(folder, {"n": released("Because.")}, {"n": released()}, files)


@pytest.fixture(scope="module")
def graded(course):
    """Return what grading makes of cells: the answer's result, text, notes, and all."""
    with grader_of(course) as grader:

        def of(cells, name="why"):
            hand_in(course, "ada", {"n": cells})
            found = grade(grader, course, "ada")
            made = found.notebooks["n"]["cells"]
            (text,) = [c["source"] for c in made if c["id"] == name]
            (result,) = [c for c in found.submission.cells if c.grade_id == name]
            return result.status, text, found.submission.mended, made

        yield of


def with_more(at, more):
    cells = released()
    cells.insert(at, more)
    return cells


def with_text(at, text, before=False):
    cells = released()
    parts = [cells[at]["source"], text]
    cells[at]["source"] = "\n\n".join(parts[::-1] if before else parts)
    return cells


LINE = ANSWER.replace("\n", " ")
COMMENT = "\n".join(f"# {line}" for line in ANSWER.split("\n"))
ELSEWHERE = {
    "in the cell below": (with_more(7, words(ANSWER)), "in the cell below it"),
    "in the last cell": (with_more(10, words(ANSWER)), "4 cells below it"),
    "in the first cell": (with_more(0, words(ANSWER)), "7 cells above it"),
    "in a raw cell": (with_more(7, words(ANSWER, kind="raw")), "in the cell below it"),
    "in the heading": (with_text(5, ANSWER), "in the cell above it"),
    "in the next cell": (with_text(7, ANSWER, before=True), "in the cell below it"),
    "in the question": (with_text(4, ANSWER), "2 cells above it"),
    "as headings": (with_more(7, words(COMMENT)), "in the cell below it"),
    "in a comment": (with_more(7, cell(COMMENT)), "in the cell below it"),
    "in a string": (with_more(8, cell(f'"""{ANSWER}"""')), "2 cells below it"),
    "as code": (with_more(7, cell(ANSWER)), "in the cell below it"),
    "printed": (with_more(7, cell(f'print("""{ANSWER}""")')), "in the cell below it"),
    "in a given code cell": (with_text(8, COMMENT), "2 cells below it"),
    "in a task": (with_text(2, f"{COMMENT}\n# So it is."), "in the cell 'f'"),
    "in a string of a task": (
        with_text(2, f'"""{ANSWER}\nSo it is."""'),
        "in the cell 'f'",
    ),
    "in a task's code": (
        with_text(2, f'y = """\n{ANSWER}\nSo it is."""'),
        "in the cell 'f'",
    ),
    "in a line of a task": (with_text(2, f"# {LINE}, {LINE}"), "in the cell 'f'"),
    "in a test": (with_text(3, COMMENT), "3 cells above it"),
}


@pytest.mark.parametrize("how", ELSEWHERE)
def test_a_person_reads_what_was_written_elsewhere(graded, how):
    cells, where = ELSEWHERE[how]
    status, text, notes, made = graded(copy.deepcopy(cells))
    assert status == UNGRADED
    assert all(line in text for line in ANSWER.split("\n"))
    said = f"cell 'why' was not filled in: a person reads what was written {where}"
    assert said in notes
    # What is nothing but the answer stands in the notebook once.
    prose = [c["source"] for c in made if c["cell_type"] != "code"]
    assert prose.count(ANSWER) <= 1


REMARK = "where none is larger the first of both is what is padded"
OLD_CODE = """\
for row in range(rows):
    for column in range(columns):
        window = padded[row, column, top, left]
        out[row, column] = (window * weight).sum()
    if bias is not None:
        return out"""
NOTHING = {
    "as it was handed out": released(),
    "a calculation": with_more(7, cell("y = math.sqrt(2)\nprint('y', y)  # a try")),
    "a magic": with_more(1, cell("%pip install one two three")),
    "code with a heading": with_more(1, cell("# mine\ny = [1]")),
    "comments of code": with_text(2, f"# {REMARK}\ny = 1  # {REMARK}"),
    "what an error says": with_text(2, f"y = '{REMARK} here'"),
    "old code": with_text(2, "# " + OLD_CODE.replace("\n", "\n# ")),
    "an empty cell": with_more(7, words("")),
    "a heading": with_more(7, words("## Mine")),
    "a cell deleted": [c for c in released() if "Further" not in c["source"]],
    "a cell twice": with_more(8, words("## Before you hand in\n\nRestart the kernel.")),
    "other spaces": with_text(7, "\n"),
}


@pytest.mark.parametrize("how", NOTHING)
def test_nothing_written_is_a_zero(graded, how):
    status, text, *_ = graded(copy.deepcopy(NOTHING[how]))
    assert (status, text) == ("failed", STUB)


def test_an_answer_that_was_emptied_is_read(graded):
    status, text, *_ = graded(released(""))
    assert (status, text) == (UNGRADED, "")


def test_a_picture_goes_with_its_answer(graded):
    bundle = {"a.png": {"image/png": picture()}}
    photo = words("![](attachment:a.png)") | {"attachments": bundle}
    status, text, _, made = graded(with_more(7, photo))
    assert (status, text) == (UNGRADED, "![](attachment:a.png)")
    assert [c.get("attachments") for c in made if c["id"] == "why"] == [bundle]


def test_a_person_looks_at_what_lies_beside_the_notebook(course, graded):
    """A text stands in the answer; a helper and the author's own files are none."""
    place = course / "submitted/ada/ps"
    place.mkdir(parents=True, exist_ok=True)
    for name in ("timestamp.txt", "helper.py", "given.txt"):
        (place / name).write_text(ANSWER)
    assert graded(released())[:2] == ("failed", STUB)
    (place / "why.docx").write_bytes(b"PK\x03\x04")
    (place / "Why.TXT").write_text(ANSWER)
    status, text, notes, _ = graded(released())
    said = "a person looks at what was handed in beside the notebook: Why.TXT, why.docx"
    assert (status, text) == (UNGRADED, f"({said})\n\n{ANSWER}")
    assert notes == (f"cell 'why' was not filled in: {said}",)
    status, text, notes, _ = graded(with_more(1, words("My notes.")))
    assert (status, text) == (UNGRADED, f"My notes.\n\n({said})\n\n{ANSWER}")
    assert notes[-1] == f"cell 'why' was not filled in: {said}" and len(notes) == 2
    for name in ("Why.TXT", "why.docx"):
        (place / name).unlink()


def lost(cells):
    for one in cells:
        one["metadata"], one["id"] = {}, None
    return cells


def test_an_answer_in_its_place_that_lost_its_metadata_is_the_answer(graded):
    for cells in (lost(released(ANSWER)), lost(released(ANSWER))[:7]):
        status, text, notes, made = graded(cells)
        assert (status, text) == (UNGRADED, ANSWER)
        assert "cell 'why' had lost its metadata: found by its place" in notes
        assert not any("'why' was missing" in note for note in notes)
        assert sum(ANSWER in c["source"] for c in made) == 1


def test_an_answer_that_was_deleted_is_read_where_it_stands(graded):
    cells = [c for c in with_more(10, words(ANSWER)) if c["id"] != "why"]
    status, text, notes, made = graded(cells)
    assert (status, text) == (UNGRADED, ANSWER)
    assert notes == (
        "cell 'why' was missing: put back as handed out",
        "cell 'why' was not filled in: a person reads what was written "
        "4 cells below it",
    )
    assert [c["source"] for c in made] == [c["source"] for c in released(ANSWER)]


@pytest.mark.parametrize(
    ("at", "more", "status", "said"),
    [
        (12, [], "failed", ()),
        (12, [cell("y = x + 1")], UNGRADED, ("in the cell below it",)),
        (12, [words("I would draw x.")], UNGRADED, ("in the cell below it",)),
        (11, [cell("y = x"), cell("z = y")], UNGRADED,
         ("2 cells above it, in the cell above it",)),
        (1, [cell("y = 3")], "failed", ()),
    ],
)  # fmt: skip
def test_code_that_a_person_reads_may_stand_beside_its_cell(
    graded, at, more, status, said
):
    cells = released(ANSWER)
    cells[at:at] = more
    found, source, notes, _ = graded(cells, "draw")
    assert found == status
    wanted = [f"a person reads what was written {where}" for where in said]
    assert notes == tuple(f"cell 'draw' was not filled in: {one}" for one in wanted)
    assert source == "\n".join(
        [CODE, *(f"# This was not filled in: {one}." for one in wanted)]
    )


def test_who_deleted_the_answer_and_wrote_nothing_is_looked_at(graded):
    status, text, *_ = graded([c for c in released() if c["id"] != "why"])
    assert status == UNGRADED and text.startswith(STUB)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("# 循环很慢因为每次乘法都要解释", True),
        ("y = 3  # the loops take most of the time", True),
        ("y = 3  # mine", False),
        ("The loops", False),
        ("the loops, the time", False),
        ("z = [a for a in b if a not in c and a is not d]", False),
        ("from a import b as c\nassert not b, 'no'", False),
    ],
)
def test_what_is_said_in_code(source, said):
    assert bool(own_text(cell(source), known_lines([]))) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("'" * 2001, False),
        ('"\\' * 1000, False),
        ("\"a\n'b\n" * 500, True),
        ('"""' * 701, False),
        ("#'" * 1000 + "'", False),
        ("a " * 1000, True),
    ],
)
def test_a_long_text_is_read_once(text, said):
    assert bool(own_text(cell(text), known_lines(["a"]))) == said
    # What begins a string or a comment is one, whether it ends or not: so nothing is
    # read to find an end that is not there, and read again from the next sign on.
    assert not {*"'\"#"} & {*_SAID.sub("", text)}
