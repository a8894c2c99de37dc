"""The seed and the calendar from which every row follows.

A row is a series of versions. A version has the instant at which the source shows it (`visible_at`) and the `updated_at` that it carries;
`visible_at` is later for a late row, by 5 to 40 minutes. Both grow from one version of a row to the next, so the state of the source at an
instant is the last visible version of each row, however often and in which steps the source was brought there.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, Generic, NamedTuple, TypeVar

RowT = TypeVar("RowT", bound=tuple[Any, ...], covariant=True)

HISTORY_DAYS = 90
# Less than the overlap of one hour with which the extractor reads, so that no late row is lost.
LATEST_DELAY = timedelta(minutes=40)


class Version(NamedTuple, Generic[RowT]):
    """One version of one row."""

    visible_at: datetime
    key: tuple[Any, ...]
    row: RowT


@dataclass(frozen=True)
class World:
    """What the generator needs to know. `start` is the first day (UTC) with orders and rates."""

    seed: int
    start: date
    orders_per_day: int = 780
    first_customers: int = 4000
    customers_per_day: int = 11

    @property
    def origin(self) -> datetime:
        """The first instant at which the shop is open."""
        return datetime(self.start.year, self.start.month, self.start.day, tzinfo=UTC)

    def random(self, *name: object) -> Random:
        """A generator of its own for each name, so that no draw depends on the order in which parts are asked for."""
        return Random("/".join(map(str, (self.seed, *name))))  # noqa: S311

    def hour(self, instant: datetime) -> int:
        """Number of the hour since the origin that holds `instant`."""
        return (instant - self.origin) // timedelta(hours=1)

    def day(self, instant: datetime) -> int:
        """Number of the day since the origin that holds `instant`."""
        return (instant - self.origin) // timedelta(days=1)


def start_for(now: datetime) -> date:
    """The start that gives `HISTORY_DAYS` whole days of history before the day of `now`."""
    return now.astimezone(UTC).date() - timedelta(days=HISTORY_DAYS)


def instant(text: str) -> datetime:
    """An ISO 8601 instant with a zone, in UTC. Raises ValueError without one."""
    value = datetime.fromisoformat(text)
    if value.tzinfo is None:
        raise ValueError(f"{text} has no zone: write it like 2026-11-22T06:00:00Z")
    return value.astimezone(UTC)


def within(random: Random, low: timedelta, high: timedelta) -> timedelta:
    """A duration in [low, high), to the microsecond."""
    span = (high - low) // timedelta(microseconds=1)
    return low + timedelta(microseconds=int(random.random() * span))


def delay(random: Random, share: float) -> timedelta:
    """How long after `updated_at` a version shows: nothing, or for `share` of them 5 to 40 minutes."""
    late = random.random() < share
    by = within(random, timedelta(minutes=5), LATEST_DELAY)
    return by if late else timedelta()
