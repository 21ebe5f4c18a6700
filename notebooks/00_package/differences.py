# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Wanted and came
#
# > Two answers, and where they are not the same: in words, and as pictures.
#
# The tutor (`tinytorch.tutoring`) shows with it what an example wants and what a function
# gave.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp differences

# %%
#| export
from typing import Any

import numpy as np

from tinytorch.answers import agrees, as_array, differing, is_array, plain
from tinytorch.panels import Code, Panel, Panels, Words, number

# %% [markdown]
# ## Which part, which place
#
# Of several results the first that differs is shown, of an array with many axes the slice
# with the first place that differs.

# %%
#| export
Blocks = list[Words | Code | Panels]


def differences(wanted: dict, got: dict, case: dict) -> Blocks:
    """Say in which way an answer is not the wanted one."""
    if "raises" in wanted:
        numbers = " and ".join(map(str, case.get("naming", [])))
        what = f"a {wanted['raises']}" + (
            f" whose text names {numbers}" if numbers else ""
        )
        return [Words(f"{what}.", "Wanted:"), Words(_described(got), "Came:")]
    if "raises" in got:
        shown = only("wanted", wanted["value"], case)
        return [Words(_described(got), "Came:"), *shown]
    if got["changed"]:
        changed = " and ".join(got["changed"])
        return [Words(f"the call changed {changed}, which is not its own.", "Came:")]
    return _unlike(wanted["value"], got["value"], case.get("parts", []))


def _described(got: dict) -> str:
    """Return an answer in one line."""
    if "raises" in got:
        where = f" (in {got['where']})" if got["where"] else ""
        return f"{got['raises']}: {got['says']}{where}"
    return _short(got["value"])


def _short(value: Any) -> str:
    if is_array(value):
        array = as_array(value)
        if array.size == 1:
            return number(array.item())
        if "several" in value:
            return f"a tuple of {value['several']}"
        if array.ndim == 1 and array.size <= 12:
            return f"[{', '.join(map(number, array))}]"
        return f"an array of shape {array.shape}"
    if isinstance(value, dict) and "items" in value:
        return f"[{', '.join(map(_short, value['items']))}]"
    return f"a {value['kind']}" if isinstance(value, dict) else repr(value)


def _count(value: Any) -> int:
    """Return of how many results an answer consists; 0 where it is one."""
    if not isinstance(value, dict):
        return 0
    return len(value["items"]) if "items" in value else value.get("several", 0)


def _apart(value: Any) -> Any:
    """Return arrays that were put into one as the several that they are."""
    if not is_array(value) or "several" not in value:
        return value
    return {"items": [plain(array) for array in as_array(value)]}


def _unlike(wanted: Any, got: Any, parts: list[str], name: str = "") -> Blocks:
    """Show two values that are not the same."""
    if _count(wanted) and _count(got):
        wanted, got = _apart(wanted), _apart(got)
    if is_array(wanted) and is_array(got):
        return _arrays(as_array(wanted), as_array(got), name)
    counts = _count(wanted), _count(got)
    if counts[0] and counts[1] and counts[0] != counts[1]:
        named = f", {', '.join(parts)}" if parts else ""
        said = f"{counts[0]} results{named}."
        return [Words(said, "Wanted:"), Words(f"a tuple of {counts[1]}.", "Came:")]
    items = [v.get("items") if isinstance(v, dict) else None for v in (wanted, got)]
    if items[0] and items[1] and len(items[0]) == len(items[1]):
        pairs = zip(*items, strict=True)
        answers = [({"value": a}, {"value": b, "changed": []}) for a, b in pairs]
        place = next(i for i, pair in enumerate(answers) if not agrees(*pair))
        part = parts[place] if parts else f"item {place}"
        return _unlike(items[0][place], items[1][place], [], part)
    of = f" of {name}" if name else ""
    return [Words(_short(wanted), f"Wanted{of}:"), Words(_short(got), f"Came{of}:")]


def _arrays(wanted: np.ndarray, got: np.ndarray, name: str) -> Blocks:
    """Show two arrays side by side."""
    titles = [f"{name}, {which}" if name else which for which in ("wanted", "came")]
    of = f" of {name}" if name else ""
    if wanted.shape != got.shape:
        said = f"the shape {wanted.shape} was wanted{of}, and {got.shape} came."
        panels = [Panel(t, a) for t, a in zip(titles, (wanted, got), strict=True)]
        return [Words(said, "Shapes differ:"), Panels(panels)]
    if wanted.size == 1:
        values = [Words(number(a.item()), "") for a in (wanted, got)]
        return [Words(values[0].text, f"Wanted{of}:"), Words(values[1].text, "Came:")]
    marks = differing(wanted, got)
    place = tuple(int(i) for i in np.argwhere(marks)[0])
    first = place[: max(wanted.ndim - 2, 0)]
    panels = [
        Panel(t, a, marks, first) for t, a in zip(titles, (wanted, got), strict=True)
    ]
    said = (
        f"{int(marks.sum())} of {marks.size} numbers{of}, the first at {list(place)}: "
        f"{number(wanted[place])} was wanted, and {number(got[place])} came."
    )
    return [Words(said, "Different:"), Panels(panels)]


def only(title: str, value: Any, case: dict) -> Blocks:
    """Show a value by itself."""
    apart = _apart(value)
    values, names = [apart], [title]
    if isinstance(apart, dict) and "items" in apart:
        values = apart["items"]
        parts = case.get("parts") or [f"item {i}" for i in range(len(values))]
        names = [f"{part}, {title}" for part in parts]
    if all(is_array(v) and as_array(v).size > 1 for v in values):
        pairs = zip(names, map(as_array, values), strict=True)
        return [Panels([Panel(name, array) for name, array in pairs])]
    return [Words(f"{_short(apart)}.", f"{title.capitalize()}:")]


# %% [markdown]
# Try it: three numbers, of which the last is another.

# %%
from tinytorch.answers import plain
from tinytorch.panels import Page

came = {"value": plain([0, 1, 3]), "changed": []}
Page(differences({"value": plain([0, 1, 2])}, came, {}))
