"""The commands as a person or the platform runs them, on a real database."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psycopg
import pytest

from shop.__main__ import main
from shop.oracle import COLUMNS

NewDatabase = Callable[[str], str]
PACKAGES = Path(__file__).parents[2]
WAREHOUSE = PACKAGES.parents[1] / "extractor/glue/warehouse.sql"
SMALL = ["--orders-per-day", "30", "--customers", "120", "--start", "2026-09-01"]
FIRST, SECOND = "2026-09-10T06:20:00Z", "2026-09-11T06:20:00Z"


@pytest.fixture
def shop(new_database: NewDatabase) -> str:
    url = new_database("commands_shop")
    assert main(["seed", "--database", url, "--now", FIRST, *SMALL]) == 0
    return url


def printed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def fill(new_database: NewDatabase, shop: str, folder: Path, *reads: str) -> str:
    """A warehouse with the rows that the oracle dumps as CSV: PostgreSQL reads them with its own types."""
    assert main(["oracle", "--database", shop, "--csv", str(folder), *reads]) == 0
    url = new_database("commands_warehouse")
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(WAREHOUSE.read_bytes())
        for table, columns in COLUMNS.items():
            cursor.execute(f"ALTER TABLE {table} ALTER loaded_at SET DEFAULT now()".encode())
            with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT csv, HEADER, NULL '\\N')".encode()) as copy:
                copy.write((folder / f"{table}.csv").read_bytes())
    return url


def change(url: str, statement: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(statement.encode())


def test_equal_rows_compare_equal_and_each_kind_of_difference_is_named(
    new_database: NewDatabase, shop: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    warehouse = fill(new_database, shop, tmp_path)
    oracle = {one["table"]: one for one in printed(capsys) if "table" in one}
    arguments = ["compare", "--database", shop, "--warehouse", warehouse]
    assert main(arguments) == 0
    for one in printed(capsys):
        assert one["equal"]
        assert (one["found_rows"], one["sha256"]) == (oracle[one["table"]]["rows"], oracle[one["table"]]["sha256"])
        assert one["found_rows"] > 0

    change(warehouse, "DELETE FROM sales.customers WHERE customer_id = 7")
    change(warehouse, "UPDATE sales.orders SET total_amount = total_amount + 0.01 WHERE order_id = 9")
    change(warehouse, "UPDATE sales.order_lines SET line_number = 99 WHERE (order_id, line_number) = (11, 1)")
    assert main(arguments) == 1
    output = capsys.readouterr()
    assert "sales.customers (7): missing" in output.err
    assert "sales.orders (9): different (total_amount: expected " in output.err
    assert "sales.order_lines (11, 99): unexpected" in output.err
    assert "sales.order_lines (11, 1): missing" in output.err
    different = {one["table"]: one["different_rows"] for one in map(json.loads, output.out.splitlines())}
    assert different == {"sales.customers": 1, "sales.orders": 1, "sales.order_lines": 2, "sales.sales_by_day": 0, "finance.fx_rates": 0}


def test_manifests_tell_which_state_each_read_saw(shop: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def manifest(table: str, after: str | None, through: str) -> dict[str, Any]:
        with psycopg.connect(shop) as connection:
            now = connection.execute("SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')").fetchone()
        assert now is not None
        return {"table": table, "started_at": now[0], "ended_at": now[0], "watermark": {"column": "updated_at", "from": after, "to": through}}

    tables = ("customers", "orders", "order_lines", "fx_rates")
    first = [manifest(table, None, FIRST) for table in tables]
    assert main(["advance", "--database", shop, "--to", SECOND]) == 0
    second = [manifest(table, FIRST, SECOND) for table in tables]
    for number, one in enumerate([*second, *first]):
        (tmp_path / f"run={number}").mkdir()
        (tmp_path / f"run={number}" / "_manifest.json").write_text(json.dumps(one))
    (tmp_path / "first.json").write_text(json.dumps(first))

    def rows(*arguments: str) -> dict[str, Any]:
        capsys.readouterr()
        assert main(["oracle", "--database", shop, *arguments]) == 0
        return {one["table"]: (one["rows"], one["sha256"]) for one in printed(capsys)}

    both, only_first = rows("--manifests", str(tmp_path)), rows("--manifests", str(tmp_path / "first.json"))
    assert only_first == rows("--as-of", FIRST)
    assert both == rows("--as-of", SECOND) == rows()
    assert all(both[table] != only_first[table] for table in COLUMNS)


def test_windows_can_be_written_by_hand(shop: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    windows = {"overlap_seconds": 3600, "reads": [{"as_of": FIRST, "windows": {"orders": {"from": None, "to": "2026-09-03T00:00:00Z"}}}]}
    (tmp_path / "windows.json").write_text(json.dumps(windows))
    capsys.readouterr()
    assert main(["oracle", "--database", shop, "--windows", str(tmp_path / "windows.json"), "--csv", str(tmp_path)]) == 0
    assert {one["table"]: one["rows"] > 0 for one in printed(capsys)}["sales.orders"]
    lines = (tmp_path / "sales.orders.csv").read_text().splitlines()[1:]
    assert max(line.rsplit(",", 1)[1] for line in lines) <= "2026-09-03T00:00:00"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["advance", "--to", "2026-09-01T00:00:00Z"], "does not run back"),
        (["seed", "--now", FIRST], "holds a shop already"),
        (["oracle", "--manifests", "/nonexistent.json"], "No such file"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(shop: str, arguments: Sequence[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main([arguments[0], "--database", shop, *arguments[1:]]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_serve_fx_says_where_it_listens_answers_and_ends_on_sigterm(shop: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(PACKAGES)}
    command = [sys.executable, "-m", "shop", "serve-fx", "--database", shop, "--port", "0"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            assert process.stdout is not None
            url = json.loads(process.stdout.readline())["url"]
            with urlopen(f"{url}/v1/rates?per_page=2", timeout=10) as answer:  # noqa: S310
                assert len(json.load(answer)["rates"]) == 2
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0
        finally:
            process.kill()
