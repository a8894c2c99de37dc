"""Orders and their lines: placed by the hour, then paid, corrected, shipped, delivered or cancelled."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from random import Random
from typing import Any, NamedTuple

from shop.customers import currency_of, customers_on
from shop.products import COUNT, prices
from shop.world import Version, World, delay, within

# Share of a day's orders by hour (UTC), in thousandths.
BY_HOUR = (12, 8, 5, 4, 5, 9, 18, 32, 48, 58, 62, 64, 60, 56, 54, 54, 56, 60, 68, 76, 74, 60, 36, 21)
BY_WEEKDAY = (1.05, 1.0, 1.0, 1.0, 1.1, 0.95, 0.9)
LINES = (1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 5, 6)
UNREADABLE_CURRENCIES = ("EU", "€UR", "E1R", "????")
# The last version of an order shows at most this long after it was placed: shipped within 2 days, delivered within 5 more, each possibly late.
LIFE = timedelta(days=8)

ZERO = Decimal()
LATE_SHARE = 0.015
CANCELLED_SHARE = 0.06
CORRECTED_SHARE = 0.01
UNREADABLE_CURRENCY_SHARE = 1 / 1500
NEGATIVE_QUANTITY_SHARE = 1 / 2500
WRONG_AMOUNT_SHARE = 1 / 2500


class Line(NamedTuple):
    """A row of public.order_lines, in column order."""

    order_id: int
    line_number: int
    product_id: int
    quantity: int
    unit_price: Decimal
    amount: Decimal
    order_date: date
    updated_at: datetime


class Order(NamedTuple):
    """A row of public.orders, in column order."""

    order_id: int
    customer_id: int
    order_date: date
    status: str
    currency: str
    total_amount: Decimal
    updated_at: datetime


class Life(NamedTuple):
    """All that ever happens to one order and its lines, in order."""

    orders: list[Version[Order]]
    lines: list[Version[Line]]


def order_versions(world: World, since: datetime | None, until: datetime) -> Iterator[Version[Order]]:
    """Versions of orders with since < visible_at <= until (None: from the beginning), those of one order in order."""
    for life in _lives(world, since, until):
        yield from (one for one in life.orders if _in(one, since, until))


def line_versions(world: World, since: datetime | None, until: datetime) -> Iterator[Version[Line]]:
    """The same for order lines."""
    for life in _lives(world, since, until):
        yield from (one for one in life.lines if _in(one, since, until))


def _in(version: Version[Any], since: datetime | None, until: datetime) -> bool:
    return (since is None or version.visible_at > since) and version.visible_at <= until


def _lives(world: World, since: datetime | None, until: datetime) -> Iterator[Life]:
    first = 0 if since is None else max(world.hour(since - LIFE), 0)
    for hour in range(first, world.hour(until) + 1):
        yield from lives_of_hour(world, hour)


def volume(world: World, hour: int) -> int:
    """How many orders are placed in an hour."""
    day = world.origin + timedelta(hours=hour)
    mean = world.orders_per_day * BY_HOUR[day.hour] / 1000 * BY_WEEKDAY[day.weekday()]
    return int(mean * (0.85 + 0.3 * world.random("volume", hour).random()) + 0.5)


@lru_cache(maxsize=100_000)
def first_order_id(world: World, hour: int) -> int:
    """Order ids are consecutive: the first one of an hour follows the last one of the hour before."""
    known = _ids.setdefault(world, [1])
    for later in range(len(known) - 1, hour):
        known.append(known[-1] + volume(world, later))
    return known[hour]


_ids: dict[World, list[int]] = {}


@lru_cache(maxsize=256)
def lives_of_hour(world: World, hour: int) -> tuple[Life, ...]:
    """The orders placed in an hour, by order_id."""
    random, begin = world.random("orders", hour), world.origin + timedelta(hours=hour)
    count, first = volume(world, hour), first_order_id(world, hour)
    placed = sorted(begin + within(random, timedelta(), timedelta(hours=1)) for _ in range(count))
    known = customers_on(world, hour // 24)
    return tuple(_life(world, random, first + index, at, known) for index, at in enumerate(placed))


def _life(world: World, random: Random, order_id: int, placed: datetime, customers: int) -> Life:
    customer_id = 1 + int(random.random() * customers)
    currency = currency_of(world, customer_id)
    unreadable = random.random() < UNREADABLE_CURRENCY_SHARE
    shown = UNREADABLE_CURRENCIES[int(random.random() * len(UNREADABLE_CURRENCIES))] if unreadable else currency
    true_lines = _lines(world, random, order_id, placed)
    total = sum((line.amount for line in true_lines), ZERO)
    order = Order(order_id, customer_id, placed.date(), "placed", shown, total, placed)

    appears = placed + delay(random, LATE_SHARE)
    orders = [Version(appears, (order_id,), order)]
    lines = [Version(appears, (order_id, line.line_number), _soil(random, line)) for line in true_lines]

    def change(at: datetime, status: str | None = None, currency: str | None = None, more: Decimal = ZERO) -> Version[Order]:
        """Appends the next version: never before the one that it follows is visible."""
        before: Order = orders[-1].row
        row = before._replace(
            status=status or before.status,
            currency=currency or before.currency,
            total_amount=before.total_amount + more,
            updated_at=max(at, orders[-1].visible_at + timedelta(seconds=1)),
        )
        orders.append(Version(row.updated_at + delay(random, LATE_SHARE), (order_id,), row))
        return orders[-1]

    if random.random() < CANCELLED_SHARE:
        change(placed + within(random, timedelta(minutes=10), timedelta(hours=3)), status="cancelled")
        return Life(orders, lines)
    change(placed + within(random, timedelta(minutes=1), timedelta(minutes=20)), status="paid")
    if random.random() < (0.5 if unreadable else CORRECTED_SHARE):
        line = true_lines[0]
        corrected = line._replace(quantity=line.quantity + 1, amount=line.amount + line.unit_price)
        at = placed + within(random, timedelta(hours=2), timedelta(hours=4))
        version = change(at, currency=currency, more=line.unit_price)
        lines.append(Version(version.visible_at, (order_id, 1), corrected._replace(updated_at=version.row.updated_at)))
    # The carrier's list is booked once a day: hundreds of orders with one and the same timestamp.
    shipped = (placed + timedelta(hours=6)).replace(hour=17, minute=0, second=0, microsecond=0)
    if shipped < placed + timedelta(hours=6):
        shipped += timedelta(days=1)
    change(shipped, status="shipped")
    change(shipped + within(random, timedelta(hours=18), timedelta(days=5)), status="delivered")
    return Life(orders, lines)


def _lines(world: World, random: Random, order_id: int, placed: datetime) -> list[Line]:
    lines = []
    for number in range(1, LINES[int(random.random() * len(LINES))] + 1):
        product_id = 1 + int(random.random() ** 2 * COUNT)
        quantity, price = 1 + int(random.random() ** 3 * 8), prices(world)[product_id - 1]
        lines.append(Line(order_id, number, product_id, quantity, price, quantity * price, placed.date(), placed))
    return lines


def _soil(random: Random, line: Line) -> Line:
    """Now and then a line as a clerk or a bug would spoil it."""
    draw = random.random()
    if draw < NEGATIVE_QUANTITY_SHARE:
        return line._replace(quantity=-line.quantity, amount=-line.amount)
    if draw < NEGATIVE_QUANTITY_SHARE + WRONG_AMOUNT_SHARE:
        return line._replace(amount=line.amount + 1)
    return line
