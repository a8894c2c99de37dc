"""Lines of a process into a CloudWatch log stream, in batches and in order."""

from __future__ import annotations

import queue
import threading
import time

from moto.logs.models import LogsBackend, logs_backends

# One put for each line starves the API of the interpreter lock under a chatty task.
BATCH_SECONDS = 0.1
# CloudWatch's own limit for one event is 262,144 bytes with 26 bytes of overhead.
EVENT_BYTES = 262_118
BATCH_EVENTS = 10_000


class GroupMissingError(Exception):
    """The log group of a stream does not exist."""


class LogStream:
    """A stream that is created when it is opened, as the awslogs driver does. Thread-safe."""

    def __init__(self, account: str, region: str, group: str, stream: str) -> None:
        self._backend: LogsBackend = logs_backends[account][region]
        if group not in self._backend.groups:
            raise GroupMissingError("ResourceNotFoundException: The specified log group does not exist.")
        self._group, self._stream = group, stream
        self._backend.ensure_log_stream(group, stream)
        self._lines: queue.SimpleQueue[tuple[int, str] | None] = queue.SimpleQueue()
        self._last = 0
        self._lock = threading.Lock()
        self._writer = threading.Thread(target=self._write, name=f"logs-{stream[-12:]}", daemon=True)
        self._writer.start()

    def put(self, line: str) -> None:
        """Append one line, cut into events that CloudWatch would accept. An empty line is not an event there."""
        if not line.strip():
            return
        # CloudWatch refuses a batch that is not in time order, so the clock never goes back within a stream.
        with self._lock:
            self._last = max(self._last, time.time_ns() // 1_000_000)
            for part in pieces(line):
                self._lines.put((self._last, part))

    def close(self) -> None:
        """Return once every line is readable."""
        self._lines.put(None)
        self._writer.join()

    def _write(self) -> None:
        open_ = True
        while open_:
            batch: list[dict[str, object]] = []
            item = self._lines.get()
            deadline = time.monotonic() + BATCH_SECONDS
            while True:
                if item is None:
                    open_ = False
                    break
                batch.append({"timestamp": item[0], "message": item[1]})
                if len(batch) == BATCH_EVENTS:
                    break
                try:
                    item = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
                except queue.Empty:
                    break
            if batch:
                self._backend.put_log_events(self._group, self._stream, batch)


def pieces(line: str) -> list[str]:
    """The line in parts of at most `EVENT_BYTES` bytes, never inside a character."""
    data = line.encode()
    if len(data) <= EVENT_BYTES:
        return [line]
    parts = []
    while data:
        part = data[:EVENT_BYTES].decode("utf-8", "ignore")
        parts.append(part)
        data = data[len(part.encode()) :]
    return parts
