"""Notebooks in which the tutor is asked."""

import json

from conftest import ROOT

import tinytorch

CASES = {
    name: json.loads((ROOT / f"tinytorch/cases/{name}.json").read_text("utf-8"))
    for name in ("09_spatial", "18_acceleration", "19_spatial_two")
}


def world(bank):
    """The names of a notebook in which everything is solved."""
    names = {"__name__": "__main__", "tt": tinytorch}
    for cell in bank["reference"]:
        exec(cell["text"], names)
    return names


def ask(names, asked):
    """Ask as a cell of the notebook does; return the text and the page."""
    page = eval(f"tt.tutor({asked!r})", names)
    return repr(page), page._repr_html_()


def with_bug(bank, bug_id):
    (bug,) = [bug for bug in bank["bugs"] if bug["id"] == bug_id]
    # As one dictionary: functions see what stands beside them.
    other = world(bank)
    exec(compile(bug["text"], "<cell>", "exec"), other)
    return bug, other


def another(spatial, text):
    """The names of a notebook in which a task is another one."""
    names = {**spatial}
    exec(text, names)
    return names
