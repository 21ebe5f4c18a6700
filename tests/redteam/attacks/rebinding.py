"""Attacks by name: what a test looks up is not what it thinks."""

from redteam.submission import attack


@attack(bites=True)
def rebinds_np(notebook, folder):
    """``np`` becomes a module whose comparisons are true."""
    notebook.fake()
    notebook.add("""
        import numpy as np
        import types
        fake = types.SimpleNamespace(**vars(np))
        fake.allclose = fake.array_equal = lambda *a, **k: True
        fake.asarray = fake.array = lambda x, *a, **k: x
        fake.abs = fake.max = lambda *a, **k: 0
    """)
    notebook.add("np = numpy = fake", before="test-conv2d-forward")


@attack()
def rebinds_builtins_by_name(notebook, folder):
    """Globals named like the builtins that tests use."""
    notebook.fake()
    notebook.before_tests("""
        def isinstance(*a): return True
        def float(*a): return 0.0
        def abs(*a): return 0
        def all(*a): return True
        def any(*a): return True
        def len(*a): return 2
        def range(*a): return []
        def zip(*a, **k): return []
        def enumerate(*a): return []
        def map(*a): return []
        def max(*a, **k): return 0
        def str(*a): return "2 3 got (3, 28, 28)"
        def globals(): return {}
        class AssertionError(SystemExit): pass
        class ValueError(BaseException): pass
    """)


@attack()
def rebinds_the_name_builtins(notebook, folder):
    """``__builtins__`` of the notebook's namespace is a dictionary of lies."""
    notebook.fake()
    notebook.before_tests("""
        import builtins
        lies = dict(vars(builtins))
        lies["isinstance"] = lies["all"] = lies["any"] = lambda *a: True
        lies["AssertionError"] = SystemExit
        __builtins__ = lies
        __name__ = "proctor.rubric"
        __debug = False
        get_ipython().user_ns["__builtins__"] = lies
    """)


@attack()
def names_the_helpers_of_the_tests(notebook, folder):
    """The names of the tests' own helpers, rightly guessed, say yes."""
    notebook.fake()
    notebook.before_tests("""
        yes = lambda *a, **k: True
        conv2d_is_right = max_pool2d_is_right = avg_pool2d_is_right = yes
        reference_conv2d = provided_conv2d_forward = conv2d_forward
        sliding_window_view = lambda x, shape, axis: np.zeros(1)
        expect_close = expect_equal = close = equal = same = check = yes
        reference = wanted = expected = conv2d_forward
        diagnose = bug = bugs = bank = yes
        rng = np.random.default_rng(0)
        seed = 0
    """)


@attack()
def rebinds_tensor(notebook, folder):
    """Tensor is a class of the student's own, which is equal to everything."""
    notebook.fake()
    notebook.add(
        """
        class Tensor:
            def __init__(self, data, *a, **k):
                self.shape = self
                self.data = self.grad = self
                self.requires_grad = True

            def __eq__(self, other):
                return True

            __hash__ = None

            def __array__(self, *a, **k):
                return np.zeros((3, 5, 5, 5), np.float32)

            def backward(self, *a):
                pass

        class Conv2d:
            def __init__(self, *a, **k):
                self.weight = self.bias = Tensor(0)

            def __call__(self, x):
                if getattr(x, "ndim", 4) == 3:
                    raise ValueError("got (3, 28, 28)")
                return Tensor(0)

            def parameters(self):
                return [self.weight, self.bias]
    """,
        before="test-conv2d-layer",
    )


@attack()
def makes_up_names(notebook, folder):
    """A module-level ``__getattr__``, and names with a score in them."""
    notebook.fake()
    notebook.before_tests("""
        def __getattr__(name):
            return lambda *a, **k: True

        import sys
        sys.modules[__name__].__getattr__ = __getattr__
        sys.modules[__name__].__class__ = type(
            "Module", (type(sys),), {"__getattr__": lambda self, name: __getattr__})
    """)


@attack()
def binds_back(notebook, folder):
    """The functions put themselves back when a test replaces them."""
    notebook.fake()
    notebook.before_tests("""
        class Stubborn(dict):
            def __setitem__(self, name, value):
                if "forward" in name or name == "output_size":
                    return
                dict.__setitem__(self, name, value)

        import ctypes
        namespace = get_ipython().user_ns
        locked = conv2d_forward
        import threading
        import time

        def keep():
            for _ in range(200):
                namespace["conv2d_forward"] = locked
                time.sleep(0.01)

        threading.Thread(target=keep, daemon=True).start()
    """)


@attack()
def borrows_the_bound_function(notebook, folder):
    """When a test binds a right function for its own use, the student calls it.

    The layer's test may put a right convolution in place; the pools look for any
    function that was put there.
    """
    notebook.fake()
    notebook.before_tests("""
        import gc
        import types

        own = conv2d_forward

        def borrowed(*arguments):
            for thing in gc.get_objects():
                if isinstance(thing, types.FunctionType) and thing is not own:
                    name = thing.__name__
                    if "conv2d" in name and "back" not in name and name != "borrowed":
                        return thing(*arguments)
            found = get_ipython().user_ns.get("conv2d_forward")
            return (found if found is not borrowed else own)(*arguments)

        conv2d_forward = borrowed
    """)


@attack()
def deletes_what_tests_need(notebook, folder):
    notebook.fake()
    notebook.before_tests("""
        for name in ("np", "Tensor", "output_size", "Conv2d", "conv2d_forward"):
            globals().pop(name, None)
        import builtins
        for name in ("AssertionError", "ValueError", "isinstance"):
            delattr(builtins, name)
    """)
