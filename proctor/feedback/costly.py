"""What Markdown may cost to render."""

from __future__ import annotations

import re

# Characters times the places from which a renderer may read on to the end: a fraction
# of a second. The course's own prose stays below 10,000.
_MOST_STEPS = 200_000
_OPENERS = re.compile(r"\$\$|\\\\[\[(]|\\begin")


def is_costly(source: str) -> bool:
    """Return whether a renderer may take long, for its tables or formulas.

    Renderers try whether a table begins at each line with a bar, and read it to its
    end; the same with what may begin a formula.
    """
    bars = sum("|" in line for line in source.splitlines())
    openers = sum(1 for _ in _OPENERS.finditer(source))
    return len(source) * (bars + openers) > _MOST_STEPS
