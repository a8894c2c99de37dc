"""Section 2: instants are milliseconds since 1970, dates are dates."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
FOREVER = 1 << 60


def moment(at: int) -> datetime:
    return EPOCH + timedelta(milliseconds=at)


def instant(at: datetime) -> int:
    return (at - EPOCH) // timedelta(milliseconds=1)


def parse_instant(text: str) -> int:
    return instant(datetime.fromisoformat(text))


def iso(at: int) -> str:
    """As Python prints an aware datetime in UTC: the form of run ids."""
    return moment(at).isoformat()


def wire(at: int) -> str:
    """As the product writes an instant: three digits and a Z."""
    return moment(at).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at % 1000:03d}Z"


def wire_or_none(at: int | None) -> str | None:
    return None if at is None else wire(at)


@cache
def instant_of(day: date, hhmm: str, zone: str) -> int:
    """The first of two; a time that a clock skips is as much later as it skips: what fold=0 means to Python."""
    return instant(datetime.combine(day, time.fromisoformat(hhmm), tzinfo=ZoneInfo(zone)))


def utc_date(at: int) -> date:
    return moment(at).date()


def utc_midnight(day: date) -> int:
    return instant(datetime.combine(day, time(), tzinfo=UTC))


def local_date(at: int, zone: str) -> date:
    return moment(at).astimezone(ZoneInfo(zone)).date()


def local_hour(at: int, zone: str) -> int:
    return moment(at).astimezone(ZoneInfo(zone)).hour


def days_from(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
