"""Copies among 150 who worked alone: each is found, and nobody else."""

import ast
import builtins
import csv
import json
import random
import shutil

from conftest import ROOT

from proctor.bank import load
from proctor.cli import main
from proctor.notebook.built import Built
from proctor.report.tokens import definitions
from proctor.settings import Course

ASSIGNMENT, NOTEBOOK = "09_spatial", "spatial.ipynb"
FAST = "18_fast_convolution"
# With this seed chance makes some ways of the reference rare.
ALONE, COPIES, SEED = 150, 20, 4
CONFIG = 'c = get_config()\nc.CourseDirectory.course_id = "course"\n'


class Disguise(ast.NodeTransformer):
    """Renames what may be renamed, and turns loops: to ``while``, or end to beginning.

    Parameters
    ----------
    turn
        Whether loops are turned.
    """

    def __init__(self, tree, choose, turn):
        self._choose, self._turn = choose, turn
        self._names = {}
        defined = {
            node.name
            for node in ast.walk(tree)
            if isinstance(node, (ast.FunctionDef, ast.ClassDef))
        }
        imported = {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, (ast.Import, ast.ImportFrom))
            for alias in node.names
        }
        self._kept = defined | imported | set(dir(builtins)) | {"np", "output_size"}

    def _called(self, name):
        if name in self._kept:
            return name
        return self._names.setdefault(name, f"thing_{len(self._names)}")

    def visit_arg(self, node):
        node.arg, node.annotation = self._called(node.arg), None
        return node

    def visit_Name(self, node):
        node.id = self._called(node.id)
        return node

    def visit_For(self, node):
        self.generic_visit(node)
        call, target = node.iter, node.target
        ranges = isinstance(call, ast.Call) and getattr(call.func, "id", "") == "range"
        if not (self._turn and ranges and isinstance(target, ast.Name)):
            return node
        if len(call.args) != 1 or self._choose.random() < 0.5:
            node.iter = ast.Call(ast.Name("reversed"), [call], [])
            return node
        begin = ast.Assign([target], ast.Constant(0), lineno=0)
        step = ast.AugAssign(ast.Name(target.id), ast.Add(), ast.Constant(1))
        less = ast.Compare(ast.Name(target.id), [ast.Lt()], [call.args[0]])
        return [begin, ast.While(less, [*node.body, step], [])]


def disguised(text, choose, turn):
    tree = ast.parse(text)
    tree = ast.fix_missing_locations(Disguise(tree, choose, turn).visit(tree))
    choose.shuffle(tree.body)
    return f"# I wrote all of this on {choose.randint(1, 28)} May.\n{ast.unparse(tree)}"


def test_copies_are_found_and_honest_pairs_are_not(tmp_path, monkeypatch, capsys):
    """Who works alone takes one of ten ways to write each answer, at random.

    So two of them have an answer or two in common, and some have half of them.
    """
    (tmp_path / "nbgrader_config.py").write_text(CONFIG)
    for folder in (f"source/{ASSIGNMENT}", f"release/{ASSIGNMENT}", f"release/{FAST}"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    monkeypatch.chdir(tmp_path)
    course = Course.read(tmp_path)
    built = Built.read(course.layout, course.marks, ASSIGNMENT, course.config)
    right = built.solutions()
    bank = load(ROOT / "notebooks" / ASSIGNMENT, right)
    ways = {}
    for variant in bank.variants:
        ways.setdefault(variant.cell, [right[variant.cell]]).append(variant.source)
    assert sum(map(len, ways.values())) > 80
    choose = random.Random(SEED)
    written = {
        f"alone-{i:03}": {task: choose.choice(found) for task, found in ways.items()}
        for i in range(ALONE)
    }
    pairs = set()
    for i in range(COPIES):
        copied = written[f"alone-{i:03}"]
        written[f"copied-{i:03}"] = {
            task: disguised(text, choose, turn=i % 2) for task, text in copied.items()
        }
        pairs.add((f"alone-{i:03}", f"copied-{i:03}"))
    # One answer alone is not their own: the fast one that another notebook gives.
    elsewhere = tmp_path / "release" / FAST / "pooling.ipynb"
    cells = json.loads(elsewhere.read_text())["cells"]
    texts = ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
    name = "avg_pool2d_backward"
    fast = next(found[name] for found in map(definitions, texts) if name in found)
    own = {task: choose.choice(found) for task, found in ways.items()}
    own["avg-pool2d-backward"] = disguised(fast, choose, turn=False)
    written["takes-the-fast-one"] = own
    pairs.add(("takes-the-fast-one", f"release/{FAST}/pooling.ipynb"))
    for student, answers in written.items():
        path = tmp_path / "autograded" / student / ASSIGNMENT / NOTEBOOK
        path.parent.mkdir(parents=True)
        cells = [
            {
                "cell_type": "code",
                "metadata": {"nbgrader": {"grade_id": task, "solution": True}},
                "source": text,
            }
            for task, text in answers.items()
        ]
        path.write_text(json.dumps({"cells": cells}))
    assert main(["similar", ASSIGNMENT]) == 0
    assert f"Among {ALONE + COPIES + 1} submissions" in capsys.readouterr().out
    listed = (tmp_path / "results" / ASSIGNMENT / "similar.csv").read_text()
    found = {(row["one"], row["other"]) for row in csv.DictReader(listed.splitlines())}
    assert pairs <= found, (pairs - found, sorted(found - pairs), len(found))
    assert len(found - pairs) <= 2, sorted(found - pairs)
