"""How long one waits for ``proctor check``, and for ``nbgrader validate``.

python bench/check.py [--rounds N] [--sandbox LEVEL]

Two notebooks: a right submission with a loop added, so that its own code takes about
0.2 s, and the same with a figure in the loop's place. Both lack the cells that graders
skip, which train and draw for a minute. The two commands take turns on each, after a
first run of both that is not counted: files are in the disk's cache then. ``proctor
check`` runs the visible and the hidden tests, ``nbgrader validate`` (without anything
of ours in its configuration) the visible ones, which is what a student has. What the
own code takes is measured as "alone" is by `grading.py`.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from _alone import alone
from _class import NOTEBOOK, VECTORISED, Author, signed, without_skipped
from _cost import HEADING, Cost, columns, python, run
from _course import Course, make_courses

from proctor.sandbox.levels import best_level

WIDTH = 34
FIGURE = """
import matplotlib.pyplot as plt
figure, axes = plt.subplots(1, 2)
axes[0].imshow(np.arange(144).reshape(12, 12))
axes[1].plot(range(100))
plt.show()
"""
LOOP = """
import time
_begin = time.process_time()
while time.process_time() < _begin + 0.15:
    pass
"""


def notebooks(author: Author) -> dict[str, bytes]:
    """Return the two submissions."""
    right = author.notebook(VECTORISED)
    texts = {"with a figure": FIGURE, "without": LOOP}
    return {name: without_skipped(signed(right, text)) for name, text in texts.items()}


def measure(name: str, content: bytes, ours: Course, theirs: Course, options) -> None:
    """Print what both commands take for one notebook."""
    for course in (ours, theirs):
        (course.root / NOTEBOOK).write_bytes(content)
    check = python("proctor", "check", NOTEBOOK, "--sandbox", options.sandbox)
    validate = python("nbgrader", "validate", NOTEBOOK)
    code = Author(ours.root).code(content)
    found: dict[str, list[Cost]] = {"proctor check": [], "nbgrader validate": []}
    own: list[tuple[Cost, Cost]] = []
    for _ in range(options.rounds + 1):
        for command, (course, what) in zip(
            found, ((ours, check), (theirs, validate)), strict=True
        ):
            cost = run(what, course.root, course.environment, course.log)
            said = course.log.read_text(encoding="utf-8", errors="replace")
            if "Success!" not in said and " 95 of 100 points" not in said:
                raise RuntimeError(f"{command}: a right notebook fails:\n{said}")
            found[command].append(cost)
        own.append(alone([code], theirs))
    found["the code and the tests, alone"] = [tested for tested, _ in own]
    found["the code alone"] = [untested for _, untested in own]
    print(f"\n{name:{WIDTH}}{'seconds':>27}{'CPU seconds':>27}")
    print(f"{'':{WIDTH}}{HEADING}{HEADING}")
    for row, costs in found.items():
        wall, cpu = ([getattr(c, kind) for c in costs[1:]] for kind in ("wall", "cpu"))
        print(f"{row:{WIDTH}}{columns(wall, 3)}{columns(cpu, 3)}")


def main() -> int:
    """Make the scratch courses, and measure in them."""
    parser = argparse.ArgumentParser(description="How long one waits for a check.")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--sandbox", metavar="LEVEL", help="default: the best there is")
    options = parser.parse_args()
    options.sandbox = options.sandbox or best_level()
    print(
        f"load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}, "
        f"sandbox {options.sandbox}; rounds: {options.rounds}"
    )
    try:
        with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
            ours, theirs = make_courses(Path(scratch))
            for name, content in notebooks(Author(ours.root)).items():
                measure(name, content, ours, theirs, options)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
