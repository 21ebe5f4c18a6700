"""What a run of thousands keeps in memory, and that its document is the same."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from pathlib import Path

from proctor.grade.results import Submission
from proctor.gradebook.history import History
from proctor.layout import Layout
from proctor.report.documents import read_run
from proctor.tests import classes
from proctor.tests.tiny import NAME

NUMBER = 800


def a_run():
    wrong = {"negative numbers": "triple", "noise": "wrong values"}
    return classes.run(
        [
            # As they come from the wire: nothing is the same object.
            Submission.from_dict(json.loads(json.dumps(one.as_dict())))
            for index in range(NUMBER)
            for one in [classes.submission(f"s{index}", wrong if index % 3 else None)]
        ]
    )


def test_a_large_run_is_kept_and_read_line_by_line(tmp_path):
    run = a_run()
    written = len("".join(run.document()))
    history = History(Layout(tmp_path, "", {}, "", ""))
    tracemalloc.start()
    try:
        history.keep(run)
        _, most = tracemalloc.get_traced_memory()
        (path,) = history.runs(NAME)
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        again = read_run(path)
        _, reading = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert again == run
    # Neither holds the document; a student of whom a class has many, in a kilobyte.
    assert most < written / 2
    assert reading - before < NUMBER * 1100


def test_documents_written_by_others_are_read_too(tmp_path: Path):
    run = classes.run([classes.submission("ada"), classes.submission("bob")])
    text = "".join(run.document())
    indented = json.dumps(json.loads(text), indent=1)
    short = json.dumps(json.loads(text), separators=(",", ":"))
    for index, content in enumerate(
        [text.encode(), indented.encode("utf-16"), gzip.compress(short.encode())]
    ):
        path = tmp_path / f"{index}.json"
        path.write_bytes(content)
        assert read_run(path) == run
    none = classes.run([])
    path.write_text("".join(none.document()))
    assert read_run(path) == none
