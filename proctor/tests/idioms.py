"""Test cells as courses write them, one idiom each, with a right and a wrong answer.

Nothing here is written for proctor: these are cells for nbgrader's one kernel. Each is
a small notebook of its own.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field

from proctor.tests.tiny import cell

STUB = "raise NotImplementedError()"


@dataclass(frozen=True)
class Idiom:
    """A notebook with one idiom in its test.

    Attributes
    ----------
    right, wrong
        The body of the solution cell.
    tests
        The test cells; between them, what starts with ``given:`` or ``more:`` is a
        given cell, or another solution cell.
    given
        Cells before the solution.
    files
        What lies beside the notebook.
    """

    name: str
    right: str
    wrong: str
    tests: tuple[str, ...]
    given: tuple[str, ...] = ()
    files: dict[str, str] = field(default_factory=dict)
    points: float = 2

    def cells(self, answer: str, hide: bool = False) -> list[dict]:
        """Return its cells with an answer in place of the solution.

        Parameters
        ----------
        hide
            Whether hidden tests are left out.
        """
        found = [cell(text) for text in self.given]
        found.append(cell(answer, f"{self.name}-task", solution=True))
        for number, text in enumerate(self.tests, 1):
            if text.startswith("given:"):
                found.append(cell(text.removeprefix("given:").strip()))
                continue
            if hide:
                text = text.split("### BEGIN HIDDEN")[0].rstrip()
            grading = {"grade": True, "locked": True, "points": self.points}
            found.append(cell(text, f"{self.name}-{number}", **grading))
        return found

    def tested(self) -> list[str]:
        """Return the names of its test cells."""
        return [
            f"{self.name}-{number}"
            for number, text in enumerate(self.tests, 1)
            if not text.startswith("given:")
        ]


def _clean(text: str) -> str:
    return textwrap.dedent(text).strip()


def idiom(
    name: str,
    right: str,
    wrong: str,
    *tests: str,
    given: tuple[str, ...] = (),
    **more,
) -> Idiom:
    cells = tuple(map(_clean, tests))
    before = tuple(map(_clean, given))
    return Idiom(name, _clean(right), _clean(wrong), cells, before, **more)


ADD = "def add(a, b):\n    return a + b", "def add(a, b):\n    return a - b"
SQUARES = (
    "def squares(n):\n    return [i * i for i in range(n)]",
    "def squares(n):\n    return [i for i in range(n)]",
)
STACK = """
class Stack:
    def __init__(self):
        self.items = []
    def push(self, item):
        self.items.append(item)
    def pop(self):
        return self.items.pop()
    def __len__(self):
        return len(self.items)
"""
QUEUE = STACK.replace("self.items.pop()", "self.items.pop(0)")

IDIOMS = [
    # What is plain: data comes back.
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
    # Names of other cells.
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
    # Files and modules beside the notebook.
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
    # About the object.
    idiom(
        "in-dir",
        STACK,
        STACK.replace("push", "put"),
        "assert 'push' in dir(Stack())",
    ),
    idiom(
        "hasattr", STACK, STACK.replace("pop", "take"), "assert hasattr(Stack, 'pop')"
    ),
    idiom(
        "isinstance-of-the-class",
        "class Animal: pass\nclass Cat(Animal): pass",
        "class Animal: pass\nclass Cat: pass",
        "assert isinstance(Cat(), Animal)",
    ),
    idiom(
        "issubclass",
        "class Animal: pass\nclass Cat(Animal): pass",
        "class Animal: pass\nclass Cat: pass",
        "assert issubclass(Cat, Animal)",
    ),
    idiom(
        "isinstance-of-a-value",
        *("def names():\n    return ['a']", "def names():\n    return ('a',)"),
        "assert isinstance(names(), list)",
    ),
    idiom(
        "callable",
        *("def f():\n    pass", "f = 3"),
        "assert callable(f)",
    ),
    idiom(
        "type-of-a-value",
        *("def half(x):\n    return x / 2", "def half(x):\n    return x // 2"),
        "assert type(half(4)) == float and half(4) == 2",
    ),
    idiom(
        "type-name",
        *("def pair():\n    return (1, 2)", "def pair():\n    return [1, 2]"),
        "assert type(pair()).__name__ == 'tuple'",
    ),
    idiom(
        "name-of-a-function",
        "def make():\n    def inner(): pass\n    return inner",
        "def make():\n    return lambda: None",
        "assert make().__name__ == 'inner'",
    ),
    idiom(
        "docstring",
        *('def f():\n    """Say."""', "def f():\n    pass"),
        "assert f.__doc__ is not None",
    ),
    idiom(
        "getsource",
        "def total(x):\n    return sum(i for i in x)",
        "def total(x):\n    t = 0\n    for i in x:\n        t += i\n    return t",
        "import inspect\nassert 'sum(' in inspect.getsource(total)\n"
        "assert total([1, 2]) == 3",
    ),
    idiom(
        "signature",
        *("def f(a, b=2):\n    return a", "def f(a):\n    return a"),
        "import inspect\nassert list(inspect.signature(f).parameters) == ['a', 'b']",
    ),
    idiom(
        "object-and-methods",
        STACK,
        QUEUE,
        "s = Stack()\ns.push(1)\ns.push(2)\nassert s.pop() == 2 and len(s) == 1",
    ),
    idiom(
        "equal-objects",
        "class P:\n    def __init__(self, x): self.x = x\n"
        "    def __eq__(self, o): return self.x == o.x",
        "class P:\n    def __init__(self, x): self.x = x",
        "assert P(1) == P(1)",
    ),
    idiom(
        "text-of-an-object",
        "class P:\n    def __str__(self): return 'P!'",
        "class P:\n    def __str__(self): return 'p'",
        "assert str(P()) == 'P!'",
    ),
    idiom(
        "iterated-object",
        "class R:\n    def __iter__(self): return iter([1, 2])",
        "class R:\n    def __iter__(self): return iter([2, 1])",
        "assert list(R()) == [1, 2]",
    ),
    idiom(
        "operators-of-an-object",
        "class V:\n    def __init__(self, x): self.x = x\n"
        "    def __add__(self, o): return V(self.x + o.x)",
        "class V:\n    def __init__(self, x): self.x = x\n"
        "    def __add__(self, o): return V(self.x)",
        "assert (V(1) + V(2)).x == 3",
    ),
    idiom(
        "property",
        "class C:\n    @property\n    def area(self): return 12",
        "class C:\n    def area(self): return 12",
        "assert C().area == 12",
    ),
    # What goes to student code.
    idiom(
        "function-handed-over",
        "def twice(f, x):\n    return f(f(x))",
        "def twice(f, x):\n    return f(x)",
        "assert twice(lambda x: x + 3, 1) == 7",
    ),
    idiom(
        "own-class-handed-over",
        "def name_of(x):\n    return x.name",
        "def name_of(x):\n    return 'x'",
        "class Dog:\n    name = 'rex'\nassert name_of(Dog()) == 'rex'",
    ),
    idiom(
        "text-subclass-handed-over",
        "def ends(s):\n    return s.endswith('a')",
        "def ends(s):\n    return False",
        "class T(str):\n    pass\nassert ends(T('banana'))",
    ),
    idiom(
        "list-changed-in-place",
        "def sort_it(x):\n    x.sort()",
        "def sort_it(x):\n    return sorted(x)",
        "x = [3, 1, 2]\nsort_it(x)\nassert x == [1, 2, 3]",
    ),
    idiom(
        "dict-changed-in-place",
        "def count(d, k):\n    d[k] = d.get(k, 0) + 1",
        "def count(d, k):\n    d[k] = 1",
        "d = {'a': 1}\ncount(d, 'a')\nassert d == {'a': 2}",
    ),
    idiom(
        "array-changed-in-place",
        "import numpy as np\ndef clip(x):\n    x[x < 0] = 0",
        "import numpy as np\ndef clip(x):\n    x = x * 2",
        "a = np.array([-1.0, 2.0])\nclip(a)\nassert (a >= 0).all()",
    ),
    idiom(
        "argument-left-alone",
        "def plus(x):\n    return x + [1]",
        "def plus(x):\n    x.append(1)\n    return x",
        "x = [0]\nassert plus(x) == [0, 1]\nassert x == [0]",
    ),
    idiom(
        "file-object-handed-over",
        "def first(f):\n    return f.readline()",
        "def first(f):\n    return f.read()",
        "import io\nassert first(io.StringIO('a\\nb')) == 'a\\n'",
    ),
    # What is printed, drawn, replaced, raised.
    idiom(
        "printed-redirected",
        *("def hello():\n    print('hello')", "def hello():\n    return 'hello'"),
        """
        import contextlib, io
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            hello()
        assert out.getvalue() == 'hello\\n'
        """,
    ),
    idiom(
        "printed-replaced",
        *("def hello():\n    print('hello')", "def hello():\n    print('bye')"),
        """
        import io, sys
        kept, sys.stdout = sys.stdout, io.StringIO()
        hello()
        text, sys.stdout = sys.stdout.getvalue(), kept
        assert text.strip() == 'hello'
        """,
    ),
    idiom(
        "printed-captured-by-ipython",
        *("def hello():\n    print('hello')", "def hello():\n    print('bye')"),
        """
        from IPython.utils.capture import capture_output
        with capture_output() as caught:
            hello()
        assert caught.stdout == 'hello\\n'
        """,
    ),
    idiom(
        "patched-input",
        "def ask():\n    return input('name').title()",
        "def ask():\n    return 'Bo'",
        """
        from unittest.mock import patch
        with patch('builtins.input', return_value='ann'):
            assert ask() == 'Ann'
        """,
    ),
    idiom(
        "patched-function",
        "def roll():\n    return 6\ndef two():\n    return roll() + roll()",
        "def roll():\n    return 6\ndef two():\n    return 12",
        """
        from unittest.mock import patch
        with patch('__main__.roll', side_effect=[1, 2]):
            assert two() == 3
        """,
    ),
    idiom(
        "print-replaced",
        *("def hello():\n    print('a', 1)", "def hello():\n    print('a')"),
        """
        lines = []
        old = print
        def print(*a, **k):
            lines.append(a)
        hello()
        print = old
        assert lines == [('a', 1)]
        """,
    ),
    idiom(
        "raised-by-try",
        "def half(x):\n    if x % 2: raise ValueError('odd')\n    return x // 2",
        "def half(x):\n    return x // 2",
        """
        try:
            half(3)
        except ValueError:
            pass
        else:
            raise AssertionError('no error')
        """,
    ),
    idiom(
        "raised-by-unittest",
        "def half(x):\n    if x % 2: raise ValueError('odd')\n    return x // 2",
        "def half(x):\n    if x % 2: raise TypeError('odd')\n    return x // 2",
        """
        import unittest
        case = unittest.TestCase()
        with case.assertRaises(ValueError):
            half(3)
        case.assertEqual(half(4), 2)
        """,
    ),
    idiom(
        "raised-own-class",
        "class Odd(Exception): pass\ndef half(x):\n    raise Odd('no')",
        "class Odd(Exception): pass\ndef half(x):\n    raise ValueError('no')",
        """
        try:
            half(3)
            assert False
        except Odd as error:
            assert str(error) == 'no'
        """,
    ),
    idiom(
        "unittest-suite",
        *ADD,
        """
        import unittest
        class Tests(unittest.TestCase):
            def test_add(self):
                self.assertEqual(add(2, 3), 5)
        suite = unittest.defaultTestLoader.loadTestsFromTestCase(Tests)
        result = unittest.TextTestRunner(stream=__import__('io').StringIO()).run(suite)
        assert result.wasSuccessful()
        """,
    ),
    # Arrays.
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
    # Kinds of data.
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
    # Numbers of points, and how a cell ends.
    idiom(
        "points-without-hidden-part",
        *ADD,
        "earned = 0\nif add(0, 0) == 0:\n    earned += 0.5\n"
        "if add(1, 2) == 3:\n    earned += 1.5\nearned",
    ),
    idiom(
        "points-in-the-hidden-part",
        *ADD,
        """
        ### BEGIN HIDDEN TESTS
        earned = 0
        for a, b, s in [(0, 0, 0), (1, 2, 3)]:
            earned += add(a, b) == s
        earned
        ### END HIDDEN TESTS
        """,
    ),
    idiom("ends-in-a-text", *ADD, "assert add(1, 1) == 2\n'well done'"),
    idiom("ends-in-print", *ADD, "assert add(1, 1) == 2\nprint('well done')"),
    idiom(
        "await",
        "async def get():\n    return 5",
        "async def get():\n    return 6",
        "assert await get() == 5",
    ),
    idiom(
        "coroutine-run",
        "async def get():\n    return 5",
        "async def get():\n    return 6",
        "import asyncio\nc = get()\ntry:\n    c.send(None)\n"
        "except StopIteration as s:\n    assert s.value == 5",
    ),
    idiom(
        "magic",
        *ADD,
        "%precision 3\nassert add(1, 1) == 2",
    ),
    idiom(
        "drawing-module", *ADD, "import matplotlib.pyplot as plt\nassert add(1, 1) == 2"
    ),
    idiom(
        "figure",
        "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\n"
        "ax.plot([1, 2])\nax.set_title('T')",
        "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot([1, 2])",
        "assert ax.get_title() == 'T' and len(ax.lines) == 1",
    ),
    idiom(
        "current-axes",
        "import matplotlib.pyplot as plt\ndef draw():\n    plt.plot([1, 2])",
        "import matplotlib.pyplot as plt\ndef draw():\n    plt.figure()",
        "import matplotlib.pyplot as plt\ndraw()\nassert len(plt.gca().lines) == 1",
    ),
    idiom(
        "regular-expression",
        "pattern = r'^[a-z]+$'",
        "pattern = r'^[a-z]*$'",
        "import re\nassert re.match(pattern, 'abc') and not re.match(pattern, '')",
    ),
    idiom(
        "compiled-expression",
        "import re\npattern = re.compile('a+')",
        "import re\npattern = re.compile('b+')",
        "assert pattern.findall('caat') == ['aa']",
    ),
    idiom(
        "random-seed",
        "import random\ndef draw():\n    return random.random()",
        "def draw():\n    return 0.5",
        "import random\nrandom.seed(1)\na = draw()\nrandom.seed(1)\n"
        "assert a == draw() and a != draw()",
    ),
    idiom(
        "numpy-seed",
        "import numpy as np\ndef draw():\n    return np.random.rand()",
        "import numpy as np\ndef draw():\n    return 0.5",
        "np.random.seed(0)\nassert abs(draw() - 0.5488135) < 1e-6",
    ),
    idiom(
        "recursion-counted",
        "calls = 0\ndef fib(n):\n    global calls\n    calls += 1\n"
        "    return n if n < 2 else fib(n - 1) + fib(n - 2)",
        "calls = 0\ndef fib(n):\n    return 5",
        "calls = 0\nassert fib(5) == 5\nassert calls == 15",
    ),
    idiom(
        "closure",
        "def counter():\n    n = 0\n    def up():\n        nonlocal n\n"
        "        n += 1\n        return n\n    return up",
        "def counter():\n    return lambda: 1",
        "c = counter()\nassert (c(), c()) == (1, 2)",
    ),
    idiom(
        "sorted-by-a-key",
        "def key(word):\n    return len(word), word",
        "def key(word):\n    return word",
        "assert sorted(['bb', 'a', 'c'], key=key) == ['a', 'c', 'bb']\n"
        "assert sorted(['b', 'aa'], key=key) == ['b', 'aa']",
    ),
    idiom(
        "context-manager",
        "class Box:\n    def __enter__(self): return 7\n"
        "    def __exit__(self, *a): return True",
        "class Box:\n    def __enter__(self): return 8\n"
        "    def __exit__(self, *a): return True",
        "with Box() as b:\n    seen = b\n    raise ValueError\nassert seen == 7",
    ),
    idiom(
        "item-assignment",
        "class D:\n    def __init__(self): self.d = {}\n"
        "    def __setitem__(self, k, v): self.d[k] = v\n"
        "    def __getitem__(self, k): return self.d[k]",
        "class D:\n    def __setitem__(self, k, v): pass\n"
        "    def __getitem__(self, k): return None",
        "d = D()\nd['a'] = 1\nassert d['a'] == 1",
    ),
]
