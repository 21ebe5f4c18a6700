# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Answers that can be compared
#
# > Run a small example on your functions, and compare what comes with what is wanted.
#
# The tutor (`tinytorch.tutoring`) tries your functions on examples. An example is a few
# lines of Python; the last of them is an expression, whose value is the answer. To use the
# tutor, nothing below must be read.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp answers

# %%
#| export
import ast
import dis
import functools
import hashlib
import math
import re
import sys
import traceback
from collections.abc import Callable, Iterable
from types import CodeType, TracebackType
from typing import Any

import numpy as np

# %% [markdown]
# ## An answer as plain data
#
# What a function returns can be anything. Numbers, arrays, and lists of numbers become a
# shape and its values; everything else is kept as far as it can be written down.


# %%
#| export
def plain(value: Any) -> Any:
    """Return a value as data that JSON can hold.

    Returns
    -------
    Any
        A text or None as it is; for numbers and arrays ``{"shape", "values"}``, the
        values as a text with blanks between them; for other lists ``{"items"}``; for
        anything else ``{"kind"}``, the name of its type.
    """
    if value is None or isinstance(value, str):
        return value
    array = _numbers(value)
    if array is not None:
        values = " ".join(_written(number) for number in array.ravel().tolist())
        answer = {"shape": list(array.shape), "values": values}
        # It is compared as one array, and told as what it is.
        is_list = isinstance(value, list | tuple)
        if is_list and any(isinstance(v, np.ndarray) and v.ndim for v in value):
            answer["several"] = len(value)
        return answer
    if isinstance(value, list | tuple):
        return {"items": [plain(item) for item in value]}
    return {"kind": type(value).__name__}


def as_array(answer: dict) -> np.ndarray:
    """Return the array that ``{"shape", "values"}`` describes."""
    values = [float(text) for text in answer["values"].split()]
    return np.array(values).reshape(answer["shape"])


def is_array(answer: Any) -> bool:
    """Tell whether plain data are numbers."""
    return isinstance(answer, dict) and "values" in answer


def _numbers(value: Any) -> np.ndarray | None:
    """Return what consists of numbers as an array, anything else as None."""
    if not isinstance(value, int | float | np.generic | np.ndarray | list | tuple):
        return None
    try:
        array = np.asarray(value)
    except ValueError:  # lists of several lengths
        return None
    return array if array.dtype.kind in "biuf" else None


def _written(number: float) -> str:
    if isinstance(number, float) and number.is_integer():
        return str(int(number))
    return str(int(number)) if isinstance(number, bool) else repr(number)


# %% [markdown]
# ## Running an example
#
# The example runs with the names of your notebook, and leaves none behind. If your
# function changes an array that it was given, that belongs to the answer; so does an
# error.


# %%
#| export
def answer_of(code: str, names: dict[str, Any], naming: Iterable[int] = ()) -> dict:
    """Run an example; return its answer.

    Parameters
    ----------
    code
        Lines of Python, of which the last one is an expression.
    names
        Of the notebook; they are not changed.
    naming
        The numbers that an error's text should contain.

    Returns
    -------
    dict
        ``{"value", "changed", "given"}``, or ``{"raises", "kinds", "named", "says",
        "by_hand", "where", "given"}`` where an error came; ``given`` are the example's
        arrays, ``by_hand`` tells whether a `raise` of the notebook's made it. Of a
        NotImplementedError ``unwritten`` is what it says: a task's name, perhaps.
    """
    before, last, assigned = _compiled(code)
    scope, arrays = {**names, "np": np, "steps": steps, "largest": largest}, {}
    try:
        exec(before, scope)
        for name in sorted(assigned & scope.keys()):
            if isinstance(scope[name], np.ndarray):
                arrays[name] = scope[name].copy()
        value = eval(last, scope)
        same = {n: np.array_equal(scope[n], kept) for n, kept in arrays.items()}
        changed = [name for name, is_same in same.items() if not is_same]
        answer = {"value": plain(value), "changed": changed}
    except NotImplementedError as error:
        answer = {"unwritten": str(error), **_raised(error, names, naming)}
    except Exception as error:
        answer = _raised(error, names, naming)
    return {**answer, "given": {n: plain(kept) for n, kept in arrays.items()}}


@functools.cache
def _compiled(code: str) -> tuple[CodeType, CodeType, set[str]]:
    """Return an example's lines but the last, the last, and the names that get a value.

    A course's examples are few, and are tried on each of its known mistakes.
    """
    *before, last = ast.parse(code).body
    lines, value = ast.Module(before, []), ast.Expression(last.value)
    return (
        compile(ast.fix_missing_locations(lines), "<example>", "exec"),
        compile(ast.fix_missing_locations(value), "<example>", "eval"),
        _assigned(before),
    )


def _assigned(statements: list[ast.stmt]) -> set[str]:
    return {
        node.id
        for statement in statements
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def _raised(error: Exception, names: dict[str, Any], naming: Iterable[int]) -> dict:
    """Describe an error: its type, what it says, and the line of yours it came from."""
    said = str(error)
    found = set(_whole_numbers(said))
    own = [
        frame
        for frame, _ in traceback.walk_tb(error.__traceback__)
        if frame.f_globals is names
    ]
    where = ""
    if own:
        lines = traceback.extract_tb(error.__traceback__)
        name = own[-1].f_code.co_name
        line = next((each.line for each in reversed(lines) if each.name == name), "")
        where = f"{name}: {whole(line)}" if line else name
    return {
        "raises": type(error).__name__,
        "kinds": [kind.__name__ for kind in type(error).__mro__],
        "named": [number in found for number in naming],
        "says": said,
        "by_hand": bool(own) and _is_raise(error.__traceback__, names),
        "where": where,
    }


def whole(line: str) -> str:
    """Return a line of code, with dots where its statement goes on."""
    return f"{line} ..." if line.endswith(("(", "[", "{", ",", "\\")) else line


def _is_raise(trace: TracebackType, names: dict[str, Any]) -> bool:
    """Tell whether an error comes of a `raise` in the notebook, not of a library."""
    while trace.tb_next:
        trace = trace.tb_next
    code = trace.tb_frame.f_code.co_code
    raises = dis.opmap["RAISE_VARARGS"]
    return trace.tb_frame.f_globals is names and code[trace.tb_lasti] == raises


def _whole_numbers(text: str) -> list[int]:
    signs = "".join(c if c.isdigit() or c == "-" else " " for c in text)
    words = (word.rstrip("-") for word in signs.split())
    return [int(word) for word in words if word.lstrip("-").isdigit()]


# %% [markdown]
# ## How much Python runs
#
# Whether a loop is left cannot be seen in the numbers. `steps` counts what the interpreter
# does in a call, so that an example can ask whether it is more for more windows. `largest`
# says how much of a batch goes through at once.


# %%
#| export
def steps(function: Callable, *arguments: Any) -> int:
    """Return how many instructions of Python a call runs, NumPy's own included."""
    count = 0

    def trace(frame, event, _):
        nonlocal count
        frame.f_trace_opcodes = True
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        function(*arguments)
    finally:
        sys.settrace(before)
    return count


def largest(inner: Iterable[Callable], function: Callable, *arguments: Any) -> int:
    """Return the length of the longest first argument that ``inner`` functions get.

    Only their calls while ``function(*arguments)`` runs count.
    """
    codes = {each.__code__ for each in inner}
    lengths = [0]

    def note(frame, event, _):
        if event == "call" and frame.f_code in codes:
            first = frame.f_locals.get(frame.f_code.co_varnames[0], ())
            lengths.append(len(first) if hasattr(first, "__len__") else 0)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        function(*arguments)
    finally:
        sys.setprofile(before)
    return max(lengths)


# %% [markdown]
# ## Comparing
#
# Two answers agree if shapes and values do, but for rounding. A sum in another order gives
# another last digit, so the fingerprint of an answer is taken of its thousandths. They are
# counted from an odd place: a half or a third is then never just between two of them.


# %%
#| export
_TOLERANCE = {"rtol": 1e-5, "atol": 1e-4}
_ODD_PLACE = 0.317


def agrees(wanted: dict, got: dict) -> bool:
    """Tell whether an answer is the wanted one."""
    if "raises" in wanted:
        kinds = got.get("kinds", [])
        return wanted["raises"] in kinds and all(got["named"])
    return (
        "value" in got and not got["changed"] and _same(wanted["value"], got["value"])
    )


def _same(wanted: Any, got: Any) -> bool:
    if is_array(wanted) and is_array(got):
        a, b = as_array(wanted), as_array(got)
        return a.shape == b.shape and not differing(a, b).any()
    if _items(wanted) and _items(got) and len(wanted["items"]) == len(got["items"]):
        return all(map(_same, wanted["items"], got["items"]))
    return wanted == got


def _items(answer: Any) -> bool:
    return isinstance(answer, dict) and "items" in answer


def differing(wanted: np.ndarray, got: np.ndarray) -> np.ndarray:
    """Return where two arrays of one shape differ by more than rounding."""
    return ~np.isclose(got, wanted, equal_nan=True, **_TOLERANCE)


def fingerprint(wanted: Iterable[dict], got: Iterable[dict]) -> str:
    """Return a short text that is the same for the same answers, but for rounding.

    Many mistakes end in the same error. Where nothing else came that is wrong, what the
    errors say belongs to the answers; but not what somebody wrote after a `raise` of
    their own, since each writes that in other words.
    """
    pairs = list(zip(wanted, got, strict=True))
    wrong = [pair for pair in pairs if not agrees(*pair)]
    ends = all("raises" in g and "raises" not in w for w, g in wrong)
    text = "\n".join(_outline(g, ends and "raises" not in w) for w, g in pairs)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def fingerprint_of_values(wanted: Iterable[dict], got: Iterable[dict]) -> str:
    """Return the fingerprint of the answers where no error is wanted.

    Who has not come to the errors yet may have made a known mistake all the same. Empty
    where these answers are right, or where no error is wanted at all.
    """
    pairs = list(zip(wanted, got, strict=True))
    values = [pair for pair in pairs if "raises" not in pair[0]]
    if len(values) == len(pairs) or all(agrees(*pair) for pair in values):
        return ""
    return fingerprint(*zip(*values, strict=True))


def parts_of(codes: Iterable[str], defines: list[str]) -> list[str]:
    """Return of each example the first of the task's functions that it names."""
    words = [set(re.findall(r"\w+", code)) for code in codes]
    return [next((name for name in defines if name in each), "") for each in words]


def fingerprints_of_parts(
    parts: list[str], wanted: list[dict], got: list[dict]
) -> dict[str, str]:
    """Return the fingerprint of each function's answers, if one of them is wrong.

    A mistake that was made on the way there is made on the way back as well, perhaps,
    or another. As in `fingerprint_of_values`, examples of errors are left out.
    """
    found = {}
    for part in dict.fromkeys(parts):
        every = zip(parts, wanted, got, strict=True)
        pairs = [(w, g) for p, w, g in every if p == part and "raises" not in w]
        if not all(agrees(*pair) for pair in pairs):
            found[part] = f"{part} {fingerprint(*zip(*pairs, strict=True))}"
    return found


def _outline(answer: dict, with_words: bool) -> str:
    if "unwritten" in answer:
        return "unwritten"
    if "raises" in answer:
        said = f" {answer['says']}" if with_words and not answer["by_hand"] else ""
        return f"{answer['raises']} {answer['named']}{said}"
    return f"{_thousandths(answer['value'])} {answer['changed']}"


def _thousandths(value: Any) -> str:
    if is_array(value):
        numbers = [float(text) for text in value["values"].split()]
        counted = (
            str(math.floor(1000 * n + _ODD_PLACE)) if math.isfinite(n) else str(n)
            for n in numbers
        )
        return f"{value['shape']}: {' '.join(counted)}"
    if _items(value):
        return f"[{'; '.join(map(_thousandths, value['items']))}]"
    return repr(value)


# %% [markdown]
# Try it: the same numbers, added up in another order.

# %%
exact = answer_of("double(0.3)", {"double": lambda x: 2 * x})
other = answer_of("double(0.3)", {"double": lambda x: 0.1 + 0.2 + 0.3})
one, another = (fingerprint([exact], [answer]) for answer in (exact, other))
exact, other, agrees(exact, other), one == another
