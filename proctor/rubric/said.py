"""What a student reads of a check: fixed words, and no number of the hidden inputs."""

from __future__ import annotations

import ast
import re

from proctor.errors import NOT_TRIED
from proctor.rubric import words

# What the rubric itself says. A kind of error is the name of a builtin one.
_OWN = re.compile(
    r"wrong"
    r"|wrong number: too (large|small)"
    r"|wrong shape(: too (few|many) axes|: the axes are in another order"
    r"|: the \w+ axis is too (short|long)(, the \w+ axis is too (short|long))*)?"
    r"(; (the right numbers, (in another shape|the axes in another order)"
    r"|what is there is right, and some is missing"
    r"|the right numbers are in it, with others around them))?"
    r"|no shape of an array"
    r"|wrong values: (all are (zero|the same number)|rounded to whole numbers"
    r"|right but for (the sign|a factor|a number added to each( channel)?)"
    r"|right but for the negative ones, which are (zero|positive)"
    r"|those of an earlier call(, as if they had been kept| are added to them)"
    r"|the right numbers in other places|the right numbers, (rows and columns exchanged"
    r"|upside down|left and right exchanged|turned by half a turn"
    r"|moved (down|up)?( and )?(to the (left|right))?)"
    r"|((none|some|most) (is|are) right|right inside, wrong at an edge"
    r"|only the first (image|channel) is right"
    r"|right but for the (first|last) (row|column))"
    r"(, (all|the wrong ones) are (zero|too (large|small)))?)"
    r"|not finite: (NaN|infinity) is among the numbers"
    r"|not (a whole number|a numeric array|written yet)"
    r"|(None|bytes|an? \w+( \w+)*) came where (numbers were|a whole number was) wanted"
    r"|(truth values|complex numbers) came where (numbers|real ones) were wanted"
    r"|dtype \w+ was wanted, \w+ came|modified its input"
    r"|float64 came, with numbers that float32 has rounded"
    r"|an int was wanted(, a float came)?|an array was wanted(, a list came)?"
    r"|wrong value|wrong value: (a|another|bytes|True|None)( \w+)* was wanted"
    r"|wrong value: too (few|many) parts"
    r"|wrong value: the right parts in another order"
    r"|wrong value: a key (is missing|too many)"
    r"|wrong value: the keys are right, what they stand for is not"
    r"|wrong value: (the text is empty|capital and small letters differ)"
    r"|wrong value: spaces or ends of lines differ"
    r"|no [A-Z]\w+ was raised"
    r"|raised ([A-Z]\w+|an error of its own)( where ([A-Z]\w+|none) was wanted)?"
    rf"(: ({words.ANY}))?"
    r"|the error (does not name the numbers|names too many other numbers)"
    r"|uses \w+( and \w+)*, which this task does not allow"
    r"|too much Python work"
    r"|an earlier answer is written over by the next call"
)
_ARRAY = re.compile(r"\[\[|array\(")
# How it begins where there was nobody to be asked.
_NOBODY = re.compile(rf"({re.escape(NOT_TRIED)})?the notebook's process ")


def texts_of(test: str) -> frozenset[str]:
    """Return the texts that stand in a test cell as they are."""
    try:
        nodes = ast.walk(ast.parse(test))
    except SyntaxError:  # nobody can run it, and who tries says so
        return frozenset()
    found = (node.value for node in nodes if isinstance(node, ast.Constant))
    return frozenset(value for value in found if isinstance(value, str))


def is_fixed(message: str, texts: frozenset[str]) -> bool:
    """Tell whether a check's message holds nothing of the inputs.

    Parameters
    ----------
    message
        Why the check lost points; empty where it did not.
    texts
        Those of the test cell: what its author wrote out may be shown.
    """
    return not message or message in texts or bool(_OWN.fullmatch(message))


def is_of_process(message: str) -> bool:
    """Tell whether it says what became of the student's process, and nothing else.

    What a test asks has no part in it: nothing was compared.
    """
    return bool(_NOBODY.match(message))


def is_name(name: str) -> bool:
    """Tell whether a check's name is one, and no array is written out in it."""
    return not _ARRAY.search(name)
