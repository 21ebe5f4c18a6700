"""Known mistakes in other texts of their cell."""

import pytest

from proctor.bank import Bug, forms

TEXT = """def area(sides):
    height, width = sides
    rows = range(height)
    if width:
        return len(rows) * width
    return 0
"""
KNOWN = [Bug("square", "area", "All are squares", "Is a door a square?", (("a", "b"),))]


def test_a_form_has_the_mistakes_name_and_its_line_at_each_place():
    places = {"before": "rows =", "inside": "return len"}
    before, inside = forms(KNOWN, TEXT, places, {"square": "width = height"})
    assert (before.id, inside.id) == ("square-before", "square-inside")
    assert before.title == inside.title == KNOWN[0].title
    assert (before.cell, before.question) == (KNOWN[0].cell, KNOWN[0].question)
    names = {}
    exec(before.source, names)
    assert names["area"]((3, 5)) == 9
    assert "    if width:\n        width = height\n        return" in inside.source


@pytest.mark.parametrize(
    ("places", "lines", "said"),
    [
        ({"x": "rows ="}, {"round": "pass"}, "no known mistake 'round'"),
        ({"x": "columns ="}, {"square": "pass"}, "no line begins with 'columns ='"),
    ],
)
def test_what_is_not_there_is_said(places, lines, said):
    with pytest.raises(ValueError, match=said):
        forms(KNOWN, TEXT, places, lines)
