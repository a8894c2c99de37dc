"""Dollars by hand: quantity times rate, ten digits, half up for each line."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from sample_oracle.clock import parse_instant
from sample_oracle.costs import Costs
from sample_oracle.tries import Container, GlueRun
from sample_oracle.world import World

ANCHOR = date(2026, 7, 25)
BEFORE = parse_instant("2026-10-30T23:59:59.999Z")  # day 97: the old prices, by a millisecond
AFTER = BEFORE + 1


@pytest.fixture
def costs() -> Costs:
    return Costs(World("1", ANCHOR))


def container(pull_started: int | None, running: int, cpu: int = 1024, memory: int = 2048) -> Container:
    at = pull_started or BEFORE
    return Container(
        task_arn="arn",
        family="any",
        revision={"revision": 1, "day": 0, "cpuUnits": cpu, "memoryMib": memory, "imageTag": "1", "durationPermille": 1000},
        architecture="ARM64",
        spot=False,
        memory_used=100,
        exit_code=0,
        created=at,
        pull_started=pull_started,
        pull_stopped=at,
        started=at,
        execution_stopped=at,
        stopping=at,
        stopped=at + running,
    )


def test_a_container_is_billed_by_the_second_from_its_pull(costs: Costs) -> None:
    # 61 s · 1 vCPU · 0.03238 / 3600 = 0.00054866111…; 61 s · 2 GiB · 0.00356 / 3600 = 0.00012064444…
    assert costs.of_container(container(BEFORE, 60_001)) == Decimal("0.0005486611") + Decimal("0.0001206444")


def test_a_minute_at_least_and_the_prices_of_its_start(costs: Costs) -> None:
    # 60 s · 0.5 vCPU · 0.02979 / 3600 = 0.00024825; 60 s · 1 GiB · 0.003275 / 3600 = 0.00005458333…
    assert costs.of_container(container(AFTER, 5_000, cpu=512, memory=1024)) == Decimal("0.0002482500") + Decimal("0.0000545833")


def test_what_was_never_pulled_costs_nothing_and_spot_has_no_list_price(costs: Costs) -> None:
    assert costs.of_container(container(None, 20_000)) == 0
    assert costs.of_container(replace(container(AFTER, 70_000), spot=True)) == "unknown"
    assert costs.of_container(replace(container(AFTER, 70_000), never_seen=True)) == "unknown"
    assert costs.of_container(replace(container(AFTER, 70_000), missing_since=AFTER)) == "unknown"


def glue(job: str, started: int, seconds: int, dpu_seconds: int | None = None) -> GlueRun:
    return GlueRun(job, "jr", "SUCCEEDED", started, started, started + seconds * 1000, seconds, dpu_seconds)


def test_glue_is_billed_by_dpu_seconds(costs: Costs) -> None:
    # 5 workers of one DPU, 100 s at 0.44: 500 · 0.44 / 3600 = 0.06111111…; of 7 s a minute is billed.
    assert costs.of_glue(glue("erp_orders_load", BEFORE, 100)) == Decimal("0.0611111111")
    assert costs.of_glue(glue("erp_orders_load", AFTER, 7)) == Decimal("0.0333333333")
    # Flex, as metered: 2832 · 0.29 / 3600 = 0.22813333…
    assert costs.of_glue(glue("search_queries_clean", BEFORE, 472, 2832)) == Decimal("0.2281333333")
