"""Which libraries a student's function uses; none that it only could."""

import json
import textwrap

import numpy as np
import pytest

from proctor.libraries import libraries_of

# `dumps` and `json` stand in the notebook: for another cell, say.
GLOBALS = {"np": np, "json": json, "dumps": json.dumps}
ASKED = "json", "numpy", "scipy"


def found_in(source, name="work"):
    names = {"__name__": "__main__", **GLOBALS}
    exec(textwrap.dedent(source), names)
    return libraries_of(names[name], ASKED)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def work(x):\n    return np.sum(x)", ["numpy"]),
        ("def work(x):\n    return x + 1", []),
        ("def work(x):\n    return json.dumps(x)", ["json"]),
        ("def work(x):\n    return dumps(x)", ["json"]),
        ("def work(x):\n    return [dumps(i) for i in x]", ["json"]),
        ("def work(x):\n    import json.decoder\n    return x", ["json"]),
        ("def work(x):\n    from json import loads\n    return loads(x)", ["json"]),
        (
            "def help(x):\n    return dumps(x)\n\ndef work(x):\n    return help(x)",
            ["json"],
        ),
        ("class work:\n    def forward(self, x):\n        return dumps(x)", ["json"]),
        ('def work(x):\n    return __import__("json.decoder").loads(x)', ["json"]),
        (
            "def late():\n    import importlib\n"
            '    return importlib.import_module("json")\n\n'
            "def work(x):\n    return late().dumps(x)",
            ["json"],
        ),
        ('def work(x):\n    return "json"', []),
        # An attribute, and a variable, of the same name.
        ("def work(x):\n    return np.dumps(x) + x.json", ["numpy"]),
        ("def work(x):\n    dumps = x\n    return dumps", []),
        ("def work(x):\n    return work(x - 1)", []),
    ],
)
def test_what_the_code_names(source, found):
    assert found_in(source) == found


@pytest.mark.parametrize("value", [None, 3, len, np.add])
def test_what_has_no_code_names_nothing(value):
    assert libraries_of(value, ASKED) == []


def test_of_others_nothing_is_said():
    names = dict(GLOBALS)
    exec("def work(x):\n    return np.sum(dumps(x))", names)
    assert libraries_of(names["work"], ["json"]) == ["json"]
    assert libraries_of(names["work"], ["scipy"]) == []
