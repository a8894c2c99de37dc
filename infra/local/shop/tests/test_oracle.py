"""The oracle against a second, naive account of what a pipeline of upserts does to a warehouse."""

import random
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from shop.database import visible
from shop.oracle import SOURCES, Read, Window, digest, expected, full_read, text
from shop.rates import rate_versions
from shop.world import World

WORLD = World(seed=11, start=date(2026, 9, 1), orders_per_day=150, first_customers=150, customers_per_day=4)
NOW = datetime(2026, 9, 9, 10, 20, tzinfo=UTC)
OVERLAP = timedelta(hours=1)


def every_version(table: str) -> list[Any]:
    return list(rate_versions(WORLD, NOW) if table == "fx_rates" else visible(WORLD, table, None, NOW))


def chain(instants: list[datetime], through_newest_row: bool) -> list[Read]:
    """Reads that follow each other as the extractor's do; a window ends at the newest row that the source shows, or at its clock."""
    reads: list[Read] = []
    after: dict[str, datetime | None] = dict.fromkeys(SOURCES)
    for as_of in instants:
        windows = {}
        for table in SOURCES:
            shown = [one.row.updated_at for one in every_version(table) if one.visible_at <= as_of]
            windows[table] = Window(after[table], max(shown) if through_newest_row else as_of, OVERLAP)
            after[table] = windows[table].through
        reads.append(Read(as_of, windows))
    return reads


def naive(reads: list[Read]) -> dict[str, set[tuple[Any, ...]]]:
    """Row by row and read by read, over all versions that ever were."""
    warehouse: dict[str, dict[Any, Any]] = {table: {} for table in SOURCES}
    for read in reads:
        for table, window in read.windows.items():
            for key in {one.key for one in every_version(table)}:
                shown = [one for one in every_version_of(table, key) if one.visible_at <= read.as_of]
                if not shown:
                    continue
                row = max(shown, key=lambda one: one.visible_at).row
                low = datetime.min.replace(tzinfo=UTC) if window.after is None else window.after - OVERLAP
                if low < row.updated_at <= window.through and is_clean(table, row):
                    held = warehouse[table].get(key)
                    warehouse[table][key] = row if held is None or row.updated_at > held.updated_at else held
    return {SOURCES[table]: {tuple(row) for row in rows.values()} for table, rows in warehouse.items()}


_by_key: dict[str, dict[Any, list[Any]]] = {}


def every_version_of(table: str, key: Any) -> list[Any]:
    if table not in _by_key:
        _by_key[table] = {}
        for one in every_version(table):
            _by_key[table].setdefault(one.key, []).append(one)
    return _by_key[table][key]


def is_clean(table: str, row: Any) -> bool:
    if table == "customers":
        return bool(re.fullmatch(r"[A-Z][A-Z]", row.country))
    if table == "orders":
        return bool(re.fullmatch(r"[A-Z][A-Z][A-Z]", row.currency))
    if table == "order_lines":
        return bool(row.quantity >= 0 and row.amount == row.quantity * row.unit_price)
    return bool(row.quote and re.fullmatch(r"[A-Z][A-Z][A-Z]", row.quote) and row.rate > 0)


def instants(seed: int) -> list[datetime]:
    draw = random.Random(seed)  # noqa: S311
    return sorted({NOW - timedelta(minutes=draw.randrange(9000)) for _ in range(6)} | {NOW})


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("through_newest_row", [True, False])
def test_reads_that_follow_each_other_lose_nothing(seed: int, through_newest_row: bool) -> None:
    reads = chain(instants(seed), through_newest_row)
    assert expected(WORLD, reads) == expected(WORLD, [full_read(NOW)])


def test_without_the_overlap_late_rows_would_be_lost() -> None:
    reads = chain(sorted(NOW - timedelta(minutes=30 * step) for step in range(60)), through_newest_row=False)
    bare = [Read(one.as_of, {table: Window(w.after, w.through, timedelta()) for table, w in one.windows.items()}) for one in reads]
    assert expected(WORLD, reads)["sales.orders"] == expected(WORLD, [full_read(NOW)])["sales.orders"]
    assert expected(WORLD, bare)["sales.orders"] != expected(WORLD, [full_read(NOW)])["sales.orders"]


@pytest.mark.parametrize("seed", range(2))
def test_any_series_of_windows_agrees_with_the_naive_account(seed: int) -> None:
    """Windows with holes, repeated and out of order, as failed and repeated runs leave them."""
    draw = random.Random(seed)  # noqa: S311
    reads = []
    for as_of in instants(seed + 50)[-4:]:
        windows = {}
        for table in SOURCES:
            through = as_of - timedelta(minutes=draw.randrange(600))
            windows[table] = Window(None if draw.random() < 0.2 else through - timedelta(minutes=draw.randrange(4000)), through, OVERLAP)
        reads.append(Read(as_of, windows))
    found, want = expected(WORLD, reads), naive(reads)
    for table, rows in want.items():
        assert {tuple(row) for row in found[table]} == rows
        assert rows


def test_the_mart_counts_orders_that_were_not_cancelled_and_their_lines() -> None:
    tables = expected(WORLD, [full_read(NOW)])
    orders = {row[0]: row for row in tables["sales.orders"]}
    for day, currency, count, lines, amount in tables["sales.sales_by_day"]:
        own = {key for key, row in orders.items() if (row[2], row[4]) == (day, currency) and row[3] != "cancelled"}
        own_lines = [row for row in tables["sales.order_lines"] if row[0] in own]
        assert (count, lines, amount) == (len(own), len(own_lines), sum((row[5] for row in own_lines), Decimal()))
    assert {row[:2] for row in tables["sales.sales_by_day"]} == {(row[2], row[4]) for row in orders.values() if row[3] != "cancelled"}


def test_dirty_rows_stay_out() -> None:
    large = World(seed=2026, start=date(2026, 9, 1))
    tables = expected(large, [full_read(large.origin + timedelta(days=12))])
    assert all(len(row[3]) == 2 for row in tables["sales.customers"])
    assert all(re.fullmatch("[A-Z]{3}", row[4]) for row in tables["sales.orders"])
    assert all(row[3] > 0 and row[5] == row[3] * row[4] for row in tables["sales.order_lines"])
    assert all(row[3] and row[4] > 0 for row in tables["finance.fx_rates"])


def test_the_digest_knows_values_and_not_how_they_were_read() -> None:
    noon = datetime(2026, 9, 1, 12, tzinfo=UTC)
    assert digest([(Decimal("1.50"), noon, None)]) == digest([(Decimal("1.5000"), noon.astimezone(), None)])
    assert digest([(None,)]) != digest([("",)])
    assert digest([("a\tb", "c")]) != digest([("a", "b\tc")])
    assert text(Decimal("100")) == "100"
