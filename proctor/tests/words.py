"""A made-up assignment about text: a tokenizer, with a bank of what goes wrong."""

from __future__ import annotations

from pathlib import Path

from proctor.tests.tiny import CONFIG, bank_text, bug, cell, hidden, write

NAME, FILE = "02_words", "words.ipynb"
SOLUTIONS = {
    "tokens": """\
def tokens(text):
    ### BEGIN SOLUTION
    return re.findall(r"[a-z]+|[0-9]+|[^a-z0-9 ]", text.lower())
    ### END SOLUTION""",
    "count": """\
def count(words):
    ### BEGIN SOLUTION
    found = {}
    for word in words:
        found[word] = found.get(word, 0) + 1
    return found
    ### END SOLUTION""",
    "pairs": """\
def pairs(words):
    ### BEGIN SOLUTION
    return count(zip(words, words[1:]))
    ### END SOLUTION""",
    "encode": """\
def encode(words, known):
    ### BEGIN SOLUTION
    place = {word: number for number, word in enumerate(known)}
    return [place.get(word) for word in words]
    ### END SOLUTION""",
}
STUBS = {
    name: text.split("    ###")[0] + f"    raise NotImplementedError({name!r})"
    for name, text in SOLUTIONS.items()
}
# Each test begins so, behind what the student sees.
_RUBRIC = """\
### BEGIN HIDDEN TESTS
from proctor.rubric import Rubric

rubric = Rubric(points={points})


def some(most):
    known = ["Ada", "of", "Rome", "sea", "sees", "a"]
    return [known[i] for i in rubric.rng.integers(0, 6, most)]


"""
_PARTS = {
    "tokens": (
        'assert tokens("A b, 12!") == ["a", "b", ",", "12", "!"]',
        ("words in small letters", 2, 'a, b = some(2)\nwant(f"{a}  {b}", [a, b])'),
        ("repeated words stay", 1, 'a = some(1)[0]\nwant(f"{a} {a}", [a, a])'),
        ("numbers whole", 1, "n = str(rubric.rng.integers(100, 999))\nwant(n, [n])"),
        (
            "letters and digits apart",
            1,
            "a, n = some(1)[0], str(rubric.rng.integers(1, 9))\nwant(a + n, [a, n])",
        ),
        ("signs one by one", 1, 'a = some(1)[0]\nwant(f"{a}?!", [a, "?", "!"])'),
        ("an empty text", 1, 'want("", [])'),
    ),
    "count": (
        'assert count(["a", "b", "a"]) == {"a": 2, "b": 1}',
        ("how often each comes", 2, "words = some(20)\nwant(words, counted(words))"),
        ("no words", 1, "want([], {})\nwant(['x'], {'x': 1})"),
    ),
    "pairs": (
        'assert pairs(["a", "b", "a"]) == {("a", "b"): 1, ("b", "a"): 1}',
        (
            "how often each pair comes",
            3,
            "words = some(20)\nwant(words, counted(zip(words, words[1:])))",
        ),
        ("one word", 1, "want(some(1), {})\nwant(['x', 'y'], {('x', 'y'): 1})"),
    ),
    "encode": (
        'assert encode(["b", "x"], ["a", "b"]) == [1, None]',
        (
            "places of known words",
            2,
            "words = some(9)\nknown = sorted({*words})\n"
            "want((words, known), [known.index(word) for word in words])",
        ),
        (
            "unknown words: None",
            1,
            "a, b = some(2)\nwant(([a, 'not', b], [b, a, 'end']), "
            "[1 if a != b else 0, None, 0] if a != b else [1, None, 1])",
        ),
    ),
}
_WANT = {
    "tokens": "rubric.same(tokens(given), [part.lower() for part in wanted])",
    "count": "rubric.same(count(given), wanted)",
    "pairs": "rubric.same(pairs(given), wanted)",
    "encode": "rubric.same(encode(*given), wanted)",
}
_COUNTED = """\
def counted(words):
    words = list(words)
    return {word: words.count(word) for word in words}


"""
_STAND_IN = "rubric.stand_in(count=counted)\n\n\n"


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.split("\n"))


def _test(task: str) -> str:
    shown, *checks = _PARTS[task]
    points = sum(worth for _, worth, _ in checks)
    text = f"{shown}\n{_RUBRIC.format(points=points)}"
    if "counted" in str(checks):
        text += _COUNTED + (_STAND_IN if task == "pairs" else "")
    text += f"def want(given, wanted):\n    {_WANT[task]}\n\n\n"
    for name, worth, body in checks:
        text += f"@rubric.check({name!r}, points={worth})\n"
        text += f"def _():\n{_indented(body)}\n\n\n"
    return f"{text}rubric.score()\n### END HIDDEN TESTS"


TESTS = {task: _test(task) for task in SOLUTIONS}
POINTS = {task: sum(part[1] for part in _PARTS[task][1:]) for task in SOLUTIONS}


FIND = r're.findall(r"[a-z]+|[0-9]+|[^a-z0-9 ]", text.lower())'
BUGS = [
    bug("capitals-kept", "tokens", ("text.lower()", "text"), ("[a-z]", "[A-Za-z]")),
    bug("split-at-spaces", "tokens", (FIND, "text.lower().split()")),
    bug("signs-dropped", "tokens", ("|[^a-z0-9 ]", "")),
    bug("signs-together", "tokens", ("[^a-z0-9 ]", "[^a-z0-9 ]+")),
    bug("digit-by-digit", "tokens", ("[0-9]+", "[0-9]")),
    bug("letters-with-digits", "tokens", ("[a-z]+|[0-9]+", "[a-z0-9]+")),
    bug("a-tuple", "tokens", (FIND, f"tuple({FIND})")),
    bug("each-once", "tokens", (FIND, f"list(dict.fromkeys({FIND}))")),
    bug("from-zero", "count", ("+ 1", "+ 0")),
    bug("always-one", "count", ("found.get(word, 0) + 1", "1")),
    bug("list-of-pairs", "count", ("return found", "return list(found.items())")),
    bug("pair-without-order", "pairs", ("zip(words, words[1:])", "map(tuple, map("
        "sorted, zip(words, words[1:])))")),
    bug("in-a-ring", "pairs", ("words[1:]", "words[1:] + words[:1]")),
    bug("texts-for-tuples", "pairs", ("zip(", "map('{} {}'.format, ")),
    bug("from-one", "encode", ("enumerate(known)", "enumerate(known, 1)")),
    bug("unknown-is-minus-one", "encode", ("place.get(word)", "place.get(word, -1)")),
    bug("unknown-left-out", "encode", ("in words]", "in words if word in place]")),
]  # fmt: skip
VARIANTS = """\
from proctor.bank import variant, variant_text

variant_text("tokens", "by-letters", '''
def tokens(text):
    found = []
    before = ""
    for letter in text.lower():
        kind = "a" if letter.isalpha() else "1" if letter.isdigit() else ""
        if kind and kind == before:
            found[-1] += letter
        elif letter != " ":
            found.append(letter)
        before = kind
    return found
''')
variant_text("count", "by-counter", '''
def count(words):
    from collections import Counter
    return Counter(words)
''')
"""


def cells_of(texts: dict[str, str]) -> list[dict]:
    """Return a notebook's cells, with these answers."""
    cells = [cell("#| export\nimport re")]
    for name in SOLUTIONS:
        cells.append(cell(texts[name], name, solution=True))
        points = {"grade": True, "points": float(POINTS[name]), "locked": True}
        cells.append(cell(TESTS[name], f"test-{name}", **points))
    return cells


def course(folder: Path) -> Path:
    """Write a course folder that was built, with the bank."""
    (folder / "nbgrader_config.py").write_text(CONFIG)
    (truth := folder / "notebooks" / NAME).mkdir(parents=True)
    (truth / "bugs.py").write_text(bank_text(BUGS, []))
    (truth / "variants.py").write_text(VARIANTS)
    write(folder / "source" / NAME / FILE, cells_of(SOLUTIONS))
    write(folder / "release" / NAME / FILE, hidden(cells_of(STUBS)))
    return folder
