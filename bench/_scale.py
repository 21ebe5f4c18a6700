"""What a submission costs in classes of several sizes."""

from __future__ import annotations

import argparse

from _class import ASSIGNMENT, Author
from _cost import HEADING, Cost, Memory, columns
from _course import Course

SIZES = [20, 200, 2000]


def scale(options: argparse.Namespace, ours: Course) -> None:
    """Print what a submission costs in classes of several sizes."""
    author, sizes = Author(ours.root), sorted(set(options.scale))
    for size in sizes:
        ours.hand_in(str(size), author.a_class(size))
    ones: list[Cost] = []
    costs: dict[int, list[Cost]] = {size: [] for size in sizes}
    for _ in range(options.rounds):
        ones.append(ours.grade(str(sizes[0]), student="s00000"))
        for size in sizes:
            costs[size].append(ours.grade(str(size)))
    memories = {size: Memory() for size in sizes}
    for size, memory in memories.items():
        ours.grade(str(size), memory=memory)

    each = {size: [c / size for c in costs[size]] for size in sizes}
    more = {
        size: [(c - one) / (size - 1) for c, one in zip(costs[size], ones, strict=True)]
        for size in sizes
    }
    print(f"proctor autograde {ASSIGNMENT}; rounds: {options.rounds}")
    start = [one.cpu for one in ones]
    print(f"\n{'':28}{HEADING}")
    print(f"a class of one, CPU seconds {columns(start, 2)}")
    for name, of in (("CPU seconds", "cpu"), ("seconds", "wall")):
        print(f"\n{name:16}{'each':>27}{'each, without the start':>27}")
        print(f"{'submissions':16}{HEADING}{HEADING}")
        for size in sizes:
            values = (
                columns([getattr(c, of) for c in kind[size]], 3)
                for kind in (each, more)
            )
            print(f"{size:<16}{''.join(values)}")
        ratios = (
            columns(
                [
                    getattr(large, of) / getattr(small, of)
                    for small, large in zip(
                        kind[sizes[0]], kind[sizes[-1]], strict=True
                    )
                ],
                3,
            )
            for kind in (each, more)
        )
        ratio = f"{sizes[-1]} / {sizes[0]}"
        print(f"{ratio:16}{''.join(ratios)}")
    print(f"\n{'most memory, MB':16}{'command':>9}{'and below':>10}")
    for size, memory in memories.items():
        print(f"{size:<16}{memory}")
