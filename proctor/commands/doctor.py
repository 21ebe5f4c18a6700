"""``proctor doctor``: what isolation this machine gives."""

from __future__ import annotations

import contextlib
import os
import platform

from proctor.errors import GradingError
from proctor.sandbox import levels
from proctor.settings import CONFIG, Course


def report() -> int:
    """Print each level, whether it is to be had, and the cure where it is not.

    Returns
    -------
    int
        0 if the course here gets the level it asks for (outside a course: the best);
        2 if not.

    Raises
    ------
    GradingError
        If the course's settings cannot be read.
    """
    user = "root" if os.getuid() == 0 else "a plain user"
    print(f"{platform.system()} {platform.release()}, {platform.machine()}, as {user}")
    findings = levels.examine_machine()
    for found in findings:
        print(f"{found.level:>10}: {'no' if found.reason else 'yes'}", end="")
        print(f" ({levels.ABOUT[found.level]})")
        if found.reason:
            print(f"{'':>12}why: {found.reason}")
            print(f"{'':>12}cure: {found.cure}")
    print(f"{'Landlock':>10}: {_about_landlock()}")
    wanted, where, home = [levels.NAMESPACE], "the best", None
    with contextlib.suppress(GradingError):
        home = Course.home_of()
    if home:
        wanted = Course.find(home).sandbox.levels
        where = f"{CONFIG} asks for"
    given = [f.level for f in findings if not f.reason]
    taken = next((level for level in wanted if level in given), None)
    said = "NOT given" if taken is None else "given"
    if len(wanted) > 1 and taken:
        said = f"{taken} is given"
    print(f"{where} {', or '.join(wanted)}: {said}")
    return 2 if taken is None else 0


def report_best() -> int:
    """Print the name of the best level that this machine gives, for scripts.

    A script that grades what it trusts hands it on by name, as in ``--sandbox
    "$(proctor doctor --best)"``. There is no level of the name ``best``: a level is
    taken by its own name alone, since the last of them protects nothing.

    Returns
    -------
    int
        0.
    """
    print(levels.best_level())
    return 0


def _about_landlock() -> str:
    """Return the version of the kernel's Landlock, and what follows from it."""
    if platform.system() != "Linux":
        return "none"
    from proctor.sandbox import landlock

    version = landlock.version()
    if not version:
        return "none: namespace goes without this second line of defence"
    missing = [what for since, what in landlock.RIGHTS.items() if version < since]
    if not missing:
        return f"version {version}"
    return (
        f"version {version}, which knows nothing of {', '.join(missing)}: the list of "
        "system calls refuses these"
    )
