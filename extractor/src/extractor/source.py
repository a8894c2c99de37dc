"""The interface that every source implements."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import pyarrow as pa


@dataclass(frozen=True)
class Window:
    """What is read: rows whose watermark lies in (`start` - `overlap`, `end`].

    `start` None: everything up to `end`. `end` None: up to the source's own clock.
    Rows without a watermark belong to every window.
    """

    start: datetime | None
    end: datetime | None
    overlap: timedelta

    @property
    def lower(self) -> datetime | None:
        return None if self.start is None else self.start - self.overlap


@dataclass(frozen=True)
class Reading:
    """An open read. `batches` may be consumed once; memory stays at one batch.

    `end()`, asked after the last batch, is the instant through which the window was read: the newest
    watermark that was not after the source's own clock at the start. None: the source holds no row.
    """

    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]
    end: Callable[[], datetime | None]


class Source(Protocol):
    """One table of a database or one resource of an API."""

    def read(self, window: Window) -> Reading: ...

    def describe(self) -> dict[str, str | None]:
        """The manifest's `source`."""
        ...
