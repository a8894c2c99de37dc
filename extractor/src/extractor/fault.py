"""A drill: runs out of memory for real, so that the way AWS reports it can be seen and tested."""

import time
from collections.abc import Callable

from extractor import log

STEP_BYTES = 16 * 2**20
STEP_SECONDS = 0.05


def exhaust_memory(check_stop: Callable[[], None]) -> None:
    """Allocates and touches memory until the container's limit ends the process (exit code 137)."""
    held: list[bytearray] = []
    log.warning("fault_memory", message="FAULT=memory: allocating until the memory limit kills this process")
    while True:
        check_stop()
        held.append(bytearray(b"\1") * STEP_BYTES)
        log.info("fault_memory", allocated_mb=len(held) * STEP_BYTES // 2**20)
        time.sleep(STEP_SECONDS)
