"""Sections 5 to 7: one try of a task, with its container or Glue run."""

from dataclasses import dataclass, field

from .clock import HOUR, MINUTE, moment
from .company import Pipeline, Revision, Task
from .world import World

DPU = {"G.1X": 1, "G.2X": 2}
SEEN_STOPPED = HOUR  # ECS forgets a stopped task after that long


@dataclass(frozen=True)
class Context:
    """What the tries of a run share."""

    pipeline: Pipeline
    run_id: str
    nominal: int
    date: str
    volume: int


@dataclass
class Container:
    task_arn: str
    family: str
    revision: Revision
    architecture: str
    spot: bool
    memory_used: int
    exit_code: int | None
    created: int
    pull_started: int | None
    pull_stopped: int | None
    started: int | None
    execution_stopped: int | None
    stopping: int
    stopped: int
    never_seen: bool = False
    missing_since: int | None = None
    seen_until: int | None = None

    @property
    def unknowable(self) -> bool:
        return self.never_seen or self.missing_since is not None


@dataclass
class GlueRun:
    job: str
    run_id: str
    state: str
    started: int
    booted: int
    completed: int
    execution_seconds: int
    dpu_seconds: int | None


@dataclass
class Try:
    task: str
    kind: str
    index: int
    number: int
    ready: int
    queued: int | None
    started: int | None
    ended: int
    state: str
    failure: str | None
    work: int = 0
    work_end: int = 0
    events: list[str] = field(default_factory=list)
    container: Container | None = None
    glue: GlueRun | None = None
    source_ready: int | None = None


class Tries:
    def __init__(self, world: World) -> None:
        self.world = world
        self.company = world.company
        self.d = world.draws

    def _q(self, distribution: str, key: str) -> int:
        return self.d.quantile(self.world.distribution(distribution), key)

    def all_of(self, context: Context, task: Task, index: int, ready: int) -> list[Try]:
        """Tries until one succeeds or none is left."""
        tries: list[Try] = []
        last = 1 if task["kind"] == "sensor" else context.pipeline["retries"] + 1
        for number in range(1, last + 1):
            tries.append(self._one(context, task, index, number, ready, tries[-1] if tries else None))
            if tries[-1].failure is None:
                break
            ready = tries[-1].ended + context.pipeline["retryDelaySeconds"] * 1000
        return tries

    def _one(self, context: Context, task: Task, index: int, number: int, ready: int, before: Try | None) -> Try:
        key = f"{context.pipeline['id']}|{context.run_id}|{task['id']}|{index}|{number}"
        queued = ready + self._q("schedule", f"{key}|schedule")
        started = queued + self._q("queue", f"{key}|queue") * self.company.peaks[moment(queued).hour] // 1000
        if task["kind"] == "mapped" and number == 1:
            started += index // task["slots"] * task["slotSeconds"] * 1000
        events = []
        for window in self.world.windows_of("stuck_queue"):
            if window.has(started):
                started = window.end + self.d.draw(f"{key}|stuck", 900_000)
                events.append(window.event)
                break
        made = Try(task["id"], task["kind"], index, number, ready, queued, started, 0, "success", None, events=events)
        if task["kind"] == "sensor":
            self._sense(made, context, task, key)
        else:
            self._work(made, context, task, key, before)
        made.state = "success" if made.failure is None else "failed"
        return made

    def _sense(self, made: Try, context: Context, task: Task, key: str) -> None:
        assert made.started is not None  # noqa: S101
        ready = context.nominal + self._q(task["lateness"], f"source|{task['source']}|{context.date}")
        limit = made.started + task["timeoutMinutes"] * MINUTE
        made.source_ready = ready
        if ready > limit:
            made.failure, made.ended = "airflow_timeout", limit
        else:
            made.ended = max(made.started + 1500, ready) + self.d.draw(f"{key}|poll", 60_000)
        made.work_end = made.ended

    def _work(self, made: Try, context: Context, task: Task, key: str, before: Try | None) -> None:
        assert made.started is not None  # noqa: S101
        revision = self.revision_at(task["definition"], made.started) if task["kind"] == "ecs" else None
        made.failure = self._fate(made, context, task, key, before, revision)
        w = self.d.work(task["work"], f"{key}|work")
        w = w * (600 + context.volume * 400 // 1000) // 1000
        if revision is not None:
            w = w * revision["durationPermille"] // 1000
        if made.failure not in (None, "heartbeat_lost"):
            w = max(1000, w * (100 + self.d.draw(f"{key}|fraction", 900)) // 1000)
        made.work = w
        if revision is not None:
            self._run_container(made, task, key, revision)
        elif task["kind"] == "glue":
            self._run_glue(made, task, key)
        elif made.failure == "airflow_timeout":
            made.ended = made.started + self.company.execution_timeout_minutes * MINUTE
        else:
            made.ended = made.started + w + (300_000 if made.failure == "heartbeat_lost" else 0)
        if task["kind"] in ("python", "mapped"):
            made.work_end = made.ended

    def revision_at(self, family: str, at: int) -> Revision:
        return [r for r in self.company.definitions[family]["revisions"] if self.registered(family, r) <= at][-1]

    def registered(self, family: str, revision: Revision) -> int:
        seconds = self.d.draw(f"deploy|{family}|{revision['revision']}", 21_600)
        return self.world.day_instant(revision["day"], "10:00") + 1000 * seconds

    def memory_used(self, family: str, key: str, at: int) -> int:
        base = self.company.definitions[family]["memoryUseMib"]
        used = base + base * self._q("memory_noise", f"{key}|memory") // 1000
        for window in self.world.windows_of("memory_growth"):
            if window.effect["family"] == family and window.has(at):
                used += window.effect["mibPerDay"] * (self.world.utc_day(at) - window.day)
        return used

    def _fate(
        self, made: Try, context: Context, task: Task, key: str, before: Try | None, revision: Revision | None
    ) -> str | None:
        assert made.started is not None  # noqa: S101
        if before is not None and before.failure in self.company.sticky:
            return before.failure
        for window in self.world.windows_of("fail"):
            effect = window.effect
            touched = (
                f"{context.pipeline['id']}/{task['id']}" in effect.get("tasks", [])
                or ("source" in effect and effect["source"] == task.get("source"))
                or (effect.get("spot", False) and task.get("spot", False))
            )
            if touched and window.has(made.started) and self.d.draw(f"{key}|event|{window.event}", 1_000_000) < effect["ppm"]:
                made.events.append(window.event)
                return effect["class"]
        if revision is not None and self.memory_used(task["definition"], key, made.started) >= revision["memoryMib"]:
            made.events += [w.event for w in self.world.windows_of("memory_growth") if w.has(made.started)]
            return "out_of_memory"
        u, c = self.d.draw(f"{key}|fail", 1_000_000), 0
        for name, ppm in self.company.failures[task["kind"]]:
            if name.startswith("source_") and "source" not in task:
                continue
            if name == "spot_interruption" and not task.get("spot"):
                continue
            c += ppm * context.pipeline["flakiness"] // 1000
            if u < c:
                return name
        return None

    def _run_container(self, made: Try, task: Task, key: str, revision: Revision) -> None:
        assert made.started is not None  # noqa: S101
        created = made.started + 900 + self.d.draw(f"{key}|create", 1500)
        provisioned = created + self._q("provision", f"{key}|provision")
        pull_started: int | None = provisioned
        pull_stopped = started = execution_stopped = None
        if made.failure == "resource_initialisation":
            pull_started, stopping = None, provisioned
        elif made.failure == "image_pull":
            stopping = provisioned + 3000 + self.d.draw(f"{key}|pullfail", 9000)
        else:
            pull_stopped = provisioned + self._q("pull", f"{key}|pull")
            started = pull_stopped + 300 + self.d.draw(f"{key}|begin", 1200)
            execution_stopped = made.work_end = started + made.work
            stopping = execution_stopped + 200 + self.d.draw(f"{key}|stopping", 900)
        stopped = stopping + self._q("stop", f"{key}|stop")
        made.ended = stopped + self.d.draw(f"{key}|poll", 6000) + (300_000 if made.failure == "heartbeat_lost" else 0)
        codes = {None: 0, "heartbeat_lost": 0, "out_of_memory": 137, "spot_interruption": 143, "container_exit": 2}
        unstarted = made.failure in ("image_pull", "resource_initialisation")
        family, definition = task["definition"], self.company.definitions[task["definition"]]
        arn_id = f"{created // 1000:08x}{self.d.hex(f'arn|{key}')[:24]}"
        made.container = Container(
            task_arn=f"arn:aws:ecs:{self.company.region}:{self.company.account}:task/{self.company.cluster}/{arn_id}",
            family=family,
            revision=revision,
            architecture=definition["architecture"],
            spot=task.get("spot", False),
            memory_used=revision["memoryMib"] if made.failure == "out_of_memory" else self.memory_used(family, key, made.started),
            exit_code=None if unstarted else codes.get(made.failure, 1),
            created=created,
            pull_started=pull_started,
            pull_stopped=pull_stopped,
            started=started,
            execution_stopped=execution_stopped,
            stopping=stopping,
            stopped=stopped,
        )
        for window in self.world.windows_of("collector_away"):
            if stopped + SEEN_STOPPED < window.end and created >= window.start:
                made.container.never_seen = True
            elif stopped + SEEN_STOPPED < window.end and stopped >= window.start:
                made.container.missing_since, made.container.seen_until = window.end, window.start

    def _run_glue(self, made: Try, task: Task, key: str) -> None:
        assert made.started is not None  # noqa: S101
        job = self.company.glue_jobs[task["job"]]
        started = made.started + 1200 + self.d.draw(f"{key}|create", 1800)
        booted = started + self._q("glue_boot", f"{key}|boot")
        seconds = job["timeoutMinutes"] * 60 if made.failure == "glue_timeout" else max(1, -(-made.work // 1000))
        completed = made.work_end = booted + 1000 * seconds
        made.ended = completed + self.d.draw(f"{key}|poll", 10_000) + (300_000 if made.failure == "heartbeat_lost" else 0)
        metered = job["meteredPermille"]
        dpu = DPU[job["workerType"]] * job["numberOfWorkers"]
        ends = {None: "SUCCEEDED", "heartbeat_lost": "SUCCEEDED", "glue_timeout": "TIMEOUT"}
        made.glue = GlueRun(
            job=job["name"],
            run_id=f"jr_{started // 1000:08x}{self.d.hex(f'glue|{key}')[:56]}",
            state=ends.get(made.failure, "FAILED"),
            started=started,
            booted=booted,
            completed=completed,
            execution_seconds=seconds,
            dpu_seconds=None if metered is None else seconds * dpu * metered // 1000,
        )
