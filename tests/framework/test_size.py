"""The framework stays readable in one evening."""

import ast
import io
import subprocess
import sys
import tokenize

from conftest import ROOT


def lines_of_code(text):
    """Count the lines that hold code: not blank, no comment, no docstring."""
    lines = set()
    ignored = {
        tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT,
        tokenize.DEDENT, tokenize.ENDMARKER, tokenize.ENCODING,
    }  # fmt: skip
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in ignored:
            lines |= set(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                lines -= set(range(first.lineno, first.end_lineno + 1))
    return len(lines)


def test_lines_of_code_are_counted_right():
    assert lines_of_code('"""Doc."""\n\n# why\nx = 1\n\ndef f():\n    """D."""\n') == 2


def test_the_framework_stays_under_1500_lines_of_code():
    # What students write in modules 09 and 19 is not part of the framework under it,
    # nor is what replaces it; what shows pictures, checks a student's work, or helps
    # where it is not right, is no part of a framework.
    package = ROOT / "tinytorch"
    pictures = "arithmetic.py", "pictures.py", "showing.py"
    explorer = "explorer.py", "explorer_page.py", "explorer_script.py"
    drawn = "panels.py", "plans.py", "ink.py"
    checks = "checks.py", "examples.py", "standing.py", "stops.py", "runs.py"
    help_of = "tutoring.py", "lessons.py", "differences.py", "answers.py"
    others = *pictures, *explorer, *drawn, *checks, *help_of, "progress.py"
    tasks = "core/spatial.py", "core/spatial_two.py"
    other = {package / name for name in (*tasks, *others)}
    files = set(package.rglob("*.py")) - other - set((package / "perf").glob("*.py"))
    assert sum(lines_of_code(path.read_text()) for path in files) < 1500


def test_importing_brings_numpy_and_nothing_else():
    source = (
        "import sys, tinytorch; "
        "print(sorted({name.partition('.')[0] for name in sys.modules}"
        " & {'sklearn', 'scipy', 'matplotlib', 'tqdm', 'IPython', 'numpy'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=True
    )
    assert done.stdout == "['numpy']\n"
