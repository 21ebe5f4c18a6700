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
    if not findings[0].reason and not _landlock():
        print(f"{'':>12}namespace goes without Landlock here, a second line of defence")
    wanted, where, home = levels.NAMESPACE, "the best", None
    with contextlib.suppress(GradingError):
        home = Course.home_of()
    if home:
        wanted = Course.read(home).sandbox.level
        where = f"{CONFIG} asks for"
    given = any(f.level == wanted and not f.reason for f in findings)
    print(f"{where} {wanted}: {'given' if given else 'NOT given'}")
    return 0 if given else 2


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


def _landlock() -> int:
    from proctor.sandbox import landlock

    return landlock.version()
