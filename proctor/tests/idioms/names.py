"""Names, files and modules that a test has from elsewhere."""

from proctor.tests.idioms.idiom import ADD, idiom

IDIOMS = [
    idiom(
        "module-of-a-given-cell",
        "def root(x):\n    return math.sqrt(x)",
        "def root(x):\n    return math.sqrt(x) + 1",
        "assert root(2) == math.sqrt(2)",
        given=("import math",),
    ),
    idiom(
        "module-of-the-solution",
        "import math\ndef area(r):\n    return math.pi * r ** 2",
        "import math\ndef area(r):\n    return math.pi * r",
        "assert math.isclose(area(3), 9 * math.pi)",
    ),
    idiom(
        "name-imported-in-a-given-cell",
        "def average(x):\n    return sum(x) / len(x)",
        "def average(x):\n    return sum(x)",
        "assert_equal(average([1, 2, 3]), 2)",
        given=("from numpy.testing import assert_equal",),
    ),
    idiom(
        "name-of-an-earlier-test",
        *ADD,
        "def check(a, b, c):\n    assert add(a, b) == c\ncheck(0, 0, 0)",
        "check(3, 4, 7)",
    ),
    idiom(
        "import-of-an-earlier-test",
        *ADD,
        "import random\nassert add(1, 0) == 1",
        "r = random.Random(3).randint(5, 9)\nassert add(r, 1) == r + 1",
    ),
    idiom(
        "value-of-an-earlier-test",
        *ADD,
        "expected = 7\nassert add(0, 0) == 0",
        "assert add(3, 4) == expected",
    ),
    idiom(
        "hidden-value-of-an-earlier-test",
        *ADD,
        """
        assert add(0, 0) == 0
        ### BEGIN HIDDEN TESTS
        secret = 12
        ### END HIDDEN TESTS
        """,
        """
        ### BEGIN HIDDEN TESTS
        assert add(5, 7) == secret
        ### END HIDDEN TESTS
        """,
    ),
    idiom(
        "helper-in-a-given-cell",
        *ADD,
        "assert close(add(0.1, 0.2), 0.3)",
        given=("def close(a, b):\n    return abs(a - b) < 1e-9",),
    ),
    idiom(
        "data-of-a-given-cell",
        "def largest(x):\n    return max(x)",
        "def largest(x):\n    return x[0]",
        "assert largest(numbers) == 9 and len(numbers) == 3",
        given=("numbers = [4, 9, 2]",),
    ),
    idiom(
        "global-set-by-the-test",
        "def scaled(x):\n    return factor * x",
        "def scaled(x):\n    return 2 * x",
        "factor = 5\nassert scaled(3) == 15",
        given=("factor = 2",),
    ),
    idiom(
        "global-deleted-by-the-test",
        "def total(items):\n    return sum(items)",
        "def total(items):\n    return sum(data)",
        "del data\nassert total([1, 2]) == 3",
        given=("data = [1, 2]",),
    ),
    idiom(
        "globals-function",
        "velocity = 3.5",
        "speed = 3.5",
        "assert 'velocity' in globals() and velocity == 3.5",
    ),
    idiom(
        "test-between-cells",
        "a = 1",
        "a = 2",
        "marker = a",
        "given: b = marker + a",
        "assert b == 2",
    ),
    idiom(
        "file-beside",
        "def words():\n    return open('words.txt').read().split()",
        "def words():\n    return []",
        "with open('words.txt') as f:\n    expected = f.read().split()\n"
        "assert words() == expected",
        files={"words.txt": "one two three"},
    ),
    idiom(
        "file-written",
        "def save(text):\n    with open('out.txt', 'w') as f:\n        f.write(text)",
        "def save(text):\n    pass",
        "import os\nsave('abc')\nassert os.path.exists('out.txt')\n"
        "assert open('out.txt').read() == 'abc'",
    ),
    idiom(
        "helper-module",
        *ADD,
        "from checker import is_sum\nassert is_sum(add(2, 2), 2, 2)",
        files={"checker.py": "def is_sum(s, a, b):\n    return s == a + b\n"},
    ),
    idiom(
        "helper-module-gets-the-function",
        *ADD,
        "import checks\nchecks.check(add)",
        files={"checks.py": "def check(add):\n    assert add(2, 3) == 5\n"},
    ),
    idiom(
        "csv-beside",
        "import csv\ndef rows():\n    return list(csv.reader(open('t.csv')))",
        "import csv\ndef rows():\n    return []",
        "assert rows() == [['a', 'b'], ['1', '2']]",
        files={"t.csv": "a,b\n1,2\n"},
    ),
]
