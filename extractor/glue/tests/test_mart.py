from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from conftest import Pipeline
from lake import NOON, Row, line, order

DAY = date(2026, 11, 20)
Mart = dict[tuple[date, str], tuple[int, int, Decimal]]


def mart(pipeline: Pipeline) -> Mart:
    rows = pipeline.rows("select order_date, currency, orders, lines, amount from sales.sales_by_day")
    return {(day, currency): (orders, lines, amount) for day, currency, orders, lines, amount in rows}


def recomputed(pipeline: Pipeline) -> Mart:
    """The mart from nothing, in Python, from the tables that it stands on."""
    lines: dict[int, list[Decimal]] = {}
    for order_id, amount in pipeline.rows("select order_id, amount from sales.order_lines"):
        lines.setdefault(order_id, []).append(amount)
    found: Mart = {}
    for order_id, day, currency, status in pipeline.rows("select order_id, order_date, currency, status from sales.orders"):
        if status != "cancelled":
            orders, count, amount = found.get((day, currency), (0, 0, Decimal(0)))
            mine = lines.get(order_id, [])
            found[day, currency] = (orders + 1, count + len(mine), amount + sum(mine))
    return found


def test_the_mart_equals_its_recomputation_after_every_load(pipeline: Pipeline) -> None:
    random, seen = Random(20261122), set[Any]()
    for number in range(8):
        now = NOON + timedelta(hours=number)
        orders: list[Row] = [
            order(
                random.randint(1, 25),
                order_date=DAY + timedelta(days=random.randint(0, 3)),
                currency=random.choice(["EUR", "USD"]),
                status=random.choice(["paid", "shipped", "cancelled"]),
                updated_at=now - timedelta(minutes=random.randint(0, 90)),
            )
            for _ in range(12)
        ]
        lines: list[Row] = [
            line(random.randint(1, 25), random.randint(1, 3), quantity=quantity, amount=quantity * Decimal("10.00"), updated_at=now)
            for quantity in (random.randint(0, 5) for _ in range(15))
        ]
        manifests = [pipeline.lake.run("orders", [orders], run=f"r{number}"), pipeline.lake.run("order_lines", [lines], run=f"r{number}")]
        # Now and then one of the tables comes alone, as when a team reloads it.
        pipeline.load(*random.choice([manifests, manifests, manifests[:1], manifests[1:]]), run_key=f"run-{number}")
        assert mart(pipeline) == recomputed(pipeline)
        seen |= mart(pipeline).items()
    assert len(seen) > 20


def test_an_order_that_moves_to_another_day_leaves_its_old_day(pipeline: Pipeline) -> None:
    pipeline.load(
        pipeline.lake.run("orders", [[order(1, order_date=DAY), order(2, order_date=DAY)]]), pipeline.lake.run("order_lines", [[line(1, 1)]])
    )
    moved = order(1, order_date=DAY + timedelta(days=1), updated_at=NOON + timedelta(seconds=1))
    pipeline.load(pipeline.lake.run("orders", [[moved]], run="r2"), run_key="run-2")
    assert mart(pipeline) == {(DAY, "EUR"): (1, 0, Decimal(0)), (DAY + timedelta(days=1), "EUR"): (1, 1, Decimal("30.00"))}


def test_a_day_whose_only_order_is_cancelled_leaves_the_mart_and_other_days_stay_untouched(pipeline: Pipeline) -> None:
    pipeline.load(pipeline.lake.run("orders", [[order(1, order_date=DAY), order(2)]]))
    before = pipeline.rows("select xmin::text, loaded_at from sales.sales_by_day where order_date > %s", DAY)
    cancelled = order(1, order_date=DAY, status="cancelled", updated_at=NOON + timedelta(seconds=1))
    pipeline.load(pipeline.lake.run("orders", [[cancelled]], run="r2"), run_key="run-2")
    assert pipeline.rows("select xmin::text, loaded_at from sales.sales_by_day") == before


def test_lines_that_came_before_their_order_count_once_it_is_there(pipeline: Pipeline) -> None:
    pipeline.load(pipeline.lake.run("order_lines", [[line(1, 1), line(1, 2)]]))
    assert mart(pipeline) == {}
    pipeline.load(pipeline.lake.run("orders", [[order(1)]]), run_key="run-2")
    assert mart(pipeline) == {(NOON.date(), "EUR"): (1, 2, Decimal("60.00"))}
