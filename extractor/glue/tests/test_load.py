from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from conftest import Pipeline
from lake import NOON, customer, line, order, rate


def test_a_first_load_fills_the_tables_and_records_it(pipeline: Pipeline) -> None:
    before = datetime.now(UTC)
    pipeline.load(
        pipeline.lake.run("customers", [[customer(1), customer(2)]]),
        pipeline.lake.run("orders", [[order(1)], [order(2)]]),
        pipeline.lake.run("order_lines", [[line(1, 1), line(1, 2), line(2, 1)]]),
    )
    assert pipeline.rows("select customer_id, name, country from sales.customers order by 1") == [(1, "Ana", "ES"), (2, "Ana", "ES")]
    assert pipeline.rows("select order_id, status, total_amount from sales.orders order by 1") == [(n, "paid", Decimal("30.00")) for n in (1, 2)]
    assert pipeline.rows("select order_id, line_number from sales.order_lines order by 1, 2") == [(1, 1), (1, 2), (2, 1)]
    assert pipeline.rows("select order_date, currency, orders, lines, amount from sales.sales_by_day") == [
        (date(2026, 11, 22), "EUR", 2, 3, Decimal("90.00"))
    ]
    records = pipeline.rows(
        """select table_name, run_key, join_key, glue_run_id, rows_read, rows_inserted, rows_updated, rows_rejected, data_through
           from penstock.table_load order by 1"""
    )
    who = ("run-1", '{"v":1}', "jr_1")
    assert records == [
        ("sales.customers", *who, 2, 2, 0, 0, "2026-11-22T12:00:00.000000Z"),
        ("sales.order_lines", *who, 3, 3, 0, 0, "2026-11-22"),
        ("sales.orders", *who, 2, 2, 0, 0, "2026-11-22"),
        ("sales.sales_by_day", *who, 1, 1, 0, 0, "2026-11-22"),
    ]
    [(started, loaded, finished)] = pipeline.rows(
        "select min(started_at), (select max(loaded_at) from sales.orders), max(finished_at) from penstock.table_load"
    )
    assert before <= started < loaded < finished <= datetime.now(UTC)
    assert pipeline.staging_tables() == []


def test_an_incremental_load_touches_only_what_is_newer(pipeline: Pipeline) -> None:
    pipeline.load(pipeline.lake.run("orders", [[order(1), order(2), order(3)]]))
    before = dict(pipeline.rows("select order_id, loaded_at from sales.orders"))
    later, earlier = NOON + timedelta(microseconds=1), NOON - timedelta(days=1)
    records = pipeline.load(
        pipeline.lake.run(
            "orders",
            [
                [
                    order(1, status="shipped", updated_at=later),
                    order(2, status="same instant"),
                    order(3, status="older", updated_at=earlier),
                    order(4),
                ]
            ],
            run="r2",
        ),
        run_key="run-2",
    )
    assert pipeline.rows("select order_id, status from sales.orders order by 1") == [(1, "shipped"), (2, "paid"), (3, "paid"), (4, "paid")]
    after = dict(pipeline.rows("select order_id, loaded_at from sales.orders"))
    assert (after[2], after[3]) == (before[2], before[3])
    assert after[1] == after[4] > before[1]
    record = records["sales.orders"]
    assert (record.rows_read, record.rows_inserted, record.rows_updated, record.rows_rejected) == (4, 1, 1, 0)


def test_the_same_run_loaded_twice_changes_nothing_at_all(pipeline: Pipeline) -> None:
    manifests = [
        pipeline.lake.run("customers", [[customer(1), customer(2, country="??")]]),
        pipeline.lake.run("orders", [[order(1), order(2, status="cancelled")]]),
        pipeline.lake.run("order_lines", [[line(1, 1), line(2, 1)]]),
    ]
    assert len(pipeline.load(*manifests)) == 4
    before = pipeline.physical()
    assert pipeline.load(*manifests, job_run_id="jr_2", attempt=2) == {}
    assert pipeline.physical() == before


def test_a_run_whose_content_changed_is_merged_again_and_its_record_replaced(pipeline: Pipeline) -> None:
    pipeline.load(pipeline.lake.run("orders", [[order(1)]]))
    pipeline.load(pipeline.lake.run("orders", [[order(1), order(2)]], attempt=2), job_run_id="jr_2")
    assert pipeline.rows("select order_id from sales.orders order by 1") == [(1,), (2,)]
    assert pipeline.rows("select glue_run_id, rows_read, rows_inserted, rows_updated from penstock.table_load where table_name = 'sales.orders'") == [
        ("jr_2", 2, 1, 0)
    ]


def test_the_same_rows_in_another_run_touch_no_row(pipeline: Pipeline) -> None:
    pipeline.load(pipeline.lake.run("orders", [[order(1), order(2)]]), pipeline.lake.run("order_lines", [[line(1, 1)]]))
    before = pipeline.physical()
    records = pipeline.load(
        pipeline.lake.run("orders", [[order(2)], [order(1)]], run="r2"),
        pipeline.lake.run("order_lines", [[line(1, 1)]], run="r2"),
        run_key="run-2",
    )
    after = pipeline.physical()
    assert {name: after[name] for name in after if name != "penstock.table_load"} == {
        name: before[name] for name in before if name != "penstock.table_load"
    }
    assert [(r.rows_inserted, r.rows_updated) for r in records.values()] == [(0, 0)] * 3


def test_of_duplicates_the_newest_wins_wherever_it_lies(pipeline: Pipeline) -> None:
    versions = [order(1, status=f"v{n}", updated_at=NOON + timedelta(seconds=n)) for n in range(6)]
    records = pipeline.load(pipeline.lake.run("orders", [[versions[2], versions[5], order(2)], [versions[0], versions[4]], [versions[1], order(2)]]))
    assert pipeline.rows("select order_id, status from sales.orders order by 1") == [(1, "v5"), (2, "paid")]
    assert (records["sales.orders"].rows_read, records["sales.orders"].rows_inserted) == (7, 2)


def test_a_tie_between_duplicates_does_not_hang_on_their_order(pipeline: Pipeline) -> None:
    tied = [order(1, status=status) for status in ("packed", "shipped", "paid")]
    pipeline.load(pipeline.lake.run("orders", [tied]))
    [(first,)] = pipeline.rows("select status from sales.orders")
    pipeline.database.execute("truncate sales.orders")
    pipeline.load(pipeline.lake.run("orders", [[row] for row in reversed(tied)], run="r2"), run_key="run-2")
    assert pipeline.rows("select status from sales.orders") == [(first,)]


def test_late_rows_are_accepted(pipeline: Pipeline) -> None:
    pipeline.load(pipeline.lake.run("orders", [[order(1)]]))
    pipeline.load(
        pipeline.lake.run("orders", [[order(9, order_date=date(2026, 1, 2), updated_at=NOON - timedelta(days=300))]], run="r2"),
        run_key="run-2",
    )
    assert pipeline.rows("select order_id, order_date from sales.orders order by 1") == [(1, date(2026, 11, 22)), (9, date(2026, 1, 2))]
    assert pipeline.rows("select data_through from penstock.table_load where table_name = 'sales.orders'") == [("2026-11-22",)] * 2


def test_an_empty_window_is_recorded_and_changes_no_table(pipeline: Pipeline) -> None:
    records = pipeline.load(pipeline.lake.run("orders", []), pipeline.lake.run("order_lines", []))
    assert [(r.rows_read, r.rows_inserted, r.rows_updated, r.data_through) for r in records.values()] == [(0, 0, 0, None)] * 3
    assert pipeline.rows("select count(*) from sales.orders") == [(0,)]


def test_rates_given_as_text_become_numbers_and_instants(pipeline: Pipeline) -> None:
    rows = [rate("2026-11-22T10:00:00.000000Z", "USD", "1.08240000"), rate("2026-11-22T11:00:00.000000Z", "JPY", "163.45")]
    records = pipeline.load(pipeline.lake.run("fx_rates", [rows], source="fx"))
    assert pipeline.rows("select rate_date, rate_hour, base, quote, rate from finance.fx_rates order by rate_hour") == [
        (date(2026, 11, 22), datetime(2026, 11, 22, 10, tzinfo=UTC), "EUR", "USD", Decimal("1.08240000")),
        (date(2026, 11, 22), datetime(2026, 11, 22, 11, tzinfo=UTC), "EUR", "JPY", Decimal("163.45000000")),
    ]
    assert records["finance.fx_rates"].data_through == "2026-11-22T11:00:00.000000Z"
