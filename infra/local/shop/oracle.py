"""What the warehouse must hold, computed from the seed alone: no extractor, no Spark, no database is asked.

**Definition.** A pipeline's history is a series of reads. A read has an instant (`as_of`: the state that the source showed), and for each table
a window (`after`, `through`]: it sees the rows of that state with after - overlap < updated_at <= through (`after` None: from the beginning).
The warehouse then holds, for each key, the newest row that any read saw and the rules accepted; older ones never replace newer ones.

Two properties of the generator make the outcome simple. A late row shows at most 40 minutes after its `updated_at`, within the overlap, so reads
that follow each other lose nothing. And a later version of an accepted row is accepted too. So after a last read whose windows reach the state's
newest row, the warehouse holds exactly the acceptable rows of that state; a test compares the two.

**Rules** (the reasons for a reject): a country that is not two capital letters, a currency that is not three, a negative quantity, an amount
other than quantity times unit price, a rate that is not positive, a key that is null.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from shop.customers import Customer
from shop.database import newest, visible
from shop.orders import Line, Order
from shop.rates import Rate, rate_versions
from shop.world import World

OVERLAP = timedelta(hours=1)
COLUMNS = {
    "sales.customers": Customer._fields,
    "sales.orders": Order._fields,
    "sales.order_lines": Line._fields,
    "sales.sales_by_day": ("order_date", "currency", "orders", "lines", "amount"),
    "finance.fx_rates": Rate._fields,
}
# Where the key's columns stand in a row.
KEYS: dict[str, tuple[int, ...]] = {
    "sales.customers": (0,),
    "sales.orders": (0,),
    "sales.order_lines": (0, 1),
    "sales.sales_by_day": (0, 1),
    "finance.fx_rates": (1, 2, 3),
}
# Name of a source's table in a manifest → table of the warehouse.
SOURCES = {
    "customers": "sales.customers",
    "orders": "sales.orders",
    "order_lines": "sales.order_lines",
    "fx_rates": "finance.fx_rates",
}
Rows = dict[tuple[Any, ...], tuple[Any, ...]]


@dataclass(frozen=True)
class Window:
    """What a read takes of one table: (after - overlap, through]."""

    after: datetime | None
    through: datetime
    overlap: timedelta = OVERLAP

    def holds(self, updated_at: datetime) -> bool:
        return updated_at <= self.through and (self.after is None or updated_at > self.after - self.overlap)


@dataclass(frozen=True)
class Read:
    """One read of some tables (their names in a manifest) in the state that the source showed at `as_of`."""

    as_of: datetime
    windows: dict[str, Window]


def full_read(as_of: datetime) -> Read:
    """All of every table at one instant."""
    return Read(as_of, {table: Window(None, as_of) for table in SOURCES})


def expected(world: World, reads: Sequence[Read]) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of every warehouse table after `reads`, each in the order of its key, without `loaded_at`."""
    tables: dict[str, Rows] = {name: {} for name in SOURCES.values()}
    for read in reads:
        for table, window in read.windows.items():
            target, accepts = tables[SOURCES[table]], ACCEPTS[table]
            for key, row in state(world, table, read.as_of).items():
                if window.holds(row.updated_at) and accepts(row) and (key not in target or row.updated_at > target[key][-1]):
                    target[key] = row
    days = sales_by_day(tables["sales.orders"].values(), tables["sales.order_lines"].values())
    return {name: sorted(days if name == "sales.sales_by_day" else tables[name].values(), key=key_of(name)) for name in COLUMNS}


def state(world: World, table: str, as_of: datetime) -> dict[tuple[Any, ...], Any]:
    """The rows of a source's table at an instant, by key."""
    return newest(rate_versions(world, as_of) if table == "fx_rates" else visible(world, table, None, as_of))


def sales_by_day(orders: Iterable[tuple[Any, ...]], lines: Iterable[tuple[Any, ...]]) -> list[tuple[date, str, int, int, Decimal]]:
    """Orders that were not cancelled, their lines and the lines' amount, by day and currency of the order."""
    counted = {order.order_id: order for order in orders if isinstance(order, Order) and order.status != "cancelled"}
    days: dict[tuple[date, str], tuple[int, int, Decimal]] = {}

    def add(order: Order, orders: int, lines: int, amount: Decimal) -> None:
        before = days.get((order.order_date, order.currency), (0, 0, Decimal()))
        days[order.order_date, order.currency] = (before[0] + orders, before[1] + lines, before[2] + amount)

    for order in counted.values():
        add(order, 1, 0, Decimal())
    for line in lines:
        if isinstance(line, Line) and line.order_id in counted:
            add(counted[line.order_id], 0, 1, line.amount)
    return [(*key, *totals) for key, totals in days.items()]


def key_of(table: str) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
    """Takes the key out of a row of a warehouse table."""
    return lambda row: tuple(row[index] for index in KEYS[table])


def digest(rows: Iterable[tuple[Any, ...]]) -> str:
    """sha256 of the rows in a canonical text, for a quick comparison."""
    found = hashlib.sha256()
    for row in rows:
        found.update(("\t".join(text(value) for value in row) + "\n").encode())
    return found.hexdigest()


def text(value: Any) -> str:
    """One value as text: the same for equal values, whatever scale a decimal or zone an instant was read with."""
    if value is None:
        return "\\N"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return str(value).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")


def _accepts_line(line: Line) -> bool:
    return line.quantity >= 0 and line.amount == line.quantity * line.unit_price


def _accepts_rate(rate: Rate) -> bool:
    return _is_currency(rate.base) and rate.quote is not None and _is_currency(rate.quote) and rate.rate > 0


def _is_currency(value: str) -> bool:
    return re.fullmatch("[A-Z]{3}", value) is not None


ACCEPTS: dict[str, Callable[[Any], bool]] = {
    "customers": lambda customer: re.fullmatch("[A-Z]{2}", customer.country) is not None,
    "orders": lambda order: _is_currency(order.currency),
    "order_lines": _accepts_line,
    "fx_rates": _accepts_rate,
}
