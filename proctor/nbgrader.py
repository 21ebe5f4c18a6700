"""What an existing nbgrader course adds to its ``nbgrader_config.py``.

::

    import proctor.nbgrader

    proctor.nbgrader.install(c)
"""

from __future__ import annotations

import sys

from traitlets.config import Config


def install(c: Config) -> None:
    """Have nbgrader's commands and Formgrader grade, and show, with proctor.

    ``proctor check`` reads the same configuration and has no need of nbgrader, which
    takes seconds to import: where nothing imported it, nothing is done.

    Parameters
    ----------
    c
        The configuration that is being read.
    """
    if "nbgrader" in sys.modules:
        from proctor import nbgrader_hooks

        nbgrader_hooks.install(c)
