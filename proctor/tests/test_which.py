"""Which of several notebooks counts: the one that holds work, or a person says."""

from pathlib import Path

import pytest

from proctor.commands import check
from proctor.errors import SubmissionError
from proctor.grade.which import Held, choose, others_beside

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
    passed_over = [".ipynb_checkpoints/n.ipynb", ".n.ipynb", "a/b/c/n.ipynb", "n.py"]
    for name in names + passed_over:
        Path(tmp_path, name).parent.mkdir(parents=True, exist_ok=True)
        Path(tmp_path, name).touch()
    Path(tmp_path, "link.ipynb").symlink_to("n.ipynb")
    found = others_beside({"n": tmp_path / "n.ipynb"})
    assert {str(path.relative_to(tmp_path)) for path in found} == set(names[1:])


def test_a_check_says_which_copies_it_did_not_look_at(tmp_path):
    """A browser's or an LMS's second file, not what else lies in a folder."""
    for name in ("n.ipynb", "n (1).ipynb", "N-2.ipynb", "other.ipynb", "n.txt"):
        (tmp_path / name).write_text("{}")
    said = check.not_looked_at({"n": tmp_path / "n.ipynb"})
    assert said == [
        f"{name} lies beside it and was not looked at"
        for name in ("N-2.ipynb", "n (1).ipynb")
    ]
