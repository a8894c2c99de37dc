"""Days of the company whose facts follow from the specification without any draw."""

from datetime import date
from itertools import pairwise

import pytest

from sample_oracle.answers import Oracle
from sample_oracle.clock import days_from, iso, parse_instant, wire
from sample_oracle.company import Revision
from sample_oracle.events import clock_changes
from sample_oracle.questions import WEIGHTS, Questions
from sample_oracle.tries import Container, Try
from sample_oracle.truth import findable_class, run_facts, run_state, try_state
from sample_oracle.world import World

ANCHOR = date(2026, 7, 25)
NOW = parse_instant("2026-11-22T09:00:00Z")


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    return Oracle(World("penstock", ANCHOR), NOW)


def nominals(oracle: Oracle, pipeline: str, day: date) -> list[str]:
    return [wire(occasion.nominal) for occasion in oracle.runs.occasions(pipeline, day)]


def test_daily_pipelines_keep_their_wall_clock_and_hourly_ones_do_not(oracle: Oracle) -> None:
    assert nominals(oracle, "erp_orders", date(2026, 10, 25)) == ["2026-10-24T23:20:00.000Z"]
    assert nominals(oracle, "erp_orders", date(2026, 10, 26)) == ["2026-10-26T00:20:00.000Z"]
    assert len(nominals(oracle, "orders_incremental", date(2026, 10, 25))) == 24
    assert len(nominals(oracle, "payments_authorisations", date(2026, 10, 25))) == 96


def test_the_ends_of_months(oracle: Oracle) -> None:
    october = days_from(date(2026, 10, 1), date(2026, 10, 31))
    # The 31st is a Saturday; 1 November is a Sunday and a holiday.
    assert [day.day for day in october if nominals(oracle, "payroll_month_end", day)] == [30]
    assert nominals(oracle, "payroll_month_end", date(2026, 10, 30)) == ["2026-10-30T17:00:00.000Z"]
    assert nominals(oracle, "finance_month_close", date(2026, 11, 1)) == []
    assert nominals(oracle, "finance_month_close", date(2026, 11, 2)) == ["2026-11-02T05:00:00.000Z"]
    assert nominals(oracle, "supplier_scorecards", date(2026, 11, 3)) == ["2026-11-03T06:00:00.000Z"]


def test_pipelines_begin_end_pause_and_rest(oracle: Oracle) -> None:
    day = oracle.world.date_of
    assert [bool(nominals(oracle, "tiktok_ads_spend", day(n))) for n in (61, 62)] == [False, True]
    assert [bool(nominals(oracle, "newsletter_subscribers", day(n))) for n in (69, 70)] == [True, False]
    # Paused from 09:00 of day 68 to 09:00 of day 71, at :55 of every sixth hour.
    assert [len(nominals(oracle, "price_scrape", day(n))) for n in (67, 68, 69, 70, 71)] == [4, 2, 0, 0, 2]
    # The Spanish day of the nation is a Monday.
    assert nominals(oracle, "hr_employees", date(2026, 10, 12)) == []


def test_volume_by_hand(oracle: Oracle) -> None:
    [occasion] = oracle.runs.occasions("erp_orders", date(2026, 10, 26))
    # Day 93, growth 60 in a hundred days: 1055; October 1030: 1086; Monday 1080: 1172.
    assert oracle.runs.volume(occasion) == 1172


def test_the_outage_fails_its_readers_and_people_start_them_again(oracle: Oracle) -> None:
    runs = oracle.runs.of_date("erp_orders", date(2026, 9, 24))
    assert [run.type for run in runs] == ["scheduled", *["manual"] * (len(runs) - 1)]
    assert runs[0].failed
    extract = [each for each in runs[0].tries if each.task == "extract"]
    assert [(each.number, each.failure) for each in extract] == [(n, "source_unreachable") for n in (1, 2, 3)]
    assert [each.state for each in runs[0].tries if each.task in ("load", "check_rows")] == ["upstream_failed"] * 2
    assert all(later.run_id == f"manual__{iso(later.run_after)}" and later.run_after > run.ended for run, later in pairwise(runs))


def test_a_late_mart_names_the_producer_that_failed(oracle: Oracle) -> None:
    told = oracle.lateness({"table": "mart_sales.sales_by_day", "date": "2026-09-24"})
    assert told["late"]
    assert told["lateByMs"] > 30 * 60_000
    assert ("erp_orders", "source_unreachable", ("source_outage",)) in {
        (step["pipeline"], step.get("class"), tuple(step.get("events", []))) for step in told["why"]
    }


def test_old_data_do_not_count_for_the_day(oracle: Oracle) -> None:
    judged = oracle.loads.lateness(oracle.world.company.tables["sales.marketplace_orders_jp"], date(2026, 10, 27), NOW)
    assert judged.late
    assert judged.load is not None
    assert judged.load.data_through == "2026-10-27"  # the load of the day after
    assert 20 * 3_600_000 < judged.late_by < 24 * 3_600_000


def test_no_rows_in_three_green_days(oracle: Oracle) -> None:
    table = oracle.world.company.tables["marketing.email_opens"]
    loads = oracle.loads.of_dates(table, date(2026, 8, 22), date(2026, 8, 26))
    assert [load.inserted + load.updated > 0 for load in loads] == [True, False, False, False, True]


def test_memory_grows_until_it_is_used_up(oracle: Oracle) -> None:
    used = []
    for number in range(36, 56):
        for run in oracle.runs.of_date("product_embeddings", oracle.world.date_of(number)):
            each = run.tries[0]
            assert each.container is not None
            used.append((number, each.container.memory_used, each.failure))
    killed = [number for number, _, failure in used if failure == "out_of_memory"]
    assert killed
    # 9,800 MiB and 480 a day reach 16,384 on the fourteenth day at the latest; version 3.3.1 has 30 GiB.
    assert 37 + 7 <= killed[0] <= 37 + 14
    assert killed[-1] <= 51


def test_what_is_true_follows_the_clock(oracle: Oracle) -> None:
    run = oracle.runs.of_date("orders_incremental", date(2026, 11, 20))[5]
    first = run.tries[0]
    assert first.queued is not None
    assert first.started is not None
    instants = (run.run_after - 1, run.run_after, run.started, run.ended - 1, run.ended)
    assert [run_state(run, at) for at in instants] == [None, "queued", "running", "running", "success"]
    instants = (run.started - 1, run.started, first.queued, first.started, first.ended)
    assert [try_state(run, first, at) for at in instants] == [None, "none", "queued", "running", "success"]
    facts = run_facts(run, run.ended - 1)
    assert facts is not None
    assert facts["endedAt"] is None


def test_a_try_waits_for_the_next_one(oracle: Oracle) -> None:
    run = next(run for run in oracle.runs.of_date("erp_orders", date(2026, 9, 24)) if run.failed)
    first, second = (each for each in run.tries if each.task == "extract" and each.number < 3)
    assert second.queued is not None
    assert try_state(run, first, second.queued - 1) == "up_for_retry"
    assert try_state(run, first, second.queued) == "failed"
    assert try_state(run, second, second.queued - 1) is None


def test_who_is_away_for_a_day_knows_of_no_container_of_it(oracle: Oracle) -> None:
    away = next(window for window in oracle.world.windows if window.event == "collector_away")
    runs = oracle.runs.of_date("orders_incremental", date(2026, 10, 21)) + oracle.runs.of_date(
        "orders_incremental", date(2026, 10, 22)
    )
    for run in runs:
        container = run.tries[0].container
        assert container is not None
        gone = container.created >= away.start and container.stopped < away.end - 3_600_000
        assert container.never_seen == gone
    assert (
        oracle.run_cost({"pipeline": "orders_incremental", "runId": "scheduled__2026-10-22T01:10:00+00:00"})["unknownCount"] > 0
    )


def test_of_what_nobody_saw_only_airflow_speaks() -> None:
    assert findable_class(made("out_of_memory", never_seen=True)) == "unclassified"
    assert findable_class(made("heartbeat_lost", never_seen=True)) == "heartbeat_lost"
    assert findable_class(made("source_unreachable", never_seen=True)) == "unclassified"
    assert findable_class(made("source_unreachable", missing=True)) == "source_unreachable"
    assert findable_class(made("spot_interruption", missing=True)) == "unclassified"
    assert findable_class(made("spot_interruption")) == "spot_interruption"


def made(failure: str, *, never_seen: bool = False, missing: bool = False) -> Try:
    revision: Revision = {"revision": 1, "day": 0, "cpuUnits": 1, "memoryMib": 1, "imageTag": "1", "durationPermille": 1000}
    container = Container("arn", "any", revision, "ARM64", False, 1, 1, 1, 2, 3, 4, 5, 6, 7, never_seen, 9 if missing else None)
    return Try("extract", "ecs", -1, 1, 0, 0, 0, 8, "failed", failure, container=container)


def test_the_change_of_clocks(oracle: Oracle) -> None:
    assert clock_changes(oracle) == {"America/New_York": ["2026-11-01"], "Asia/Tokyo": [], "Europe/Madrid": ["2026-10-25"]}


def test_random_questions_are_of_every_kind_and_of_every_event() -> None:
    # In the night, when pipelines are at work.
    oracle = Oracle(World("penstock", ANCHOR), parse_instant("2026-11-22T01:10:30Z"))
    days = [oracle.world.date_of(n) for n in (30, 43, 51, 60, 61, 66, 74, 83, 88, 94, 95, 96, 120)]
    questions = Questions(oracle, 1, days).some(600)
    assert questions == Questions(oracle, 1, days).some(600)
    assert {question["kind"] for question in questions} == set(WEIGHTS)
    met: set[str] = set()
    for question in questions:
        answer = oracle.answer(question)["answer"]
        run = oracle.runs.find(question["pipeline"], question["runId"]) if "runId" in question else None
        if run is not None:
            met |= {event for each in run.tries for event in each.events} | {run.type}
        if isinstance(answer, dict) and "state" in answer:
            met.add(answer["state"])
        if answer == "unknown":
            met.add("unknown")
    events = {"schema_change", "memory_growth", "source_outage", "stuck_queue", "spot_storm", "runaway_glue"}
    states = {"running", "success", "failed", "upstream_failed", "skipped", "RUNNING", "SUCCEEDED", "FAILED", "TIMEOUT"}
    assert events | states | {"backfill", "manual", "asset_triggered", "unknown"} <= met
