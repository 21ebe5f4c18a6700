"""Test cells as courses write them, one idiom each, with a right and a wrong answer.

Nothing here is written for proctor: these are cells for nbgrader's one kernel. The
table is in files by kind.
"""

from proctor.tests.idioms import (
    data,
    ends,
    handed,
    names,
    objects,
    plots,
    shown,
    tables,
)
from proctor.tests.idioms.idiom import STUB, Idiom

_AT_ONCE = 30
_SINGLE = [
    idiom
    for kind in (data, names, objects, handed, shown, ends)
    for idiom in kind.IDIOMS
]
# One after the other in one notebook, as in a course's: a process costs more than they.
NOTEBOOKS = {
    **{
        f"n{start // _AT_ONCE}": _SINGLE[start : start + _AT_ONCE]
        for start in range(0, len(_SINGLE), _AT_ONCE)
    },
    "tables": tables.IDIOMS,
    "plots": plots.IDIOMS,
}
IDIOMS = [idiom for some in NOTEBOOKS.values() for idiom in some]

__all__ = ["IDIOMS", "NOTEBOOKS", "STUB", "Idiom"]
