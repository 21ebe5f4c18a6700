"""What says nothing of who wrote a program: names, layout, order, helpers, loops."""

import pytest

from proctor.report.answers import without_comments
from proctor.report.tokens import tokens, whole
from proctor.tests.alike import ONE, SAME


def test_names_comments_layout_and_order_say_nothing():
    assert tokens(ONE) == tokens(SAME) != ""
    assert tokens(ONE) != tokens(ONE.replace("* 2", "+ 2"))
    assert tokens("def f(:") == "" == tokens("")


def test_parts_taken_out_into_functions_say_nothing():
    split = ONE.replace("= x[place] * 2", "= twice(x, place)").replace(
        "    result = np.empty_like(x)\n", "    result = begun(like=x)\n"
    )
    split += "\ndef twice(it, at):\n    return it[at] * 2\n"
    split += "\ndef begun(like):\n    return np.empty_like(like)\n"
    assert tokens(split) == tokens(ONE)
    # Of several statements, too; and what is called twice, or itself, stays.
    two = "def f(x):\n    y = g(x)\n    return y\n"
    two += "def g(a):\n    b = a + 1\n    return b * 2"
    assert tokens(two) == tokens(
        "def f(x):\n    b = x + 1\n    y = b * 2\n    return y"
    )
    twice = two.replace("return y", "return y + g(y)")
    assert whole(twice).count("def ") == 2
    assert whole("def f(x):\n    return f(x - 1)").count("f(") == 2


def test_loops_that_count_by_while_say_nothing():
    counted = """\
def f(x, a, h, s):
    for n in range(len(x)):
        for i in range(a, h - 2, s):
            if x[n][i]:
                break
            x[n][i] += i
        for k in range(0, h + 1, 1):
            x[n][k] = 0
"""
    turned = """\
def f(x, a, h, s):
    m = 0
    while m < len(x):
        top = a
        while h - 2 > top:
            if x[m][top]:
                break
            x[m][top] += top
            top = top + s
        left = 0
        while left <= h:
            x[m][left] = 0
            left += 1
        m += 1
"""
    assert tokens(counted) == tokens(turned) != ""
    # What does not count so stays: one that goes on before it counts, or counts twice.
    for other in ("continue", "m += 2", "x = h"):
        assert tokens(turned.replace("top = a", other)) != tokens(turned)
    # Who goes on raises the counter there, too, or goes on for ever.
    goes_on = counted.replace("break", "continue")
    assert tokens(turned.replace("break", "continue")) != tokens(goes_on)
    raises = turned.replace("break", "top += s\n                continue")
    assert tokens(raises) == tokens(goes_on)


def test_loops_over_several_ranges_say_nothing():
    apart = tokens(
        "def f(x, a, b):\n    for i in range(a):\n        for j in range(b):\n"
        "            if x[i, j]:\n                continue\n            x[i, j] += 1\n"
    )
    body = "        if x[i, j]:\n            continue\n        x[i, j] += 1\n"
    for over in (
        "np.ndindex(a, b)",
        "np.ndindex((a, b))",
        "itertools.product(range(a), range(b))",
    ):
        at_once = f"def f(x, a, b):\n    for i, j in {over}:\n{body}"
        assert tokens(at_once) == apart != ""
        # A break leaves the inner loop alone, and so says something else.
        left = tokens(at_once.replace("continue", "break"))
        assert left not in (apart, "")
    for other in ("np.ndindex(*x)", "np.ndindex(x)", "zip(a, b)", "product(a, b, c)"):
        assert tokens(f"def f(x, a, b):\n    for i, j in {other}:\n{body}") != apart


def test_loops_that_count_down_or_first_say_nothing():
    body = "x[i] += i"

    def made(begin, loop, *lines):
        lines = [begin] * bool(begin) + [f"{loop}:", *(f"    {one}" for one in lines)]
        return "def f(x, n):\n" + "".join(f"    {line}\n" for line in lines)

    up = tokens(made("", "for i in range(n)", body))
    for turned in (
        ("i = n", "while i > 0", "i -= 1", body),
        ("i = n", "while i", "i = i - 1", body),
        ("i = n", "while 0 != i", "i -= 1", body),
        ("i = n - 1", "while i >= 0", body, "i -= 1"),
        ("i = n - 1", "while -1 < i", body, "i -= 1"),
        ("i = -1", "while i < n - 1", "i += 1", body),
        ("i = 0", "while i <= n - 1", body, "i += 1"),
        ("i = 0", "while i != n", body, "i += 1"),
        ("", "for i in range(n - 1, -1, -1)", body),
        ("", "for i in reversed(range(n))", body),
    ):
        assert tokens(made(*turned)) == up != "", turned
    # What counts another way, or never ends, stays.
    for loop, step in (("while i > 0", "i -= i"), ("while i < 0", "i -= 1")):
        assert tokens(made("i = n", loop, body, step)) != up


IN_PLACE = """\
def conv(x, w):
    n, c = x.shape[:2]
    result = np.zeros((n, c))
    for i in range(n):
        for j in range(c):
            result[i, j] = np.sum(x[i, j] * w)
    return result
"""
FILLS = """\
def conv(x, w):
    n, c = x.shape[:2]
    result = np.zeros((n, c))
    fill(result, x, kernel=w, count=n, c=c)
    return result

def fill(into, data, kernel, count, c=3):
    "Fill it."
    for a in range(count):
        for b in range(c):
            into[a, b] = np.sum(data[a, b] * kernel)
"""
NESTED = """\
def conv(x, w):
    def fill(into, count):
        for a in range(count):
            for b in range(c):
                into[a, b] = np.sum(x[a, b] * w)
        return
    n, c = x.shape[:2]
    result = np.zeros((n, c))
    fill(result, n)
    return result
"""
RETURNED = """\
def begun(data, kernel, count, c):
    into = np.zeros((count, c))
    for a in range(count):
        for b in range(c):
            into[a, b] = np.sum(data[a, b] * kernel)
    return into

def conv(x, w):
    n, c = x.shape[:2]
    return begun(x, w, n, c)
"""


@pytest.mark.parametrize("split", [FILLS, NESTED, RETURNED])
def test_a_loop_nest_in_a_helper_that_is_called_once_says_nothing(split):
    assert tokens(split) == tokens(IN_PLACE) != ""
    # Called twice, it is something else.
    for call in (
        "    fill(result, n)\n",
        "    fill(result, x, kernel=w, count=n, c=c)\n",
    ):
        assert split.count(call) == 0 or "fill(" in whole(split.replace(call, 2 * call))


def test_what_is_given_to_a_helper_is_worked_out_once():
    split = FILLS.replace("count=n", "count=len(x) + 1").replace(
        "(count)", "(count * count)"
    )
    assert "count = len(x) + 1" in whole(split) and "fill" not in whole(split)


def test_a_method_that_its_class_calls_once_says_nothing():
    loops = "        for i in range(3):\n            y[i] = self.w\n"
    head = "class A:\n    def forward(self, x):\n        y = x * 2\n"
    split = f"{head}        self.run(y)\n        return y\n"
    split += f"    def run(self, y):\n{loops}"
    assert tokens(split) == tokens(f"{head}{loops}        return y\n") != ""
    twice = split.replace(
        "        return y\n", "        self.run(y)\n        return y\n"
    )
    assert whole(twice).count("def ") == 2


@pytest.mark.parametrize(
    "source",
    [
        "(" * 9999 + ")" * 9999,
        "x = " + "1 + " * 4900 + "1",
        "-" * 19999 + "1",
        "a" + "()" * 9900,
        "def f(\0):",
        "\\\n" * 9000,
        'f"{' * 200,
    ],
    ids=["brackets", "sum", "signs", "calls", "null", "joined", "braces"],
)
def test_what_no_person_wrote_ends_nothing(source):
    assert isinstance(tokens(source), str) and isinstance(without_comments(source), str)
