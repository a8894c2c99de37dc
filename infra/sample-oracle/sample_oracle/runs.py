"""Sections 3 and 4: when pipelines are due, and the runs of a day."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

from .clock import (
    MINUTE,
    days_from,
    instant_of,
    iso,
    local_date,
    local_hour,
    moment,
    parse_instant,
    utc_date,
    utc_midnight,
)
from .company import Pipeline, Task
from .tries import Context, Tries, Try
from .world import World

HANDS = 3  # times that a person starts a failed run again
LONGEST_DAYS = 9  # no run of a date begins later than that many days after it, backfills apart


@dataclass(frozen=True)
class Occasion:
    pipeline: str
    nominal: int
    date: date


@dataclass
class Run:
    pipeline: str
    run_id: str
    type: str
    occasion: Occasion
    run_after: int
    logical: int
    volume: int
    queued: int = 0
    started: int = 0
    ended: int = 0
    failed: bool = False
    tries: list[Try] = field(default_factory=list)
    event: str | None = None

    def last_tries(self) -> list[Try]:
        last = {(each.task, each.index): each for each in self.tries}
        return list(last.values())


class Runs:
    def __init__(self, world: World) -> None:
        self.world = world
        self.company = world.company
        self.d = world.draws
        self.tries = Tries(world)
        self.occasions = cache(self._occasions)
        self.of_occasion = cache(self._of_occasion)
        self.backfills_of = cache(self._backfills_of)

    def _due(self, pipeline: Pipeline, day: date) -> bool:
        schedule = pipeline["schedule"]
        if schedule["kind"] == "daily":
            return schedule["days"] == "all" or self.world.is_working(day, pipeline["calendar"])
        on = schedule["on"]
        if isinstance(on, int):
            return day.day == on
        first = day.replace(day=1)
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        working = [each for each in days_from(first, last) if self.world.is_working(each, pipeline["calendar"])]
        return day == (working[0] if on == "first_working" else working[-1])

    def _occasions(self, pipeline_id: str, day: date) -> list[Occasion]:
        """Of a date; for intervals the UTC date of the nominal instant, for others the local date."""
        pipeline = self.company.pipelines[pipeline_id]
        schedule = pipeline["schedule"]
        index = self.world.day_index(day)
        if index < max(0, pipeline.get("fromDay", 0)) or ("untilDay" in pipeline and index >= pipeline["untilDay"]):
            return []
        if schedule["kind"] == "interval":
            every, offset = schedule["everyMinutes"], schedule["offsetMinutes"]
            nominals = [utc_midnight(day) + minutes * MINUTE for minutes in range(offset, 24 * 60, every)]
        elif schedule["kind"] == "assets":
            nominals = self._asset_nominals(pipeline, day)
        else:
            nominals = [instant_of(day, schedule["at"], pipeline["zone"])] if self._due(pipeline, day) else []
        found = []
        for nominal in nominals:
            if any(w.effect["pipeline"] == pipeline_id and w.has(nominal) for w in self.world.windows_of("pause")):
                continue
            own = local_date(nominal, pipeline["zone"]) if schedule["kind"] == "interval" else day
            found.append(Occasion(pipeline_id, nominal, own))
        return found

    def _asset_nominals(self, pipeline: Pipeline, day: date) -> list[int]:
        feeding = [self.successful(upstream, day) for upstream in pipeline["schedule"]["after"]]
        ends = [run.ended for run in feeding if run is not None]
        if len(ends) < len(feeding):
            return []
        return [max(ends) + 2000 + self.d.draw(f"{pipeline['id']}|{day.isoformat()}|asset", 6000)]

    def successful(self, pipeline_id: str, day: date) -> Run | None:
        runs = [run for occasion in self.occasions(pipeline_id, day) for run in self.of_occasion(occasion)]
        return min((run for run in runs if not run.failed), key=lambda run: run.ended, default=None)

    def _of_occasion(self, occasion: Occasion) -> list[Run]:
        """The scheduled run and those that a person started after a failure, in order."""
        pipeline = self.company.pipelines[occasion.pipeline]
        kind = pipeline["schedule"]["kind"]
        if kind == "assets":
            upgraded = any(window.has(occasion.nominal) for window in self.world.windows_of("upgrade"))
            runs = [self._run(occasion, "asset_triggered" if upgraded else "dataset_triggered", occasion.nominal)]
        else:
            runs = [self._run(occasion, "scheduled", occasion.nominal)]
        while kind != "interval" and runs[-1].failed and len(runs) <= HANDS:
            runs.append(self._run(occasion, "manual", self._hand(pipeline, runs[-1])))
        return runs

    def _hand(self, pipeline: Pipeline, failed: Run) -> int:
        key = f"{failed.pipeline}|{failed.run_id}"
        zone = self.company.owners[pipeline["owner"]]["zone"]
        at = failed.ended + self.d.quantile(self.world.distribution("hand_delay"), f"{key}|hand")
        hour, day = local_hour(at, zone), local_date(at, zone)
        if 7 <= hour < 22:
            return at
        morning = day if hour < 7 else day + timedelta(days=1)
        return instant_of(morning, "07:00", zone) + 1000 * self.d.draw(f"{key}|morning", 3600)

    def _backfills_of(self, pipeline_id: str) -> list[Run]:
        runs = []
        for event, day, effect in self.world.backfills():
            if effect["pipeline"] != pipeline_id:
                continue
            for i, offset in enumerate(range(effect["fromDate"], effect["toDate"] + 1)):
                run_after = self.world.day_instant(day, effect["at"]) + i * effect["spacingSeconds"] * 1000
                for occasion in self.occasions(pipeline_id, self.world.date_of(day + offset)):
                    run = self._run(occasion, "backfill", run_after)
                    run.event = event
                    runs.append(run)
        return runs

    def volume(self, occasion: Occasion) -> int:
        pipeline, volume = self.company.pipelines[occasion.pipeline], self.company.volume
        growth = 1000 + pipeline["growthPer100Days"] * max(0, self.world.utc_day(occasion.nominal)) // 100
        names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
        holiday = self.world.is_holiday(occasion.date, pipeline["calendar"])
        weekday = volume["weekdays"]["sun" if holiday else names[occasion.date.weekday()]]
        v = growth * volume["months"][occasion.date.month - 1] // 1000 * weekday // 1000
        if pipeline["schedule"]["kind"] == "interval":
            v = v * volume["hours"][local_hour(occasion.nominal, pipeline["zone"])] // 1000
        return v

    def _run(self, occasion: Occasion, prefix: str, run_after: int) -> Run:
        backfill = prefix == "backfill"
        run_id = f"{prefix}__{iso(occasion.nominal if backfill else run_after)}"
        kind = "asset_triggered" if prefix == "dataset_triggered" else prefix
        logical = occasion.nominal if backfill else run_after
        run = Run(occasion.pipeline, run_id, kind, occasion, run_after, logical, self.volume(occasion))
        key = f"{run.pipeline}|{run_id}"
        run.queued = run_after + 300 + self.d.draw(f"{key}|queue", 1200)
        run.started = run.queued + 400 + self.d.draw(f"{key}|start", 2000)
        pipeline = self.company.pipelines[run.pipeline]
        ends: dict[str, list[Try]] = {}
        for task in pipeline["tasks"]:
            made = self._task(run, pipeline, task, ends)
            ends[task["id"]] = list({each.index: each for each in made}.values())
            run.tries += made
        last = [each for tries in ends.values() for each in tries]
        run.ended = max(each.ended for each in last) + 300 + self.d.draw(f"{key}|end", 1500)
        run.failed = any(each.state in ("failed", "upstream_failed") for each in last)
        return run

    def _task(self, run: Run, pipeline: Pipeline, task: Task, ends: dict[str, list[Try]]) -> list[Try]:
        parents = [each for parent in task["after"] for each in ends[parent]]
        broken = [each.ended for each in parents if each.state in ("failed", "upstream_failed")]
        if broken:
            ended = self._broken_at(task, ends) + 700
            return [Try(task["id"], task["kind"], -1, 1, ended, None, None, ended, "upstream_failed", "upstream_failed")]
        ready = max((each.ended for each in parents), default=run.started)
        if "skipPpm" in task and self.d.draw(f"{run.pipeline}|{run.run_id}|{task['id']}|skip", 1_000_000) < task["skipPpm"]:
            return [Try(task["id"], task["kind"], -1, 1, ready, None, None, ready + 700, "skipped", None)]
        context = Context(pipeline, run.run_id, run.occasion.nominal, run.occasion.date.isoformat(), run.volume)
        indexes = [-1]
        if task["kind"] == "mapped":
            indexes = list(range(pipeline["mapWidth"][local_hour(run.occasion.nominal, pipeline["zone"])]))
        return [each for index in indexes for each in self.tries.all_of(context, task, index, ready)]

    @staticmethod
    def _broken_at(task: Task, ends: dict[str, list[Try]]) -> int:
        """The earliest end of a broken parent; a mapped parent ends with the last of its indexes."""
        return min(
            max(each.ended for each in ends[parent])
            for parent in task["after"]
            if any(each.state in ("failed", "upstream_failed") for each in ends[parent])
        )

    def of_date(self, pipeline_id: str, day: date) -> list[Run]:
        """Runs of the occasions of a date, backfills apart."""
        return [run for occasion in self.occasions(pipeline_id, day) for run in self.of_occasion(occasion)]

    def beginning_on(self, pipeline_id: str, day: date) -> list[Run]:
        """Runs whose runAfter is on a UTC date, in order."""
        if self.company.pipelines[pipeline_id]["schedule"]["kind"] == "interval":
            near = self.of_date(pipeline_id, day)
        else:
            dates = days_from(day - timedelta(days=LONGEST_DAYS), day + timedelta(days=1))
            near = [run for each in dates for run in self.of_date(pipeline_id, each)]
        runs = [run for run in near + self.backfills_of(pipeline_id) if utc_date(run.run_after) == day]
        return sorted(runs, key=lambda run: run.run_after)

    def find(self, pipeline_id: str, run_id: str) -> Run | None:
        prefix, _, text = run_id.partition("__")
        if prefix == "backfill":
            return next((run for run in self.backfills_of(pipeline_id) if run.run_id == run_id), None)
        day = moment(parse_instant(text)).date()
        return next((run for run in self.beginning_on(pipeline_id, day) if run.run_id == run_id), None)
