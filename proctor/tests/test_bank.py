"""The bank of an assignment's mistakes and variants, as it is read."""

import pytest

from proctor.bank import load
from proctor.errors import GradingError
from proctor.tests import tiny
from proctor.tests.tiny import BUGS, RETURN, SOLUTIONS, bug


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("BUGS = [", "cannot be read: SyntaxError"),
        ("import nothing_of_this_name", "cannot be read: ModuleNotFoundError"),
        ("BUGS = ['triple']", "a list BUGS of proctor.bank.Bug is wanted"),
        (
            tiny.bank_text([BUGS[0]] * 2, []),
            "two bugs have the id 'triple': rename one",
        ),
        (
            tiny.bank_text([bug("a", "half", ("x", "y"))], []),
            "bug 'a': no solution cell 'half': there is double, total",
        ),
        (
            tiny.bank_text([bug("a", "double", ("zebra", "y"))], []),
            "bug 'a': the cell does not contain 'zebra': take the piece from",
        ),
        (
            tiny.bank_text([bug("a", "double", (RETURN, RETURN))], []),
            "bug 'a': it does not change the cell: correct its replacement",
        ),
        (
            tiny.bank_text([bug("a", "double", (RETURN, "return ("))], []),
            "bug 'a': its text is not Python: ",
        ),
        (
            tiny.bank_text([bug("a", "double")], []),
            "bug 'a': give either pieces to replace or the whole source",
        ),
        (
            tiny.bank_text([BUGS[0]], [{BUGS[0]}]),
            'sets of bugs\' ids, such as [{"one", "other"}], and a set has a Bug: '
            "write its id, 'triple'",
        ),
        (tiny.bank_text([BUGS[0]], BUGS[:1]), "and a Bug is in it: correct it"),
        (tiny.bank_text([BUGS[0]], ["triple"]), "and a str is in it: correct it"),
        (tiny.bank_text([BUGS[0]], "triple"), "and a str came: correct it"),
        (tiny.bank_text([BUGS[0]], [[3]]), "a set has an int: correct it"),
        (tiny.bank_text([BUGS[0]], None), "and a NoneType came: correct it"),
        (
            tiny.bank_text([BUGS[0]], [{"triple", "mean"}]),
            "SAME_VALUES names 'mean', which is no bug: correct it",
        ),
        (
            tiny.bank_text(BUGS, [{"triple", "mean"}]),
            "SAME_VALUES has mean, triple together, of different cells",
        ),
        (
            tiny.bank_text(BUGS, [{"triple", "absolute"}, {"indexes", "triple"}]),
            "SAME_VALUES names 'triple' twice: join the groups",
        ),
    ],
)
def test_a_bank_that_cannot_be_used_is_one_line(tmp_path, text, message):
    (tmp_path / "bugs.py").write_text(text)
    with pytest.raises(GradingError) as found:
        load(tmp_path, SOLUTIONS)
    assert message in str(found.value) and str(tmp_path / "bugs.py") in str(found.value)
    assert "\n" not in str(found.value)


def test_titles_and_questions_are_complete(tmp_path):
    for one in (
        bug("a.", "double", (RETURN, "return 0")),
        tiny.Bug("a", "double", "A title", "No question", ((RETURN, "return 0"),)),
    ):
        with pytest.raises(GradingError, match=r"full stop|question mark"):
            tiny.bank_of(tmp_path, [one], [])


def test_variants_are_the_definitions_without_their_decorators(tmp_path):
    (tmp_path / "variants.py").write_text(tiny.VARIANTS)
    one, other = load(tmp_path, SOLUTIONS).variants
    assert (one.cell, one.name) == ("double", "by-sum")
    assert one.source.startswith("#| export\ndef double(x):\n    if not x.size:")
    assert one.source.endswith("return x + x")
    assert (other.name, other.source[:12]) == ("by-loop", "def total(x)")
    assert load(tmp_path, SOLUTIONS, whole=False).variants == ()


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (
            '"total", "by-loop", ',
            '"double", "other", fast=True, source=',
            "variant 'other': 'double' has a fast one already: keep one",
        ),
        ('"total", "by', '"sum", "by', "no solution cell 'sum': there is double"),
        ("return sum(", "return sum((", "variant 'by-loop': its text is not Python"),
        ('"total", "by-loop"', '"double", "by-sum"', "are called 'by-sum': rename one"),
    ],
)
def test_variants_that_cannot_be_used_are_one_line(tmp_path, before, after, message):
    assert before in tiny.VARIANTS
    (tmp_path / "variants.py").write_text(tiny.VARIANTS.replace(before, after))
    with pytest.raises(GradingError) as found:
        load(tmp_path, SOLUTIONS)
    assert message in str(found.value) and "\n" not in str(found.value)
