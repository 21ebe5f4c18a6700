"""Each figure of the prose has a fact, and each fact is true.

Those of this course: test_build.py, with all else that `course check` says.
"""

import pytest
import small
from conftest import run
from nbformat import v4

from course.cells import Regions
from course.facts import cited, fact
from course.lint import claims, figures
from course.project import CourseError, Project


def found(markdown):
    return [claim.text for claim in figures.claims(markdown)]


@pytest.mark.parametrize(
    ("markdown", "wanted"),
    [
        ("2,774,532,096 MACs, and 1728 weights", ["2,774,532,096", "1728"]),
        ("about 2.8 billion; 60 thousand", ["2.8 billion", "60 thousand"]),
        ("12% of them, 97.5 %, 3 percent", ["12%", "97.5 %", "3 percent"]),
        ("seen 4, 6 and\n9 times; 5.4x more", ["9 times", "5.4x"]),
        ("411 MB, 784 MiB, 0.82 GB", ["411 MB", "784 MiB", "0.82 GB"]),
        ("in 20 s or 800 ms, 6 to 8 hours", ["20 s", "800 ms", "8 hours"]),
        ("> $1{,}728$ weights", ["1,728"]),
        ("a 3x3 kernel, 3 x 3 x 3 = 27, a 2x2 window of 224x224", []),
        ("(He and others, 2015), in the 1990s", []),
        ("the shape (64, 3, 1024, 1024), Conv2d, float32", []),
        ("`count(1000000)`\n\n```python\nx = 123456  # 12 %\n```\n", []),
        ("[the page](http://a.example/12345) arXiv:1512.03385 <img width='1200'>", []),
        ("$2x$, 4x^3, 12 pixels, 5 of 7", []),
    ],
)
def test_what_needs_a_fact(markdown, wanted):
    assert found(markdown) == wanted


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("2,774,532,096 steps", [2774532096]),
        ("about 2.8 billion", [2774532096]),
        ("5.4 times", [49 / 9]),
        ("0.82 GB, or 784 MiB", [822083584, 822083584]),
        ("97 %", [0.9666]),
        ("a 7x7 kernel for 4, 6 and 9 times", [7, 7, 4, 6, 9]),
    ],
)
def test_true(text, values):
    assert claims.wrong_values([fact(text, *values)]) == []


@pytest.mark.parametrize(
    ("text", "values", "line"),
    [
        (
            "2,764,800,000 steps",
            [2774532096],
            "'2,764,800,000 steps' says 2,764,800,000, the code gives 2,774,532,096",
        ),
        ("5,373 times", [5376.0], "'5,373 times' says 5,373, the code gives 5,376"),
        ("5.5 times", [49 / 9], "'5.5 times' says 5.5, the code gives 5.44444"),
        ("1.3 GB", [822083584], "'1.3 GB' says 1.3 GB, the code gives 822,083,584"),
        ("4 and 9", [4, 8], "'4 and 9' says 9, the code gives 8"),
    ],
)
def test_false(text, values, line):
    assert claims.wrong_values([fact(text, *values)]) == [line]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: fact("4 and 9", 4), "has 2 numbers (4; 9) and 1 values"),
        (lambda: fact("many", 4), "has no number in it"),
        (lambda: fact("4 times", "4"), "has the value '4': no number"),
        (lambda: cited("25 million", " "), "names no source"),
    ],
)
def test_a_fact_that_says_nothing(make, message):
    with pytest.raises(CourseError) as raised:
        make()
    assert message in str(raised.value)


def test_a_figure_is_covered_where_the_text_of_its_fact_stands():
    known = [fact("seen 4, 6 and 9 times", 4, 6, 9), cited("25.6 million", "a paper")]
    assert claims.without_fact("They are\n> seen 4, 6\n> and 9 times.", known) == []
    assert claims.without_fact("It has 25.6 million.", known) == []
    (line,) = claims.without_fact("It is seen 9 times or 25.6 million.", known)
    assert line == (
        "'9 times' has no fact (in 'It is seen 9 times or 25.6 million.'): add one to "
        "facts.py, or let the cell print the number"
    )


def test_a_longer_number_is_another_number():
    known = [fact("1,792", 1792), fact("5.4 times", 5.4)]
    assert (
        len(claims.without_fact("It has 11,792 or 1,792,000; 15.4 times.", known)) == 3
    )
    assert claims.not_there(known[:1], ["1,792.", "x"]) == []
    assert len(claims.not_there(known[:1], ["21,792", "1,792,000", "1,792.5"])) == 1


FACTS = """\
from course.facts import cited, fact
from tinytorch.core.spatial import output_size

FACTS = [
    fact("has 5 windows", output_size(7, 3)),
    fact("222 times 222 places", output_size(224, 3), 222),
    cited("25.6 million", "a paper"),
]
"""
TRUTH = """\
# ---
# jupyter:
#   course:
#     points: 5
# ---
# %% [markdown]
# A row has 5 windows. An image has 222 times
# 222 places, a network 25.6 million weights.
# %%
#| default_exp core.spatial
# %% nbgrader={"grade": false, "grade_id": "a", "solution": true, "locked": false}
#| export
def output_size(size, kernel):
    ### BEGIN SOLUTION
    return size - kernel + 1
    ### END SOLUTION
# %% nbgrader={"grade": true, "grade_id": "test-a", "points": 5, "locked": true}
assert True
"""


@pytest.fixture
def course(tmp_path):
    folder = tmp_path / "notebooks/09_spatial"
    folder.mkdir(parents=True)
    (tmp_path / "settings.ini").write_text("[DEFAULT]\n")
    (folder / "spatial.py").write_text(TRUTH)
    (folder / "facts.py").write_text(FACTS)
    return folder


def problems(course, edit="facts.py", old="", new=""):
    text = (course / edit).read_text()
    assert old in text
    (course / edit).write_text(text.replace(old, new, 1))
    return claims.problems(Project(course.parent.parent))


def test_a_sound_course(course):
    assert problems(course) == []


def test_a_wrong_figure_is_named_with_the_right_one(course):
    assert problems(course, old="has 5", new="has 6")[0] == (
        "notebooks/09_spatial/facts.py: 'has 6 windows' says 6, the code gives 5"
    )


def test_the_code_is_what_the_cells_say_now(course):
    lines = problems(course, "spatial.py", "size - kernel + 1", "size - kernel")
    assert lines[0].endswith("'has 5 windows' says 5, the code gives 4")
    assert len(lines) == 2


def test_a_text_that_is_gone_and_a_figure_without_a_fact(course):
    assert problems(course, "spatial.py", "25.6 million", "26.5 million") == [
        "notebooks/09_spatial/facts.py: '25.6 million' stands nowhere in the notebook: "
        "correct the fact or delete it",
        "notebooks/09_spatial/spatial.py: '26.5 million' has no fact (in 'times 222 "
        "places, a network 26.5 million weights.'): add one to facts.py, or let the "
        "cell print the number",
    ]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            "output_size(7, 3)",
            "output_size(7)",
            "line 5: TypeError: output_size() missing 1 required positional argument: "
            "'kernel'",
        ),
        (", 222)", ")", "line 6: the fact '222 times 222 places' has 2 numbers"),
        ("FACTS = [", "FACTS = ()\n_ = [", "FACTS must be a list of fact(...)"),
        ("FACTS = [", "FACTS = [,", "SyntaxError: invalid syntax"),
    ],
)
def test_a_broken_file_is_one_line(course, old, new, line):
    (problem,) = problems(course, old=old, new=new)
    assert problem.startswith(f"notebooks/09_spatial/facts.py: {line}")


def test_a_graded_notebook_needs_the_file_once_it_has_figures(course):
    (course / "facts.py").unlink()
    lines = claims.problems(Project(course.parent.parent))
    assert len(lines) == 2 and "'222 times' has no fact" in lines[0]


def test_text_in_code_counts_and_hidden_tests_do_not():
    code = v4.new_code_cell("# It has 5\n# windows.\n### BEGIN HIDDEN TESTS\n# has 6")
    texts = [claims._read(code, Regions().hidden_tests)]
    assert claims.not_there([fact("has 5 windows", 5)], texts) == []
    assert len(claims.not_there([fact("has 6", 6)], texts)) == 1


def test_course_check_tells(small_course):
    path = (small_course / small.TRUTH).with_name("facts.py")
    path.write_text(path.read_text().replace('numbers", 3', 'numbers", 4'))
    done = run("course", "check", cwd=small_course)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"course: {small.TRUTH.parent}/facts.py: 'A list of 3 numbers' says 3, the "
        "code gives 4"
    ]
