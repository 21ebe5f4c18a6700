"""What a cell gives is shown as IPython shows it, however that is found."""

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

from proctor.in_student.output import SHOWN_TYPES
from proctor.in_student.plainly import Plainly
from proctor.sandbox.levels import best_level
from proctor.tests import processes
from proctor.tests.ran import QUICK
from proctor.tests.tiny import cell, notebook_of

VALUES = [
    *(
        0,
        -3,
        10**30,
        True,
        None,
        0.1,
        1e300,
        float("nan"),
        2j,
        "",
        "it's",
        "a\nb\t\x85",
    ),
    *(b"\xff", (), (1,), (1, "two", 3.0, None, True), (np.float64(0.1), np.int64(3))),
    *(np.float32(0.1), np.bool_(True), np.arange(3), np.ones((0, 2)), np.float64(2)),
    *(np.zeros((2, 3, 4)), np.arange(2000.0), np.array(1.5), np.array([1 + 2j])),
]
# IPython lays them out, or asks their own methods.
OTHERS = [
    *((1,) * 60, ("x" * 100, 1), ([1],), [1, 2], {"a": 1}, {1}, range(3), int, len),
    *(
        np.array([None, object]),
        np.array(["a"]),
        np.float64,
        Ellipsis,
        type("T", (), {}),
    ),
]


@pytest.fixture
def shell():
    shell = InteractiveShell()
    shell.display_formatter.active_types = list(SHOWN_TYPES)
    yield shell
    np.set_printoptions(precision=8)


def by_ipython(shell, value):
    shown, _ = shell.display_formatter.format(value, include=SHOWN_TYPES)
    return shown["text/plain"]


def test_it_is_what_ipython_shows(shell):
    plainly = Plainly(shell)
    for value in VALUES:
        assert plainly.text(value) == by_ipython(shell, value)
    for value in OTHERS:
        assert plainly.text(value) is None


@pytest.mark.parametrize(
    "told",
    [
        "%precision 2",
        "%pprint",
        "formatters['text/plain'].for_type(float, lambda x, p, cycle: p.text('F'))",
        "formatters['text/plain'].for_type_by_name('builtins', 'float', print)",
        "formatters['text/plain'].max_width = 9",
        "formatters['image/png'].for_type(float, lambda x: None)",
        "mimebundle_formatter.for_type(float, lambda *_, **__: {'text/plain': 'F'})",
        "ipython_display_formatter.for_type(float, lambda x: False)",
    ],
)
def test_who_has_told_ipython_otherwise_is_shown_that(shell, told):
    plainly = Plainly(shell)
    assert plainly.text(1.25) == "1.25"
    if told.startswith("%"):
        shell.run_line_magic(*told[1:].partition(" ")[::2])
    else:
        exec(f"display.{told}", {"display": shell.display_formatter})
    assert plainly.text(1.25) is None
    assert plainly.text((1.25, 1)) is None


def test_a_notebook_begins_with_nothing_shown(jails):
    """What was run before it, so that its cells run fast, is gone."""
    look = "_, __, ___, len(Out), In[1:-1], get_ipython().execution_count"
    sources = [look, "_[-1], __, Out[0] is _, _i1 == In[1]", "_[:2], __[:3], _1 is _"]
    cells = [cell(source) for source in sources]
    processes.run(jails(best_level(), QUICK), notebook_of(cells))
    assert [one["outputs"][0]["data"]["text/plain"] for one in cells] == [
        "('', '', '', 0, [], 1)",
        "(1, '', True, True)",
        "((1, ''), ('', '', ''), True)",
    ]
