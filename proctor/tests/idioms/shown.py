"""What is printed, drawn, replaced or raised."""

from proctor.tests.idioms.idiom import ADD, idiom

IDIOMS = [
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
    idiom(
        "library-function-taken-away",
        "def solved(m, b):\n    return np.linalg.inv(m) @ b",
        "def solved(m, b):\n    return np.linalg.solve(m, b)",
        """
        m, b = np.diag([1.0, 2.0]), np.ones(2)
        wanted, kept = np.linalg.solve(m, b), np.linalg.solve
        np.linalg.solve = None
        try:
            found = solved(m, b)
        finally:
            np.linalg.solve = kept
        assert np.allclose(found, wanted)
        """,
        given=("import numpy as np",),
    ),
    idiom(
        "own-error-with-its-parts",
        "class Poor(ValueError):\n    def __init__(self, missing):\n"
        "        super().__init__(f'{missing} missing')\n"
        "        self.missing = missing\n"
        "def pay(price):\n    raise Poor(price)",
        "class Poor(Exception):\n    missing = 0\n"
        "def pay(price):\n    raise Poor(price)",
        """
        try:
            pay(3)
        except Poor as error:
            assert error.missing == 3 and isinstance(error, ValueError)
        assert str(Poor(5)) == '5 missing'
        """,
    ),
    idiom(
        "parts-of-an-error",
        "def find(key):\n    raise KeyError(key, 'gone')",
        "def find(key):\n    raise KeyError(key)",
        "try:\n    find('k')\n"
        "except KeyError as e:\n    assert e.args == ('k', 'gone')",
    ),
]
