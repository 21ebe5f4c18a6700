"""Pictures of a class as SVG, in the page's own colours, light or dark.

Each has its description in words; the table behind it stands beside it in the page.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Sequence

from markupsafe import Markup, escape

from proctor.feedback.untrusted import line
from proctor.report.mistakes import Mistake
from proctor.report.statistics import Item, Spread
from proctor.report.words import percent

# Colours that Matplotlib writes, and what the page's style has in their places.
_COLOURS = {
    "#010101": "var(--text)",
    "#020202": "var(--quiet)",
    "#030303": "var(--link)",
    "#040404": "var(--line)",
    "#050505": "var(--bad)",
}
_TEXT, _QUIET, _BAR, _LINE, _MARK = _COLOURS
_STYLE = {
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "proctor",  # the same file for the same numbers
    "font.size": 10,
    "text.color": _TEXT,
    "axes.edgecolor": _LINE,
    "axes.labelcolor": _QUIET,
    "xtick.color": _QUIET,
    "ytick.color": _TEXT,
    "xtick.labelcolor": _QUIET,
}
_WIDTH = 5.4  # inches, of 96 pixels: a phone shows it somewhat smaller
_MOST_BARS, _LONGEST = 12, 62
_GROUP = re.compile(r'<g id="[^"]*"')
_NAME = re.compile(r'(\bid="|url\(#|href="#)')
_COLOUR = re.compile("|".join(_COLOURS))


def scores(spread: Spread, worth: float) -> Markup:
    """Return the histogram of the scores, the quartiles marked."""
    step = worth / len(spread.bins)
    figure, axes = _figure(2.3)
    places = [step * (i + 0.5) for i in range(len(spread.bins))]
    bars = axes.bar(places, spread.bins, width=step * 0.92, color=_BAR)
    axes.bar_label(bars, [n or "" for n in spread.bins], color=_TEXT, padding=2)
    most = max(spread.bins)
    below = -0.08 * most
    axes.axhline(0, color=_LINE, linewidth=1)
    axes.plot([spread.lower, spread.upper], [below] * 2, color=_MARK, linewidth=3)
    axes.plot([spread.median], [below], "o", color=_TEXT, markersize=6)
    axes.set_xlim(0, worth)
    axes.set_ylim(2 * below, 1.18 * most)
    axes.set_xticks([step * i for i in range(len(spread.bins) + 1)][::2])
    axes.set_yticks([])
    axes.tick_params(bottom=False)
    axes.set_xlabel("points; below the bars: the middle half, and the median")
    _bare(axes)
    tallest = spread.bins.index(most)
    words = (
        f"Histogram of {spread.number} scores of {worth:g} points: median "
        f"{spread.median:.4g}, half of them between {spread.lower:.4g} and "
        f"{spread.upper:.4g}; most, {most}, between {step * tallest:g} and "
        f"{step * (tallest + 1):g}."
    )
    return _svg(figure, words, "scores")


def tasks(items: Sequence[Item]) -> Markup:
    """Return a bar for each task: the mean share of its points that was earned."""
    figure, axes = _figure(0.55 + 0.28 * len(items))
    shares = [100 * item.earned for item in items]
    names = [line(item.task, 40) for item in items]
    places = range(len(items))
    axes.barh(places, [100] * len(items), color=_LINE, height=0.62)
    axes.barh(places, shares, color=_BAR, height=0.62)
    axes.set_yticks(places, names, parse_math=False)
    axes.tick_params(left=False)
    axes.invert_yaxis()
    axes.set_xlim(0, 120)
    axes.set_xticks([])
    for place, item in zip(places, items, strict=True):
        axes.text(102, place, percent(item.earned), va="center", color=_TEXT)
    _bare(axes)
    hardest = min(items, key=lambda item: item.earned)
    words = (
        f"Bars for {len(items)} tasks: the mean share of the points that was earned; "
        f"least, {percent(hardest.earned)}, for {line(hardest.task, 40)}."
    )
    return _svg(figure, words, "tasks")


def mistakes(found: Sequence[Mistake]) -> Markup:
    """Return a bar for each of the commonest mistakes."""
    shown = found[:_MOST_BARS]
    counts = [len(mistake.students) for mistake in shown]
    titles = [line(mistake.title or mistake.bug, _LONGEST) for mistake in shown]
    figure, axes = _figure(0.25 + 0.44 * len(shown))
    places = range(len(shown))
    bars = axes.barh(places, counts, color=_BAR, height=0.34)
    axes.bar_label(bars, color=_TEXT, padding=4)
    for place, title in zip(places, titles, strict=True):
        axes.text(
            0,
            place - 0.27,
            title,
            va="bottom",
            ha="left",
            color=_TEXT,
            parse_math=False,
        )
    axes.set_ylim(len(shown) - 0.6, -0.85)
    axes.set_xlim(0, max(counts) * 1.1)
    axes.set_xticks([])
    axes.set_yticks([])
    _bare(axes)
    words = (
        f"Bars for the {len(shown)} commonest known mistakes; the commonest, "
        f"{titles[0]!r}, was made by {counts[0]}."
    )
    return _svg(figure, words, "mistakes")


def _figure(height: float):
    # Here: Matplotlib takes half a second to import.
    import matplotlib
    from matplotlib.figure import Figure

    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(_WIDTH, height), layout="constrained")
        return figure, figure.add_subplot()


def _bare(axes) -> None:
    for spine in axes.spines.values():
        spine.set_visible(False)


def _svg(figure, words: str, name: str) -> Markup:
    """Return a figure as an element of a page, with its description."""
    import matplotlib

    made = io.StringIO()
    with matplotlib.rc_context(_STYLE):
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(made, format="svg", transparent=True, metadata=nothing)
    text = made.getvalue()
    text = text[text.index("<svg") :]
    # A page has several pictures: of each its own names, and none that is not used.
    text = _NAME.sub(rf"\1{name}-", _GROUP.sub("<g", text))
    text = _COLOUR.sub(lambda found: _COLOURS[found[0]], text)
    end = text.index(">")
    box = re.search(r'viewBox="[^"]*"', text[:end])
    head = f'<svg class="picture" role="img" {box[0] if box else ""} '
    head += f'xmlns:xlink="http://www.w3.org/1999/xlink" aria-label="{escape(words)}">'
    return Markup(head + text[end + 1 :])
