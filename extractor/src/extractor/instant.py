"""Instants as text and as microseconds since 1970, without a float in between."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def parse_instant(text: str) -> datetime:
    """ISO 8601 with a zone, or without one and then UTC. Raises ValueError."""
    value = datetime.fromisoformat(text)
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def format_instant(value: datetime) -> str:
    """`2026-11-22T00:00:00.000000Z`: always six digits, so that text order is time order."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


def from_microseconds(value: int) -> datetime:
    return EPOCH + timedelta(microseconds=value)


def to_microseconds(value: datetime) -> int:
    return (value - EPOCH) // MICROSECOND
