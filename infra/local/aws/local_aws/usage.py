"""What process trees use of processor and memory, read from the operating system."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from local_aws.processes import MIB

CPU_UNITS = 1024


@dataclass(frozen=True)
class Used:
    """What was used between two reports."""

    cpu_units: float
    """1024 are one processor."""
    memory_mib: float
    """The greatest."""
    read_bytes: float
    written_bytes: float


def folder_bytes(folder: Path) -> int:
    """What the files under a folder hold; one that is deleted meanwhile holds nothing."""
    total = 0
    for path, _, files in os.walk(folder):
        for name in files:
            with suppress(FileNotFoundError):
                total += (Path(path) / name).lstat().st_size
    return total


class Usage:
    """Processor time, memory and disk of some processes and their descendants between two looks."""

    def __init__(self, pids: Iterable[int]) -> None:
        self._roots = list(pids)
        self._seconds: dict[int, float] = {}
        self._read: dict[int, int] = {}
        self._written: dict[int, int] = {}
        self._told, self._since = (0.0, 0, 0), time.monotonic()
        self.memory_mib = 0.0
        """The greatest since the last `take`."""

    def look(self) -> None:
        """Read every process of the trees once; one that comes and goes between two looks is not seen."""
        resident = 0
        for process in self._members():
            try:
                with process.oneshot():
                    times = process.cpu_times()
                    resident += process.memory_info().rss
            except psutil.Error:
                continue
            spent = times.user + times.system
            self._seconds[process.pid] = max(spent, self._seconds.get(process.pid, 0.0))
            self._look_at_disk(process)
        self.memory_mib = max(self.memory_mib, resident / MIB)

    def take(self) -> Used:
        """What was used since the last time."""
        now = time.monotonic()
        total = sum(self._seconds.values()), sum(self._read.values()), sum(self._written.values())
        seconds, read, written = (now_used - told for now_used, told in zip(total, self._told, strict=True))
        used = Used(seconds / max(now - self._since, 1e-3) * CPU_UNITS, self.memory_mib, read, written)
        self._told, self._since, self.memory_mib = total, now, 0.0
        return used

    def _look_at_disk(self, process: psutil.Process) -> None:
        # macOS does not count by process.
        if not hasattr(process, "io_counters"):
            return
        with suppress(psutil.Error):
            counted = process.io_counters()
            self._read[process.pid], self._written[process.pid] = counted.read_bytes, counted.write_bytes

    def _members(self) -> list[psutil.Process]:
        members: list[psutil.Process] = []
        for pid in self._roots:
            try:
                root = psutil.Process(pid)
                members += [root, *root.children(recursive=True)]
            except psutil.Error:
                continue
        return members
