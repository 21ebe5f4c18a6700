"""What of nbgrader's own configuration is obeyed here, refused, or passed over."""

from __future__ import annotations

import ast
import fnmatch
import re
from collections.abc import Iterable, Mapping, Set
from difflib import get_close_matches

from traitlets.config import Config
from traitlets.config.loader import DeferredConfigString

from proctor.errors import GradingError
from proctor.notebook.assignment import AssignedNotebook

_EXECUTE = "Execute"
# Settings of nbgrader's steps that have no meaning where proctor grades, and of which
# nothing is lost but what they ask for.
_STEPS = (
    "CheckCellMetadata",
    "ClearMetadataPreprocessor",
    "ClearOutput",
    "DeduplicateIds",
    "IgnorePattern",
    "LimitOutput",
    "OverwriteCells",
    "OverwriteKernelspec",
    "SaveAutoGrades",
)
# nbgrader's section that makes our pages; and how near a name of one of our sections is
# to it: none of nbgrader's or Jupyter's own is.
_PAGES, _NEAR = "GenerateFeedback", 0.8
# A section of ours that nbgrader's deprecated command of this name reads as well.
_SHARED = "Feedback"
_SETTING = re.compile(r"--[A-Z]\w*\.[a-z]\w*=")
_LISTS = ("autograde_preprocessors", "sanitize_preprocessors")


def refuse(config: Config) -> None:
    """Refuse what would change every mark if it were passed over.

    Raises
    ------
    GradingError
        If something of that kind is asked for.
    """
    if _value(config, _EXECUTE, "enabled") is False:
        raise GradingError(
            "--no-execute (c.Execute.enabled = False) takes marks from what is saved "
            "in a notebook: proctor runs each notebook, so leave it out"
        )


def require_python(notebooks: Iterable[AssignedNotebook]) -> None:
    """Refuse notebooks in another language than Python.

    Raises
    ------
    GradingError
        If there is one.
    """
    for notebook in notebooks:
        language = notebook.kernelspec.get("language") or "python"
        if not str(language).lower().startswith("python"):
            raise GradingError(
                f"{notebook.name}.ipynb is for a kernel of the language {language!r}: "
                "proctor grades Python; take its lines out of nbgrader_config.py to "
                "grade this assignment with nbgrader alone"
            )


def seconds_of_a_cell(config: Config) -> float | None:
    """Return nbgrader's limit for a cell; None: it sets none."""
    seconds = _value(config, _EXECUTE, "timeout")
    numeric = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
    return float(seconds) if numeric and seconds > 0 else None


def _value(config: Config, section: str, trait: str) -> object:
    """Return a setting; one of the command line is a text until somebody asks."""
    value = config.get(section, {}).get(trait)
    if not isinstance(value, DeferredConfigString):
        return value
    try:
        return ast.literal_eval(value)
    except (SyntaxError, ValueError):
        return str(value)


def require_all(pattern: str, notebooks: Iterable[str]) -> None:
    """Refuse to grade some of a submission's notebooks alone.

    Parameters
    ----------
    pattern
        Which of them nbgrader's ``--notebook`` asks for.

    Raises
    ------
    GradingError
        If these are not all.
    """
    names = list(notebooks)
    wanted = [name for name in names if fnmatch.fnmatchcase(name, pattern)]
    if not wanted:
        there = ", ".join(names)
        raise GradingError(f"no notebook is called {pattern!r}: there is {there}")
    if len(wanted) < len(names):
        raise GradingError(
            f"--notebook {pattern}: a submission's notebooks are graded together "
            f"({', '.join(names)}), so leave it out; what did not change is not graded "
            "again"
        )


def of_command_line(arguments: list[str]) -> tuple[Config, list[str]]:
    """Return the settings among arguments, ``--Class.trait=value``, and the others."""
    settings = [one for one in arguments if _SETTING.match(one)]
    others = [one for one in arguments if one not in settings]
    config = Config()
    for one in settings:
        name, _, value = one.removeprefix("--").partition("=")
        section, _, trait = name.partition(".")
        config[section][trait] = DeferredConfigString(value)
    return config, others


def passed_over(config: Config) -> list[str]:
    """Return the settings that have no meaning here, as a configuration has them."""
    found = []
    for name, settings in config.items():
        if not isinstance(settings, Config):
            continue
        for trait in settings:
            own = name in _STEPS or (name == "Autograde" and trait in _LISTS)
            other = name == _EXECUTE and trait not in ("enabled", "timeout")
            if own or other:
                found.append(f"c.{name}.{trait}")
    return sorted(found)


def misspelt(config: Config, known: Mapping[str, Set[str]]) -> list[str]:
    """Return a line for each setting that is none of ours, and was meant to be one.

    Parameters
    ----------
    known
        The names of our settings, by section.
    """
    found = []
    for name, settings in config.items():
        # To look at a section makes it.
        if name in known:
            wrong = {t for t in settings if settings[t] != Config()} - known[name]
            for trait in sorted(wrong):
                if meant := _meant(name, trait, known):
                    one = f"c.{name}.{trait} is no setting, and unused"
                    found.append(f"{one}: {meant}")
        elif settings != Config() and (section := _section_meant(name, known)):
            found.append(
                f"c.{name} is no section of settings, and unused: did you mean "
                f"c.{section}?"
            )
    return found


def _meant(section: str, trait: str, known: Mapping[str, Set[str]]) -> str:
    """Return which setting was meant, or what its section has; nothing if not ours."""
    for name in (section, *known):
        if near := get_close_matches(trait.lower(), sorted(known[name]), 1):
            return f"did you mean c.{name}.{near[0]}?"
    if section == _SHARED:
        return ""
    return f"c.{section} has {', '.join(sorted(known[section]))}"


def _section_meant(name: str, known: Iterable[str]) -> str:
    """Return which section near to ours was meant; nothing if it is somebody else's."""
    sections = {section.lower(): section for section in (*known, _PAGES)}
    if name == _PAGES or name.endswith("App"):  # as nbgrader's GenerateFeedbackApp
        return ""
    near = get_close_matches(name.lower(), sections, 1, cutoff=_NEAR)
    return sections[near[0]] if near else ""
