"""Section 11: what is true at an instant. Facts have no instant after it."""

from typing import Any

from .clock import wire, wire_or_none
from .runs import Run
from .tries import Container, GlueRun, Try

Facts = dict[str, Any]


def until(at: int | None, now: int) -> str | None:
    return None if at is None or at > now else wire(at)


def run_state(run: Run, now: int) -> str | None:
    """None: it does not exist yet."""
    if now < run.run_after:
        return None
    if now < run.started:
        return "queued"
    if now < run.ended:
        return "running"
    return "failed" if run.failed else "success"


def run_facts(run: Run, now: int) -> Facts | None:
    state = run_state(run, now)
    if state is None:
        return None
    return {
        "state": state,
        "type": run.type,
        "logicalDate": wire(run.logical),
        "runAfter": wire(run.run_after),
        "queuedAt": until(run.queued, now),
        "startedAt": until(run.started, now),
        "endedAt": until(run.ended, now),
        "durationMs": run.ended - run.started if run.ended <= now else None,
    }


def following(run: Run, each: Try) -> Try | None:
    return next((t for t in run.tries if (t.task, t.index, t.number) == (each.task, each.index, each.number + 1)), None)


def try_state(run: Run, each: Try, now: int) -> str | None:
    """None: there is no such row yet."""
    if each.queued is None or each.started is None:
        # A task that is not mapped has its row from the start of the run on.
        shown_from = each.ended if each.kind == "mapped" else run.started
        return None if now < shown_from else "none" if now < each.ended else each.state
    if each.kind == "mapped" or each.number > 1:
        if now < each.queued:
            return None
    elif now < run.started:
        return None
    elif now < each.queued:
        return "none"
    if now < each.started:
        return "queued"
    if now < each.ended:
        return "running"
    after = following(run, each)
    return "up_for_retry" if after is not None and after.queued is not None and after.queued > now else each.state


def try_facts(run: Run, each: Try, now: int) -> Facts | None:
    state = try_state(run, each, now)
    if state is None:
        return None
    return {
        "state": state,
        "queuedAt": until(each.queued, now),
        "startedAt": until(each.started, now),
        "endedAt": until(each.ended, now),
    }


def failure_class(run: Run, each: Try, now: int) -> str | None:
    """Null while it has not failed."""
    return findable_class(each) if try_state(run, each, now) in ("failed", "up_for_retry", "upstream_failed") else None


def findable_class(each: Try) -> str | None:
    """The class that what was collected can prove: only a container's end proves most of its classes."""
    if each.failure is None or each.container is None or not each.container.unknowable:
        return each.failure
    if each.failure == "heartbeat_lost":
        return each.failure
    logged = each.failure.startswith("source_") or each.failure in ("python_exception", "database_connection")
    return each.failure if logged and not each.container.never_seen else "unclassified"


def container_facts(container: Container, now: int) -> Facts | None:
    """None: there is none yet, or nobody ever saw it."""
    if container.never_seen or now < container.created:
        return None
    seen = min(now, container.seen_until) if container.seen_until is not None and container.missing_since is not None else now
    steps = (
        ("STOPPED", container.stopped),
        ("DEPROVISIONING", container.stopping),
        ("RUNNING", container.started),
        ("PENDING", container.pull_started),
    )
    return {
        "taskArn": container.task_arn,
        "lastStatus": next((name for name, at in steps if at is not None and at <= seen), "PROVISIONING"),
        "exitCode": container.exit_code if container.stopping <= seen else None,
        "createdAt": wire(container.created),
        "pullStartedAt": until(container.pull_started, seen),
        "pullStoppedAt": until(container.pull_stopped, seen),
        "startedAt": until(container.started, seen),
        "executionStoppedAt": until(container.execution_stopped, seen),
        "stoppingAt": until(container.stopping, seen),
        "stoppedAt": until(container.stopped, seen),
        "cpuUnits": container.revision["cpuUnits"],
        "memoryMib": container.revision["memoryMib"],
        "definition": f"{container.family}:{container.revision['revision']}",
        "capacityProvider": "FARGATE_SPOT" if container.spot else "FARGATE",
    }


def glue_facts(run: GlueRun, now: int) -> Facts | None:
    if now < run.started:
        return None
    ended = now >= run.completed
    return {
        "jobRunId": run.run_id,
        "jobName": run.job,
        "state": run.state if ended else "RUNNING" if now >= run.booted else "STARTING",
        "executionSeconds": run.execution_seconds if ended else None,
        "dpuSeconds": run.dpu_seconds if ended else None,
        "startedAt": wire(run.started),
        "completedAt": wire_or_none(run.completed if ended else None),
    }
