"""The shop's commands: `python -m shop seed | advance | serve-fx | oracle | compare`."""

import argparse
import json
import signal
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from shop import compare as comparison
from shop import database, fx_server, oracle, reads
from shop.world import World, instant, start_for

DEFAULT_SEED = 2026
CONNECT_SECONDS = 10


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0; 1 when rows differ; 2 when something could not be done, with one line that says what."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except (database.ShopError, psycopg.Error, OSError, ValueError) as error:
        print(f"shop {options.command}: {error}".strip(), file=sys.stderr)
        return 2


def seed(options: argparse.Namespace) -> int:
    """Fills an empty database with the state at --now."""
    world = World(options.seed, options.start or start_for(options.now), options.orders_per_day, options.customers)
    with _connect(options.database) as connection:
        _print({"as_of": options.now.isoformat(), "rows": database.seed(connection, world, options.now)})
    return 0


def advance(options: argparse.Namespace) -> int:
    """Adds what happened in the shop until --to."""
    with _connect(options.database) as connection:
        _print({"as_of": options.to.isoformat(), "rows": database.advance(connection, options.to)})
    return 0


def serve_fx(options: argparse.Namespace) -> int:
    """Serves the exchange rate API until SIGTERM or SIGINT."""
    server = fx_server.serve(options.port, fx_server.clock_of(options.database))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    _print({"url": f"http://127.0.0.1:{server.server_address[1]}"})
    server.serve_forever(poll_interval=0.1)
    server.server_close()
    return 0


def oracle_rows(options: argparse.Namespace) -> int:
    """Prints what the warehouse must hold: rows and digest of each table."""
    expected = _expected(options)
    for table, rows in expected.items():
        if options.csv:
            comparison.write_csv(options.csv, table, rows)
        _print({"table": table, "rows": len(rows), "sha256": oracle.digest(rows)})
    return 0


def compare(options: argparse.Namespace) -> int:
    """Compares the warehouse with what it must hold; exit code 1 and the first differences when it does not."""
    expected = {table: rows for table, rows in _expected(options).items() if table in options.tables}
    equal = True
    with _connect(options.warehouse) as connection:
        for one in comparison.compare(connection, expected):
            equal = equal and one.different_rows == 0
            _print(
                {
                    "table": one.table,
                    "expected_rows": one.expected_rows,
                    "found_rows": one.found_rows,
                    "different_rows": one.different_rows,
                    "sha256": one.found_sha256,
                    "equal": one.different_rows == 0,
                }
            )
            for difference in one.differences:
                print(difference, file=sys.stderr)
    return 0 if equal else 1


def _expected(options: argparse.Namespace) -> dict[str, list[tuple[Any, ...]]]:
    with _connect(options.database) as connection:
        clock = database.read_clock(connection)
        if options.manifests:
            made = reads.from_manifests(reads.load_manifests(options.manifests), connection)
        elif options.windows:
            made = reads.from_windows(options.windows.read_text())
        else:
            made = [oracle.full_read(options.as_of or clock.as_of)]
    return oracle.expected(clock.world, made)


def _connect(url: str) -> psycopg.Connection[Any]:
    return psycopg.connect(url, connect_timeout=CONNECT_SECONDS)


def _print(value: dict[str, Any]) -> None:
    print(json.dumps(value), flush=True)


def _instant(text: str) -> datetime:
    return datetime.now(UTC) if text == "now" else instant(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="shop", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    one = commands.add_parser("seed", help=seed.__doc__)
    one.add_argument("--database", required=True, help="URL of the shop's (empty) PostgreSQL database")
    one.add_argument("--now", type=_instant, default=datetime.now(UTC), help="instant with a zone, or now")
    one.add_argument("--seed", type=int, default=DEFAULT_SEED)
    one.add_argument("--start", type=lambda text: instant(f"{text}T00:00:00Z").date(), help="first day, YYYY-MM-DD; default: 90 days before --now")
    one.add_argument("--orders-per-day", type=int, default=World.orders_per_day)
    one.add_argument("--customers", type=int, default=World.first_customers, help="how many there are at the start")
    one.set_defaults(run=seed)

    one = commands.add_parser("advance", help=advance.__doc__)
    one.add_argument("--database", required=True, help="URL of the shop's PostgreSQL database")
    one.add_argument("--to", type=_instant, default=datetime.now(UTC), help="instant with a zone, or now")
    one.set_defaults(run=advance)

    one = commands.add_parser("serve-fx", help=serve_fx.__doc__)
    one.add_argument("--database", required=True, help="URL of the shop's PostgreSQL database, whose instant the rates show")
    one.add_argument("--port", type=int, required=True, help="0 takes a free port; the first line of output has the URL")
    one.set_defaults(run=serve_fx)

    for name, run in (("oracle", oracle_rows), ("compare", compare)):
        one = commands.add_parser(name, help=run.__doc__)
        one.add_argument("--database", required=True, help="URL of the shop's database, which knows the seed and when it showed which instant")
        which = one.add_mutually_exclusive_group()
        which.add_argument("--manifests", help="the reads: s3://bucket/prefix, a directory, or a file with a JSON array of manifests")
        which.add_argument("--windows", type=Path, help="the reads: a JSON file, see reads.from_windows")
        which.add_argument("--as-of", type=_instant, help="one full read of this instant; default: where the shop stands")
        one.set_defaults(run=run)
        if name == "oracle":
            one.add_argument("--csv", type=Path, help="folder for the rows themselves")
        else:
            one.add_argument("--warehouse", required=True, help="URL of the warehouse")
            one.add_argument("--tables", nargs="+", default=list(oracle.COLUMNS), choices=list(oracle.COLUMNS))
    return parser


if __name__ == "__main__":
    sys.exit(main())
