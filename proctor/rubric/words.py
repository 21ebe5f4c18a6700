"""What an error of Python's or NumPy's is about, in fixed words.

An error's own text is never shown: student code could write the hidden inputs into it.
Of the texts that Python and NumPy give, each kind has words of its own here, without
names and numbers; so a student reads which slip it was, and a text of his own making
chooses one of these at most.
"""

from __future__ import annotations

import re

_KNOWN = {
    "an index is out of range": r"index .*out of (bounds|range)",
    "an array has fewer axes than its index": r"too many indices for array",
    "an axis that is not there": r"axis -?\d+ is out of bounds|axes don't match array",
    "shapes that do not fit together": r"broadcast",
    "shapes that no matrix product fits": (
        r"not aligned|core dimension|shape-mismatch for sum"
    ),
    "a reshape to another number of numbers": r"cannot reshape",
    "arrays that cannot be joined": (
        r"all the input array|need at least one array|all input arrays must have"
    ),
    "the truth value of several numbers": r"truth value of an array",
    "an array where one number is wanted": (
        r"setting an array element|only (length-1|0-dimensional) arrays"
    ),
    "an array without a number": (
        r"zero-size array|of an empty sequence|arg(max|min)\(\)? (iterable|arg)"
    ),
    "fractions added to an array of whole numbers": r"Cannot cast ufunc",
    "infinity or NaN as a whole number": r"cannot convert float (infinity|NaN)",
    "a list where an array is wanted": r"must be integers or slices, not tuple",
    "a float where a whole number is wanted": (
        r"cannot be interpreted as an integer|must be integers|only integers, slices"
    ),
    "a pair or another kind where a number is wanted": (
        r"unsupported operand|can't multiply sequence|must be (str|a real number)"
        r"|not supported between|can only concatenate"
    ),
    "the wrong number of values in a tuple": r"values to unpack|cannot unpack",
    "the wrong arguments of a call": (
        r"required positional|positional arguments? but|unexpected keyword"
        r"|multiple values for argument|required keyword|positional-only"
    ),
    "a generator (`yield`) where a list or an array is wanted": r"\bgenerator'",
    "an object where a number, a list or an array is wanted": r"^an? \w+ came where",
    "None or another kind where an array or a list is wanted": (
        r"object is not (subscriptable|iterable)|'NoneType'|has no len"
    ),
    "a call of what is no function": r"object is not callable",
    "an attribute that is not there": r"has no attribute",
    "a name that is not there": r"name '.*' is not defined|not associated with a value",
    "a division by zero": r"division by zero|modulo by zero",
    "what nothing may do where it is graded, such as starting a process": (
        r"Operation not permitted"
    ),
}
# Longer ones are student code's, and patterns take long with them.
_LONGEST = 300
_PATTERNS = {words: re.compile(pattern) for words, pattern in _KNOWN.items()}
# For who has to know each thing that may be said.
ANY = "|".join(map(re.escape, _KNOWN))


def about(error: BaseException) -> str:
    """Return what an error is about; empty where its text is none of the known."""
    try:
        text = str(error)[:_LONGEST]
    except Exception:  # student code may have made its text
        return ""
    return about_text(text)


def about_text(text: str) -> str:
    """Return what an error of this text is about; empty where that is not known."""
    found = (words for words, known in _PATTERNS.items() if known.search(text))
    return next(found, "")
