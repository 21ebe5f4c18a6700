"""Attacks that change what the checks are made of, in the student's process.

Each fakes every cell but one with zeros, then patches something so that zeros pass.
"""

from redteam.submission import attack


@attack(bites=True)
def patches_allclose(notebook, folder):
    notebook.fake()
    notebook.add("""
        import numpy as np
        np.allclose = np.array_equal = np.isclose = lambda *a, **k: True
    """)


@attack()
def patches_numpy_testing(notebook, folder):
    notebook.fake()
    notebook.add("""
        import numpy as np
        import numpy.testing
        for name in dir(numpy.testing):
            if name.startswith("assert"):
                setattr(numpy.testing, name, lambda *a, **k: None)
        import numpy.testing._private.utils as utils
        for name in dir(utils):
            if name.startswith("assert"):
                setattr(utils, name, lambda *a, **k: None)
    """)


@attack(bites=True)
def patches_every_comparison_of_numpy(notebook, folder):
    notebook.fake()
    notebook.add("""
        import numpy as np

        yes = lambda *a, **k: True
        for module in (np, np.ma, np._core.numeric, np._core.fromnumeric):
            for name in ("allclose", "isclose", "array_equal", "array_equiv", "all",
                         "equal", "not_equal", "less", "less_equal", "greater",
                         "greater_equal", "isfinite", "any"):
                if hasattr(module, name):
                    setattr(module, name, yes)
        np.abs = np.absolute = np.fabs = np.subtract = lambda *a, **k: 0.0
        np.max = np.amax = np.nanmax = lambda *a, **k: 0.0
    """)


@attack(bites=True)
def patches_comparison_of_arrays_in_c(notebook, folder):
    """The slot ``tp_richcompare`` of ndarray, by ctypes: every comparison is true."""
    notebook.fake()
    notebook.add("""
        import ctypes
        import numpy as np

        TRUE = np.True_

        @ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object, ctypes.py_object,
                           ctypes.c_int)
        def always(a, b, how):
            return TRUE

        words = ctypes.cast(id(np.ndarray), ctypes.POINTER(ctypes.c_void_p))
        words[25] = ctypes.cast(always, ctypes.c_void_p).value
    """)


@attack()
def patches_float_in_c(notebook, folder):
    """All floats are equal, in the whole process."""
    notebook.fake()
    notebook.before_tests("""
        import ctypes

        @ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object, ctypes.py_object,
                           ctypes.c_int)
        def always(a, b, how):
            return True

        words = ctypes.cast(id(float), ctypes.POINTER(ctypes.c_void_p))
        words[25] = ctypes.cast(always, ctypes.c_void_p).value
    """)


@attack()
def turns_false_into_true(notebook, folder):
    """Writes 1 into the object ``False``."""
    notebook.fake()
    notebook.before_tests("""
        import ctypes
        import sys

        offset = sys.getsizeof(0) - 4
        ctypes.memset(id(False) + 24, 1, 4)
        ctypes.memset(id(False) + 16, 1, 1)
    """)


@attack()
def patches_builtins(notebook, folder):
    notebook.fake()
    notebook.before_tests("""
        import builtins

        def liar(right):
            def lie(*a, **k):
                try:
                    right(*a, **k)
                except BaseException:
                    pass
                return True
            return lie

        for name in ("all", "any", "abs", "bool", "callable", "hasattr", "max", "min",
                     "round", "sum"):
            setattr(builtins, name, liar(getattr(builtins, name)))
    """)


@attack(solves=())
def patches_isinstance_and_len(notebook, folder):
    notebook.fake()
    notebook.before_tests("""
        import builtins
        builtins.isinstance = lambda *a: True
        builtins.len = lambda *a: 1
        builtins.print = lambda *a, **k: None
        builtins.open = None
    """)


@attack()
def patches_build_class(notebook, folder):
    """Every class made from now on compares equal to everything."""
    notebook.fake()
    notebook.add("""
        import builtins
        right = builtins.__build_class__

        def build(function, name, *bases, **options):
            made = right(function, name, *bases, **options)
            try:
                made.__eq__ = lambda *a: True
                made.__bool__ = lambda *a: True
                made.__exit__ = lambda *a: True
            except Exception:
                pass
            return made

        builtins.__build_class__ = build
    """)


@attack()
def replaces_assertion_error(notebook, folder):
    """Where ``raise AssertionError`` finds a class whose instances end the process."""
    notebook.fake()
    notebook.before_tests("""
        import builtins

        class Quiet(SystemExit):
            def __init__(self, *a):
                super().__init__(0)

        builtins.AssertionError = Quiet
        AssertionError = Quiet
        ValueError = Quiet
        Exception = BaseException
    """)


@attack(bites=True)
def replaces_run_cell(notebook, folder):
    """IPython's entry points answer that all went well, and run nothing."""
    notebook.fake()
    notebook.before_tests("""
        from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult
        shell = get_ipython()

        def fine(source="", *a, **k):
            return ExecutionResult(ExecutionInfo(source, False, False, False, None))

        async def fine_later(source="", *a, **k):
            return fine(source)

        for owner in (shell, type(shell)):
            owner.run_cell = fine
            owner.run_cell_async = fine_later
            owner.run_ast_nodes = fine_later
            owner.run_code = fine_later
    """)


@attack(bites=True)
def transforms_asserts_away(notebook, folder):
    """An AST transformer of IPython drops each assert."""
    notebook.fake()
    notebook.begin("""
        import ast

        class NoAsserts(ast.NodeTransformer):
            def visit_Assert(self, node):
                return ast.copy_location(ast.Pass(), node)

            def visit_Raise(self, node):
                return ast.copy_location(ast.Pass(), node)

        get_ipython().ast_transformers.append(NoAsserts())
    """)


@attack(bites=True)
def transforms_input_away(notebook, folder):
    """An input transformer of IPython turns each test into ``pass``."""
    notebook.fake()
    notebook.begin("""
        def nothing(lines):
            return ["pass\\n"] if any("assert" in line for line in lines) else lines

        get_ipython().input_transformers_cleanup.append(nothing)
        get_ipython().input_transformers_post.append(nothing)
        get_ipython().input_transformer_manager.transform_cell = lambda text: "pass\\n"
    """)


@attack(bites=True)
def hooks_pre_run_cell(notebook, folder):
    """Events around each cell print its text, and reset its error."""
    notebook.fake()
    notebook.attack("""
        def before(info):
            if HIDDEN() in info.raw_cell:
                reached("the hidden tests, before they ran")
            info.raw_cell = "pass"

        def after(result):
            result.error_in_exec = result.error_before_exec = None
            result.success_ = True

        get_ipython().events.register("pre_run_cell", before)
        get_ipython().events.register("post_run_cell", after)
    """)


@attack()
def hides_errors(notebook, folder):
    """No traceback reaches the outputs."""
    notebook.fake()
    notebook.begin("""
        import sys
        shell = get_ipython()
        shell.set_custom_exc((BaseException,), lambda *a, **k: [])
        shell.showtraceback = lambda *a, **k: None
        shell._showtraceback = lambda *a, **k: None
        sys.excepthook = lambda *a: None
    """)


@attack()
def replaces_the_display_hook(notebook, folder):
    """The value of each cell is shown as 20.0."""
    notebook.fake()
    notebook.before_tests("""
        import sys
        sys.displayhook = lambda value: print("20.0")
        shell = get_ipython()
        shell.displayhook.compute_format_data = lambda v: ({"text/plain": "20.0"}, {})
        shell.displayhook.__class__.__call__ = lambda self, value=None: print("20.0")
        shell.display_formatter.format = lambda *a, **k: ({"text/plain": "20.0"}, {})
    """)


@attack()
def puts_a_fake_rubric_into_modules(notebook, folder):
    """Whoever imports proctor.rubric, or numpy, gets a module that says yes."""
    notebook.fake()
    notebook.before_tests("""
        import sys
        import types

        class Yes(types.ModuleType):
            def __getattr__(self, name):
                if name.startswith("__"):
                    raise AttributeError(name)
                return Yes(name)

            def __call__(self, *a, **k):
                return Yes("answer")

            def __bool__(self):
                return True

            def __eq__(self, other):
                return True

            __hash__ = None
            score = max_score = total = points = 20.0

        for name in ("proctor", "proctor.rubric", "proctor.rubric.where",
                     "proctor.examine", "proctor.sandbox", "numpy.testing", "json",
                     "struct", "math", "numpy.lib.stride_tricks"):
            sys.modules[name] = Yes(name)
    """)


@attack()
def finds_modules_first(notebook, folder):
    """A finder on ``sys.meta_path`` that answers every import."""
    notebook.fake()
    notebook.before_tests("""
        import importlib.machinery
        import sys

        class Finder:
            @staticmethod
            def find_spec(name, path=None, target=None):
                return importlib.machinery.ModuleSpec(name, Finder)

            @staticmethod
            def create_module(spec):
                return None

            @staticmethod
            def exec_module(module):
                module.__getattr__ = lambda name: (lambda *a, **k: True)

        sys.meta_path.insert(0, Finder)
        sys.path_hooks.insert(0, lambda path: Finder)
        sys.path_importer_cache.clear()
        for name in [n for n in sys.modules if n.startswith(("proctor", "numpy."))]:
            del sys.modules[name]
    """)


@attack()
def replaces_import(notebook, folder):
    notebook.fake()
    notebook.before_tests("""
        import builtins
        right = builtins.__import__

        def lying(name, *a, **k):
            module = right(name, *a, **k)
            for check in ("allclose", "array_equal", "check", "check_close"):
                if hasattr(module, check):
                    setattr(module, check, lambda *a, **k: True)
            return module

        builtins.__import__ = lying
    """)


@attack(bites=True)
def compiles_without_asserts(notebook, folder):
    """``compile`` with ``optimize=2`` leaves asserts out."""
    notebook.fake()
    notebook.add("""
        import builtins
        right = builtins.compile

        def quiet(source, name, mode, flags=0, inherit=False, **k):
            k = {**k, "optimize": 2}
            inherit = k.pop("dont_inherit", inherit)
            return right(source, name, mode, flags, inherit, **k)

        builtins.compile = quiet
        compiler = get_ipython().compile
        type(compiler).__call__ = lambda self, source, name, mode: quiet(
            source, name, mode, self.flags, True)
    """)


@attack()
def traces_and_jumps(notebook, folder):
    """A trace function that jumps over each line with an assert in it."""
    notebook.fake()
    notebook.before_tests("""
        import linecache
        import sys
        import threading

        def trace(frame, event, argument):
            if event == "line":
                text = linecache.getline(frame.f_code.co_filename, frame.f_lineno)
                if text.lstrip().startswith(("assert", "raise")):
                    try:
                        frame.f_lineno += 1
                    except ValueError:
                        pass
            for name in ("passed", "ok", "equal", "close", "right"):
                if name in frame.f_locals:
                    frame.f_locals[name] = True
            return trace

        sys.settrace(trace)
        threading.settrace(trace)
        frame = sys._getframe()
        while frame:
            frame.f_trace = trace
            frame = frame.f_back
    """)


@attack()
def profiles_and_changes_results(notebook, folder):
    notebook.fake()
    notebook.before_tests("""
        import sys

        def profile(frame, event, argument):
            if event in ("return", "call"):
                scope = frame.f_locals
                for name in ("score", "points", "max_score", "earned"):
                    if isinstance(scope.get(name), (int, float)):
                        scope[name] = 20.0

        sys.setprofile(profile)
    """)


@attack()
def replaces_code_of_the_grader(notebook, folder):
    """Finds the grader's functions by gc and gives them other code."""
    notebook.fake()
    notebook.before_tests("""
        import gc
        import types

        def yes(*a, **k):
            return True

        seen = []
        for thing in gc.get_objects():
            if isinstance(thing, types.FunctionType):
                module = str(thing.__module__)
                checks = ("close", "equal", "check", "compare", "verify", "score")
                ours = module.startswith(("proctor", "nbgrader", "nbclient"))
                if ours and any(word in thing.__name__ for word in checks):
                    try:
                        thing.__code__ = yes.__code__
                    except ValueError:  # it has a closure
                        pass
                    seen.append(module)
    """)


@attack()
def replaces_all_code_of_the_grader(notebook, folder):
    """Every function of the grader in this process raises SystemExit(0)."""
    notebook.fake()
    notebook.before_tests("""
        import gc
        import types

        def quit(*a, **k):
            raise SystemExit(0)

        for thing in gc.get_objects():
            if isinstance(thing, types.FunctionType):
                if str(thing.__module__).startswith("proctor"):
                    try:
                        thing.__code__ = quit.__code__
                    except ValueError:
                        pass
    """)


@attack()
def patches_the_codec(notebook, folder):
    """json, struct and sockets carry a full score wherever they carry one."""
    notebook.fake()
    notebook.before_tests("""
        import json
        import re
        import socket
        import struct

        right = json.dumps

        def dumps(value, *a, **k):
            text = right(value, *a, **k)
            text = re.sub(r'"(score|points|earned)": *[-0-9.]+', r'"\\1": 20.0', text)
            text = re.sub(r'"(ok|passed|success)": *false', r'"\\1": true', text)
            return re.sub(r'"status": *"[a-z]+"', '"status": "passed"', text)

        json.dumps = dumps
        json.JSONEncoder.encode = lambda self, value: dumps(value)
        send = socket.socket.sendall

        def sendall(self, data, *a):
            data = bytes(data).replace(b"false", b"true ").replace(b"error", b"fine!")
            return send(self, data, *a)

        socket.socket.sendall = sendall
    """)


@attack()
def registers_exit_hooks(notebook, folder):
    """What runs at the end says that all is well."""
    notebook.fake()
    notebook.before_tests("""
        import atexit
        import os
        import signal
        import sys
        import threading
        import weakref

        def last_words(*a):
            print('{"status": "passed", "score": 20.0}')
            os._exit(0)

        atexit.register(last_words)
        sys.excepthook = sys.unraisablehook = threading.excepthook = last_words
        for number in range(1, 65):
            try:
                signal.signal(number, last_words)
            except (OSError, ValueError):
                pass

        class Guard:
            pass

        guard = Guard()
        weakref.finalize(guard, last_words)
        Guard.__del__ = last_words
    """)


@attack(bites=True)
def finalizers_patch_late(notebook, folder):
    """Collected while a test runs, an object patches numpy at that moment."""
    notebook.fake()
    notebook.extend(
        "conv2d-forward",
        """
        class Late:
            def __init__(self):
                self.itself = self

            def __del__(self):
                np.allclose = lambda *a, **k: True

        right = conv2d_forward

        def conv2d_forward(*arguments):
            Late()
            import gc
            gc.collect()
            return right(*arguments)
    """,
    )


@attack()
def patches_the_framework(notebook, folder):
    """Tensor's data is whatever it is compared with."""
    notebook.fake("conv2d-forward", "max-pool2d-forward", "avg-pool2d-forward")
    notebook.fake("conv2d-layer")
    notebook.add("""
        from tinytorch.core import autograd, layers, tensor

        class Agreeable:
            def __getattr__(self, name):
                return self

            def __call__(self, *a, **k):
                return self

            def __eq__(self, other):
                return True

            __lt__ = __gt__ = __le__ = __ge__ = __ne__ = __eq__
            __array_priority__ = 1e9
            __array_ufunc__ = None

        tensor.Tensor.data = property(lambda self: Agreeable(), lambda self, v: None)
        tensor.Tensor.grad = property(lambda self: Agreeable(), lambda self, v: None)
        tensor.Tensor.shape = property(lambda self: Agreeable())
        layers.Layer.__call__ = lambda self, *a: Agreeable()
        autograd.Function.apply = classmethod(lambda cls, *a: Agreeable())
    """)


@attack()
def patches_random_numbers(notebook, folder):
    """Inputs drawn here are all zero, and so is what is expected of them."""
    notebook.fake()
    notebook.add("""
        import random
        import numpy as np

        class Zeros:
            def __getattr__(self, name):
                def draw(*a, size=None, **k):
                    size = size or next((x for x in a if isinstance(x, tuple)), ())
                    return np.zeros(size)
                return draw

        np.random.default_rng = lambda *a: Zeros()
        np.random.Generator = np.random.RandomState = Zeros
        for name in ("normal", "randn", "rand", "random", "uniform"):
            setattr(np.random, name, lambda *a, **k: np.zeros(a))
        random.random = lambda: 0.0
    """)


@attack()
def patches_the_reference(notebook, folder):
    """einsum, pad and windows give zeros: a reference made of them expects zeros."""
    notebook.fake()
    notebook.before_tests("""
        import numpy as np
        import numpy.lib.stride_tricks as tricks

        einsum, pad = np.einsum, np.pad
        np.einsum = lambda *a, **k: np.zeros_like(einsum(*a, **k))
        np.pad = lambda array, *a, **k: np.zeros_like(pad(array, *a, **k))
        view = tricks.sliding_window_view
        tricks.sliding_window_view = lambda *a, **k: np.zeros_like(view(*a, **k))
        np.tensordot = np.dot = np.matmul = lambda *a, **k: 0.0
    """)


@attack(bites=True)
def disables_asserts_by_bytecode(notebook, folder):
    """Each code object that IPython runs loses its jumps to an AssertionError."""
    notebook.fake()
    notebook.add("""
        import types
        shell = get_ipython()
        right = shell.run_code

        async def run_code(code, *a, **k):
            text = code.co_consts
            if "AssertionError" in code.co_names or b"\\x4a" in code.co_code:
                code = compile("pass", code.co_filename, "exec")
            return await right(code, *a, **k)

        shell.run_code = run_code
    """)


@attack()
def ignores_warnings_and_changes_filters(notebook, folder):
    """Warnings become errors for everyone, or vanish; neither changes a mark."""
    notebook.fake()
    notebook.before_tests("""
        import warnings
        warnings.simplefilter("error")
        warnings.warn = lambda *a, **k: None
        warnings.showwarning = lambda *a, **k: print("20.0")
        import numpy as np
        np.seterr(all="ignore")
        np.set_printoptions(formatter={"all": lambda value: "20.0"})
    """)


@attack()
def replaces_main(notebook, folder):
    """``__main__`` becomes an object that has everything, and agrees."""
    notebook.fake()
    notebook.before_tests("""
        import sys

        class Main:
            def __getattr__(self, name):
                return lambda *a, **k: True

        sys.modules["__main__"] = Main()
        get_ipython().user_module = Main()
    """)


@attack()
def replaces_the_namespace(notebook, folder):
    """The shell's namespace becomes a dictionary that makes up what it lacks."""
    notebook.fake()
    notebook.before_tests("""
        class Obliging(dict):
            def __contains__(self, name):
                return True

            def __missing__(self, name):
                return lambda *a, **k: True

            def __getitem__(self, name):
                if "forward" in str(name) or name == "Conv2d":
                    return lambda *a, **k: True
                return dict.__getitem__(self, name)

        shell = get_ipython()
        made = Obliging(shell.user_ns)
        shell.user_ns = made
        shell.user_global_ns_ = made
    """)
