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
        # What a function has without its code naming it.
        ("def work(x, put=dumps):\n    return put(x)", ["json"]),
        ("def work(x, *, put=dumps):\n    return put(x)", ["json"]),
        (
            "def make(put):\n    def work(x):\n        return put(x)\n    return work\n"
            "\nwork = make(dumps)",
            ["json"],
        ),
        (
            "import functools\n\ndef quiet(f):\n    @functools.wraps(f)\n"
            "    def inner(x):\n        return f(x)\n    return inner\n\n"
            "@quiet\ndef work(x):\n    return dumps(x)",
            ["json"],
        ),
        (
            "import functools\n\n@functools.cache\ndef tool():\n    return dumps\n\n"
            "def work(x):\n    return tool()(x)",
            ["json"],
        ),
        (
            "import functools\n\ndef put(tool, x):\n    return tool(x)\n\n"
            "work = functools.partial(put, dumps)",
            ["json"],
        ),
        ("TOOLS = {1: [dumps]}\n\ndef work(x):\n    return TOOLS[1][0](x)", ["json"]),
        (
            "import types\n\nTOOLS = types.SimpleNamespace(put=dumps)\n\n"
            "def work(x):\n    return TOOLS.put(x)",
            ["json"],
        ),
        (
            "class Tools:\n    def __init__(self):\n        self.put = dumps\n\n"
            "TOOLS = Tools()\n\ndef work(x):\n    return TOOLS.put(x)",
            ["json"],
        ),
        (
            "class Tool:\n    def __call__(self, x):\n        return dumps(x)\n\n"
            "work = Tool()",
            ["json"],
        ),
        (
            "class Tool:\n    def run(self, x):\n        return dumps(x)\n\n"
            "work = Tool().run",
            ["json"],
        ),
        (
            "class Tool:\n    @staticmethod\n    def run(x):\n        return dumps(x)\n"
            "\ndef work(x):\n    return Tool.run(x)",
            ["json"],
        ),
        ("class work(json.JSONEncoder):\n    pass", ["json"]),
        (
            "CODER = json.JSONEncoder()\n\ndef work(x):\n    return CODER.encode(x)",
            ["json"],
        ),
        # Numbers, wherever they came from, are no library.
        (
            "TABLE = {str(n): n for n in range(500)}\n\n"
            "def work(x):\n    return TABLE[x]",
            [],
        ),
        (
            "class Box:\n    def __init__(self, size):\n        self.size = size\n\n"
            "BOX = Box([1.5, None])\n\ndef work(x):\n    return BOX.size",
            [],
        ),
        # Of one that calls itself, or holds itself.
        ("TABLE = []\nTABLE.append(TABLE)\n\ndef work(x):\n    return TABLE", []),
    ],
)
def test_what_the_code_names(source, found):
    assert found_in(source) == found


@pytest.mark.parametrize("value", [None, 3, len, [1.5], "json"])
def test_what_has_no_code_names_nothing(value):
    assert libraries_of(value, ASKED) == []


@pytest.mark.parametrize("value", [np.add, np.linalg.norm, np.vectorize(abs)])
def test_what_was_taken_from_a_library_is_the_librarys(value):
    assert libraries_of(value, ASKED) == ["numpy"]


def test_of_others_nothing_is_said():
    names = dict(GLOBALS)
    exec("def work(x):\n    return np.sum(dumps(x))", names)
    assert libraries_of(names["work"], ["json"]) == ["json"]
    assert libraries_of(names["work"], ["scipy"]) == []
