"""Answers to questions, each a JSON object with a `kind` and what it is about."""

from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

from .clock import utc_date, wire, wire_or_none
from .costs import Costs, text
from .loads import Load, Loads
from .runs import Run, Runs
from .tries import Try
from .truth import container_facts, failure_class, glue_facts, run_facts, run_state, try_facts, try_state
from .world import World

Question = dict[str, Any]


class Oracle:
    def __init__(self, world: World, now: int) -> None:
        self.world = world
        self.now = now
        self.runs = Runs(world)
        self.loads = Loads(self.runs)
        self.costs = Costs(world)
        self.kinds: dict[str, Callable[[Question], Any]] = {
            "run": self.run,
            "try": self.try_,
            "container": self.container,
            "glue_run": self.glue_run,
            "failure_class": self.failure_class,
            "try_cost": self.try_cost,
            "run_cost": self.run_cost,
            "pipeline_day": self.pipeline_day,
            "load": self.load,
            "last_load": self.last_load,
            "lateness": self.lateness,
        }

    def answer(self, question: Question) -> dict[str, Any]:
        return {**question, "answer": self.kinds[question["kind"]](question)}

    def _run(self, question: Question) -> Run | None:
        run = self.runs.find(question["pipeline"], question["runId"])
        return None if run is None or run.run_after > self.now else run

    def _try(self, question: Question) -> tuple[Run, Try] | None:
        run = self._run(question)
        key = (question["task"], question["mapIndex"], question["try"])
        each = next((t for t in run.tries if (t.task, t.index, t.number) == key), None) if run else None
        if run is None or each is None or try_state(run, each, self.now) is None:
            return None
        return run, each

    def run(self, question: Question) -> Any:
        run = self._run(question)
        return run and run_facts(run, self.now)

    def try_(self, question: Question) -> Any:
        found = self._try(question)
        return found and try_facts(*found, self.now)

    def failure_class(self, question: Question) -> Any:
        found = self._try(question)
        return found and failure_class(*found, self.now)

    def container(self, question: Question) -> Any:
        found = self._try(question)
        return found and found[1].container and container_facts(found[1].container, self.now)

    def glue_run(self, question: Question) -> Any:
        found = self._try(question)
        return found and found[1].glue and glue_facts(found[1].glue, self.now)

    def try_cost(self, question: Question) -> Any:
        """Dollars as text, "unknown", or null: it is not billed by itself, or not over."""
        found = self._try(question)
        if found is None or found[1].ended > self.now:
            return None
        cost = self.costs.of_try(found[1])
        return cost if cost is None or cost == "unknown" else text(cost)

    def run_cost(self, question: Question) -> Any:
        """Null while it is not over."""
        run = self._run(question)
        if run is None or run.ended > self.now:
            return None
        usd, unknown = self.costs.total(run.tries)
        return {"usd": text(usd), "unknownCount": unknown}

    def pipeline_day(self, question: Question) -> Any:
        """Runs that began on a UTC date, by state, and what the ended ones cost."""
        runs = self.runs.beginning_on(question["pipeline"], date.fromisoformat(question["date"]))
        states = Counter(state for run in runs if (state := run_state(run, self.now)) is not None)
        usd, unknown = self.costs.total([each for run in runs if run.ended <= self.now for each in run.tries])
        return {"states": dict(sorted(states.items())), "usd": text(usd), "unknownCount": unknown}

    def _load_facts(self, load: Load | None) -> Any:
        if load is None or load.finished > self.now:
            return None
        return {
            "rowsInserted": load.inserted,
            "rowsUpdated": load.updated,
            "rowsRejected": load.rejected,
            "dataThrough": load.data_through,
            "startedAt": wire(load.started),
            "finishedAt": wire(load.finished),
        }

    def load(self, question: Question) -> Any:
        run = self._run(question)
        return run and self._load_facts(self.loads.of_run(run, self.world.company.tables[question["table"]]))

    def last_load(self, question: Question) -> Any:
        load = self.loads.last(self.world.company.tables[question["table"]], self.now)
        return load and {"loadedAt": wire(load.finished), "dataThrough": load.data_through}

    def lateness(self, question: Question) -> Any:
        """Was the load of a date in time; null where none was expected or it is not yet due."""
        table, day = self.world.company.tables[question["table"]], date.fromisoformat(question["date"])
        if "expect" not in table or not self.loads.expected(table, day):
            return None
        judged = self.loads.lateness(table, day, self.now)
        if judged.load is None and not judged.late:
            return None
        return {
            "expectedBy": wire(judged.due),
            "arrivedAt": wire_or_none(judged.load.finished if judged.load else None),
            "runId": judged.load.run.run_id if judged.load else None,
            "late": judged.late,
            "lateByMs": judged.late_by if judged.late else 0,
            "why": self.why_late(table["pipeline"], day) if judged.late else [],
        }

    def why_late(self, pipeline: str, day: date) -> list[dict[str, Any]]:
        steps = self.loads.why(pipeline, day, self.now)
        seen: list[dict[str, Any]] = []
        for step in steps:
            if step not in seen:
                seen.append(step)
        return seen

    def day(self, day: date) -> dict[str, Any]:
        """A UTC day as a whole: runs by state, failures by class, late loads, dollars."""
        runs = [run for name in self.world.company.pipelines for run in self.runs.beginning_on(name, day)]
        shown = [run for run in runs if run.run_after <= self.now]
        classes = Counter(c for run in shown for each in run.tries if (c := failure_class(run, each, self.now)))
        usd, unknown = self.costs.total([each for run in shown if run.ended <= self.now for each in run.tries])
        late = []
        for table in self.world.company.tables.values():
            judged = self.lateness({"table": table["name"], "date": day.isoformat()}) if "expect" in table else None
            if judged is not None and judged["late"]:
                late.append({"table": table["name"], **judged})
        return {
            "date": day.isoformat(),
            "runs": dict(sorted(Counter(run_state(run, self.now) or "" for run in shown).items())),
            "failures": dict(sorted(classes.items())),
            "usd": text(usd),
            "unknownCount": unknown,
            "late": late,
        }

    @property
    def today(self) -> date:
        return utc_date(self.now)
