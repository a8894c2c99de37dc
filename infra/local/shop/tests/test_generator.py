"""The shop is a function of its seed and of time."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from shop.database import KEYS, newest, visible
from shop.orders import LATE_SHARE
from shop.rates import rate_versions
from shop.world import HISTORY_DAYS, LATEST_DELAY, Version, World, instant, start_for

WORLD = World(seed=7, start=date(2026, 9, 1), orders_per_day=60, first_customers=200, customers_per_day=3)
NOW = datetime(2026, 9, 12, 10, 20, tzinfo=UTC)


def versions(table: str, since: datetime | None = None, until: datetime = NOW, world: World = WORLD) -> list[Version[Any]]:
    if table == "fx_rates":
        return [one for one in rate_versions(world, until) if since is None or one.visible_at > since]
    return list(visible(world, table, since, until))


TABLES = [*KEYS, "fx_rates"]
CHANGING = ["customers", "orders", "order_lines", "fx_rates"]


@pytest.mark.parametrize("table", TABLES)
def test_the_same_seed_gives_the_same_rows_and_another_seed_others(table: str) -> None:
    assert versions(table) == versions(table)
    assert versions(table) != versions(table, world=World(8, WORLD.start, 60, 200, 3))


@pytest.mark.parametrize("table", TABLES)
def test_the_state_does_not_depend_on_the_steps_that_led_to_it(table: str) -> None:
    steps = [NOW - timedelta(days=9), NOW - timedelta(days=8, minutes=7), NOW - timedelta(days=1), NOW - timedelta(minutes=3), NOW]
    state: dict[tuple[Any, ...], Any] = {}
    since = None
    for step in steps:
        state |= newest(versions(table, since, step))
        since = step
    assert state == newest(versions(table))


@pytest.mark.parametrize("table", TABLES)
def test_versions_of_a_row_follow_each_other_and_show_within_the_overlap(table: str) -> None:
    last: dict[tuple[Any, ...], Version[Any]] = {}
    for one in versions(table):
        assert one.row.updated_at <= one.visible_at
        if table != "products" and one.visible_at > WORLD.origin:
            assert one.visible_at - one.row.updated_at <= LATEST_DELAY
        before = last.get(one.key)
        if before:
            assert one.row.updated_at > before.row.updated_at
            assert one.visible_at > before.visible_at
        last[one.key] = one


@pytest.mark.parametrize("table", CHANGING)
def test_some_rows_are_late_some_change_and_some_share_a_timestamp(table: str) -> None:
    late = [one for one in versions(table) if one.visible_at > max(one.row.updated_at, WORLD.origin)]
    changed = [key for key, count in Counter(one.key for one in versions(table)).items() if count > 1]
    assert late
    assert changed
    if table != "customers":
        assert max(Counter(one.row.updated_at for one in versions(table)).values()) > 1


def test_every_kind_of_dirty_row_appears_and_a_dirty_row_can_be_mended() -> None:
    large = World(seed=2026, start=date(2026, 9, 1))
    until = large.origin + timedelta(days=20)
    lines, orders = versions("order_lines", until=until, world=large), versions("orders", until=until, world=large)
    assert any(one.row.quantity < 0 for one in lines)
    assert any(one.row.amount != one.row.quantity * one.row.unit_price for one in lines)
    dirty = {one.key for one in orders if not one.row.currency.isalpha() or len(one.row.currency) != 3 or not one.row.currency.isascii()}
    mended = {one.key for one in orders if one.key in dirty and one.row.currency in {"EUR", "GBP", "USD", "SEK", "CHF"}}
    assert dirty
    assert mended
    assert dirty > mended
    assert any(len(one.row.country) != 2 for one in versions("customers", until=until, world=large))
    rates = versions("fx_rates", until=until, world=large)
    assert {None, "U$D"} <= {one.row.quote for one in rates}
    assert any(one.row.rate == 0 for one in rates)


def test_an_order_adds_up_to_its_lines() -> None:
    orders, lines = newest(versions("orders")), newest(versions("order_lines"))
    for (order_id,), order in orders.items():
        own = [line for key, line in lines.items() if key[0] == order_id]
        if all(line.quantity > 0 and line.amount == line.quantity * line.unit_price for line in own):
            assert order.total_amount == sum(line.amount for line in own)
        assert own
        assert {line.order_date for line in own} == {order.order_date}


def test_order_ids_are_consecutive() -> None:
    ids = [one.key[0] for one in versions("orders", until=NOW + timedelta(days=30)) if one.row.status == "placed"]
    assert sorted(ids) == list(range(1, len(ids) + 1))


def test_the_full_size_is_that_of_the_demo() -> None:
    now = datetime(2026, 11, 22, 6, 20, tzinfo=UTC)
    world = World(seed=2026, start=start_for(now))
    assert (now.date() - world.start).days == HISTORY_DAYS
    placed = [one for one in visible(world, "orders", None, world.origin + timedelta(days=9)) if one.row.status == "placed"]
    assert 6_500 < len(placed) < 7_500
    assert 0 < sum(one.visible_at > one.row.updated_at for one in placed) < 3 * LATE_SHARE * len(placed)


def test_an_instant_needs_a_zone() -> None:
    assert instant("2026-11-22T07:00:00+01:00") == datetime(2026, 11, 22, 6, tzinfo=UTC)
    with pytest.raises(ValueError, match="has no zone"):
        instant("2026-11-22T07:00:00")
