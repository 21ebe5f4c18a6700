"""What one submission may use."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Limits:
    """What one submission may use before it is stopped.

    Attributes
    ----------
    cell_seconds
        Wall time of one cell, and of one test cell.
    notebook_seconds
        Wall time of all cells together.
    cpu_seconds
        Processor time of the student's process.
    memory_mb
        Address space of the student's process, in MiB.
    files_mb
        What it may write in all, in MiB; where it has no file system of its own, what
        is written again counts again.
    file_mb
        The largest file it may write, in MiB.
    threads
        Threads of the student's process.
    open_files
        Open file descriptors.
    output_kb
        Text that one cell may print, in KiB; pictures are counted apart.
    """

    cell_seconds: float = 60.0
    notebook_seconds: float = 300.0
    cpu_seconds: int = 180
    memory_mb: int = 2048
    files_mb: int = 64
    file_mb: int = 32
    threads: int = 64
    open_files: int = 128
    output_kb: int = 256

    def as_dict(self) -> dict:
        """Return the limits by name, to be sent to another process."""
        return asdict(self)
