"""What handed-out cells import is there before a student's first cell."""

import pytest

from proctor.sandbox.levels import best_level
from proctor.tests import processes

THERE = "import sys; [m for m in sorted(sys.modules) if 'ours' in m or m == 'wave']"
CELLS = [
    "from ours import parts\nparts.of(3)",
    "import ours.more",
    "import wave, ours.beside_another",  # not of a package alone
    "import ours.broken",
    "def inside():\n    import ours.later",
    "from . import ours",
    "import",
]
MODULES = {
    "__init__.py": "",
    "parts.py": "from ours import needed\ndef of(x): return x",
    "needed.py": "",
    "more.py": "",
    "beside_another.py": "",
    "broken.py": "raise RuntimeError",
    "later.py": "",
}


def build(folder):
    package = folder / "ours"
    package.mkdir(parents=True)
    for name, text in MODULES.items():
        (package / name).write_text(text)


@pytest.fixture(scope="module")
def jail():
    with processes.open_jail(best_level(), build=build) as jail:
        for text in CELLS:
            jail.teach({"cell": text})
        yield jail


def test_it_is_imported_before_and_nothing_else_is(jail):
    with processes.runs(jail) as opened:
        (shown,) = opened.run_cell(THERE)
        text = shown["data"]["text/plain"]
        assert text == "['ours', 'ours.more', 'ours.needed', 'ours.parts']"


def test_no_name_comes_of_it(jail):
    with processes.runs(jail) as opened:
        (shown,) = opened.run_cell("parts")
        assert shown["ename"] == "NameError"
        (shown,) = opened.run_cell(CELLS[0])
        assert shown["data"]["text/plain"] == "3"
        (shown,) = opened.run_cell("import ours.broken")
        assert shown["ename"] == "RuntimeError"
