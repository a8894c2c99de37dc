"""Each event with its dates and what it touched, from the history itself."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from .answers import Oracle
from .clock import FOREVER, days_from, utc_date, wire
from .runs import Run
from .world import Window


def describe(oracle: Oracle) -> list[dict[str, Any]]:
    return [_describe(oracle, event["id"], event["day"]) for event in oracle.world.company.events]


def _describe(oracle: Oracle, event_id: str, day: int | None) -> dict[str, Any]:
    world = oracle.world
    event = next(each for each in world.company.events if each["id"] == event_id)
    at = world.event_day(event)
    found: dict[str, Any] = {
        "id": event_id,
        "title": event["title"],
        "date": None if at is None else world.date_of(at).isoformat(),
    }
    if event_id == "dst":
        found["dates"] = clock_changes(oracle)
    if event_id == "holiday":
        found["dates"] = {
            calendar: sorted(d for d in dates if world.anchor.isoformat() <= d <= oracle.today.isoformat())
            for calendar, dates in world.company.holidays.items()
        }
    windows = [window for window in world.windows if window.event == event_id and window.end < FOREVER]
    for window in windows:
        found["window"] = {"from": wire(window.start), "to": wire(window.end)}
        touched = [run for run in _runs_near(oracle, window) if _touches(oracle, window, run)]
        found["runs"] = [{"pipeline": run.pipeline, "runId": run.run_id} for run in touched]
        found["failedRuns"] = sum(run.failed for run in touched)
        found["tables"] = sorted(
            {t["name"] for t in world.company.tables.values() if t["pipeline"] in {r.pipeline for r in touched}}
        )
    for name, _, effect in world.backfills():
        if name == event_id:
            found["runs"] = [{"pipeline": r.pipeline, "runId": r.run_id} for r in oracle.runs.backfills_of(effect["pipeline"])]
    return found


def _runs_near(oracle: Oracle, window: Window) -> list[Run]:
    days = days_from(utc_date(window.start) - timedelta(days=1), utc_date(window.end))
    return [
        run
        for name in oracle.world.company.pipelines
        for day in days
        for run in oracle.runs.beginning_on(name, day)
        if run.run_after <= oracle.now
    ]


def _touches(oracle: Oracle, window: Window, run: Run) -> bool:
    effect = window.effect["effect"]
    if effect in ("zero_rows", "old_data"):
        tables = [oracle.world.company.tables[name] for name in window.effect["tables"]]
        return any(t["pipeline"] == run.pipeline and (load := oracle.loads.of_run(run, t)) and load.event for t in tables)
    if effect == "collector_away":
        return any(each.container is not None and each.container.unknowable for each in run.tries)
    return any(window.event in each.events for each in run.tries)


def clock_changes(oracle: Oracle) -> dict[str, list[str]]:
    """Dates on which a clock of the company is put forward or back."""
    zones = sorted({pipeline["zone"] for pipeline in oracle.world.company.pipelines.values()})
    days = days_from(oracle.world.anchor, oracle.today)
    return {zone: [day.isoformat() for day in days if _changes(day, zone)] for zone in zones}


def _changes(day: date, zone: str) -> bool:
    from datetime import datetime, time

    first, last = (datetime.combine(day + timedelta(days=n), time(), ZoneInfo(zone)).utcoffset() for n in (0, 1))
    return first != last
