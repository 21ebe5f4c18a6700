"""Formulas in Markdown: where they stand, and which may be handed to MathJax."""

from __future__ import annotations

import re
from re import Match
from typing import Any

import mistune

# As JupyterLab finds them: between dollars, in brackets, whose backslash Markdown wants
# twice, and in environments.
_DISPLAY = (
    r"\$\$(?:[^$\\]|\\[\s\S]|\$(?!\$))+?\$\$"
    r"|\\\\\[[\s\S]+?\\\\\]"
    r"|\\begin\{(?P<NAME>[A-Za-z]+\*?)\}[\s\S]+?\\end\{(?P=NAME)\}"
)
_BLOCK = r"^ {0,3}(?:" + _DISPLAY.replace("NAME", "block_name") + r")[ \t]*(?:\n|$)"
_INLINE = (
    _DISPLAY.replace("NAME", "inline_name")
    + r"|\\\\\([\s\S]+?\\\\\)"
    # Neither prices, as in "$5 and $6", nor what a span of code begins or ends in.
    + r"|\$(?:[^$\\`]|\\[\s\S])+?\$(?!\d)"
)
_COMMAND = re.compile(r"\\([A-Za-z]+)")
# What MathJax, in its versions 2 to 4, makes links and attributes of, loads something
# for, or lets change what other commands and later formulas mean.
_NOT_PLAIN = re.compile(
    r"""
    href | url | data | class | cssId | style | bbox | mmlToken | includegraphics |
    toggle | mathtip | texttip | toolTip | unicode | U | char | require | setOptions |
    mathtoolsset | [egx]?def | let | futurelet | global | (begin|end)group |
    (re)?new(command|environment|tagform) | newcolumntype | Newextarrow | usetagform |
    providecommand | Declare[A-Za-z]+
    """,
    re.VERBOSE,
)


def is_plain(formula: str) -> bool:
    """Return whether MathJax can make nothing but a formula of it."""
    return not any(map(_NOT_PLAIN.fullmatch, _COMMAND.findall(formula)))


def formulas(markdown: mistune.Markdown) -> None:
    """Let a mistune parser leave formulas alone; a plugin.

    Its renderer needs ``block_math`` and ``inline_math``, each of which takes the
    formula with what it stands between, as MathJax finds it.
    """
    block, inline = markdown.block, markdown.inline
    block.register("block_math", _BLOCK, _parse_block, before="list")
    for rules in (block.list_rules, block.block_quote_rules):
        block.insert_rule(rules, "block_math", before="list")
    # Before the rule that takes two backslashes for one.
    inline.register("inline_math", _INLINE, _parse_inline, before="escape")


def _parse_block(parser: Any, found: Match[str], state: Any) -> int:
    state.append_token({"type": "block_math", "raw": _formula(found)})
    return found.end()


def _parse_inline(parser: Any, found: Match[str], state: Any) -> int:
    state.append_token({"type": "inline_math", "raw": _formula(found)})
    return found.end()


def _formula(found: Match[str]) -> str:
    """Return what was found, its brackets as MathJax wants them."""
    formula = found[0].strip()
    if formula.startswith("\\\\"):
        formula = formula[1:-3] + formula[-2:]
    return formula
