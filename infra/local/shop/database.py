"""The shop's PostgreSQL database: filled once, then brought forward in time."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from shop.customers import customer_versions
from shop.orders import line_versions, order_versions
from shop.products import product_versions
from shop.world import Version, World

SCHEMA = """
CREATE SCHEMA shop_clock;
CREATE TABLE shop_clock.world (seed bigint, start date, orders_per_day int, first_customers int, customers_per_day int);
CREATE TABLE shop_clock.advance (as_of timestamptz PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT clock_timestamp());
COMMENT ON TABLE shop_clock.advance IS 'The instants whose state the database has shown, and when it began to show it.';

CREATE TABLE customers (
  customer_id bigint PRIMARY KEY, email text, name text, country text NOT NULL, segment text,
  created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL
);
CREATE TABLE products (
  product_id bigint PRIMARY KEY, name text NOT NULL, category text NOT NULL, price numeric(12, 2) NOT NULL, updated_at timestamptz NOT NULL
);
CREATE TABLE orders (
  order_id bigint PRIMARY KEY, customer_id bigint NOT NULL, order_date date NOT NULL, status text NOT NULL, currency text NOT NULL,
  total_amount numeric(12, 2) NOT NULL, updated_at timestamptz NOT NULL
);
CREATE TABLE order_lines (
  order_id bigint, line_number int, product_id bigint NOT NULL, quantity int NOT NULL, unit_price numeric(12, 2) NOT NULL,
  amount numeric(14, 2) NOT NULL, order_date date NOT NULL, updated_at timestamptz NOT NULL, PRIMARY KEY (order_id, line_number)
);
"""
# Built after the fill: twice as fast.
INDEXES = """
CREATE INDEX ON customers (updated_at);
CREATE INDEX ON products (updated_at);
CREATE INDEX ON orders (updated_at);
CREATE INDEX ON order_lines (updated_at);
ANALYZE;
"""
KEYS = {"customers": ("customer_id",), "products": ("product_id",), "orders": ("order_id",), "order_lines": ("order_id", "line_number")}


class ShopError(Exception):
    """The shop cannot do what was asked; the message says what to do."""


class Clock(NamedTuple):
    """Where the database stands."""

    world: World
    as_of: datetime


def visible(world: World, table: str, since: datetime | None, until: datetime) -> Iterator[Version[Any]]:
    """Versions of a table's rows with since < visible_at <= until (None: from the beginning), those of one row in order."""
    match table:
        case "orders":
            return order_versions(world, since, until)
        case "order_lines":
            return line_versions(world, since, until)
        case "customers":
            return (one for one in customer_versions(world, until) if since is None or one.visible_at > since)
        case "products":
            return (one for one in product_versions(world) if since is None)
    raise ShopError(f"the shop has no table {table}: it has {', '.join(KEYS)}")


def newest(versions: Iterable[Version[Any]]) -> dict[tuple[Any, ...], Any]:
    """The last version of each row, by key."""
    return {version.key: version.row for version in versions}


def seed(connection: psycopg.Connection[Any], world: World, now: datetime) -> dict[str, int]:
    """Creates the tables and fills them with the state at `now`; row counts by table. Raises ShopError when they are there already."""
    with connection.transaction():
        if _exists(connection):
            raise ShopError("the database holds a shop already: advance it, or drop the database to begin anew")
        connection.execute(SCHEMA)
        connection.execute(
            "INSERT INTO shop_clock.world VALUES (%s, %s, %s, %s, %s)",
            (world.seed, world.start, world.orders_per_day, world.first_customers, world.customers_per_day),
        )
        counts = {}
        for table in KEYS:
            rows = newest(visible(world, table, None, now)).values()
            _copy(connection, table, rows)
            counts[table] = len(rows)
        connection.execute(INDEXES)
        connection.execute("GRANT USAGE ON SCHEMA shop_clock TO PUBLIC; GRANT SELECT ON ALL TABLES IN SCHEMA public, shop_clock TO PUBLIC")
        _show(connection, now)
    return counts


def advance(connection: psycopg.Connection[Any], to: datetime) -> dict[str, int]:
    """Brings the database from the instant that it shows to `to` in one transaction; rows inserted or updated by table.

    Raises ShopError when `to` lies before that instant. The same instant again changes nothing.
    """
    with connection.transaction():
        read_clock(connection)
        connection.execute("LOCK TABLE shop_clock.advance IN SHARE ROW EXCLUSIVE MODE")
        clock = read_clock(connection)
        if to < clock.as_of:
            raise ShopError(
                f"the shop stands at {clock.as_of.isoformat()} and time does not run back to {to.isoformat()}: drop the database and seed it anew"
            )
        counts = {}
        for table, keys in KEYS.items():
            rows = newest(visible(clock.world, table, clock.as_of, to)).values()
            counts[table] = len(rows)
            if rows:
                _merge(connection, table, keys, rows)
        if to > clock.as_of:
            _show(connection, to)
    return counts


def read_clock(connection: psycopg.Connection[Any]) -> Clock:
    """The world that the database was made from and the instant whose state it shows. Raises ShopError when it holds no shop."""
    if not _exists(connection):
        raise ShopError("the database holds no shop: seed it first")
    world = connection.execute("SELECT seed, start, orders_per_day, first_customers, customers_per_day FROM shop_clock.world").fetchone()
    shown = connection.execute("SELECT as_of FROM shop_clock.advance ORDER BY as_of DESC LIMIT 1").fetchone()
    if world is None or shown is None:
        raise ShopError("the shop was not seeded to its end: drop the database and seed it anew")
    return Clock(World(*world), shown[0])


def _exists(connection: psycopg.Connection[Any]) -> bool:
    row = connection.execute("SELECT to_regclass('shop_clock.advance') IS NOT NULL").fetchone()
    return row is not None and bool(row[0])


def _show(connection: psycopg.Connection[Any], instant: datetime) -> None:
    connection.execute("INSERT INTO shop_clock.advance (as_of) VALUES (%s)", (instant,))


def _copy(connection: psycopg.Connection[Any], table: str, rows: Iterable[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor, cursor.copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table))) as copy:
        for row in rows:
            copy.write_row(row)


def _merge(connection: psycopg.Connection[Any], table: str, keys: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    target, changed = sql.Identifier(table), sql.Identifier(f"changed_{table}")
    connection.execute(sql.SQL("CREATE TEMPORARY TABLE {} (LIKE {})").format(changed, target))
    _copy(connection, f"changed_{table}", rows)
    columns = [column.name for column in connection.execute(sql.SQL("SELECT * FROM {} LIMIT 0").format(target)).description or ()]
    connection.execute(
        sql.SQL("INSERT INTO {} SELECT * FROM {} ON CONFLICT ({}) DO UPDATE SET ({}) = ROW ({})").format(
            target,
            changed,
            sql.SQL(", ").join(map(sql.Identifier, keys)),
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.SQL(", ").join(sql.SQL("excluded.{}").format(sql.Identifier(column)) for column in columns),
        )
    )
    connection.execute(sql.SQL("DROP TABLE {}").format(changed))
