"""What process trees use of processor and memory, read from the operating system."""

from __future__ import annotations

import time
from collections.abc import Iterable

import psutil

from local_aws.processes import MIB

CPU_UNITS = 1024


class Usage:
    """Processor time and memory of some processes and their descendants between two looks."""

    def __init__(self, pids: Iterable[int]) -> None:
        self._roots = list(pids)
        self._seconds: dict[int, float] = {}
        self._told, self._since = 0.0, time.monotonic()
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
        self.memory_mib = max(self.memory_mib, resident / MIB)

    def take(self) -> tuple[float, float]:
        """CPU units (1024 are one processor) and the greatest memory in MiB since the last time."""
        now, total = time.monotonic(), sum(self._seconds.values())
        units = (total - self._told) / max(now - self._since, 1e-3) * CPU_UNITS
        memory = self.memory_mib
        self._told, self._since, self.memory_mib = total, now, 0.0
        return units, memory

    def _members(self) -> list[psutil.Process]:
        members: list[psutil.Process] = []
        for pid in self._roots:
            try:
                root = psutil.Process(pid)
                members += [root, *root.children(recursive=True)]
            except psutil.Error:
                continue
        return members
