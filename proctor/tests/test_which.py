"""Which of several notebooks counts: the one that holds work, or a person says."""

from pathlib import Path

import pytest

from proctor.commands import check
from proctor.errors import SubmissionError
from proctor.grade.places import ANYWHERE
from proctor.grade.pool import HandedIn, grade_handed_in
from proctor.grade.which import Held, choose, others_beside
from proctor.tests import tiny
from proctor.tests.grading import grader_of, write_course

STUB, EMPTY = Held(3, {}), Held(0, {"a": "1"})
WORK, OTHER = Held(3, {"a": "1"}), Held(3, {"a": "2"})


def chosen(tmp_path, own, **others):
    """Return which of these is chosen, where ``None`` is no notebook."""
    path = tmp_path / "n.ipynb"
    held = {tmp_path / f"{name}.ipynb": found for name, found in others.items()}
    if own != "missing":
        held[path] = own
        path.touch()
    beside = [other for other in held if other != path]
    found, note = choose("n", path, beside, held.__getitem__)
    return found.stem, bool(note)


@pytest.mark.parametrize(
    ("own", "others", "wanted"),
    [
        (WORK, {"copy": STUB}, ("n", False)),
        (WORK, {"copy": WORK}, ("n", False)),
        (WORK, {"scratch": EMPTY, "broken": None}, ("n", False)),
        (STUB, {"copy": STUB}, ("n", False)),
        (STUB, {"copy": WORK}, ("copy", True)),
        (STUB, {"one": WORK, "two": WORK}, ("one", True)),
        (None, {"copy": WORK}, ("copy", True)),
        ("missing", {"copy": WORK}, ("copy", True)),
        ("missing", {"copy": STUB}, ("copy", True)),
        ("missing", {"old": STUB, "new": WORK}, ("new", True)),
        ("missing", {"scratch": EMPTY}, ("n", False)),
    ],
)
def test_the_one_that_holds_work(tmp_path, own, others, wanted):
    assert chosen(tmp_path, own, **others) == wanted


@pytest.mark.parametrize(
    ("own", "others"),
    [
        (WORK, {"copy": OTHER}),
        (STUB, {"one": WORK, "two": OTHER}),
        ("missing", {"one": WORK, "two": OTHER}),
        (STUB, {f"copy{n}": WORK for n in range(21)}),
    ],
)
def test_in_doubt_a_person(tmp_path, own, others):
    with pytest.raises(SubmissionError):
        chosen(tmp_path, own, **others)


def test_finds_notebooks_by_what_browsers_call_them(tmp_path):
    names = ["n.ipynb", "n (1).ipynb", "N.ipynb", "n.ipynb.txt", "sub/n.ipynb"]
    names.append("a/b/n.ipynb")
    aside = [".ipynb_checkpoints/n.ipynb", ".n.ipynb", "a/b/c/n.ipynb", "n.ipynb~"]
    passed_over = [
        "n.py",
        "__MACOSX/._n.ipynb",
        ".git/n.ipynb",
        "a/b/c/d/e/f/g/n.ipynb",
    ]
    for name in names + aside + passed_over:
        Path(tmp_path, name).parent.mkdir(parents=True, exist_ok=True)
        Path(tmp_path, name).touch()
    Path(tmp_path, "link.ipynb").symlink_to("n.ipynb")
    found = others_beside({"n": tmp_path / "n.ipynb"})
    found = [str(path.relative_to(tmp_path)) for path in found]
    assert set(found) == {*names[1:], *aside}
    assert set(found[-len(aside) :]) == set(aside)


def one(answer):
    test = {"grade": True, "locked": True, "points": 2}
    task = tiny.cell(answer, "f", solution=True)
    return [task, tiny.cell("assert f() == 1", "test-f", **test)]


RIGHT, WRONG = "def f():\n    return 1", "def f():\n    return 2"
EMPTY = "def f():\n    raise NotImplementedError"


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Return the submission of these files, whose answers are given by name."""
    course = tmp_path_factory.mktemp("course")
    write_course(course, {"n": one(RIGHT)}, {"n": one(EMPTY)})
    with grader_of(course) as grader:

        def of(files):
            folder = tmp_path_factory.mktemp("handed in") / "ps"
            for name, answer in files.items():
                tiny.write(
                    folder / name, one(answer) if isinstance(answer, str) else []
                )
                if isinstance(answer, bytes):
                    (folder / name).write_bytes(answer)
            handed = HandedIn.at("ada", {"n": folder / "n.ipynb"})
            return grade_handed_in(grader, handed, ANYWHERE).submission

        yield of


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"n (1).ipynb": RIGHT}, "n (1).ipynb was graded: n.ipynb is missing"),
        ({"ps/n.ipynb": RIGHT}, "ps/n.ipynb was graded: n.ipynb is missing"),
        ({"n.ipynb/n.ipynb": RIGHT}, "n.ipynb/n.ipynb was graded: n.ipynb is a folder"),
        (
            {"n.ipynb": EMPTY, "new/n.ipynb": RIGHT},
            "new/n.ipynb was graded: n.ipynb is as it was handed out",
        ),
        (
            {"n.ipynb": None, "new/n.ipynb": RIGHT},
            "new/n.ipynb was graded: n.ipynb holds no work of it",
        ),
        (
            {"n.ipynb": EMPTY, "course/release/ps/n.ipynb": RIGHT},
            "course/release/ps/n.ipynb was graded: n.ipynb is as it was handed out",
        ),
        (
            {"n.ipynb": EMPTY, ".ipynb_checkpoints/n-checkpoint.ipynb": RIGHT},
            ".ipynb_checkpoints/n-checkpoint.ipynb was graded: n.ipynb is as it was "
            "handed out",
        ),
        ({"n.ipynb.bak": RIGHT}, "n.ipynb.bak was graded: n.ipynb is missing"),
    ],
)
def test_the_one_that_is_graded_is_said_with_its_folder(graded, files, said):
    found = graded(files)
    assert (found.score, found.mended) == (2, (said,))


@pytest.mark.parametrize("aside", ["n.ipynb~", ".ipynb_checkpoints/n-checkpoint.ipynb"])
def test_what_a_program_kept_is_no_other_answer(graded, aside):
    found = graded({"n.ipynb": RIGHT, aside: WRONG})
    assert (found.score, found.status, found.mended) == (2, "graded", ())


def test_untouched_beside_a_download_that_did_not_end_is_no_silent_zero(graded):
    found = graded({"n.ipynb": EMPTY, "n.ipynb.crdownload": b"half of it"})
    assert found.status == "needs_attention"
    assert found.message.endswith(
        "beside it lies n.ipynb.crdownload: a person has to look"
    )


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"n.ipynb": RIGHT, "old/n.ipynb": WRONG}, "n.ipynb and old/n.ipynb hold"),
        ({"a/n.ipynb": RIGHT, "b/n.ipynb": WRONG}, "a/n.ipynb, b/n.ipynb hold"),
    ],
)
def test_those_that_differ_are_said_with_their_folders(graded, files, said):
    assert graded(files).message.startswith(f"{said} different answers")


def test_a_check_says_which_copies_it_did_not_look_at(tmp_path):
    """A browser's or an LMS's second file, not what else lies in a folder."""
    for name in ("n.ipynb", "n (1).ipynb", "N-2.ipynb", "other.ipynb", "n.txt"):
        (tmp_path / name).write_text("{}")
    said = check.not_looked_at({"n": tmp_path / "n.ipynb"})
    assert said == [
        f"{name} lies beside it and was not looked at"
        for name in ("N-2.ipynb", "n (1).ipynb")
    ]
