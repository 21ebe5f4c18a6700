"""What a feedback page costs: nbgrader's, and ours.

python bench/feedback.py [PAGES]

Makes the demo's course in a scratch folder, then the page of one of its submissions
again and again (default: 20 times). Three take turns in one process: nbgrader's
``generate_feedback`` as it comes, the same with our exporter, which adds the points and
comments of the gradebook, and `proctor.feedback.render_page`, from file to file. The
start of Python and the imports count for none of them. Each page is another student's:
every second solution cell is that student's own, the other cells are everybody's. Times
are in CPU seconds, since machines are shared.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from nbconvert.exporters import Exporter, HTMLExporter
from nbgrader.apps import NbGraderAPI
from traitlets.config import Config

from proctor.feedback import render_page
from proctor.feedback.exporter import PageExporter

ASSIGNMENT, STUDENT, PAGE = "09_spatial", "kernel-flipped", "spatial.html"


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the CPU seconds that ``work`` takes in this process."""
    start = time.process_time()
    work()
    return time.process_time() - start


def nbgrader_page(course: Path, exporter: type[Exporter]) -> None:
    """Make the page as nbgrader does, by the given exporter."""
    config = Config()
    config.CourseDirectory.root = str(course)
    config.CourseDirectory.course_id = "tinytorch"
    config.GenerateFeedback.exporter_class = exporter
    api = NbGraderAPI(config=config)
    outcome = api.generate_feedback(ASSIGNMENT, STUDENT, force=True)
    if not outcome["success"]:
        raise RuntimeError(outcome.get("log"))


def our_page(graded: Path, record: dict, page: Path) -> None:
    """Make the page as proctor does."""
    notebook = json.loads(graded.read_text(encoding="utf-8"))
    html = render_page(notebook, record, assignment=ASSIGNMENT)
    page.write_text(html, encoding="utf-8")


def write_student(content: str, number: int, path: Path) -> None:
    """Write the notebook of a student who shares half of the solutions."""
    notebook = json.loads(content)
    settings = [cell["metadata"].get("nbgrader", {}) for cell in notebook["cells"]]
    solutions = [index for index, s in enumerate(settings) if s.get("solution")]
    for index in solutions[::2]:
        cell = notebook["cells"][index]
        cell["source"] = "".join(cell["source"]) + f"\n# student {number}"
    path.write_text(json.dumps(notebook), encoding="utf-8")


def measure(course: Path, pages: int) -> None:
    """Print the CPU seconds per page, and their ratios."""
    run = json.loads((course / "results.json").read_text(encoding="utf-8"))
    (submission,) = [s for s in run["submissions"] if s["student"] == STUDENT]
    graded = course / "autograded" / STUDENT / ASSIGNMENT / "spatial.ipynb"
    original = graded.read_text(encoding="utf-8")
    theirs = course / "feedback" / STUDENT / ASSIGNMENT / PAGE
    ours = course / PAGE
    stock = partial(nbgrader_page, course, HTMLExporter)
    with_ours = partial(nbgrader_page, course, PageExporter)
    proctor = partial(our_page, graded, {**run, "submission": submission}, ours)
    stock()  # nbgrader's first page also imports what it needs
    first = cpu_seconds(proctor)
    kinds = {
        "nbgrader": (stock, theirs),
        "nbgrader, our page": (with_ours, theirs),
        "proctor": (proctor, ours),
    }
    seconds: dict[str, list[float]] = {name: [] for name in kinds}
    sizes: dict[str, int] = {}
    for number in range(pages):
        write_student(original, number, graded)
        for name, (make, page) in kinds.items():
            seconds[name].append(cpu_seconds(make))
            sizes[name] = page.stat().st_size
    print(f"CPU seconds per page, {pages} pages of {ASSIGNMENT}")
    print(f"{'':18}{'median':>9}{'min':>9}{'max':>9}{'to proctor':>12}{'kB':>7}")
    medians = {name: statistics.median(taken) for name, taken in seconds.items()}
    for name, taken in seconds.items():
        times = "".join(f"{t:9.4f}" for t in (medians[name], min(taken), max(taken)))
        ratio = medians[name] / medians["proctor"]
        print(f"{name:18}{times}{ratio:12.1f}{sizes[name] / 1000:7.0f}")
    print(f"proctor's first page, nothing kept yet: {first:.4f}")


def main(pages: int) -> None:
    """Make the scratch course, and measure in it."""
    with tempfile.TemporaryDirectory() as scratch:
        course = Path(scratch) / "course"
        demo = [sys.executable, "-m", "course", "demo", "--folder", str(course)]
        done = subprocess.run(demo, stdout=subprocess.DEVNULL)
        if done.returncode not in (0, 1):  # 1: one submission is no notebook
            sys.exit(done.returncode)
        measure(course, pages)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pages", nargs="?", type=int, default=20, help="how many (20)")
    options = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}")
    main(options.pages)
