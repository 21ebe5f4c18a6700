"""A class's report on paper, and a student's page on a phone, in a browser."""

import gzip
from dataclasses import replace

from proctor.cli import main
from proctor.tests import classes, tiny
from proctor.tests.tiny import NAME

SEEN = "[...document.querySelectorAll('details:not([open]) table, details pre')]"


def test_what_is_folded_is_printed_and_a_date_is_whole(tmp_path, monkeypatch, opened):
    tiny.course(tmp_path)
    monkeypatch.chdir(tmp_path)
    wrong = {"positive numbers": "triple"}
    kept = tmp_path / "results" / NAME / "2026-10-01T120000Z.json.gz"
    made = [classes.submission(f"s{i}", wrong) for i in range(12)]
    waits = replace(made[3].cells[0], status="ungraded", score=0.0)
    made[3] = replace(made[3], cells=(waits, made[3].cells[1]), score=2.75)
    given = classes.write(tmp_path / "run.json", classes.run(made))
    kept.parent.mkdir(parents=True)
    kept.write_bytes(gzip.compress(given.read_bytes()))
    assert main(["report", NAME]) == main(["report", "--student", "s3"]) == 0

    opened.open(kept.parent / "report.html", 720, 900)
    seen = f"{SEEN}.map(one => one.checkVisibility())"
    folded = opened.run(seen)
    assert len(folded) > 3 and not any(folded)
    opened.media(media="print")
    assert all(opened.run(seen))

    opened.media()
    opened.open(tmp_path / "feedback" / "s3" / "index.html", 360, 700)
    wide = "document.querySelector('.wide')"
    assert opened.run(f"{wide}.scrollWidth - {wide}.clientWidth") == 0
