"""What a test hands to the student's code."""

from proctor.tests.idioms.idiom import idiom

IDIOMS = [
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
    idiom(
        "grid-changed-in-place",
        "def flip(grid):\n    for row in grid:\n        row.reverse()",
        "def flip(grid):\n    return [row[::-1] for row in grid]",
        "rows = [[1, 2], [3, 4]]\nfirst = rows[0]\nflip(rows)\n"
        "assert rows == [[2, 1], [4, 3]] and first == [2, 1]",
    ),
    idiom(
        "set-changed-in-place",
        "def drop(items, one):\n    items.discard(one)",
        "def drop(items, one):\n    items - {one}",
        "have = {1, 2}\ndrop(have, 2)\nassert have == {1}",
    ),
    idiom(
        "argument-returned",
        "def put(items, one):\n    items.append(one)\n    return items",
        "def put(items, one):\n    return [*items, one]",
        "mine = []\nassert put(mine, 1) is mine and mine == [1]",
    ),
    idiom(
        "changed-by-a-method",
        "class Bag:\n    def move(self, others):\n        self.all = others[:]\n"
        "        others.clear()",
        "class Bag:\n    def move(self, others):\n        self.all = others[:]",
        "b, mine = Bag(), [1, 2]\nb.move(mine)\nassert b.all == [1, 2] and not mine",
    ),
    idiom(
        "own-generator-handed-over",
        "def first(items):\n    return next(iter(items))",
        "def first(items):\n    return list(items)[-1]",
        "assert first(i * i for i in range(3, 5)) == 9",
    ),
]
