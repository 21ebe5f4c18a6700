"""Formgrader, as ``jupyter lab`` in the course folder serves it."""

import json
import shutil
import urllib.error
import urllib.request
from urllib.parse import quote

import pytest
from classroom import FILE, NAME, example, hand_in
from lab_server import serving
from nbgrader.api import Gradebook

from proctor.tests.commands import BIN, run
from proctor.tests.hostile import FORMULAS, HOSTILE, TARGETS
from proctor.tests.pages import check_elements, drawn, markdown
from proctor.tests.test_formgrader_page import hostile_cells

MATHJAX = "https://cdnjs.cloudflare.com/ajax/libs/mathjax/"
EVIL = "http://elsewhere.example"
HONEST = """\
With `List<int>` and $i<n$ steps, $\\frac{a}{b}$ of them for nothing:

```
if a<b: print(d['k'](1))
```

$$
\\sum_{i=1}^n x_i^2
$$

![what I drew](attachment:drawn.png) ![and took](attachment:taken.jpg)"""
RUNS = [
    "<script>window.pwned = 1</script>",
    "<img src=x onerror='window.pwned = 1'>",
    "<svg onload='window.pwned = 1'></svg>",
    "<details open ontoggle='window.pwned = 1'>x</details>",
    "<iframe srcdoc='<script>parent.pwned = 1</script>'></iframe>",
    f"<img src='{EVIL}/a.png'> ![x]({EVIL}/b.png) <link rel=stylesheet href={EVIL}/c>",
    f"<style>@import '{EVIL}/d'; body {{ background: url({EVIL}/e) }}</style>",
    "</div></div></div></main><script>window.pwned = 1</script>",
    f"```mermaid\n</pre><img src={EVIL}/f onerror='window.pwned = 1'>\n```",
    f"$\\style{{cursor:url({EVIL}/g),auto}}{{x}}$",
    "$$\\href{javascript:pwned=1}{x}$$",
]
DRAWN = {
    "drawn.png": {"image/png": drawn()},
    "taken.jpg": {"image/jpeg": drawn("jpeg", "steelblue")},
}


def answered(notebook, cell):
    """Return a submission whose reflection is this cell, and more cells."""
    notebook = json.loads(notebook)
    for own in notebook["cells"]:
        if own["metadata"].get("nbgrader", {}).get("grade_id") == "reflection":
            own.update({k: v for k, v in cell.items() if k != "metadata"})
    return notebook


@pytest.fixture(scope="module")
def course(demo, tmp_path_factory):
    """The demo's class, and two more: an honest student and a hostile one."""
    folder = tmp_path_factory.mktemp("formgrader") / "course"
    shutil.copytree(demo[0], folder)
    whole = example(demo[0], "kernel-flipped")
    hand_in(folder, "honest", answered(whole, markdown(HONEST, **DRAWN)))
    notebook = answered(whole, markdown("\n\n".join(RUNS)))
    prose = [*RUNS, *TARGETS, *HOSTILE, *(f"${formula}$" for formula in FORMULAS)]
    notebook["cells"] += [markdown(source.replace("\ud800", "")) for source in prose]
    notebook["cells"].append({"cell_type": "raw", "metadata": {}, "source": RUNS[1]})
    hand_in(folder, "hostile", notebook)
    options = ("--student", "honest", "--student", "hostile", "--feedback")
    done = run("proctor", "autograde", NAME, *options, cwd=folder)
    assert done.returncode == 0, done.stderr
    # As a grader that trusts outputs would have left it.
    path = folder / "autograded" / "hostile" / NAME / FILE
    graded = json.loads(path.read_text())
    for number, cell in enumerate(hostile_cells()):
        graded["cells"].append({"id": f"more-{number}"} | cell)
    path.write_text(json.dumps(graded))
    return folder


@pytest.fixture(scope="module")
def lab(course, tmp_path_factory):
    """A running JupyterLab: the address of its server, and its token."""
    home = tmp_path_factory.mktemp("home")
    with serving(BIN / "jupyter", course, home) as address:
        yield address.split("/{}?token=")


def ask(lab, path, method="GET"):
    address, token = lab
    request = urllib.request.Request(
        address + path, headers={"Authorization": f"token {token}"}, method=method
    )
    with urllib.request.urlopen(request, timeout=300) as answer:
        return answer.read().decode()


def test_shows_the_assignment_and_its_submissions(lab):
    assert "<title>nbgrader" in ask(lab, "/formgrader")
    assignments = json.loads(ask(lab, "/formgrader/api/assignments"))
    (spatial,) = [a for a in assignments if a["name"] == "09_spatial"]
    assert spatial["max_score"] == 100
    assert spatial["num_submissions"] == 13
    submissions = json.loads(ask(lab, "/formgrader/api/submissions/09_spatial"))
    by_student = {s["student"]: s for s in submissions}
    assert by_student["correct-loops"]["score"] == 95
    assert by_student["kernel-flipped"]["score"] == 86.25
    assert by_student["correct-loops"]["needs_manual_grade"] is True
    assert by_student["half-done"]["needs_manual_grade"] is False
    assert by_student["not-a-notebook"]["autograded"] is False

    # The autograde button of a row.
    button = "/formgrader/api/submission/09_spatial/kernel-flipped/autograde"
    assert json.loads(ask(lab, button, "POST"))["success"]
    row = ask(lab, "/formgrader/api/submission/09_spatial/kernel-flipped")
    assert json.loads(row)["score"] == 86.25


def open_submission(lab, opened, student):
    """Open a submission as the person does who grades it; return what it asked for."""
    found = json.loads(ask(lab, f"/formgrader/api/submitted_notebooks/{NAME}/spatial"))
    (name,) = [entry["id"] for entry in found if entry["student"] == student]
    address, token = lab
    opened.visit(f"{address}/formgrader/submissions/{name}/?token={token}")
    assert opened.run("document.title") == "spatial"
    asked = [url for url in opened.requested if not url.startswith("data:")]
    return [url for url in asked if not url.startswith(f"{address}/")]


def open_page(course, opened, student):
    page = course / "feedback" / student / NAME / "spatial.html"
    opened.visit(page.as_uri())
    return [url for url in opened.requested if not url.startswith("data:")]


# What is a student's on a page: the elements in it, as the browser understood them.
ELEMENTS = """
(inside => [...document.querySelectorAll(inside)].flatMap(
  part => [...part.querySelectorAll("*")].map(
    element => [element.localName, Object.fromEntries(
      [...element.attributes].map(attribute => [attribute.name, attribute.value])
    )]
  )
))
"""
PICTURES = """
[...document.querySelectorAll("img")].map(
  image => [image.alt, image.complete && image.naturalWidth]
)
"""


def test_nothing_of_a_submission_runs_in_formgrader(lab, opened):
    elsewhere = open_submission(lab, opened, "hostile")
    # What Formgrader's own template loads, and nothing else.
    assert [url for url in elsewhere if not url.startswith(MATHJAX)] == []
    assert opened.run("typeof window.pwned") == "undefined"
    elements = opened.run(f"{ELEMENTS}('.text_cell_render, .input_area')")
    assert len(elements) > 300
    for _, attributes in elements:
        attributes.pop("tabindex", None)  # Formgrader's own script sets it
    check_elements(elements, r"[a-z0-9_ -]*")
    assert opened.run("document.querySelectorAll('.output script, iframe').length") == 0
    # All of it stands inside the notebook, whatever it tried to end.
    count = "document.body.children.length"
    children = opened.run(count)
    open_submission(lab, opened, "honest")
    assert opened.run(count) == children


def test_nothing_of_a_submission_runs_on_its_page(course, opened):
    (own,) = open_page(course, opened, "hostile")
    assert own.startswith("file:")
    assert opened.run("typeof window.pwned") == "undefined"
    elements = opened.run(f"{ELEMENTS}('main')")
    assert len(elements) > 300
    check_elements(elements)


@pytest.fixture(scope="module")
def lab_above(course, tmp_path_factory):
    """A JupyterLab that was started in the folder above the course."""
    home = tmp_path_factory.mktemp("above")
    with serving(BIN / "jupyter", course.parent, home) as address:
        lab = address.split("/{}?token=")
        assert "<title>nbgrader" in ask(lab, f"/formgrader/?path={course.name}")
        yield lab


def test_nothing_runs_in_a_formgrader_that_was_started_elsewhere(lab_above, opened):
    elsewhere = open_submission(lab_above, opened, "hostile")
    assert [url for url in elsewhere if not url.startswith(MATHJAX)] == []
    assert opened.run("typeof window.pwned") == "undefined"


@pytest.mark.parametrize("started", ["lab", "lab_above"])
def test_no_address_has_a_students_configuration_run(course, started, request):
    """A link in a student's prose may lead here, and a person may click on it."""
    lab = request.getfixturevalue(started)
    theirs = course / "submitted" / "planter" / NAME
    theirs.mkdir(parents=True, exist_ok=True)
    ran = course.parent / "ran"
    (theirs / "nbgrader_config.py").write_text(f"open({str(ran)!r}, 'w')\n")
    with pytest.raises(urllib.error.HTTPError) as refused:
        ask(lab, f"/formgrader/?path={theirs}")
    assert refused.value.code == 403
    assert "lies among students' work" in refused.value.read().decode()
    assert not ran.exists()
    assert json.loads(ask(lab, f"/formgrader/api/submissions/{NAME}"))


# As a student, an assignment, or a notebook may be called by an address.
NAMED = "<img src=x onerror='window.pwned = 1'>"
IN_A_SCRIPT = '";window.pwned=1;"'


@pytest.mark.parametrize(
    "path",
    [
        f"manage_students/{NAMED}",
        f"manage_students/{NAMED}/{NAMED}",
        f"manage_students/{IN_A_SCRIPT}",
        f"manage_submissions/{NAMED}",
        f"gradebook/{NAMED}",
        f"gradebook/{NAMED}/{NAMED}",
        f"gradebook/{IN_A_SCRIPT}",
    ],
)
def test_no_address_has_a_script_run(lab, opened, path):
    address, token = lab
    opened.visit(f"{address}/formgrader/{quote(path, safe='/')}?token={token}")
    assert opened.run("document.querySelector('.breadcrumb li.active').innerText")
    assert opened.run("typeof window.pwned") == "undefined"
    assert opened.run("document.querySelectorAll('.breadcrumb img').length") == 0


def test_a_student_may_be_called_anything(lab, course, opened):
    """A folder's name may be anything, and students choose how they are called."""
    names = {"first_name": NAMED, "last_name": f"O\"'Brien</script>{NAMED}"}
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        gradebook.update_or_create_student("honest", **names)
    open_submission(lab, opened, "honest")
    assert opened.run("typeof window.pwned") == "undefined"
    shown = opened.run("document.querySelector('nav').textContent")
    assert f"{names['last_name']}, {NAMED}" in " ".join(shown.split())
    address, token = lab
    # Its cookie is for what lies below the address that brought it.
    opened.visit(f"{address}/formgrader?token={token}")
    opened.visit(f"{address}/formgrader/manage_students")
    row = opened.page.locator("tbody tr", has_text="honest")
    assert NAMED in row.inner_text()
    opened.visit(f"{address}/formgrader/api/students")
    assert NAMED in opened.run("document.body.innerText").replace("\\", "")
    assert opened.run("typeof window.pwned") == "undefined"


@pytest.mark.parametrize("where", ["formgrader", "page"])
def test_an_honest_reflection_is_read_as_it_was_written(lab, course, opened, where):
    if where == "page":
        open_page(course, opened, "honest")
        text = opened.run("document.querySelector('main').innerText")
    else:
        open_submission(lab, opened, "honest")
        inside = "document.querySelector('#reflection').closest('.nbgrader_cell')"
        text = opened.run(f"{inside}.innerText")
    lines = " ".join(text.split())
    # MathJax is not there: the formulas are as they were written.
    assert (
        r"With List<int> and $i<n$ steps, $\frac{a}{b}$ of them for nothing: "
        r"if a<b: print(d['k'](1)) $$ \sum_{i=1}^n x_i^2 $$" in lines
    )
    pictures = [found for found in opened.run(PICTURES) if found[0][:3] != "pic"]
    assert pictures[-2:] == [["what I drew", 160], ["and took", 160]]


def test_formulas_are_marked_for_mathjax(lab, opened):
    open_submission(lab, opened, "honest")
    marked = opened.run(
        "[...document.querySelectorAll('.nbgrader_cell .tex2jax_process')]"
        ".map(element => element.textContent)"
    )
    assert marked[-3:] == [*("$i<n$", r"$\frac{a}{b}$", "$$\n\\sum_{i=1}^n x_i^2\n$$")]


def test_the_hints_are_folded(lab, course, opened):
    path = course / "release" / NAME / FILE
    sources = ["".join(c["source"]) for c in json.loads(path.read_text())["cells"]]
    hints = [source for source in sources if source.startswith("<details>")]
    open_submission(lab, opened, "honest")
    for name in ("details", "summary"):
        found = f"document.querySelectorAll('.text_cell_render {name}').length"
        assert opened.run(found) == len(hints) > 5
    assert "<details>" not in opened.run("document.body.innerText")


def press_and_close(page, row, sign):
    """Press a row's button, which a sign alone names; return what the dialog says."""
    page.locator("tbody tr", has_text=row).locator(f".glyphicon-{sign}").click()
    dialog = page.locator(".modal.in")
    dialog.wait_for()
    said = dialog.locator(".modal-title").inner_text()
    dialog.locator(".modal-footer button").first.click()
    dialog.wait_for(state="detached")
    return said


@pytest.mark.slow
def test_a_person_grades_in_the_browser(lab, course, opened, screenshots):
    """Generate, autograde, a manual score with a comment, an override, feedback."""
    address, token = lab
    page = opened.page
    page.set_viewport_size({"width": 1200, "height": 900})
    page.set_default_timeout(300_000)
    opened.asked.clear()
    opened.visit(f"{address}/formgrader/manage_assignments?token={token}")
    assert press_and_close(page, NAME, "education") == "Success"
    opened.picture(screenshots / "formgrader-assignments.png")
    opened.visit(f"{address}/formgrader/manage_submissions/{NAME}")
    row = page.locator("tbody tr", has_text="kernel-flipped")
    assert press_and_close(page, "kernel-flipped", "flash") == "Success"
    row.get_by_text("86.25 / 100").wait_for()
    opened.picture(screenshots / "formgrader-submissions.png")

    open_submission(lab, opened, "kernel-flipped")
    # When the page's script follows the fields, it says what stands for nothing.
    for kind in ("extra-credit", "comment"):
        page.locator(f".{kind}[placeholder]").first.wait_for(state="attached")
    for name, text in {
        "reflection": "4",
        "reflection-comment": "Why does the second layer see more?",
        "test-conv2d-forward": "20",
    }.items():
        field = page.locator(f"#{name}")
        field.fill(text)
        with page.expect_response(lambda answer: answer.request.method == "PUT"):
            field.blur()
    opened.picture(screenshots / "formgrader-submission.png")
    opened.visit(f"{address}/formgrader/manage_submissions/{NAME}")
    row.get_by_text("99 / 100").wait_for()
    assert press_and_close(page, "kernel-flipped", "comment") == "Success"
    open_page(course, opened, "kernel-flipped")
    text = opened.run("document.querySelector('main').innerText")
    assert "Why does the second layer see more?" in text and "99" in text
    opened.picture(screenshots / "feedback-by-hand.png")
    # What Formgrader's own template wants of elsewhere, in vain; nothing of ours.
    assert [url for url in opened.elsewhere() if not url.startswith(MATHJAX)] == []
