from datetime import UTC, date, datetime
from decimal import Decimal

from conftest import Pipeline
from lake import customer, line, order

MOST_12_2 = Decimal("9999999999.99")
EDGES_OF_TIME = [
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(1582, 10, 4, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(1899, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(2026, 3, 29, 1, 0, 0, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 1, 30, 0, 999999, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
]
TEXTS = ["", " ", "ñandú", "日本語", "👩‍👩‍👧", "e\u0301", "tab\tnewline\nquote\"'\\", "\\N", "\u200f", "x" * 100_000, None]


def test_instants_keep_their_microseconds(pipeline: Pipeline) -> None:
    pipeline.load(pipeline.lake.run("customers", [[customer(n, created_at=when) for n, when in enumerate(EDGES_OF_TIME)]]))
    assert [row[0] for row in pipeline.rows("select created_at at time zone 'UTC' from sales.customers order by customer_id")] == [
        when.replace(tzinfo=None) for when in EDGES_OF_TIME
    ]


def test_dates_before_the_gregorian_calendar_stay_what_they_are(pipeline: Pipeline) -> None:
    days = [date(1, 1, 1), date(1582, 10, 4), date(1582, 10, 15), date(1900, 2, 28), date(2024, 2, 29), date(9999, 12, 31)]
    pipeline.load(pipeline.lake.run("orders", [[order(n, order_date=day) for n, day in enumerate(days)]]))
    assert [row[0] for row in pipeline.rows("select order_date from sales.orders order by order_id")] == days


def test_texts_arrive_character_by_character(pipeline: Pipeline) -> None:
    pipeline.load(pipeline.lake.run("customers", [[customer(n, name=text) for n, text in enumerate(TEXTS)]]))
    assert [row[0] for row in pipeline.rows("select name from sales.customers order by customer_id")] == TEXTS


def test_numbers_at_their_limits_are_exact(pipeline: Pipeline) -> None:
    amounts = [MOST_12_2, -MOST_12_2, Decimal("0.00"), Decimal("0.01"), Decimal("-0.01"), Decimal("1234567890.10"), Decimal("10000.00")]
    ids = [2**63 - 1, -(2**63), 0, 1, -1, 2**53 + 1, 7]
    pipeline.load(
        pipeline.lake.run(
            "orders", [[order(n, total_amount=amount, customer_id=who) for n, (amount, who) in enumerate(zip(amounts, ids, strict=True))]]
        ),
        pipeline.lake.run("order_lines", [[line(0, 2**31 - 1, quantity=100, unit_price=MOST_12_2, amount=Decimal("999999999999.00"))]]),
    )
    assert pipeline.rows("select total_amount, customer_id from sales.orders order by order_id") == list(zip(amounts, ids, strict=True))
    assert pipeline.rows("select line_number, unit_price, amount from sales.order_lines") == [(2**31 - 1, MOST_12_2, Decimal("999999999999.00"))]
    assert pipeline.rows("select amount from sales.sales_by_day") == [(Decimal("999999999999.00"),)]
