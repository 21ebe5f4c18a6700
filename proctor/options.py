"""What of nbgrader's own configuration is obeyed here, refused, or passed over."""

from __future__ import annotations

from collections.abc import Iterable

from traitlets.config import Config

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
_LISTS = ("autograde_preprocessors", "sanitize_preprocessors")


def refuse(config: Config) -> None:
    """Refuse what would change every mark if it were passed over.

    Raises
    ------
    GradingError
        If something of that kind is asked for.
    """
    if config.get(_EXECUTE, {}).get("enabled") is False:
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
    seconds = config.get(_EXECUTE, {}).get("timeout")
    numeric = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
    return float(seconds) if numeric and seconds > 0 else None


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
