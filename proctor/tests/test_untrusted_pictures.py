"""Pictures that students paste into their prose: none but pictures is shown."""

import nbformat
import pytest

from proctor.tests.formgrader_html import check_harmless, formgrader
from proctor.tests.pages import Page, drawn, markdown, page_of, picture


def test_a_pasted_picture_is_shown():
    png, jpeg = drawn(), drawn("jpeg")
    cell = markdown(
        "![as *pasted*](attachment:image.png) ![b](attachment:my%20pic.jpg) "
        "![c](<attachment:größe.png>)\n\n"
        f"![in the text](data:image/jpeg;base64,{jpeg})",
        **{
            "image.png": {"image/png": png},
            "my pic.jpg": {"image/jpeg": [jpeg[:50] + "\n", jpeg[50:]]},
            "größe.png": {"image/png": png},
        },
    )
    nbformat.validate(nbformat.v4.new_notebook(cells=[cell | {"id": "a"}]))
    for seen in (check_harmless(formgrader(cell)), page_of(cell)):
        assert [(i["src"][:16], i["alt"]) for i in seen.all("img")] == [
            ("data:image/png;b", "as pasted"),
            ("data:image/jpeg;", "b"),
            ("data:image/png;b", "c"),
            ("data:image/jpeg;", "in the text"),
        ]


@pytest.mark.parametrize(
    "attachment",
    [
        {"image/svg+xml": "PHN2Zz4="},
        {"image/svg+xml": "<svg onload='alert(1)'></svg>"},
        {"text/html": "<script>alert(1)</script>"},
        {"image/png": "'><script>alert(1)</script>"},
        {"image/png": "PHNjcmlwdD4="},
        {"image/png": drawn("jpeg")},
        {"image/jpeg": drawn()},
        {"image/gif": drawn("gif")},
        {"image/jpeg": drawn("jpeg") + '" onload="alert(1)'},
        {"image/png": picture(width=10_001)},
        {"image/jpeg": drawn("jpeg", width=10_001, height=1)},
        {"image/png": {"a": 1}},
        {"image/png": 7},
        ["image/png"],
        None,
    ],
)
def test_no_other_attachment_is(attachment):
    cell = markdown("![seen](attachment:a)", a=attachment)
    for seen in (check_harmless(formgrader(cell)), page_of(cell)):
        assert seen.all("img") == []
        assert seen.text.endswith("[picture: seen]")


def test_pictures_are_bounded():
    large = drawn(width=8, height=8)
    filler = "A" * (4_000_000 - len(large))  # after a PNG's end nobody reads on
    data = large.rstrip("=") + filler
    cells = [
        markdown("![a](attachment:a)" * 3, a={"image/png": data[: len(data) // 4 * 4]})
    ] * 3
    for seen in (Page(formgrader(*cells)), page_of(*cells)):
        assert len(seen.all("img")) == 5  # of 20 MB
        assert seen.text.count("[picture, not shown for its size: a]") == 4
