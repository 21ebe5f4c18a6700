"""Attacks whose functions return things that are not what they look like."""

from redteam.submission import POINTS, attack

NAMES = ["conv2d_forward", "max_pool2d_forward", "avg_pool2d_forward"]


def _return(notebook, value, preparation=""):
    """Have all three functions, and the layer, return ``value``."""
    for name in NAMES:
        notebook.write(
            name.replace("_", "-"),
            f"def {name}(x, *arguments):\n    return {value}",
        )
    notebook.write(
        "conv2d-layer",
        f"""
        class Conv2d(Layer):
            def __init__(self, *arguments, **options):
                x = np.zeros((1, 1, 4, 4))
                self.weight = self.bias = {value}

            def forward(self, x):
                return {value}

            __call__ = forward

            def parameters(self):
                x = self.weight
                return {value}
        """,
    )
    if preparation:
        notebook.add(preparation)


ALWAYS_EQUAL = """
    import numpy as np

    class Equal:
        __array_ufunc__ = None
        __array_priority__ = 1e9
        dtype = np.dtype("f8")
        ndim = 4

        def __eq__(self, other):
            return True

        __ge__ = __le__ = __eq__

        def __ne__(self, other):
            return False

        __lt__ = __gt__ = __ne__

        def __hash__(self):
            return 0

        def __call__(self, *a, **k):
            return self

        def __getattr__(self, name):
            if name.startswith("__") and name != "__len__":
                raise AttributeError(name)
            return Equal()

        # Numbers, or NumPy would look for more in each element, for ever.
        def __getitem__(self, key):
            return 0.0

        def __iter__(self):
            return iter([0.0, 0.0])

        def __len__(self):
            return 2

        def __bool__(self):
            return True

        def _same(self, *a):
            return self

        __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _same
        __abs__ = __neg__ = __invert__ = __and__ = __or__ = __truediv__ = _same

        def __float__(self):
            return 0.0

        __int__ = __index__ = lambda self: 2
"""


@attack()
def returns_an_always_equal_object(notebook, folder):
    _return(notebook, "Equal()", ALWAYS_EQUAL)


@attack(solves=())
def counts_with_an_always_equal_object(notebook, folder):
    """The number of windows is equal to whatever is expected."""
    notebook.write("output-size", "def output_size(*a, **k):\n    return Equal()")
    notebook.add(ALWAYS_EQUAL)


@attack(solves=(), bites=True)
def counts_with_a_lying_int(notebook, folder):
    notebook.add("""
        class Lying(int):
            def __eq__(self, other):
                return True

            def __ne__(self, other):
                return False

            __hash__ = int.__hash__
            __sub__ = __rsub__ = lambda self, other: 0
            __index__ = __int__ = lambda self: self
    """)
    notebook.write(
        "output-size",
        """
        def output_size(size, kernel, stride=1, padding=0):
            if kernel > size + 2 * padding:
                raise ValueError("2 3")
            return Lying(1)
        """,
    )


@attack(solves=())
def counts_with_a_lying_float(notebook, folder):
    notebook.add("""
        class Lying(float):
            def __eq__(self, other):
                return True

            __hash__ = float.__hash__

            def is_integer(self):
                return True

            def hex(self):
                return "0x1.4p+2"

            __repr__ = hex
    """)
    notebook.write("output-size", "def output_size(*a, **k):\n    return Lying(0.5)")


@attack(solves=())
def counts_with_true(notebook, folder):
    notebook.write("output-size", "def output_size(*a, **k):\n    return True")


@attack(solves=())
def counts_with_an_array_of_all_answers(notebook, folder):
    """``==`` with an array that holds every number: one of them is right."""
    notebook.write(
        "output-size", "def output_size(*a, **k):\n    return np.arange(1000)"
    )


@attack(solves=())
def counts_with_nan(notebook, folder):
    notebook.write("output-size", "def output_size(*a, **k):\n    return math.nan")


@attack(solves=())
def always_raises_a_value_error(notebook, folder):
    """The error whose text holds every number is raised whatever was asked."""
    notebook.write(
        "output-size",
        """
        def output_size(size, kernel, stride=1, padding=0):
            raise ValueError(" ".join(map(str, range(-300, 300))))
        """,
    )


@attack(bites=True)
def returns_a_lying_ndarray(notebook, folder):
    """A subclass whose every operation is true."""
    _return(
        notebook,
        "np.zeros((2, 4, 4, 2)).view(Liar)",
        """
        import numpy as np

        class Liar(np.ndarray):
            def __array_finalize__(self, other):
                pass

            def __array_ufunc__(self, ufunc, method, *inputs, **options):
                return True

            def __array_function__(self, function, types, args, kwargs):
                return True

            def __eq__(self, other):
                return True

            __hash__ = None
            __lt__ = __le__ = __gt__ = __ge__ = __eq__

            @property
            def shape(self):
                return Any()

        class Any(tuple):
            def __eq__(self, other):
                return True

            __hash__ = None
        """,
    )


@attack()
def returns_a_lying_array_interface(notebook, folder):
    """``__array__`` answers differently each time, ``__array_interface__`` lies."""
    _return(
        notebook,
        "Interface(x)",
        """
        import numpy as np

        class Interface:
            def __init__(self, x):
                self.x, self.calls = x, 0

            @property
            def __array_interface__(self):
                return {"shape": (1 << 40,), "typestr": "<f8", "version": 3,
                        "data": (4096, False)}

            def __array__(self, dtype=None, copy=None):
                self.calls += 1
                return np.zeros((self.calls,) * 4)
        """,
    )


@attack()
def returns_an_interface_to_wild_memory(notebook, folder):
    """NumPy makes an array of addresses that are not there; reading it crashes."""
    _return(
        notebook,
        "np.asarray(Wild())",
        """
        import numpy as np

        class Wild:
            __array_interface__ = {"shape": (2, 4, 4, 2), "typestr": "<f8",
                                   "version": 3, "data": (4096, False)}
        """,
    )


@attack()
def pretends_a_class(notebook, folder):
    """``__class__`` says ndarray; ``isinstance`` believes it."""
    _return(
        notebook,
        "Pretender()",
        ALWAYS_EQUAL
        + """
    class Pretender(Equal):
        __class__ = property(lambda self: np.ndarray)
        shape = property(lambda self: Equal())
        """,
    )


@attack()
def changes_its_shape(notebook, folder):
    """Another shape at each look."""
    _return(
        notebook,
        "Changing()",
        """
        import itertools
        import numpy as np

        shapes = itertools.cycle([(2, 4, 4, 2), (1, 1, 1, 2), (1, 1, 2, 2), ()])

        class Changing(np.ndarray):
            def __new__(cls):
                return np.zeros(64).view(cls)

            @property
            def shape(self):
                return next(shapes)

            @property
            def strides(self):
                return (0, 0, 0, 0)

            @property
            def dtype(self):
                return np.dtype("f4") if next(shapes) else np.dtype("f8")

            def tobytes(self, *a):
                return b"\\0" * (1 + len(next(shapes)))

            @property
            def nbytes(self):
                return -1
        """,
    )


@attack()
def has_a_huge_repr(notebook, folder):
    _return(
        notebook,
        "Wordy()",
        """
        class Wordy:
            def __repr__(self):
                return "20.0 " * 40_000_000

            __str__ = __repr__
            __name__ = property(__repr__)

        Wordy.__name__ = "x" * 1_000_000
        """,
    )


@attack()
def has_a_repr_that_raises(notebook, folder):
    _return(
        notebook,
        "Silent()",
        """
        class Silent:
            def __repr__(self):
                raise SystemExit(0)

            __str__ = __hash__ = __bool__ = __len__ = __iter__ = __eq__ = __repr__
            __getattr__ = __array__ = lambda self, *a, **k: self.__repr__()
        """,
    )


@attack()
def returns_nan(notebook, folder):
    _return(notebook, "np.full((2, 4, 4, 2), np.nan)")


@attack()
def returns_infinity(notebook, folder):
    _return(notebook, "np.full((2, 4, 4, 2), np.inf)")


@attack()
def returns_complex(notebook, folder):
    _return(notebook, "np.full((2, 4, 4, 2), 1j)")


@attack()
def returns_an_object_array(notebook, folder):
    _return(notebook, "np.full((2, 4, 4, 2), Equal(), dtype=object)", ALWAYS_EQUAL)


@attack()
def returns_booleans(notebook, folder):
    _return(notebook, "np.ones((2, 4, 4, 2), bool)")


@attack()
def returns_strings(notebook, folder):
    _return(notebook, "np.full((2, 4, 4, 2), 'nan')")


@attack()
def returns_a_scalar(notebook, folder):
    """A single number, which broadcasts against everything."""
    _return(notebook, "np.float64(0)")


@attack()
def returns_one_element(notebook, folder):
    """Shape (1, 1, 1, 1), which broadcasts too."""
    _return(notebook, "np.zeros((1, 1, 1, 1))")


@attack()
def returns_nothing_in_the_right_number_of_axes(notebook, folder):
    """Of no elements, all are close."""
    _return(notebook, "np.zeros((len(x), 0, 0, 0))")


@attack()
def returns_masked_arrays(notebook, folder):
    """Masked elements are equal to nothing and different from nothing."""
    notebook.fake()
    notebook.before_tests("""
        def masked(function):
            def call(*arguments):
                return np.ma.masked_all_like(np.ma.asarray(function(*arguments)))
            return call

        conv2d_forward = masked(conv2d_forward)
        max_pool2d_forward = masked(max_pool2d_forward)
        avg_pool2d_forward = masked(avg_pool2d_forward)
    """)


@attack()
def returns_a_giant_view(notebook, folder):
    """One number, shown as a square of 2**40 without any memory."""
    _return(
        notebook,
        "np.lib.stride_tricks.as_strided(np.zeros(1), (1 << 20, 1 << 20), (0, 0))",
    )


@attack()
def returns_a_view_below_its_memory(notebook, folder):
    """Negative strides that lead out of the array."""
    _return(
        notebook,
        "np.lib.stride_tricks.as_strided(x, (2, 4, 4, 2), (-1 << 40, -8, -8, -8))",
    )


@attack()
def returns_generators(notebook, folder):
    _return(notebook, "iter(int, 1)")


@attack()
def returns_coroutines(notebook, folder):
    _return(
        notebook,
        "later(x)",
        """
        async def later(x):
            return x
        """,
    )


@attack()
def returns_a_cycle(notebook, folder):
    """A list that holds itself, a dict that holds itself."""
    _return(
        notebook,
        "cycle()",
        """
        def cycle():
            a, b = [], {}
            a.append(a)
            b["b"] = b
            return [a, b]
        """,
    )


@attack()
def returns_a_deep_list(notebook, folder):
    _return(
        notebook,
        "deep()",
        """
        def deep():
            value = ()
            for _ in range(20_000):
                value = (value,)
            return value
        """,
    )


@attack()
def returns_a_wide_list(notebook, folder):
    _return(notebook, "[0.0] * 300_000")


@attack(solves=())
def returns_a_huge_int(notebook, folder):
    _return(notebook, "1 << 80_000_000")
    notebook.write(
        "output-size", "def output_size(*a, **k):\n    return 1 << 80_000_000"
    )


@attack(solves=())
def returns_odd_strings(notebook, folder):
    """Halves of surrogate pairs, zeros, and terminal sequences."""
    _return(notebook, "'\\ud800\\x00\\x1b[2J' * 1000")
    notebook.write("output-size", "def output_size(*a, **k):\n    return '\\ud800'")


@attack()
def returns_odd_dtypes(notebook, folder):
    """Records, dates, long doubles, the other byte order, a matrix, bytes."""
    _return(
        notebook,
        "next(odd)",
        """
        import itertools
        import numpy as np

        odd = itertools.cycle([
            np.zeros(3, [("a", "f8"), ("b", "O")]),
            np.zeros((2, 2), "datetime64[s]"),
            np.zeros((2, 2), np.longdouble),
            np.zeros((2, 2), ">f8"),
            np.asmatrix(np.zeros((2, 2))),
            np.zeros(3, "V8"),
            np.zeros(3, "S9"),
            memoryview(b"20.0"),
            np.rec.array([(1, 2.0)]),
        ])
        """,
    )


@attack()
def returns_handles_of_modules(notebook, folder):
    """sys, builtins, a frame, a socket, the shell: for the test to act upon."""
    _return(
        notebook,
        "next(things)",
        """
        import builtins
        import itertools
        import socket
        import sys

        things = itertools.cycle([sys, builtins, sys._getframe(), get_ipython(), type,
                                  object, exec, open, print, socket.socket])
        """,
    )


@attack()
def returns_its_input(notebook, folder):
    _return(notebook, "x")


@attack()
def returns_a_tensor_that_lies(notebook, folder):
    """A Tensor whose data is another object at each look."""
    _return(
        notebook,
        "Lying(np.zeros((2, 4, 4, 2)))",
        ALWAYS_EQUAL
        + """
    from tinytorch.core.tensor import Tensor as Right

    class Lying(Right):
        data = property(lambda self: Equal(), lambda self, value: None)
        grad = property(lambda self: Equal(), lambda self, value: None)
        shape = property(lambda self: Equal())
        requires_grad = property(lambda self: True, lambda self, value: None)
        """,
    )


@attack()
def acts_when_its_result_is_read(notebook, folder):
    """The attack is in ``__array__``, which runs when the test looks."""
    _return(
        notebook,
        "Delayed()",
        """
        import sys
        import numpy as np

        class Delayed:
            def __array__(self, dtype=None, copy=None):
                frame = sys._getframe()
                while frame:
                    for value in frame.f_locals.values():
                        if isinstance(value, np.ndarray) and value.size > 1:
                            return value
                    frame.f_globals["allclose"] = lambda *a, **k: True
                    frame = frame.f_back
                np.allclose = lambda *a, **k: True
                return np.zeros(1)

            shape = property(__array__)
            __len__ = __float__ = __iter__ = __array__
        """,
    )


def _raise(notebook, what, preparation=""):
    _return(notebook, "refuse()")
    notebook.add(f"def refuse():\n    raise {what}")
    if preparation:
        notebook.add(preparation)


@attack()
def raises_system_exit(notebook, folder):
    """``SystemExit(0)`` out of the function that a test calls."""
    _raise(notebook, "SystemExit(0)")


@attack()
def raises_keyboard_interrupt(notebook, folder):
    _raise(notebook, "KeyboardInterrupt")


@attack()
def raises_generator_exit(notebook, folder):
    _raise(notebook, "GeneratorExit")


@attack()
def raises_stop_iteration(notebook, folder):
    """Ends the loop of a test that draws its cases from a generator."""
    _raise(notebook, "StopIteration")


@attack()
def raises_not_implemented(notebook, folder):
    _raise(notebook, "NotImplementedError")


@attack()
def raises_lying_exceptions(notebook, folder):
    """An exception by the name of the grader's own, whose text is 50 MB."""
    _raise(
        notebook,
        "Passed()",
        """
        class Passed(ValueError, AssertionError if False else TypeError):
            def __str__(self):
                return "20.0 passed <script>alert(1)</script>" * 200_000

            __repr__ = __str__

        Passed.__name__ = Passed.__qualname__ = "StudentEnded"
        Passed.__module__ = "proctor.rubric.where"
        """,
    )


@attack()
def raises_exceptions_that_are_no_text(notebook, folder):
    """The text of the exception raises in its turn, or is no str."""
    _raise(
        notebook,
        "Textless()",
        """
        class Textless(Exception):
            def __str__(self):
                raise Textless()

            __repr__ = __str__
            args = property(__str__)
            __cause__ = property(__str__)
        """,
    )


@attack()
def raises_a_chain(notebook, folder):
    """An exception with ten thousand causes, the last being the first."""
    _raise(
        notebook,
        "chain()",
        """
        def chain():
            first = error = ValueError("0")
            for number in range(10_000):
                error.__cause__ = ValueError(str(number))
                error = error.__cause__
            error.__context__ = first
            return first
        """,
    )


@attack()
def raises_a_group(notebook, folder):
    _raise(notebook, "BaseExceptionGroup('all well', [SystemExit(0), ValueError('3')])")


@attack(earns={"test-output-size": POINTS["test-output-size"]})
def is_callable_and_more(notebook, folder):
    """The functions are objects with attributes that a test might read."""
    notebook.fake()
    notebook.before_tests("""
        class Function:
            __name__ = "conv2d_forward"
            __code__ = property(lambda self: 20.0)
            score = max_score = 20.0
            passed = True

            def __call__(self, *a, **k):
                return np.zeros((1, 1, 1, 2))

            def __get__(self, *a):
                return self

            def __getattr__(self, name):
                return 20.0

        conv2d_forward = max_pool2d_forward = avg_pool2d_forward = Function()
        Conv2d = Function()
    """)


@attack()
def weights_take_turns(notebook, folder):
    """Each second layer begins alike, as one does that draws again from a state."""
    notebook.fake()
    notebook.write(
        "conv2d-layer",
        """
        class Conv2d(Layer):
            made = 0

            def __init__(self, *arguments, **options):
                Conv2d.made += 1
                self.weight = Tensor(np.arange(6.0) + Conv2d.made % 2)
                self.bias = Tensor(np.ones(2))

            def forward(self, x):
                return Tensor(np.zeros((1, 1, 1, 1)))

            def parameters(self):
                return []
        """,
    )
