"""The layers of module 19, which have PyTorch's names and arguments."""

from __future__ import annotations

from reference.case import Case, Made

IMAGE, WIDE = (2, 4, 5, 6), (2, 4, 6, 7)


def _convolutions() -> dict[str, Case]:
    """For each: its input, the channels and the kernel, and PyTorch's options."""
    rows = {
        "plain": {"stride": 2, "padding": 1},
        "dilated": {"dilation": 3, "padding": 2},
        "strided-dilated": {"stride": 3, "dilation": 2},
        "same-even": {"padding": "same", "dilation": 3},
    }
    images = {
        "dilated": {"dilation": (2, 3)},
        "strided-dilated": {"stride": (2, 1), "dilation": (1, 3), "padding": (1, 2)},
        "groups": {"groups": 2, "stride": (1, 2), "padding": 1},
        "depthwise": {"groups": 4, "padding": (2, 0)},
        "depthwise-dilated": {"groups": 4, "dilation": 2, "padding": 2, "stride": 2},
        "same": {"padding": "same"},
        "same-dilated": {"padding": "same", "dilation": (3, 2)},
        "reflect": {"padding": (2, 1), "padding_mode": "reflect"},
        "circular": {"padding": (2, 1), "padding_mode": "circular", "stride": 2},
        "replicate": {"padding": (1, 3), "padding_mode": "replicate", "groups": 2},
        "reflect-same": {"padding": "same", "padding_mode": "reflect", "dilation": 2},
    }
    blocks = {
        "plain": {"stride": (1, 2, 1), "padding": (0, 1, 1)},
        "dilated-groups": {"dilation": (1, 1, 2), "groups": 2},
        "circular": {"padding": 1, "padding_mode": "circular"},
    }
    kinds = [
        ("Conv1d", (3, 4, 17), (4,), rows),
        ("Conv2d", WIDE, (3, 2), images),
        ("Conv3d", (2, 4, 3, 5, 6), (2, 1, 3), blocks),
    ]
    cases = {}
    for name, image, kernel, each in kinds:
        for title, options in each.items():
            groups = options.get("groups", 1)
            made = Made(name, (4, 8, kernel), options)
            shapes = image, (8, 4 // groups, *kernel), (8,)
            cases[f"{name}-{title}"] = Case(
                shapes, lambda f, x, w, b, m=made: f.module(m, x, weight=w, bias=b)
            )
    return cases


def _others() -> dict[str, Case]:
    transposed = {
        "stride-1": {},
        "stride-2": {"stride": 2, "padding": 1},
        "output-padding": {
            "stride": (2, 3),
            "padding": (1, 0),
            "output_padding": (1, 2),
        },
        "gaps": {"stride": (4, 1)},
    }
    cases = {}
    for title, options in transposed.items():
        made = Made("ConvTranspose2d", (4, 3, (3, 2)), options)
        cases[f"ConvTranspose2d-{title}"] = Case(
            (IMAGE, (4, 3, 3, 2), (3,)),
            lambda f, x, w, b, m=made: f.module(m, x, weight=w, bias=b),
        )
    pools = [
        Made("AdaptiveAvgPool2d", (size,)) for size in (1, (3, 4), (7, 2), (9, 11))
    ]
    pools += [Made("Upsample", (), {"scale_factor": (2, 3)})]
    pools += [
        Made(
            "AvgPool2d",
            ((3, 4), stride, padding),
            {"ceil_mode": ceil, "count_include_pad": counted},
        )
        for stride, padding in (((2, 3), (1, 2)), ((3, 5), (0, 1)), ((4, 4), (1, 0)))
        for ceil in (True, False)
        for counted in (True, False)
    ]
    for number, made in enumerate(pools):
        cases[f"{made.name}-{number}"] = Case(
            (IMAGE,), lambda f, x, m=made: f.module(m, x)
        )
    return cases


CASES = _convolutions() | _others()
