"""What a run reads: watermark, overlap, late rows, reruns."""

import pytest

from conftest import Database, Lake
from extractor import odbc, watermark
from extractor.errors import ConfigurationError, ExtractorError
from extractor.instant import parse_instant
from extractor.job import make_source
from extractor.postgresql import PostgreSql
from extractor.run import extract
from extractor.store import Store


def ids(lake: Lake, run_key: str) -> list[int]:
    table = lake.table(run_key)
    return sorted(table.column("order_id").to_pylist()) if table.num_rows else []


def add(orders: Database, order_id: int, at: str) -> None:
    orders.execute("INSERT INTO orders VALUES (%s, 'new', %s)", (order_id, at))


def test_a_first_run_reads_everything_and_leaves_a_watermark(lake: Lake, orders: Database) -> None:
    manifest = lake.run()
    assert ids(lake, "run-1") == [1, 2, 3, 4, 5]
    assert manifest.watermark_from is None
    assert lake.watermark() == "2026-01-01T00:05:00.000000Z"
    assert sorted(lake.keys()) == [
        "raw/shop/orders/_watermark.json",
        f"{lake.folder('run-1')}/_manifest.json",
        f"{lake.folder('run-1')}/part-1-00000.parquet",
    ]


def test_the_next_run_reads_what_is_new_and_the_overlap(lake: Lake, orders: Database) -> None:
    lake.run()
    add(orders, 6, "2026-01-01T02:00:00Z")
    manifest = lake.run(RUN_KEY="run-2", OVERLAP_SECONDS="120")
    assert ids(lake, "run-2") == [4, 5, 6]
    assert lake.json(f"{lake.folder('run-2')}/_manifest.json")["watermark"] == {
        "column": "updated_at",
        "from": "2026-01-01T00:05:00.000000Z",
        "to": "2026-01-01T02:00:00.000000Z",
    }
    assert manifest.rows == 3


def test_rows_with_the_instant_of_the_watermark_are_not_lost(lake: Lake, orders: Database) -> None:
    lake.run()
    add(orders, 6, "2026-01-01T00:05:00Z")
    lake.run(RUN_KEY="run-2", OVERLAP_SECONDS="1")
    assert ids(lake, "run-2") == [5, 6]


def test_rows_that_arrive_late_within_the_overlap_are_not_lost(lake: Lake, orders: Database) -> None:
    lake.run()
    add(orders, 6, "2025-12-31T23:30:00Z")
    add(orders, 7, "2026-01-01T00:10:00Z")
    lake.run(RUN_KEY="run-2", OVERLAP_SECONDS="3600")
    assert 6 in ids(lake, "run-2")


def test_rows_without_a_watermark_are_in_every_run(lake: Lake, orders: Database) -> None:
    orders.execute("INSERT INTO orders VALUES (6, 'new', NULL)")
    lake.run()
    lake.run(RUN_KEY="run-2", OVERLAP_SECONDS="0")
    assert ids(lake, "run-1") == [1, 2, 3, 4, 5, 6]
    assert ids(lake, "run-2") == [6]


def test_a_row_from_the_future_neither_moves_the_watermark_nor_is_lost(lake: Lake, orders: Database) -> None:
    orders.execute("INSERT INTO orders VALUES (6, 'new', now() + interval '3 days')")
    lake.run()
    assert ids(lake, "run-1") == [1, 2, 3, 4, 5]
    assert lake.watermark() == "2026-01-01T00:05:00.000000Z"
    orders.execute("UPDATE orders SET updated_at = now() - interval '1 second' WHERE order_id = 6")
    lake.run(RUN_KEY="run-2")
    assert 6 in ids(lake, "run-2")


def test_a_run_with_nothing_new_has_a_manifest_without_files(lake: Lake, orders: Database) -> None:
    lake.run()
    manifest = lake.run(RUN_KEY="run-2", OVERLAP_SECONDS="0")
    assert manifest.files == ()
    assert lake.keys(lake.folder("run-2")) == [f"{lake.folder('run-2')}/_manifest.json"]
    assert lake.watermark() == "2026-01-01T00:05:00.000000Z"


def test_an_empty_table_leaves_no_watermark(lake: Lake, orders: Database) -> None:
    orders.execute("DELETE FROM orders")
    manifest = lake.run()
    assert (manifest.rows, manifest.watermark_to, lake.watermark()) == (0, None, None)


def test_a_rerun_reads_the_window_of_its_manifest_and_replaces_its_parts(lake: Lake, orders: Database) -> None:
    lake.run()
    add(orders, 6, "2026-01-01T02:00:00Z")
    lake.run(RUN_KEY="run-2", OVERLAP_SECONDS="120")
    first = lake.json(f"{lake.folder('run-2')}/_manifest.json")
    untouched = {key: lake.body(key) for key in lake.keys(lake.folder("run-1"))}
    add(orders, 7, "2026-01-01T03:00:00Z")
    lake.run(RUN_KEY="run-3")
    lake.run(RUN_KEY="run-2", OVERLAP_SECONDS="120", ATTEMPT="2")

    second = lake.json(f"{lake.folder('run-2')}/_manifest.json")
    assert second["watermark"] == first["watermark"]
    assert ids(lake, "run-2") == [4, 5, 6]
    assert lake.keys(f"{lake.folder('run-2')}/part") == [f"{lake.folder('run-2')}/part-2-00000.parquet"]
    assert lake.watermark() == "2026-01-01T03:00:00.000000Z"
    assert {key: lake.body(key) for key in lake.keys(lake.folder("run-1"))} == untouched


def test_a_rerun_under_the_same_attempt_never_rewrites_a_named_part(lake: Lake, orders: Database) -> None:
    lake.run()
    lake.run()
    assert [file["path"] for file in lake.json(f"{lake.folder('run-1')}/_manifest.json")["files"]] == [
        "part-1-00001.parquet"
    ]
    assert lake.keys(f"{lake.folder('run-1')}/part") == [f"{lake.folder('run-1')}/part-1-00001.parquet"]


def test_a_full_refresh_reads_everything_and_keeps_the_watermark(lake: Lake, orders: Database) -> None:
    lake.run()
    manifest = lake.run(RUN_KEY="run-2", OVERLAP_SECONDS="0", FULL_REFRESH="true")
    assert manifest.rows == 5
    assert manifest.watermark_from is None
    assert lake.watermark() == "2026-01-01T00:05:00.000000Z"


def test_the_end_of_the_window_can_be_given(lake: Lake, orders: Database) -> None:
    lake.run(WINDOW_TO="2026-01-01T00:03:00Z")
    assert ids(lake, "run-1") == [1, 2, 3]
    assert lake.watermark() == "2026-01-01T00:03:00.000000Z"


@pytest.mark.parametrize("kind", ["date", "timestamp", "timestamp(3)"])
def test_a_watermark_without_a_zone_is_read_as_utc(lake: Lake, orders: Database, kind: str) -> None:
    orders.execute(f"ALTER TABLE orders ALTER updated_at TYPE {kind} USING updated_at AT TIME ZONE 'UTC'")
    lake.run()
    expected = "2026-01-01T00:00:00.000000Z" if kind == "date" else "2026-01-01T00:05:00.000000Z"
    assert (lake.watermark(), ids(lake, "run-1")) == (expected, [1, 2, 3, 4, 5])


def test_a_key_that_is_not_unique_leaves_its_newest_row(lake: Lake, orders: Database) -> None:
    orders.execute("ALTER TABLE orders DROP CONSTRAINT orders_pkey; ALTER TABLE orders ALTER order_id DROP NOT NULL")
    orders.execute("INSERT INTO orders SELECT order_id, 'paid', updated_at + interval '1 hour' FROM orders")
    orders.execute("INSERT INTO orders VALUES (NULL, 'a', '2026-01-01'), (NULL, 'b', '2026-01-01')")
    lake.run()
    rows = lake.table().to_pylist()
    assert sorted(row["order_id"] for row in rows if row["order_id"]) == [1, 2, 3, 4, 5]
    assert {row["status"] for row in rows if row["order_id"]} == {"paid"}
    assert len([row for row in rows if row["order_id"] is None]) == 2


@pytest.mark.parametrize("page_rows", ["1", "2", "3", "100"])
def test_pages_hold_every_row_once(lake: Lake, orders: Database, page_rows: str) -> None:
    orders.execute("UPDATE orders SET updated_at = '2026-01-01T00:02:00.000001Z' WHERE order_id IN (2, 3, 4)")
    orders.execute("INSERT INTO orders VALUES (6, 'it''s', NULL), (-1, 'x', '2026-01-01T00:02:00.000001Z')")
    lake.run(PAGE_ROWS=page_rows)
    assert ids(lake, "run-1") == [-1, 1, 2, 3, 4, 5, 6]


def test_pages_need_a_unique_key(lake: Lake, orders: Database) -> None:
    orders.execute("ALTER TABLE orders DROP CONSTRAINT orders_pkey")
    with pytest.raises(ConfigurationError, match="unique index"):
        lake.run(PAGE_ROWS="2")


def test_the_watermark_never_moves_back(lake: Lake, orders: Database) -> None:
    settings = lake.settings()
    store = Store(lake.bucket, lake.s3)
    for instant in ("2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"):
        watermark.save(store, settings, parse_instant(instant))
        assert lake.watermark() == "2026-01-02T00:00:00.000000Z"


def test_two_runs_that_move_the_watermark_at_once_leave_the_later_one(
    lake: Lake, orders: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = lake.settings()
    store = Store(lake.bucket, lake.s3)
    original = store.write_json

    def overtaken(key: str, value: object, etag: str | None) -> None:
        monkeypatch.undo()
        watermark.save(store, settings, parse_instant("2026-01-03T00:00:00Z"))
        original(key, value, etag)

    monkeypatch.setattr(store, "write_json", overtaken)
    watermark.save(store, settings, parse_instant("2026-01-02T00:00:00Z"))
    assert lake.watermark() == "2026-01-03T00:00:00.000000Z"


def test_a_watermark_of_another_column_is_refused(lake: Lake, orders: Database) -> None:
    lake.run()
    orders.execute("ALTER TABLE orders ADD changed_at timestamptz")
    with pytest.raises(ExtractorError, match="stored watermark is of column updated_at"):
        lake.run(RUN_KEY="run-2", WATERMARK_COLUMN="changed_at")


def test_an_attempt_that_was_overtaken_leaves_the_manifest_of_the_other(lake: Lake, orders: Database) -> None:
    settings = lake.settings(ATTEMPT="1")
    overtaken: list[int] = []

    def other_attempt_finishes_first() -> None:
        if not overtaken:
            overtaken.append(1)
            lake.run(ATTEMPT="2")

    with pytest.raises(ExtractorError, match="another attempt"):
        extract(settings, make_source(settings), Store(lake.bucket, lake.s3), other_attempt_finishes_first)
    assert lake.json(f"{lake.folder('run-1')}/_manifest.json")["attempt"] == 2
    assert ids(lake, "run-1") == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("widest", [odbc.WIDEST_BOUND_ROW_BYTES, 0])
def test_a_connection_lost_while_reading_is_no_end_of_the_table(
    lake: Lake, orders: Database, monkeypatch: pytest.MonkeyPatch, widest: int
) -> None:
    monkeypatch.setattr(odbc, "WIDEST_BOUND_ROW_BYTES", widest)
    orders.execute("INSERT INTO orders SELECT i, 'new', '2026-01-01' FROM generate_series(10, 60000) AS i")
    settings = lake.settings()
    batches = 0

    def lose_the_connection() -> None:
        nonlocal batches
        batches += 1
        if batches == 2:
            orders.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )

    with pytest.raises(ExtractorError, match="could not read from the database") as lost:
        extract(settings, make_source(settings), Store(lake.bucket, lake.s3), lose_the_connection)
    assert lost.value.system == "source database shop"
    assert batches < 15
    assert lake.keys() == []


def test_a_database_too_old_to_be_exact_is_refused(
    lake: Lake, orders: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PostgreSql, "oldest_version", 19)
    with pytest.raises(ExtractorError, match="has version 18"):
        lake.run()
    assert lake.keys() == []
