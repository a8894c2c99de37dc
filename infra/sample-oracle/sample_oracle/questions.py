"""Random questions, weighted so that each event and each edge is among them."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from functools import cached_property

from .answers import Oracle, Question
from .clock import days_from
from .events import clock_changes
from .runs import Run
from .tries import Try

# Of a hundred questions.
WEIGHTS = {
    "run": 14,
    "try": 14,
    "container": 12,
    "glue_run": 10,
    "failure_class": 12,
    "try_cost": 10,
    "run_cost": 6,
    "pipeline_day": 4,
    "load": 8,
    "last_load": 3,
    "lateness": 7,
}


class Questions:
    def __init__(self, oracle: Oracle, seed: int, days: list[date] | None = None) -> None:
        self.oracle = oracle
        self.random = random.Random(seed)
        self.company = oracle.world.company
        self.days = days or days_from(oracle.world.anchor, oracle.today)
        # Twice: today, where runs are alive, and each day with an event or an edge.
        chosen = set(self.days)
        self.days = self.days + [day for day in edges(oracle) if day in chosen]

    def some(self, count: int) -> list[Question]:
        kinds = self.random.choices(list(WEIGHTS), weights=list(WEIGHTS.values()), k=count)
        return [{"id": number, **self._ask(kind)} for number, kind in enumerate(kinds, start=1)]

    def _ask(self, kind: str) -> Question:
        if kind == "last_load":
            return {"kind": kind, "table": self.random.choice(list(self.company.tables))}
        if kind == "lateness":
            expected = [name for name, table in self.company.tables.items() if "expect" in table]
            return {"kind": kind, "table": self.random.choice(expected), "date": self.random.choice(self.whole_days).isoformat()}
        if kind == "pipeline_day":
            return {"kind": kind, "pipeline": self.random.choice(list(self.company.pipelines)), "date": self._day().isoformat()}
        if kind in ("run", "run_cost"):
            run = self._run(lambda _: True)
            return {"kind": kind, "pipeline": run.pipeline, "runId": run.run_id}
        if kind == "load":
            name, run = self._loading()
            return {"kind": kind, "table": name, "pipeline": run.pipeline, "runId": run.run_id}
        run, each = self._try(kind)
        key = {"task": each.task, "mapIndex": each.index, "try": each.number}
        return {"kind": kind, "pipeline": run.pipeline, "runId": run.run_id, **key}

    @property
    def whole_days(self) -> list[date]:
        """Days whose deadlines can be judged by the chosen days alone: a date's loads can be of the UTC day before or after."""
        known = {*self.days, self.oracle.today + timedelta(days=1)}
        if self.oracle.world.anchor in known:
            known.add(self.oracle.world.anchor - timedelta(days=1))
        return [day for day in self.days if {day - timedelta(days=1), day + timedelta(days=1)} <= known]

    def _day(self) -> date:
        return self.random.choice(self.days)

    def _run(self, wanted: Callable[[Run], bool]) -> Run:
        """A run of a pipeline that is chosen first: the daily ones count as much as those of every quarter of an hour."""
        while True:
            special = [run for run, _ in self._special() if wanted(run)]
            if special and self.random.random() < 0.5:
                return self.random.choice(special)
            runs = self.oracle.runs.beginning_on(self.random.choice(list(self.company.pipelines)), self._day())
            runs = [run for run in runs if run.run_after <= self.oracle.now and wanted(run)]
            if runs:
                return self.random.choice(runs)

    def _loading(self) -> tuple[str, Run]:
        table = self.random.choice(list(self.company.tables.values()))
        while True:
            runs = self.oracle.runs.beginning_on(table["pipeline"], self._day())
            runs = [run for run in runs if run.run_after <= self.oracle.now]
            if runs:
                return table["name"], self.random.choice(runs)
            table = self.random.choice(list(self.company.tables.values()))

    def _try(self, kind: str) -> tuple[Run, Try]:
        def fits(each: Try) -> bool:
            if kind == "container":
                return each.container is not None
            if kind == "glue_run":
                return each.glue is not None
            if kind == "failure_class":
                return each.failure is not None
            return kind != "try_cost" or each.container is not None or each.glue is not None

        special = [pair for pair in self._special() if fits(pair[1])]
        if special and self.random.random() < 0.5:
            return self.random.choice(special)
        run = self._run(lambda run: any(fits(each) for each in run.tries))
        return run, self.random.choice([each for each in run.tries if fits(each)])

    def _special(self) -> list[tuple[Run, Try]]:
        """The rare tries of one reason, so that an event of three tries is asked about as often as one of a hundred."""
        return self.special[self.random.choice(sorted(self.special))]

    @cached_property
    def special(self) -> dict[str, list[tuple[Run, Try]]]:
        """By what is special about them."""
        now = self.oracle.now
        found: dict[str, list[tuple[Run, Try]]] = {}
        for day in sorted(set(self.days)):
            for name in self.company.pipelines:
                for run in self.oracle.runs.beginning_on(name, day):
                    for each in run.tries if run.run_after <= now else []:
                        for reason in reasons(run, each, now):
                            found.setdefault(reason, []).append((run, each))
        return found


def reasons(run: Run, each: Try, now: int) -> list[str]:
    """Why a try is worth a question: its event, its end, how its run came about, or that it is alive."""
    found = [*each.events]
    if each.state != "success":
        found.append(each.state)
    if run.type in ("manual", "backfill"):
        found.append(run.type)
    if run.ended > now:
        found.append("alive")
    if each.container is not None and each.container.unknowable:
        found.append("unknowable")
    return found


def edges(oracle: Oracle) -> list[date]:
    """Days with an event, a change of clocks, a month's first or last, and today."""
    world = oracle.world
    days = [world.date_of(day) for event in world.company.events if (day := world.event_day(event)) is not None]
    days += [date.fromisoformat(day) for changes in clock_changes(oracle).values() for day in changes]
    months = [day for day in days_from(world.anchor, oracle.today) if day.day == 1]
    days += months + [day - timedelta(days=1) for day in months]
    return [*sorted(set(days)), *[oracle.today] * 8]
