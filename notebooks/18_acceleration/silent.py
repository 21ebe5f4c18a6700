"""Mistakes that the visible checks of module 18 do not show, and why they cannot."""

SILENT = {
    "blocked-bytes-of-all-kernels": "smaller blocks give the same numbers in less memory",
    "blocked-always-4-bytes": "twice the memory of a block is what a copy of it takes, too",
    "winograd-is-direct": "the answer is right; only how it is computed differs",
}
