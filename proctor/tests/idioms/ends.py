"""Numbers of points, how a cell ends, magics, figures, random numbers."""

from proctor.tests.idioms.idiom import ADD, idiom

IDIOMS = [
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
        "last-value",
        "20 + 1",
        "20 + 2",
        "given: _ * 2",
        "assert _ == 42",
    ),
    idiom(
        "last-two-values",
        "value = 3\nvalue",
        "value = 4\nvalue",
        "given: 5",
        "assert (_, __) == (5, 3)",
    ),
    idiom(
        "underscore-of-ones-own",
        "_, last = 1, 2\nlast",
        "_, last = 1, 3\nlast",
        "assert _ == 1 and last == 2",
    ),
    idiom(
        "numbered-values",
        "word = 'abc'\nword",
        "word = 'abd'\nword",
        "assert 'abc' in Out.values()",
    ),
    idiom(
        "text-of-the-cell-before",
        "total = sum([1, 2, 3])",
        "total = 1 + 2 + 3",
        "assert total == 6\nassert 'sum(' in _i",
    ),
    idiom(
        "texts-of-all-cells",
        "total = sum([1, 2, 3])",
        "total = 0\nfor each in [1, 2, 3]:\n    total += each",
        "assert not any(line.startswith('for ') for text in In[-2:] "
        "for line in text.splitlines())",
    ),
    idiom(
        "shell-asked",
        *ADD,
        "shell = get_ipython()\nassert shell is not None\n"
        "assert shell.user_ns['add'](1, 2) == 3",
    ),
    idiom(
        "magic-called",
        *ADD,
        "get_ipython().run_line_magic('matplotlib', 'inline')\nassert add(1, 2) == 3",
    ),
    idiom(
        "matplotlib-inline",
        *ADD,
        "%matplotlib inline\nassert add(1, 2) == 3",
    ),
    idiom(
        "cell-of-a-magic",
        *ADD,
        "%%time\nassert add(1, 2) == 3",
    ),
    idiom(
        "display-in-the-test",
        *ADD,
        "display(add(1, 2))\nassert add(1, 2) == 3",
    ),
    idiom(
        "display-imported",
        "from IPython.display import Markdown\ndef head(text):\n"
        "    return Markdown('# ' + text)",
        "from IPython.display import Markdown\ndef head(text):\n"
        "    return Markdown(text)",
        "assert head('a').data == '# a'",
    ),
    idiom(
        "input-asked-by-nobody",
        "def ask():\n    return int(input('a number: '))",
        "def ask():\n    return 7",
        "try:\n    ask()\n    asked = False\nexcept Exception:\n    asked = True\n"
        "assert asked",
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
        "seeded-by-the-answer",
        "import random\nrandom.seed(1)\ndef draw():\n    return random.random()",
        "import random\nrandom.seed(2)\ndef draw():\n    return random.random()",
        "assert abs(draw() - 0.1343642) < 1e-6",
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
    idiom(
        "magics-of-given-cells",
        "%%time\nwaited = sum(range(10))\n!echo waited",
        "%%time\nwaited = sum(range(9))",
        "assert waited == 45",
        given=("%load_ext autoreload\n%autoreload 2", "%timeit -n 1 -r 1 1 + 1"),
    ),
    idiom(
        "timed-test",
        *ADD,
        "import time\nstart = time.time()\nassert add(1, 2) == 3\n"
        "assert time.time() - start < 30",
    ),
]
