"""What the student's code gives is data: numbers, texts, arrays, dates."""

from proctor.tests.idioms.idiom import ADD, SQUARES, idiom

IDIOMS = [
    idiom("plain-number", *ADD, "assert add(1, 2) == 3"),
    idiom(
        "hidden-part",
        *ADD,
        """
        assert callable(add)
        ### BEGIN HIDDEN TESTS
        assert add(20, 3) == 23, "20 and 3"
        ### END HIDDEN TESTS
        """,
    ),
    idiom("plain-list", *SQUARES, "assert squares(4) == [0, 1, 4, 9]"),
    idiom("length", *SQUARES, "assert len(squares(5)) == 5 and squares(5)[-1] == 16"),
    idiom(
        "variable",
        "answer = 42",
        "answer = 41",
        "assert answer == 42",
    ),
    idiom(
        "text",
        "def shout(s):\n    return s.upper() + '!'",
        "def shout(s):\n    return s.upper()",
        "assert shout('hey') == 'HEY!'",
    ),
    idiom(
        "nested-data",
        "def table():\n    return {'a': [1, (2, 3)], 'b': None}",
        "def table():\n    return {'a': [1, (2, 4)], 'b': None}",
        "assert table() == {'a': [1, (2, 3)], 'b': None}",
    ),
    idiom(
        "numpy-testing",
        "import numpy as np\ndef double(x):\n    return 2 * x",
        "import numpy as np\ndef double(x):\n    return 3 * x",
        "np.testing.assert_allclose(double(np.arange(3.0)), [0, 2, 4])",
    ),
    idiom(
        "array-shape",
        "import numpy as np\nw = np.zeros((2, 3))",
        "import numpy as np\nw = np.zeros((3, 2))",
        "assert w.shape == (2, 3) and w.sum() == 0",
    ),
    idiom(
        "array-of-text",
        "import numpy as np\nnames = np.array(['a', 'b'])",
        "import numpy as np\nnames = np.array(['a', 'c'])",
        "assert list(names) == ['a', 'b']",
    ),
    idiom(
        "array-of-objects",
        "import numpy as np\nx = np.array([1, 'a', None], dtype=object)",
        "import numpy as np\nx = np.array([1, 'b', None], dtype=object)",
        "assert x[1] == 'a' and x.dtype == object",
    ),
    idiom(
        "array-of-dates",
        "import numpy as np\nd = np.array(['2020-01-02'], dtype='datetime64[D]')",
        "import numpy as np\nd = np.array(['2020-01-03'], dtype='datetime64[D]')",
        "import numpy as np\nassert d[0] == np.datetime64('2020-01-02')",
    ),
    idiom("set", "s = {1, 2}", "s = {1, 3}", "assert s == {1, 2} and 2 in s"),
    idiom("frozenset", "s = frozenset('ab')", "s = 'ab'", "assert s == {'a', 'b'}"),
    idiom("bytes", "b = 'é'.encode()", "b = 'é'", r"assert b == b'\xc3\xa9'"),
    idiom("complex", "z = (1 + 2j) ** 2", "z = 1 + 2j", "assert z == -3 + 4j"),
    idiom("range", "r = range(0, 9, 3)", "r = range(9)", "assert list(r) == [0, 3, 6]"),
    idiom("range-equal", "r = range(3)", "r = [0, 1, 2]", "assert r == range(3)"),
    idiom(
        "generator",
        "def up(n):\n    i = 0\n    while i < n:\n        yield i\n        i += 1",
        "def up(n):\n    yield n",
        "assert list(up(3)) == [0, 1, 2]",
    ),
    idiom(
        "endless-generator",
        "def odd():\n    i = 1\n    while True:\n        yield i\n        i += 2",
        "def odd():\n    i = 0\n    while True:\n        yield i\n        i += 2",
        "g = odd()\nassert [next(g), next(g)] == [1, 3]",
    ),
    idiom(
        "date",
        "import datetime\nd = datetime.date(2020, 2, 29)",
        "import datetime\nd = datetime.date(2020, 2, 28)",
        "import datetime\nassert d == datetime.date(2020, 2, 29)",
    ),
    idiom(
        "duration",
        "import datetime\nd = datetime.timedelta(hours=36)",
        "import datetime\nd = datetime.timedelta(hours=35)",
        "assert d.days == 1 and d.total_seconds() == 129600",
    ),
    idiom(
        "fraction",
        "from fractions import Fraction\nx = Fraction(1, 3) + Fraction(1, 6)",
        "x = 0.51",
        "from fractions import Fraction\nassert x == Fraction(1, 2)",
    ),
    idiom(
        "decimal",
        "from decimal import Decimal\nx = Decimal('0.1') * 3",
        "x = 0.1 * 3",
        "from decimal import Decimal\nassert x == Decimal('0.3')",
    ),
    idiom(
        "tuple-keys",
        "grid = {(0, 1): 'a', (1, 0): 'b'}",
        "grid = {(0, 1): 'a'}",
        "assert grid == {(0, 1): 'a', (1, 0): 'b'}",
    ),
    idiom(
        "counter",
        "from collections import Counter\ndef letters(s):\n    return Counter(s)",
        "def letters(s):\n    return {}",
        "assert letters('aab') == {'a': 2, 'b': 1}",
    ),
    idiom(
        "default-dict",
        "from collections import defaultdict\nd = defaultdict(list)\nd['a'].append(1)",
        "d = {}",
        "assert d == {'a': [1]} and d['new'] == []",
    ),
    idiom(
        "named-tuple",
        "from collections import namedtuple\nP = namedtuple('P', 'x y')\np = P(1, 2)",
        "p = (2, 1)",
        "assert p == (1, 2)",
    ),
    idiom(
        "named-tuple-fields",
        "from collections import namedtuple\nP = namedtuple('P', 'x y')\np = P(1, 2)",
        "from collections import namedtuple\nP = namedtuple('P', 'x y')\np = P(2, 1)",
        "assert p.x == 1 and p.y == 2",
    ),
    idiom(
        "enumeration",
        "from enum import Enum\nclass C(Enum):\n    RED = 1",
        "from enum import Enum\nclass C(Enum):\n    RED = 2",
        "assert C.RED.value == 1 and C(1) is C.RED",
    ),
    idiom(
        "dataclass",
        "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int = 1",
        "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int = 2",
        "assert P() == P(1)",
    ),
    idiom(
        "big-number",
        "import math\ndef f(n):\n    return math.factorial(n)",
        "def f(n):\n    return n",
        "import math\nassert f(400) == math.factorial(400)\nassert f(3) == 6",
    ),
    idiom(
        "long-list",
        "def up(n):\n    return list(range(n))",
        "def up(n):\n    return list(range(n - 1))",
        "assert len(up(300000)) == 300000\nassert up(2) == [0, 1]",
    ),
    idiom("infinity", "x = float('inf')", "x = 1e308", "assert x == float('inf')"),
    idiom("not-a-number", "x = float('nan')", "x = 0.0", "assert x != x"),
    idiom(
        "nothing", "def f():\n    pass", "def f():\n    return 0", "assert f() is None"
    ),
    idiom("truth", "ok = True", "ok = False", "assert ok is True"),
    idiom(
        "keys-of-numpy",
        "import numpy as np\ndef counts(x):\n"
        "    return dict(zip(*np.unique(x, return_counts=True)))",
        "def counts(x):\n    return {one: 1 for one in x}",
        "assert counts([3, 1, 3]) == {1: 1, 3: 2}\nassert set(counts([5])) == {5}",
    ),
]
