"""Several assertions on one thing, each made whatever the others say."""

from collections.abc import Callable, Iterable

import pytest


def all_hold(name: str, checks: Iterable[Callable[..., None]], *given: object) -> None:
    """Call each check; fail with the name, and each check's name and message."""
    failed = []
    for check in checks:
        try:
            check(*given)
        except AssertionError as error:
            failed.append(f"{name}: {check.__name__}: {error}")
    if failed:
        pytest.fail("\n\n".join(failed))
