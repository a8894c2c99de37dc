"""Exchange rates of the euro: one an hour for each currency, sometimes revised, sometimes late, now and then unusable."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from shop.world import Version, World, delay, within

BASE = "EUR"
# Units of the currency for one euro at the origin, in hundred-millionths.
OPENING = {
    "AUD": 165_310_000,
    "CAD": 148_720_000,
    "CHF": 95_480_000,
    "CZK": 2_489_500_000,
    "DKK": 746_050_000,
    "GBP": 85_420_000,
    "HUF": 38_875_000_000,
    "JPY": 16_345_000_000,
    "NOK": 1_174_300_000,
    "PLN": 430_260_000,
    "SEK": 1_146_800_000,
    "USD": 108_240_000,
}
UNUSABLE_QUOTES = (None, "U$D", "gbp?")
REVISED_SHARE = 0.02
LATE_SHARE = 0.02
UNUSABLE_SHARE = 0.05
# A rate moves by at most this many millionths of itself in an hour.
STEP = 800


class Rate(NamedTuple):
    """A record of the API."""

    rate_date: date
    rate_hour: datetime
    base: str
    quote: str | None
    rate: Decimal
    updated_at: datetime


def rate_versions(world: World, until: datetime) -> Iterator[Version[Rate]]:
    """All versions visible by `until`, those of one rate in order. A record that no key identifies has one version."""
    level = dict(OPENING)
    for hour in range(world.hour(until) + 1):
        random, begin = world.random("rates", hour), world.origin + timedelta(hours=hour)
        # The whole hour is published at one instant: equal timestamps.
        published = begin + within(random, timedelta(minutes=1), timedelta(minutes=4))
        found: list[Version[Rate]] = []
        for quote, units in level.items():
            level[quote] = units + units * int((2 * random.random() - 1) * STEP) // 1_000_000
            rate = Rate(begin.date(), begin, BASE, quote, Decimal(level[quote]).scaleb(-8), published)
            found.append(Version(published + delay(random, LATE_SHARE), (begin, BASE, quote), rate))
            revised, after = random.random() < REVISED_SHARE, within(random, timedelta(hours=1), timedelta(hours=3))
            if revised:
                correction = rate._replace(rate=rate.rate + Decimal("0.00010000"), updated_at=published + after)
                found.append(Version(correction.updated_at + delay(random, LATE_SHARE), (begin, BASE, quote), correction))
        unusable, kind = random.random() < UNUSABLE_SHARE, random.random()
        if unusable:
            found.append(_unusable(begin, published, kind))
        yield from (one for one in found if one.visible_at <= until)


def _unusable(begin: datetime, published: datetime, kind: float) -> Version[Rate]:
    """A quote that is missing or no currency's code, or a rate of nothing."""
    choice = int(kind * (len(UNUSABLE_QUOTES) + 1))
    quote, rate = ("XAU", Decimal("0.00000000")) if choice == len(UNUSABLE_QUOTES) else (UNUSABLE_QUOTES[choice], Decimal("1.00000000"))
    return Version(published, (begin, BASE, quote), Rate(begin.date(), begin, BASE, quote, rate, published))
