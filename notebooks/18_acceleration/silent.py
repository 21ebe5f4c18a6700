"""Mistakes that the visible checks of module 18 do not show, and why they cannot."""

_BLOCKS = (
    "blocks of any size give the same numbers; only how many are in memory differs"
)
_DIRECT = "the answer is right; only how it is computed differs"

SILENT = (
    dict.fromkeys(
        [
            "blocked-all-at-once",
            "blocked-bytes-of-the-image",
            "blocked-bytes-of-all-kernels",
            "blocked-window-not-counted",
            "blocked-one-number-a-window",
            "blocked-numbers-for-bytes",
            "blocked-always-4-bytes",
            "blocked-one-by-one",
            "blocked-item-of-one-byte",
        ],
        _BLOCKS,
    )
    | dict.fromkeys(
        [
            "winograd-is-direct",
            "fft-is-direct",
            "fft-there-and-back",
        ],
        _DIRECT,
    )
    | {
        "windows-copied": "the windows are right; only what memory they take differs",
    }
)
