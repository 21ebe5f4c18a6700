"""Options that several commands have."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from proctor.sandbox.levels import LEVELS, parse

_SHARD = re.compile(r"(\d+)/(\d+)")


def add_results(parser: argparse.ArgumentParser) -> None:
    """Add ``--results``, and what all that grade have."""
    parser.add_argument(
        "--results", type=Path, metavar="FILE", help="write the results as JSON"
    )
    add_grading(parser)


def add_grading(parser: argparse.ArgumentParser) -> None:
    """Add what all have that grade."""
    parser.add_argument(
        "--sandbox",
        type=_levels,
        metavar="LEVEL",
        help="ask for this level in place of those in nbgrader_config.py: "
        f"{', '.join(LEVELS)}; or for the first that is given of several, with commas",
    )
    parser.add_argument(
        "--seed",
        type=int,
        metavar="N",
        help="of the tests' random inputs, to repeat an earlier run",
    )


def add_cluster(parser: argparse.ArgumentParser) -> None:
    """Add where many submissions are graded: here, or by a cluster."""
    parser.add_argument(
        "--jobs",
        type=at_least_one,
        metavar="N",
        help="how many at once, where this machine grades",
    )
    parser.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help="have the workers of a Dask scheduler grade (tcp://HOST:8786, "
        "tls://HOST:8786), or N processes of this machine (local:N)",
    )
    parser.add_argument(
        "--tls",
        action="store_true",
        help="send a cluster nothing that is not encrypted",
    )


def at_least_one(text: str) -> int:
    """Return a whole number of 1 or more."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(
            f"a whole number of 1 or more was wanted, got {text!r}"
        )
    return number


def shard(text: str) -> tuple[int, int]:
    """Return which part is meant, and of how many."""
    found = _SHARD.fullmatch(text)
    number, of = map(int, found.groups()) if found else (0, 0)
    if not 1 <= number <= of:
        raise argparse.ArgumentTypeError(
            f"I/N was wanted, a part from 1 to N, such as 2/8; got {text!r}"
        )
    return number, of


def _levels(text: str) -> str:
    try:
        parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text
