from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from conftest import Pipeline
from lake import CUSTOMERS, FX_RATES, NOON, ORDER_LINES, ORDERS, Lake, Row, customer, line, order, rate
from pyspark.sql import SparkSession

from penstock_load.errors import LoadError
from penstock_load.tables import table_for
from penstock_load.transform import REASON, transform


def test_dirty_rows_go_to_quarantine_each_with_its_reason(pipeline: Pipeline) -> None:
    records = pipeline.load(
        pipeline.lake.run("customers", [[customer(1), customer(None), customer(2, country="Spain"), customer(3, country="")]]),
        pipeline.lake.run("orders", [[order(1), order(2, currency="€UR"), order(3, order_date=None), order(4, currency="eur")]]),
        pipeline.lake.run(
            "order_lines",
            [[line(1, 1)], [line(1, 2, quantity=-3, amount=Decimal("-30.00")), line(1, 3, amount=Decimal("30.01")), line(1, None)]],
        ),
    )
    assert {name: record.rows_rejected for name, record in records.items()} == {
        "sales.customers": 3,
        "sales.orders": 3,
        "sales.order_lines": 3,
        "sales.sales_by_day": 0,
    }
    assert [row["reason"] for row in pipeline.quarantined("customers")] == ["null_customer_id", "unknown_country", "unknown_country"]
    assert [row["reason"] for row in pipeline.quarantined("orders")] == ["null_order_date", "unknown_currency", "unknown_currency"]
    lines = pipeline.quarantined("order_lines")
    assert [row.pop("reason") for row in lines] == ["amount_mismatch", "negative_quantity", "null_line_number"]
    assert lines[0] == line(1, 3, amount=Decimal("30.01"), updated_at=NOON.replace(tzinfo=None))
    assert pipeline.rows("select customer_id from sales.customers") == [(1,)]
    assert pipeline.rows("select order_id from sales.orders") == [(1,)]
    assert pipeline.rows("select line_number from sales.order_lines") == [(1,)]


def test_a_load_of_nothing_but_rejects_succeeds_and_loads_nothing(pipeline: Pipeline) -> None:
    records = pipeline.load(pipeline.lake.run("orders", [[order(None), order(None)]]))
    assert (records["sales.orders"].rows_read, records["sales.orders"].rows_rejected, records["sales.orders"].rows_inserted) == (2, 2, 0)


def test_a_run_loaded_again_without_its_bad_rows_leaves_none_in_quarantine(pipeline: Pipeline) -> None:
    pipeline.load(pipeline.lake.run("orders", [[order(1), order(2, currency="?")]]))
    assert len(pipeline.quarantined("orders")) == 1
    pipeline.load(pipeline.lake.run("orders", [[order(1), order(2)]], attempt=2))
    assert pipeline.quarantined("orders") == []


def test_rejects_without_a_quarantine_are_refused(pipeline: Pipeline) -> None:
    with pytest.raises(LoadError, match="QUARANTINE is not set"):
        pipeline.load(pipeline.lake.run("orders", [[order(1), order(None)]]), quarantine=None)
    assert pipeline.rows("select count(*) from sales.orders") == [(0,)]
    assert pipeline.load(pipeline.lake.run("orders", [[order(1)]]), quarantine=None)["sales.orders"].rows_inserted == 1


# A text with a zero byte is legal in Parquet and impossible in PostgreSQL; COPY would fail as a whole.
UNREADABLE: list[tuple[str, dict[str, pa.DataType], Row, str]] = [
    ("customers", CUSTOMERS, customer(1, name="A\x00na"), "nul_character_in_name"),
    ("customers", CUSTOMERS, customer(1, country="ES\n"), "unknown_country"),
    ("orders", ORDERS | {"total_amount": pa.decimal128(38, 10)}, order(1, total_amount=Decimal("1.005")), "unreadable_total_amount"),
    (
        "orders",
        ORDERS | {"total_amount": pa.decimal128(38, 2)},
        order(1, total_amount=Decimal("12345678901.00")),
        "unreadable_total_amount",
    ),
    ("orders", ORDERS | {"total_amount": pa.string()}, order(1, total_amount="30,00"), "unreadable_total_amount"),
    ("orders", ORDERS | {"total_amount": pa.string()}, order(1, total_amount="30.001"), "unreadable_total_amount"),
    ("orders", ORDERS | {"total_amount": pa.float64()}, order(1, total_amount=0.1 + 0.2), "unreadable_total_amount"),
    ("orders", ORDERS | {"total_amount": pa.float64()}, order(1, total_amount=float("nan")), "unreadable_total_amount"),
    ("orders", ORDERS | {"order_date": pa.string()}, order(1, order_date="22/11/2026"), "unreadable_order_date"),
    ("orders", ORDERS | {"order_date": pa.timestamp("us")}, order(1, order_date=NOON.replace(tzinfo=None)), "unreadable_order_date"),
    ("orders", ORDERS | {"order_id": pa.decimal128(20, 0)}, order(1) | {"order_id": Decimal(2**63)}, "unreadable_order_id"),
    ("order_lines", ORDER_LINES | {"quantity": pa.int64()}, line(1, 1, quantity=2**31), "unreadable_quantity"),
    ("order_lines", ORDER_LINES | {"quantity": pa.float64()}, line(1, 1, quantity=2.5), "unreadable_quantity"),
    ("fx_rates", FX_RATES, rate("yesterday", "USD", "1.1", updated_at="2026-11-22T10:00:00Z"), "unreadable_rate_hour"),
    ("fx_rates", FX_RATES, rate("2026-11-22T10:00:00Z", "USD", "0.00"), "rate_not_positive"),
    ("fx_rates", FX_RATES, rate("2026-11-22T10:00:00Z", "U$D", "1.1"), "unknown_currency"),
    ("fx_rates", FX_RATES, rate("2026-11-22T10:00:00Z", None, "1.1"), "null_quote"),
]


@pytest.mark.parametrize(("table", "columns", "row", "reason"), UNREADABLE, ids=lambda value: value if isinstance(value, str) else "")
def test_a_value_that_would_change_on_the_way_is_rejected(
    spark: SparkSession, tmp_path: Path, table: str, columns: dict[str, pa.DataType], row: Row, reason: str
) -> None:
    source = "fx" if table == "fx_rates" else "shop"
    folder = Lake(tmp_path).run(table, [[row]], columns=columns, source=source).removesuffix("/_manifest.json")
    rows = transform(spark.read.parquet(f"{folder}/part-1-00000.parquet"), table_for(source, table)).collect()
    assert [row[REASON] for row in rows] == [reason]


def test_values_in_a_wider_type_are_read_when_they_fit(pipeline: Pipeline) -> None:
    columns = ORDERS | {
        "order_id": pa.decimal128(20, 0),
        "customer_id": pa.string(),
        "order_date": pa.timestamp("us"),
        "total_amount": pa.float64(),
        "updated_at": pa.timestamp("us"),
    }
    instant = NOON.replace(tzinfo=None)
    row = order(1, customer_id="42", order_date=instant.replace(hour=0), total_amount=1234567.89, updated_at=instant) | {
        "order_id": Decimal(2**53 + 1)
    }
    pipeline.load(pipeline.lake.run("orders", [[row]], columns=columns))
    assert pipeline.rows("select order_id, customer_id, order_date, total_amount, updated_at from sales.orders") == [
        (2**53 + 1, 42, date(2026, 11, 22), Decimal("1234567.89"), NOON)
    ]


def test_a_missing_column_stops_the_load_and_is_named(pipeline: Pipeline) -> None:
    columns = {name: kind for name, kind in ORDERS.items() if name != "currency"}
    with pytest.raises(LoadError, match=r"data lake: the data for sales\.orders has no column currency"):
        pipeline.load(pipeline.lake.run("orders", [[order(1)]], columns=columns))
