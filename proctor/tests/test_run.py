"""A notebook's later cells: after a mistake, after an end, after much output."""

import copy
import signal
from dataclasses import replace

import pytest

from proctor.errors import GradingError
from proctor.grade import safe_outputs as outputs
from proctor.grade import snapshot
from proctor.grade.results import Submission
from proctor.grade.task import Graded
from proctor.gradebook import writer as writing
from proctor.sandbox.levels import best_level
from proctor.sandbox.limits import Limits
from proctor.tests import processes
from proctor.tests.tiny import SOLUTIONS, TESTS, cell, cells_of, notebook_of

SOLVED = {
    name: "\n".join(line for line in text.splitlines() if "###" not in line)
    for name, text in SOLUTIONS.items()
}
TRIPLE = SOLVED["double"].replace("2 * x", "3 * x")
HANGS = SOLVED["double"].replace('raise ValueError("no numbers")', "while True: pass")
ENDS = SOLVED["double"].replace(
    'raise ValueError("no numbers")', "import os; os._exit(1)"
)
# Keeps all that it is given, and whatever stands in beside it.
RECORDS = SOLVED["double"].replace(
    "    if x", "    seen.append((x, globals().get('total')))\n    if x"
)

SUMS = """\
### BEGIN HIDDEN TESTS
from proctor.rubric import Rubric

rubric = Rubric(points=1)


def right_double(x):
    return 2 * x


def right_total(x):
    return 2.0 * x.sum()


rubric.stand_in(NAMES)


@rubric.check("the sum", points=1)
def _():
    x = rubric.rng.uniform(1, 2, (2, 3))
    rubric.close(TASK(x), 2 * x.sum())


rubric.score()
### END HIDDEN TESTS"""


@pytest.fixture(scope="module")
def jail():
    limits = Limits(cell_seconds=2, notebook_seconds=40)
    with processes.open_jail(best_level(), limits) as jail:
        yield jail


def ran(jail, double, before=(), after=()):
    """Return the verdicts on a notebook with this `double`, and its cells."""
    cells = cells_of(SOLVED | {"double": double}, before)
    notebook = notebook_of(copy.deepcopy([*cells, *map(cell, after)]))
    return processes.run(jail, notebook), notebook["cells"]


def scores(verdicts):
    return {name: verdict.score for name, verdict in verdicts.items()}


def counted(monkeypatch, parent):
    """Return a list that grows by one with each process that a warm parent forks."""
    asked, fork = [], parent.fork

    def forking(*given, **named):
        asked.append(1)
        return fork(*given, **named)

    monkeypatch.setattr(
        parent, "fork", lambda *given, **named: asked.append(1) or fork(*given, **named)
    )
    return asked


def test_what_a_test_gave_is_not_there_afterwards(jail):
    before = ["seen = []"]
    verdicts, cells = ran(
        jail, RECORDS, before, ["len(seen)", "double(np.ones(1))", "len(seen)"]
    )
    assert scores(verdicts) == {"test-double": 4, "test-total": 3}
    shown = [c["outputs"][0]["data"]["text/plain"] for c in (cells[-3], cells[-1])]
    assert shown == ["0", "1"]


KEEPS = """
import builtins

def double(x):
    builtins.of_before = x
    if x.size == 0:
        raise ValueError("no numbers")
    return 2 * x
"""
LATER = """
def total(x):
    if hasattr(np, "changed") or hasattr(__import__("builtins"), "of_before"):
        raise RuntimeError("another test was here")
    return float(2 * x.sum())

def noise(count):
    return np.random.default_rng().normal(0, 3, count)
"""
CHANGES = SOLVED["double"].replace("    if x", "    np.changed = 1\n    if x")


@pytest.mark.parametrize("double", [CHANGES, KEEPS], ids=["module", "builtins"])
def test_a_test_finds_nothing_of_another(jail, double):
    cells = cells_of(SOLVED | {"double": double, "total": LATER})
    verdicts = processes.run(jail, notebook_of(cells))
    assert verdicts["test-total"].checks[0].message == ""
    assert verdicts["test-total"].score == 3


def test_nothing_that_has_run_a_test_is_left(jail):
    starts = "    import threading\n    threading.Timer(0.01, print, ['x']).start()\n"
    double = SOLVED["double"].replace("    if x", f"{starts}    if x")
    look = "import threading\nthreading.active_count()"
    verdicts, cells = ran(jail, double, after=[look])
    assert scores(verdicts) == {"test-double": 4, "test-total": 3}
    assert cells[-1]["outputs"][0]["data"]["text/plain"] == "1"


def test_no_process_forks_but_to_be_copied(jail):
    forks = "import os\ntry:\n    os.fork()\nexcept OSError as error:\n    print(error)"
    within = SOLVED["double"].replace("    if x", "    os.fork()\n    if x")
    verdicts, cells = ran(jail, within, [forks])
    assert "not permitted" in cells[1]["outputs"][0]["text"]
    assert scores(verdicts) == {"test-double": 0, "test-total": 3}
    assert "PermissionError" in verdicts["test-double"].message


def test_right_versions_stand_in_within_the_test(jail, monkeypatch):
    asked = counted(monkeypatch, jail.parent_of("plain"))
    wrong = SOLVED["total"].replace(".sum()", ".mean()")
    cells = cells_of(SOLVED | {"total": wrong})
    verdicts = processes.run(jail, notebook_of(cells))
    assert scores(verdicts) == {"test-double": 4, "test-total": 1}
    # The sum is right where `double` is; the visible test speaks of the student's own.
    assert scores(ran(jail, TRIPLE)[0]) == {"test-double": 1, "test-total": 3}
    assert len(asked) == 2


def summing(name, body, *stand_ins):
    """Return a task that sums twice the numbers, and its test with these stand-ins."""
    names = ", ".join(f"{n}=right_{n}" for n in stand_ins)
    test = SUMS.replace("TASK", name).replace("NAMES", names)
    grading = {"grade": True, "points": 1.0, "locked": True}
    return [
        cell(f"def {name}(x):\n    {body}", name, solution=True),
        cell(test, f"test-{name}", **grading),
    ]


def test_only_what_was_graded_before_stands_in(jail):
    cells = [
        *cells_of(SOLVED | {"double": TRIPLE}),
        *summing("once", "return total(x)", "double", "total"),
        *summing("twice", "return double(x).sum()", "double", "total"),
        *summing("thrice", "return total(x)", "double"),
        *summing("never", "return double(x).mean()", "double"),
    ]
    verdicts = processes.run(jail, notebook_of(cells))
    summed = {"once": 1, "twice": 1, "thrice": 1, "never": 0}
    wanted = {f"test-{name}": score for name, score in summed.items()}
    assert scores(verdicts) == {"test-double": 1, "test-total": 3} | wanted


SEEN = """\
assert once(np.arange(3)) == 6, "twice 0 + 1 + 2"
assert type(once(np.ones(1))) is float, "a sum is a float"
"""


def test_a_visible_check_that_fails_alone_costs_points(jail):
    """It is judged with right versions of what was graded before."""
    cells = cells_of(SOLVED | {"double": TRIPLE})
    whole = "return int(double(x).sum()) if x.size == 1 else double(x).sum()"
    for name, body in {
        "right": "return float(double(x).sum())",
        # What comes of it is no float, which no named check asks.
        "once": whole,
        "alone": whole.replace("double(x)", "(2 * x)"),
    }.items():
        task, test = summing(name, body, "double")
        test["source"] = SEEN.replace("once", name) + test["source"]
        cells += [task, test]
    # Nothing stands in: it may be the other cell's mistake, and cost points there.
    task, test = summing("unknown", "return twice_total(x)")
    test["source"] = SEEN.replace("once", "unknown") + test["source"]
    helper = cell("def twice_total(x):\n    return int(total(x)) and 2 * x.sum()")
    cells += [helper, task, test]
    verdicts = processes.run(jail, notebook_of(cells))
    summed = {"right": 1, "once": 0.5, "alone": 0.5, "unknown": 1}
    assert {name: verdicts[f"test-{name}"].score for name in summed} == summed
    once = verdicts["test-once"]
    assert (once.status, once.checks[0].message) == ("partial", "")
    assert once.message == "a sum is a float (a check that you see: 0.5 points)"
    assert verdicts["test-unknown"].message == "a sum is a float"


# Keeps what it is given, and tells it, or ends, when the visible part runs once more.
TELLS = """\
kept = []

def tells(x):
    kept.append(x)
    if x.shape == (3,) and len(kept) > 1:
        LATER
    if x.shape == (3,):
        raise ValueError("the first time")
    return 2 * x.sum()"""
TOLD = """\
assert tells(np.ones(3)) == 6, "twice the sum"
### BEGIN HIDDEN TESTS"""


@pytest.mark.parametrize(
    "later", ["raise ValueError(str(kept))", "import os; os._exit(0)"]
)
def test_the_visible_part_run_once_more_tells_nothing_and_excuses_nothing(jail, later):
    task, test = summing("tells", "", "double")
    task["source"] = TELLS.replace("LATER", later)
    test["source"] = TOLD + test["source"].removeprefix("### BEGIN HIDDEN TESTS")
    notebook = notebook_of([*cells_of(SOLVED), task, test])
    verdict = processes.run(jail, notebook)["test-tells"]
    assert verdict.score == 0.5
    assert verdict.message.startswith("ValueError: the first time (a check that")
    assert "array" not in verdict.message


ANSWERS = """\
### BEGIN HIDDEN TESTS
from proctor.rubric import Rubric

rubric = Rubric(points=3)


def right_double(x):
    return 2 * x


def right_total(x):
    return 2.0 * x.sum()


rubric.stand_in(double=right_double, total=right_total)
rubric.answers_again()


@rubric.check("one", points=1)
def _():
    rubric.whole_number(one, 6)


@rubric.check("two", points=1)
def _():
    rubric.whole_number(two, 8)


@rubric.check("three", points=1)
def _():
    rubric.whole_number(three, 9)


rubric.score()
### END HIDDEN TESTS"""


@pytest.mark.parametrize(
    ("double", "answers", "score"),
    [
        (TRIPLE, "one = total(np.ones(3))\ntwo = double(np.ones(1))[0] * 4", 2),
        # Missing, unwritten, one that ends its cell: each costs its own task alone.
        ("", "one = total(np.ones(3))\ntwo = double(np.ones(1))[0] * 4\nthree = 9", 3),
        ("def double(x):\n    raise NotImplementedError", "two = 8\none = total(3)", 1),
        ("def double(x):\n    return 1 / 0", "one = total(np.ones(3))\nthree = 9", 2),
        # What is wrong with right functions is the answer's own mistake.
        (SOLVED["double"], "one = total(np.ones(2))\ntwo = 8", 1),
        (TRIPLE, "import sys\nsys.exit()\none = 6\nbad = {}[1]\ntwo = 8", 2),
        (TRIPLE, "one = 6\ntwo = 8\nthis is no Python", 0),
    ],
)
def test_an_answer_is_judged_with_right_functions_too(jail, double, answers, score):
    grading = {"grade": True, "points": 3.0, "locked": True}
    cells = [
        *cells_of(SOLVED | {"double": double}),
        cell(answers, "answers", solution=True),
        cell(ANSWERS, "test-answers", **grading),
        cell("double(np.ones(1))"),
    ]
    notebook = notebook_of(copy.deepcopy(cells))
    verdicts = processes.run(jail, notebook)
    assert verdicts["test-answers"].score == score
    assert len(verdicts["test-answers"].checks) == 3
    # Nothing stands in where the notebook goes on.
    shown = notebook["cells"][-1]["outputs"]
    right = shown[0].get("data", {}).get("text/plain") == "array([2.])"
    assert right is (double == SOLVED["double"])


# The student's class has a mistake, and what came of it is asked for in a later cell.
LAYER = """\
class Layer:
    def __init__(self, size, bias=True):
        self.size, self.bias = size, Part(np.zeros(size)) if bias else None

    def parameters(self):
        return [self.bias]"""
RIGHT_LAYER = """\
class RightLayer:
    def __init__(self, size, bias=True):
        self.weight = Part(np.ones((size, size)))
        self.bias = Part(np.zeros(size)) if bias else None

    def parameters(self):
        return [self.weight] if self.bias is None else [self.weight, self.bias]

    def __call__(self, x):
        return self.weight.data @ x


rubric.stand_in(Layer=RightLayer)
rubric.answers_again()"""
PART = "class Part:\n    def __init__(self, data):\n        self.data = data"


@pytest.mark.parametrize(
    ("layer", "answers", "score"),
    [
        (LAYER, "one = sum(p.data.size for p in Layer(2).parameters())", 1),
        (
            "",
            "layer = Layer(size=2)\none = sum(map(np.size, [layer.bias.data] * 3))",
            1,
        ),
        ("", "one, two = 6, int(Layer(4, bias=False)(np.full(4, 2.0))[0])", 2),
        # Nothing else of the class can be had, and a wrong use of it is the answer's.
        (LAYER, "one = Layer.__init__.__code__.co_name == 'stand_in' and 6", 1),
        (LAYER, "one = sum(p.data.size for p in Layer(3).parameters())", 0),
    ],
)
def test_a_right_class_stands_in_for_a_wrong_one(jail, layer, answers, score):
    grading = {"grade": True, "points": 3.0, "locked": True}
    begin, end = "rubric.stand_in(", "rubric.answers_again()"
    replaced = ANSWERS[ANSWERS.index(begin) : ANSWERS.index(end) + len(end)]
    notebook = notebook_of(
        [
            cell("import numpy as np\n" + PART),
            cell(layer, "layer", solution=True),
            cell(answers, "answers", solution=True),
            cell(ANSWERS.replace(replaced, RIGHT_LAYER), "test-answers", **grading),
        ]
    )
    assert processes.run(jail, notebook)["test-answers"].score == score


def test_where_an_earlier_function_ends_the_process_a_right_one_stands_in(jail):
    cells = [
        *cells_of(SOLVED | {"double": ENDS.replace("x.size == 0", "True")}),
        *summing("once", "return double(x).sum()", "double"),
    ]
    verdicts = processes.run(jail, notebook_of(cells))
    assert scores(verdicts) == {"test-double": 0, "test-total": 3, "test-once": 1}


@pytest.mark.slow
def test_one_that_hangs_where_right_versions_stand_in_is_not_tried_for_ever(jail):
    hangs = "while double.__code__.co_name == 'stand_in': pass\n    return 0"
    cells = cells_of(SOLVED | {"double": TRIPLE})
    for n in range(4):
        cells += summing(f"sum{n}", hangs, "double")
    verdicts = processes.run(jail, notebook_of(cells))
    assert [verdicts[f"test-sum{n}"].score for n in range(4)] == [0] * 4
    assert verdicts["test-total"].score == 3
    said = [verdicts[f"test-sum{n}"].message for n in range(4)]
    gives_up = ["again and again" in message for message in said]
    assert gives_up == [False] * 2 + [True] * 2


def test_nobody_says_for_the_author_that_a_test_failed(jail):
    says = (
        SOLVED["double"]
        .replace('raise ValueError("no numbers")', "raise AssertionError(text)")
        .replace("x.size == 0", "True")
    )
    text = "text = 'the test itself failed: look'"
    verdicts, _ = ran(jail, says, [text])
    assert verdicts["test-double"].message.startswith("the test itself failed")
    assert not verdicts["test-double"].author_error


def test_an_examiner_serves_the_next_unless_something_was_amiss(jail, monkeypatch):
    ran(jail, TRIPLE)
    asked = counted(monkeypatch, jail.trusted)
    wanted = {"test-double": 1, "test-total": 3}
    assert scores(ran(jail, TRIPLE)[0]) == scores(ran(jail, TRIPLE)[0]) == wanted
    assert asked == []
    ran(jail, ENDS)
    assert asked == []
    assert scores(ran(jail, TRIPLE)[0]) == wanted
    assert asked == [1]


def test_an_examiner_that_ends_is_the_graders_mistake_and_replaced(jail):
    test = processes.test_cell("test-double", TESTS["test-double"], 4.0)
    with processes.runs(jail) as run:
        run.run_cell(f"import numpy as np\n{SOLVED['double']}")
        other = replace(test, name="test-again")
        run.hold(test)
        run.hold(other)
        run._examiner._child.signal(signal.SIGKILL)
        verdict = run.examine(test, False)
        assert (verdict.score, verdict.author_error) == (0, True)
        assert run.examine(other, False).score == 4


@pytest.mark.parametrize(
    ("double", "status"), [(HANGS, "timeout"), (ENDS, "partial")], ids=["hangs", "ends"]
)
def test_a_process_that_ends_in_a_test_costs_that_test_alone(jail, double, status):
    verdicts, cells = ran(jail, double, after=["total(np.ones(2))"])
    assert scores(verdicts) == {"test-double": 3, "test-total": 3}
    assert verdicts["test-double"].status == status
    assert "not written" not in verdicts["test-double"].message
    assert cells[-1]["outputs"][0]["data"]["text/plain"] == "4.0"


def test_a_cell_that_ends_the_process_costs_itself_alone(jail):
    ended = "kept = 1\nimport os\nos._exit(0)"
    verdicts, cells = ran(jail, SOLVED["double"], [ended], ["kept"])
    assert scores(verdicts) == {"test-double": 4, "test-total": 3}
    assert cells[1]["outputs"][0]["ename"] == "ProcessEnded"
    assert cells[-1]["outputs"][0]["ename"] == "NameError"


def test_quit_ends_its_cell_alone(jail):
    _, cells = ran(jail, SOLVED["double"], ["quit()"], ["1 + 1"])
    assert cells[1]["outputs"][0]["ename"] == "SystemExit"
    assert cells[-1]["outputs"][0]["data"]["text/plain"] == "2"


def test_who_ends_again_and_again_is_stopped(jail):
    ends = "import os\nos._exit(0)"
    verdicts, cells = ran(jail, SOLVED["double"], [ends] * 6)
    assert scores(verdicts) == {"test-double": 0, "test-total": 0}
    (message,) = {verdict.message for verdict in verdicts.values()}
    assert message.endswith("the notebook ended its process, or hung, again and again")
    names = [cell["outputs"][0]["ename"] for cell in cells[1:7]]
    assert names == ["ProcessEnded"] * 4 + ["NotRun"] * 2


@pytest.mark.parametrize(
    ("double", "says"),
    [
        ("def double(x)\n    return 2 * x", "SyntaxError: expected ':'"),
        ("one = 1 / 0\n\ndef double(x):\n    return 2 * x", "ZeroDivisionError: div"),
    ],
)
def test_a_cell_that_ends_in_an_error_is_no_unwritten_one(jail, double, says):
    verdicts, _ = ran(jail, double)
    assert scores(verdicts) == {"test-double": 0, "test-total": 3}
    message = verdicts["test-double"].message
    assert message.startswith("the cell itself ended in an error: " + says)


def test_a_notebook_shows_a_bounded_amount():
    picture = {"image/png": "iVBORw0KGgo" + "A" * 1_500_001}
    shown = [{"output_type": "display_data", "data": picture}] * 4
    room, kept = outputs.Room(), []
    for _ in range(40):
        kept += outputs.rebuild(shown, 1000, room)
    pictures = [output for output in kept if "data" in output]
    assert len(pictures) == 2
    assert "too much" in kept[-1]["text"]
    room, kept = outputs.Room(), []
    for _ in range(20_000):
        error = {"output_type": "error", "traceback": [""] * 40}
        kept += outputs.rebuild([error] * 100, 1000, room)
    assert sum(output["output_type"] == "error" for output in kept) < 6_000


def test_what_cannot_be_written_costs_nobody_else():
    graded = Graded(Submission("a", "graded", 3.0, score=2.0))
    with writing._costing_nobody_else(graded):
        raise ValueError("no text")
    assert graded.submission.status == "needs_attention"
    assert graded.submission.message == "the grader failed: ValueError: no text"
    with pytest.raises(GradingError), writing._costing_nobody_else(graded):
        raise GradingError("the disk is full")


def counting_in(place):
    """Return a right `double` that keeps count in a file, and uses it."""
    counts = (
        f"    with open('{place}', 'a') as file:\n        file.write('x')\n"
        f"    if len(open('{place}').read()) > 40:\n        return 3 * x\n    if x"
    )
    return SOLVED["double"].replace("    if x", counts)


def test_no_test_finds_a_file_that_another_wrote(jail):
    names = [f"sum{n}" for n in range(4)]
    cells = cells_of(SOLVED | {"double": counting_in("count")})
    for name in names:
        # Each calls it some five times.
        cells += summing(name, "return sum(double(x).sum() for _ in range(20)) / 20")
    verdicts = processes.run(jail, notebook_of(cells))
    assert [verdicts[f"test-{name}"].score for name in names] == [1] * 4
    assert (verdicts["test-double"].score, verdicts["test-total"].score) == (4, 3)


def test_what_a_cell_wrote_is_there_for_each_test(jail):
    before = ["open('two', 'w').write('2')\nopened = open('two')"]
    reads = "    opened.seek(0)\n    two = int(opened.read())\n    if x"
    reads_on = "    two = int(opened.read() or two_of['x'])\n    if x"
    for body in (reads, reads_on):
        double = SOLVED["double"].replace("    if x", body).replace("2 *", "two *")
        double = f"two_of = {{'x': 2}}\n{double}"
        verdicts, _ = ran(jail, double, before)
        assert scores(verdicts) == {"test-double": 4, "test-total": 3}


def test_the_place_in_an_open_file_is_each_tests_own(jail):
    before = ["open('far', 'w').write('2' * 1000)\nopened = open('far')"]
    moves = "    if opened.tell() > 400: return 3 * x\n    opened.read(90)\n    if x"
    double = SOLVED["double"].replace("    if x", moves)
    cells = cells_of(SOLVED | {"double": double}, before)
    for n in range(4):
        cells += summing(f"sum{n}", "return double(x).sum()")
    verdicts = processes.run(jail, notebook_of(cells))
    wanted = {f"test-sum{n}": 1 for n in range(4)}
    assert scores(verdicts) == {"test-double": 4, "test-total": 3} | wanted


def test_who_keeps_what_only_a_test_may_use_is_not_graded_by_it(jail):
    keeps = (
        "import os\nkept = []\n"
        "os.register_at_fork(before=lambda: kept.extend("
        "os.dup(n) for n in range(3, 20) if n not in kept and _open(n)))\n"
        "def _open(n):\n    try:\n        os.fstat(n)\n        return True\n"
        "    except OSError:\n        return False"
    )
    verdicts, _ = ran(jail, SOLVED["double"], [keeps])
    assert scores(verdicts) == {"test-double": 0, "test-total": 0}
    assert "only a test may use" in verdicts["test-double"].message


@pytest.mark.parametrize(
    "instead", ["0", "-1", "4", "os.getpid()", "plain() and 0 or 1"]
)
def test_who_does_not_let_itself_be_copied_earns_nothing(jail, instead):
    patched = f"import os\nplain = os.fork\nos.fork = lambda: {instead}"
    verdicts, _ = ran(jail, SOLVED["double"], [patched])
    assert sum(scores(verdicts).values()) in (0, 7)
    if instead != "plain() and 0 or 1":
        assert scores(verdicts) == {"test-double": 0, "test-total": 0}


def carrying(mark, seen):
    """Return a `double` that leaves a mark, and a `total` that looks for it."""
    double = SOLVED["double"].replace("    if x", f"    {mark}\n    if x")
    total = f"def total(x):\n    return float(2 * x.sum()) if {seen} else 0.0\n"
    noise = "\n\ndef noise(count):\n    return np.random.normal(0, 3, count)\n"
    return {"double": double, "total": total + noise}


@pytest.mark.parametrize(
    ("before", "mark", "seen"),
    [
        (
            "import os\nopen('f', 'w').write('x')",
            "os.close(os.open('f', os.O_WRONLY | os.O_TRUNC))",
            "not os.path.getsize('f')",
        ),
        (
            "import threading\nfirst = threading.get_native_id",
            "[threading.Thread(target=int).start() for _ in range(60)]",
            "number() > 60",
        ),
        (
            "import os\nopen('f', 'w').close()",
            "os.path.exists('f') and os.unlink('f')",
            "'f' not in here()",
        ),
        ("import os", "os.mkdir('d') if 'd' not in here() else 0", "'d' in here()"),
    ],
    ids=["emptied", "threads", "removed", "made"],
)
def test_no_test_leaves_a_mark_for_another(jail, before, mark, seen):
    helps = (
        "import os, threading\n\ndef here():\n    return os.listdir('.')\n\n"
        "def number():\n    found = []\n    thread = threading.Thread(target=lambda: "
        "found.append(threading.get_native_id()))\n    thread.start()\n"
        "    thread.join()\n    return found[0]"
    )
    cells = cells_of(SOLVED | carrying(mark, seen), [before, helps])
    verdicts = processes.run(jail, notebook_of(cells))
    assert verdicts["test-double"].score == 4
    assert verdicts["test-total"].score <= 1  # the noise alone


@pytest.mark.slow
def test_copies_have_no_more_memory_than_two_processes():
    limits = Limits(cell_seconds=5, notebook_seconds=40, memory_mb=400)
    takes = (
        "import os\nimport numpy as np\nplain = os.fork\n\ndef fork():\n"
        "    global much\n    much = None\n    much = np.ones(25 << 20)\n"
        "    return plain()\n\nos.fork = fork"
    )
    cells = cells_of(SOLVED, [takes])
    for n in range(4):
        cells += summing(f"sum{n}", "return double(x).sum()")
    with processes.open_jail(best_level(), limits) as jail:
        verdicts = processes.run(jail, notebook_of(cells))
    said = [verdict.message for verdict in verdicts.values()]
    assert any("too much memory" in message for message in said)
    assert verdicts["test-double"].score == 4


@pytest.mark.slow
def test_what_student_code_asks_for_too_long_is_the_students_fault(monkeypatch):
    # It never answers, so that waiting longer shows no more.
    monkeypatch.setattr(snapshot, "_EXAMINER_GRACE", 2.0)
    slow = SUMS.replace("return 2 * x\n", "return np.einsum('a,b,c,d->', x, x, x, x)\n")
    asks = "return double(np.ones((10_000,)))"
    grading = {"grade": True, "points": 1.0, "locked": True}
    test = slow.replace("TASK", "once").replace("NAMES", "double=right_double")
    cells = [
        *cells_of(SOLVED | {"double": TRIPLE}),
        cell(f"def once(x):\n    {asks}", "once", solution=True),
        cell(test, "test-once", **grading),
    ]
    limits = Limits(cell_seconds=2, notebook_seconds=20)
    with processes.open_jail(best_level(), limits) as jail:
        verdict = processes.run(jail, notebook_of(cells))["test-once"]
    assert (verdict.score, verdict.author_error, verdict.status) == (
        0,
        False,
        "timeout",
    )


def test_who_never_says_that_it_was_copied_costs_one_cells_time():
    silent = "import os\nos.write = lambda *_: 1"
    limits = Limits(cell_seconds=1, notebook_seconds=20)
    with processes.open_jail(best_level(), limits) as jail:
        verdicts, _ = ran(jail, SOLVED["double"], [silent])
    assert scores(verdicts) == {"test-double": 0, "test-total": 0}
