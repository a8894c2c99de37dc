"""Drills: fail for real, so that the way AWS reports it can be seen and tested."""

import time
from collections.abc import Callable

from extractor import log

STEP_BYTES = 16 * 2**20
STEP_SECONDS = 0.05
WAIT_SECONDS = 600.0


def exhaust_memory(check_stop: Callable[[], None]) -> None:
    """Allocates and touches memory until the container's limit ends the process (exit code 137)."""
    held: list[bytearray] = []
    log.warning("fault_memory", message="FAULT=memory: allocating until the memory limit kills this process")
    while True:
        check_stop()
        held.append(bytearray(b"\1") * STEP_BYTES)
        log.info("fault_memory", allocated_mb=len(held) * STEP_BYTES // 2**20)
        time.sleep(STEP_SECONDS)


def wait_to_be_stopped(check_stop: Callable[[], None]) -> None:
    """Does nothing until the container is told to end, as when Spot capacity is taken back; ten minutes at most."""
    log.warning("fault_wait", message="FAULT=wait: waiting until this container is told to end")
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        check_stop()
        time.sleep(STEP_SECONDS)
    log.warning("fault_wait", message="nobody ended this container: it goes on with its work")
