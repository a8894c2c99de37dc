"""The database shows the state of an instant, whichever way it came there."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import sql

from shop.database import KEYS, ShopError, advance, newest, read_clock, seed, visible
from shop.world import World

WORLD = World(seed=7, start=date(2026, 9, 1), orders_per_day=60, first_customers=200, customers_per_day=3)
NOW = datetime(2026, 9, 12, 10, 20, tzinfo=UTC)


def rows(connection: psycopg.Connection[Any], table: str) -> set[tuple[Any, ...]]:
    return set(connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table))).fetchall())


def test_seeding_and_advancing_in_steps_gives_the_rows_of_the_generator(database: str) -> None:
    with psycopg.connect(database) as connection:
        counts = seed(connection, WORLD, NOW - timedelta(days=3))
        for step in (timedelta(days=2, minutes=11), timedelta(hours=3), timedelta(), timedelta()):
            changed = advance(connection, NOW - step)
        assert changed == dict.fromkeys(KEYS, 0)
        assert read_clock(connection) == (WORLD, NOW)
        for table in KEYS:
            assert rows(connection, table) == {tuple(row) for row in newest(visible(WORLD, table, None, NOW)).values()}
            assert counts[table] <= len(rows(connection, table))


def test_each_advance_adds_work_for_the_next_run_and_late_rows_among_it(database: str) -> None:
    busy = World(seed=7, start=WORLD.start, first_customers=200)
    late = 0
    with psycopg.connect(database) as connection:
        seed(connection, busy, NOW - timedelta(days=10))
        for hour in range(-239, -215):
            read_through = connection.execute("SELECT max(updated_at) FROM orders").fetchone()
            before = rows(connection, "orders")
            changed = advance(connection, NOW + timedelta(hours=hour))
            new = rows(connection, "orders") - before
            assert len(new) == changed["orders"] > 0
            assert read_through is not None
            late += sum(row[-1] < read_through[0] for row in new)
    assert late > 3


def test_time_does_not_run_back_and_a_shop_is_not_seeded_twice(database: str) -> None:
    with psycopg.connect(database) as connection:
        with pytest.raises(ShopError, match="seed it first"):
            advance(connection, NOW)
        seed(connection, WORLD, NOW)
        with pytest.raises(ShopError, match="does not run back"):
            advance(connection, NOW - timedelta(seconds=1))
        with pytest.raises(ShopError, match="holds a shop already"):
            seed(connection, WORLD, NOW)


def test_a_failed_advance_leaves_the_instant_before(database: str) -> None:
    with psycopg.connect(database) as connection:
        seed(connection, WORLD, NOW - timedelta(days=1))
        connection.execute("ALTER TABLE order_lines ADD CONSTRAINT refuse CHECK (updated_at <= '2026-09-11T10:20:00Z')")
        connection.commit()
        before = rows(connection, "orders")
        connection.rollback()
        with pytest.raises(psycopg.errors.CheckViolation):
            advance(connection, NOW)
        assert rows(connection, "orders") == before
        assert read_clock(connection).as_of == NOW - timedelta(days=1)
