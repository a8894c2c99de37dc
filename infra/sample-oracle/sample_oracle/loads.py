"""Sections 8 and 10: loads of tables, deadlines, and why a load was late."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from .clock import MINUTE, instant_of, local_date, utc_date, wire
from .company import Table
from .runs import LONGEST_DAYS, Run, Runs
from .tries import Try


@dataclass(frozen=True)
class Load:
    table: str
    run: Run
    made_by: Try
    started: int
    finished: int
    inserted: int
    updated: int
    rejected: int
    data_through: str
    event: str | None


@dataclass(frozen=True)
class Lateness:
    due: int
    load: Load | None
    late: bool
    late_by: int
    expected_after: str


class Loads:
    def __init__(self, runs: Runs) -> None:
        self.runs = runs
        self.world = runs.world
        self.company = runs.company
        self.d = runs.d

    def of_run(self, run: Run, table: Table) -> Load | None:
        made_by = next((t for t in run.last_tries() if t.task == table["task"] and t.state == "success"), None)
        return None if made_by is None else self._load(run, made_by, table)

    def _load(self, run: Run, made_by: Try, table: Table) -> Load:
        key = f"load|{run.pipeline}|{run.run_id}|{made_by.task}|{made_by.index}|{made_by.number}|{table['name']}"
        finished = made_by.work_end - 200 - self.d.draw(key, 700)
        noise = self.d.quantile(self.world.distribution("rows_noise"), f"{key}|rows")
        rows, event = table["rows"] * run.volume // 1000 * noise // 1000, None
        for window in self.world.windows_of("zero_rows"):
            if table["name"] in window.effect["tables"] and window.has(run.run_after):
                rows, event = 0, window.event
        updated = rows * table["updatedPermille"] // 1000
        rejected = 0
        if rows > 0 and self.d.draw(f"{key}|reject", 1_000_000) < 20_000:
            rejected = 1 + self.d.draw(f"{key}|rejected", 40)
        if self.company.pipelines[run.pipeline]["schedule"]["kind"] == "interval":
            through = wire(run.occasion.nominal)
        else:
            day = run.occasion.date - timedelta(days=1)
            for window in self.world.windows_of("old_data"):
                if table["name"] in window.effect["tables"] and window.has(run.run_after):
                    day, event = day - timedelta(days=window.effect["daysBack"]), window.event
            through = day.isoformat()
        started = finished - max(500, made_by.work // 3)
        return Load(table["name"], run, made_by, started, finished, rows - updated, updated, rejected, through, event)

    def of_dates(self, table: Table, first: date, last: date) -> list[Load]:
        loads, day = [], first
        while day <= last:
            loads += [load for run in self.runs.of_date(table["pipeline"], day) if (load := self.of_run(run, table))]
            day += timedelta(days=1)
        return loads

    def backfilled(self, table: Table) -> list[Load]:
        return [load for run in self.runs.backfills_of(table["pipeline"]) if (load := self.of_run(run, table))]

    def last(self, table: Table, now: int) -> Load | None:
        """The load with the latest finishedAt until now."""
        best = max((x for x in self.backfilled(table) if x.finished <= now), key=lambda x: x.finished, default=None)
        day = utc_date(now) + timedelta(days=1)
        while self.world.day_index(day) >= 0:
            if best is not None and day < utc_date(best.finished) - timedelta(days=LONGEST_DAYS):
                break
            for load in self.of_dates(table, day, day):
                if load.finished <= now and (best is None or load.finished > best.finished):
                    best = load
            day -= timedelta(days=1)
        return best

    def expected(self, table: Table, day: date) -> bool:
        calendar = self.company.pipelines[table["pipeline"]]["calendar"]
        return table["expect"]["days"] == "all" or self.world.is_working(day, calendar)

    def expected_before(self, table: Table, day: date) -> date:
        day -= timedelta(days=1)
        while not self.expected(table, day):
            day -= timedelta(days=1)
        return day

    def due(self, table: Table, day: date) -> int:
        return instant_of(day, table["expect"]["by"], self.company.pipelines[table["pipeline"]]["zone"])

    def lateness(self, table: Table, day: date, now: int) -> Lateness:
        """Of the load that was expected on a day. late_by is until now when it has not arrived."""
        before = self.expected_before(table, day)
        due = self.due(table, day)
        count_from = (self.due(table, before) + due) // 2
        arrived = self._arrival(table, before, count_from, now)
        at = now if arrived is None else arrived.finished
        late = at > due + table["expect"]["graceMinutes"] * MINUTE
        return Lateness(due, arrived, late, max(0, at - due), before.isoformat())

    def _arrival(self, table: Table, before: date, count_from: int, now: int) -> Load | None:
        zone = self.company.pipelines[table["pipeline"]]["zone"]
        best, day = None, before + timedelta(days=1)
        candidates = self.backfilled(table)
        while day <= local_date(now, zone) and (best is None or instant_of(day, "00:00", zone) < best.finished):
            candidates += self.of_dates(table, day, day)
            counting = [x for x in candidates if count_from < x.finished <= now and x.data_through >= before.isoformat()]
            best = min(counting, key=lambda x: x.finished, default=None)
            day += timedelta(days=1)
        return best

    def why(self, pipeline_id: str, day: date, now: int) -> list[dict[str, Any]]:
        """From the producer back to the cause: what failed, waited or came late for the occasion of a date."""
        pipeline = self.company.pipelines[pipeline_id]
        steps: list[dict[str, Any]] = []
        for run in self.runs.of_date(pipeline_id, day):
            if run.run_after <= now:
                steps += self._steps(run, now)
        for upstream in pipeline["schedule"].get("after", []):
            steps += self.why(upstream, day, now)
        return steps

    def _steps(self, run: Run, now: int) -> list[dict[str, Any]]:
        steps: list[dict[str, Any]] = []
        of = {"pipeline": run.pipeline, "runId": run.run_id}
        if run.ended > now:
            steps.append({**of, "what": "running"})
        for each in run.tries:
            if each.ended > now or each.started is None:
                continue
            named = {"task": each.task, "mapIndex": each.index, "try": each.number}
            if each.failure is not None:
                named = {
                    "task": each.task,
                    "mapIndex": each.index,
                    "try": each.number,
                    "class": each.failure,
                    "events": each.events,
                }
                steps.append({**of, "what": "failed", **named})
            elif "stuck_queue" in each.events:
                waited = each.started - (each.queued or 0)
                steps.append({**of, "what": "stuck", **named, "events": each.events, "waitedMs": waited})
            if each.source_ready is not None and each.source_ready > each.started + 1500:
                waited = each.source_ready - each.started
                steps.append({**of, "what": "source_late", **named, "waitedMs": waited})
        return steps
