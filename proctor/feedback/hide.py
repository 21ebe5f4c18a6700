"""What a student may see of a test, and of what a cell printed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from proctor.feedback.untrusted import Allowance, line, mapping, png, sequence, text
from proctor.notebook.cells import Marks, grading, is_test

PLACEHOLDER = "# (hidden tests)"

_LONGEST_TEXT = 20_000
_MOST_OUTPUTS = 50
_UNSEEN = "What was printed while the hidden tests ran is not shown."
_OTHER = "An output that is neither text nor a PNG picture is not shown."
TOO_LARGE = "A picture is not shown: it, or all on this page together, is too large."


@dataclass(frozen=True)
class Output:
    """One output of a cell, in a form that any page can show.

    Attributes
    ----------
    kind
        ``text``, ``error``, ``picture`` (``body`` is the base64 of a PNG) or ``note``
        (a remark of ours).
    more
        How many characters of text are left out.
    """

    kind: str
    body: str
    more: int = 0


def without_hidden(source: str, marks: Marks) -> str:
    """Return source with each region of hidden tests replaced by one comment."""
    if not marks.hides(source):
        return source
    return marks.without_hidden(source, PLACEHOLDER).rstrip()


def read_outputs(
    cell: dict,
    allowance: Allowance,
    marks: Marks,
    *,
    said: Collection[str] = (),
    show_tests: bool = False,
) -> list[Output]:
    """Return a cell's outputs: bounded, of known kinds, and quoting no hidden test.

    A failing test keeps one line, which names the behaviour; its traceback quotes the
    test. What it printed goes as well where it has hidden tests, since a student's
    function could print their inputs.

    Parameters
    ----------
    said
        What the page shows apart: the grading's message, the names of its checks.
    """
    guarded = is_test(grading(cell)) and not show_tests
    unseen = guarded and marks.hides(text(cell.get("source")))
    found = sequence(cell.get("outputs"))
    outputs = [
        _unseen(mapping(one), said)
        if unseen and mapping(one).get("output_type") != "error"
        else _read(mapping(one), guarded)
        for one in found[:_MOST_OUTPUTS]
    ]
    if len(found) > _MOST_OUTPUTS:
        outputs.append(Output("note", f"... {len(found) - _MOST_OUTPUTS} more outputs"))
    return _bound(_join(outputs), allowance)


def _unseen(output: dict, said: Collection[str]) -> Output:
    """Return a remark on an output that is not shown; none on what the page has."""
    lines = text(output.get("text"), _LONGEST_TEXT).splitlines()
    known = all(any(part in printed for part in said) for printed in lines)
    if output.get("output_type") == "execute_result" or known:
        return Output("text", "")
    return Output("note", _UNSEEN)


def _read(output: dict, guarded: bool) -> Output:
    """Return one output as it may be shown."""
    kind = output.get("output_type")
    if kind == "error":
        return _message(output) if guarded else _traceback(output)
    if kind == "stream":
        return _printed("text", output.get("text"))
    if kind in ("display_data", "execute_result"):
        data = mapping(output.get("data"))
        if picture := png(data.get("image/png")):
            return Output("picture", picture)
        if "text/plain" in data:
            return _printed("text", data["text/plain"])
    return Output("note", _OTHER)


def _message(output: dict) -> Output:
    """Return the first line of an error."""
    lines = text(output.get("evalue"), _LONGEST_TEXT).splitlines()
    message = line(next((part for part in lines if part.strip()), ""), 300)
    name = line(output.get("ename"), 100)
    return Output("error", f"{name}: {message}" if message else name)


def _traceback(output: dict) -> Output:
    frames = [text(frame) for frame in sequence(output.get("traceback"))]
    return _printed("error", "\n".join(frames) or _message(output).body)


def _printed(kind: str, value: Any) -> Output:
    """Return what was printed, cut where nobody would read on."""
    if isinstance(value, list):
        value = "".join(part for part in value if isinstance(part, str))
    elif not isinstance(value, str):
        return Output(kind, "")
    # Ten times what is shown: most of it may be a progress bar's control characters.
    longest = 10 * _LONGEST_TEXT
    return Output(kind, text(value, longest), max(0, len(value) - longest))


def _join(outputs: list[Output]) -> list[Output]:
    """Return the outputs with neighbouring pieces of text in one, each note once."""
    joined: list[Output] = []
    for output in outputs:
        last = joined[-1] if joined else None
        if last and last.kind == output.kind == "text":
            body, more = last.body + output.body, last.more + output.more
            joined[-1] = Output("text", body, more)
        elif output.kind != "note" or output not in joined:
            joined.append(output)
    return joined


def _bound(outputs: list[Output], allowance: Allowance) -> list[Output]:
    """Return the outputs cut to what a cell, and the page, may take."""
    bounded, left = [], _LONGEST_TEXT
    for output in outputs:
        if output.kind == "picture":
            fits = allowance.take_picture("image/png", output.body)
            bounded.append(output if fits else Output("note", TOO_LARGE))
        elif output.kind == "note":
            bounded.append(output)
        elif output.body:
            shown, more = allowance.take_text(output.body, left)
            left -= len(shown)
            bounded.append(Output(output.kind, shown, output.more + more))
    return bounded
