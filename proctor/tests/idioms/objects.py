"""What a test asks about an object."""

from proctor.tests.idioms.idiom import QUEUE, STACK, idiom

IDIOMS = [
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
    idiom(
        "own-iterator",
        "class Down:\n    def __init__(self, n): self.n = n\n"
        "    def __iter__(self): return self\n    def __next__(self):\n"
        "        if not self.n: raise StopIteration\n        self.n -= 1\n"
        "        return self.n",
        "class Down:\n    def __init__(self, n): self.n = n\n"
        "    def __iter__(self): return iter(range(self.n))",
        "assert [x for x in Down(3)] == [2, 1, 0]\nassert sum(Down(4)) == 6",
    ),
    idiom(
        "formatted-object",
        "class Money:\n    def __init__(self, x): self.x = x\n"
        "    def __repr__(self): return f'Money({self.x})'",
        "class Money:\n    def __init__(self, x): self.x = x",
        "assert repr(Money(3)) == 'Money(3)'\nassert f'{Money(4)}!' == 'Money(4)!'",
    ),
    idiom(
        "ordered-objects",
        "class Card:\n    def __init__(self, n): self.n = n\n"
        "    def __lt__(self, other): return self.n < other.n",
        "class Card:\n    def __init__(self, n): self.n = n\n"
        "    def __lt__(self, other): return self.n > other.n",
        "assert min([Card(3), Card(1)]).n == 1 and Card(1) < Card(2)",
    ),
    idiom(
        "contained-in-an-object",
        "class Club:\n    def __contains__(self, name): return name == 'x'",
        "class Club:\n    def __contains__(self, name): return True",
        "assert 'x' in Club() and 'y' not in Club()",
    ),
    idiom(
        "raised-by-a-method",
        "class Till:\n    def pay(self, n):\n        if n < 0: raise ValueError(n)",
        "class Till:\n    def pay(self, n):\n        return n",
        "import pytest\nwith pytest.raises(ValueError):\n    Till().pay(-1)",
    ),
]
