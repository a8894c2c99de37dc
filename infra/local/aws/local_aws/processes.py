"""Child processes of the data plane: a process group each, stopped and measured with all their descendants."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO

import psutil

from local_aws.logs import LogStream

# Fast enough that a task which fills its memory in a second is caught near its limit.
MEMORY_POLL_SECONDS = 0.1
TREE_POLL_SECONDS = 0.5
MIB = 1024 * 1024
DRAIN_SECONDS = 5.0


def spawn(argv: list[str], env: dict[str, str], cwd: Path) -> subprocess.Popen[bytes]:
    """Start a process group of its own in the server's session, so that whoever ends the session ends it too."""
    return subprocess.Popen(
        argv,
        env=env,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        process_group=0,
    )


def tree(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """The process and its descendants. PySpark's workers leave the group, so the group alone is not enough."""
    try:
        root = psutil.Process(process.pid)
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def send(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Signal the process and every descendant."""
    for member in tree(process):
        try:
            member.send_signal(number)
        except psutil.NoSuchProcess:
            continue


def stop(process: subprocess.Popen[bytes], grace_seconds: float) -> None:
    """SIGTERM to the root as a container runtime does, SIGKILL to all that is left after the grace."""
    members = tree(process)
    process.terminate()
    try:
        process.wait(grace_seconds)
    except subprocess.TimeoutExpired:
        members = tree(process) or members
    for member in members:
        try:
            member.kill()
        except psutil.NoSuchProcess:
            continue


def resident_bytes(members: list[psutil.Process]) -> int:
    """Memory of these processes now, in bytes; one that has ended counts nothing."""
    total = 0
    for member in members:
        try:
            total += member.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


class MemoryLimit:
    """Kills a process tree that grows past its limit, as the kernel does with a container's cgroup."""

    def __init__(self, process: subprocess.Popen[bytes], limit_mib: int | None) -> None:
        self.exceeded = False
        if limit_mib is None:
            return
        self._process = process
        self._limit = limit_mib * MIB
        in_thread(f"memory-{process.pid}", self._watch)

    def _watch(self) -> None:
        members: list[psutil.Process] = []
        look_again = 0.0
        while self._process.poll() is None:
            # Finding descendants reads every process of the machine; asking the known ones for their memory is cheap.
            if time.monotonic() >= look_again:
                members, look_again = tree(self._process), time.monotonic() + TREE_POLL_SECONDS
            if resident_bytes(members) > self._limit:
                self.exceeded = True
                send(self._process, signal.SIGKILL)
                return
            time.sleep(MEMORY_POLL_SECONDS)


def pump(process: subprocess.Popen[bytes], out: LogStream | None, err: LogStream | None) -> list[threading.Thread]:
    """Copy both outputs into their streams until they end; without a stream they are read and dropped."""
    pipes = ((process.stdout, out), (process.stderr, err))
    return [in_thread(f"pump-{process.pid}", partial(copy, pipe, log)) for pipe, log in pipes if pipe is not None]


def copy(pipe: IO[bytes], log: LogStream | None) -> None:
    for raw in iter(pipe.readline, b""):
        if log is not None:
            log.put(raw.decode("utf-8", "replace").rstrip("\r\n"))


def drain(pumps: list[threading.Thread], *logs: LogStream | None) -> None:
    """Return once every line is readable. A daemon that kept the pipe open is not waited for."""
    for thread in pumps:
        thread.join(DRAIN_SECONDS)
    for log in logs:
        if log is not None:
            log.close()


def exit_code(process: subprocess.Popen[bytes]) -> int:
    """Wait for the end; a death by signal is 128 + its number, as a container runtime reports it."""
    code = process.wait()
    return code if code >= 0 else 128 - code


def in_thread(name: str, work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work, name=name, daemon=True)
    thread.start()
    return thread
