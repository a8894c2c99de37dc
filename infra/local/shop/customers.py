"""The shop's customers: those it opened with, those who join each day, and what changes about them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from shop.world import Version, World, delay, within

# Country → currency and share of customers in percent.
COUNTRIES = {
    "DE": ("EUR", 22),
    "ES": ("EUR", 18),
    "FR": ("EUR", 16),
    "IT": ("EUR", 10),
    "NL": ("EUR", 7),
    "PT": ("EUR", 3),
    "GB": ("GBP", 12),
    "US": ("USD", 6),
    "SE": ("SEK", 4),
    "CH": ("CHF", 2),
}
UNREADABLE_COUNTRIES = ("??", "Z9", "Deutschland", "")
SEGMENTS = ("home", "home", "home", "business", "business", "public")
GIVEN = ("Ana", "Zoë", "Łukasz", "María", "Jürgen", "Chloé", "Noah", "Åsa", "Luca", "Inês", "Olivia", "Søren", "Emma", "Mateo", "Nuria", "Lars")
FAMILY = ("García", "Müller", "O'Brien", "Rossi", "Dubois", "Jansen", "Svensson", "Silva", "Smith", "Ferrari", "Weiß", "Núñez", "Martin", "Kowalski")
UPDATES_PER_1000 = 7
UNREADABLE_SHARE = 0.002
LATE_SHARE = 0.07


class Customer(NamedTuple):
    """A row of public.customers, in column order."""

    customer_id: int
    email: str | None
    name: str | None
    country: str
    segment: str | None
    created_at: datetime
    updated_at: datetime


def customers_on(world: World, day: int) -> int:
    """How many customers there are when day number `day` begins; their ids are 1 to that number."""
    return world.first_customers + world.customers_per_day * max(day, 0)


@lru_cache(maxsize=200_000)
def currency_of(world: World, customer_id: int) -> str:
    """The currency that a customer pays in, which stays when the customer moves."""
    return COUNTRIES[_home(world, customer_id)][0]


def customer_versions(world: World, until: datetime) -> Iterator[Version[Customer]]:
    """All versions visible by `until`, those of one customer in order."""
    current: dict[int, Customer] = {}
    for day in range(-1, max(world.day(until), 0) + 1):
        for version in sorted((*_joining(world, day), *_changing(world, day, current)), key=lambda one: one.row.updated_at):
            current[version.row.customer_id] = version.row
            if version.visible_at <= until:
                yield version


def _joining(world: World, day: int) -> Iterator[Version[Customer]]:
    """Day -1 stands for the years before the shop's first day here."""
    midnight = world.origin + timedelta(days=day)
    ids = range(1, world.first_customers + 1) if day < 0 else range(customers_on(world, day) + 1, customers_on(world, day + 1) + 1)
    for customer_id in ids:
        random = world.random("customer", customer_id)
        given, family = GIVEN[int(random.random() * len(GIVEN))], FAMILY[int(random.random() * len(FAMILY))]
        unreadable, draw = random.random() < UNREADABLE_SHARE, random.random()
        country = UNREADABLE_COUNTRIES[int(draw * len(UNREADABLE_COUNTRIES))] if unreadable else _home(world, customer_id)
        joined = (
            world.origin - within(random, timedelta(hours=1), timedelta(days=700))
            if day < 0
            else midnight + within(random, timedelta(hours=1), timedelta(hours=23))
        )
        visible = world.origin if day < 0 else joined + delay(random, LATE_SHARE)
        yield Version(
            visible,
            (customer_id,),
            Customer(
                customer_id,
                None if random.random() < 0.01 else f"customer{customer_id}@example.com",
                None if random.random() < 0.01 else f"{given} {family}",
                country,
                None if random.random() < 0.02 else SEGMENTS[int(random.random() * len(SEGMENTS))],
                joined,
                joined,
            ),
        )


def _changing(world: World, day: int, current: dict[int, Customer]) -> Iterator[Version[Customer]]:
    """A customer changes at most once a day and between 01:00 and 23:00, so that versions cannot overtake each other."""
    if day < 0:
        return
    random, known = world.random("customer changes", day), customers_on(world, day)
    midnight = world.origin + timedelta(days=day)
    chosen = {1 + int(random.random() * known) for _ in range(1 + known * UPDATES_PER_1000 // 1000)}
    for customer_id in sorted(chosen):
        before, draw = current[customer_id], random.random()
        updated = midnight + within(random, timedelta(hours=1), timedelta(hours=23))
        # A change mends an unreadable country and never makes one: what the warehouse accepted once, it goes on accepting.
        country = _draw_country(random.random()) if draw < 0.3 or before.country not in COUNTRIES else before.country
        segment = SEGMENTS[int(random.random() * len(SEGMENTS))] if draw >= 0.6 else before.segment
        email = f"customer{customer_id}.{day}@example.com" if 0.3 <= draw < 0.6 else before.email
        row = before._replace(country=country, segment=segment, email=email, updated_at=updated)
        yield Version(updated + delay(random, LATE_SHARE), (customer_id,), row)


def _home(world: World, customer_id: int) -> str:
    return _draw_country(world.random("home", customer_id).random())


def _draw_country(draw: float) -> str:
    rest = draw * 100
    for country, (_, share) in COUNTRIES.items():
        rest -= share
        if rest < 0:
            return country
    return next(iter(COUNTRIES))
