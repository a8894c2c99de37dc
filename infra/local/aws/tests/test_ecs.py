"""What a client of ECS sees of a task that really runs."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import psutil
import pytest
from botocore.exceptions import ClientError

from local_aws.ecs import remembered
from local_aws.tasks import LocalTask
from tests.conftest import Platform, eventually

NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-unknown-here"]}}


def run(platform: Platform, program: str, definition: str = "t-extractor", **override: Any) -> str:
    answer = platform.client("ecs").run_task(
        cluster="t",
        taskDefinition=definition,
        launchType="FARGATE",
        networkConfiguration=NETWORK,
        startedBy="airflow",
        tags=[{"key": "penstock:join", "value": "digest"}],
        overrides={"containerOverrides": [{"name": "extractor", "command": [program], **override}]},
    )
    arn: str = answer["tasks"][0]["taskArn"]
    return arn


def task(platform: Platform, arn: str) -> dict[str, Any]:
    answer = platform.client("ecs").describe_tasks(cluster="t", tasks=[arn], include=["TAGS"])
    found: dict[str, Any] = answer["tasks"][0]
    return found


def ended(platform: Platform, arn: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        found = task(platform, arn)
        return found if found["lastStatus"] == "STOPPED" else None

    return eventually(look)


def lines(platform: Platform, arn: str) -> list[str]:
    logs, stream = platform.client("logs"), f"extractor/extractor/{arn.rsplit('/', maxsplit=1)[-1]}"
    found: list[str] = []
    token: dict[str, str] = {}
    while True:
        try:
            page = logs.get_log_events(logGroupName="/t/extractor", logStreamName=stream, startFromHead=True, **token)
        except logs.exceptions.ResourceNotFoundException:
            return []  # the stream begins with the container
        found += [event["message"] for event in page["events"]]
        if not page["events"]:
            return found
        token = {"nextToken": page["nextForwardToken"]}


def pid_of(platform: Platform, arn: str) -> int:
    def look() -> int | None:
        found = task(platform, arn)["containers"][0].get("runtimeId")
        return int(found.split("-")[-1]) if found else None

    return eventually(look)


def test_success_has_times_exit_code_and_environment(platform: Platform) -> None:
    program = "import os; print(*(os.environ[n] for n in 'ABCD'), os.environ['SECRET'])"
    arn = run(platform, program, environment=[{"name": "A", "value": "override"}, {"name": "D", "value": "ü"}])
    found = ended(platform, arn)
    assert (found["stopCode"], found["containers"][0]["exitCode"]) == ("EssentialContainerExited", 0)
    assert found["createdAt"] <= found["pullStartedAt"] <= found["startedAt"] <= found["stoppedAt"]
    assert (found["cpu"], found["memory"], found["launchType"]) == ("256", "512", "FARGATE")
    assert found["tags"] == [{"key": "penstock:join", "value": "digest"}]
    assert found["attributes"] == [{"name": "ecs.cpu-architecture", "value": "x86_64"}]
    assert lines(platform, arn) == ["override definition image ü DSN=shop"]


def test_failure_keeps_the_exit_code(platform: Platform) -> None:
    found = ended(platform, run(platform, "raise SystemExit(3)"))
    assert found["containers"][0]["exitCode"] == 3
    assert found["stoppedReason"] == "Essential container in task exited"


def test_a_task_beyond_its_memory_is_killed(platform: Platform) -> None:
    found = ended(platform, run(platform, "import time; x = bytearray(200 << 20); time.sleep(60)", memory=128))
    container = found["containers"][0]
    assert container["exitCode"] == 137
    assert container["reason"] == "OutOfMemoryError: Container killed due to memory usage"
    assert found["stopCode"] == "EssentialContainerExited"


def test_an_unknown_image_cannot_be_pulled(platform: Platform) -> None:
    ecs = platform.client("ecs")
    ecs.register_task_definition(
        family="t-missing",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": "extractor", "image": "registry.example/none:latest", "essential": True}],
    )
    found = ended(platform, run(platform, "print()", "t-missing"))
    assert found["stopCode"] == "TaskFailedToStart"
    assert found["stoppedReason"].startswith("CannotPullContainerError: ")
    assert "registry.example/none:latest: not found" in found["stoppedReason"]
    assert "exitCode" not in found["containers"][0]
    assert "startedAt" not in found


def test_a_missing_log_group_stops_the_task_before_it_runs(platform: Platform) -> None:
    ecs = platform.client("ecs")
    definition = ecs.describe_task_definition(taskDefinition="t-extractor")["taskDefinition"]
    container = definition["containerDefinitions"][0]
    container["logConfiguration"]["options"]["awslogs-group"] = "/t/none"
    ecs.register_task_definition(
        family="t-nolog",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        containerDefinitions=[container],
    )
    found = ended(platform, run(platform, "print()", "t-nolog"))
    assert found["stopCode"] == "TaskFailedToStart"
    assert "The specified log group does not exist" in found["stoppedReason"]


def test_stop_ends_the_whole_tree(platform: Platform) -> None:
    child = "import subprocess, sys, os; "
    child += "p = subprocess.Popen([sys.executable, '-c', 'import os, time; os.setpgid(0, 0); time.sleep(600)']); "
    arn = run(platform, child + "print('child', p.pid, flush=True); p.wait()")
    pid = pid_of(platform, arn)
    grandchild = eventually(lambda: next((int(x.split()[1]) for x in lines(platform, arn) if "child" in x), None))
    platform.client("ecs").stop_task(cluster="t", task=arn, reason="asked")
    found = ended(platform, arn)
    assert (found["stopCode"], found["stoppedReason"]) == ("UserInitiated", "asked")
    assert found["containers"][0]["exitCode"] == 143
    assert not psutil.pid_exists(pid)
    eventually(lambda: None if psutil.pid_exists(grandchild) else True)


def test_a_task_that_ignores_sigterm_is_killed_after_its_stop_timeout(platform: Platform) -> None:
    program = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
    )
    arn = run(platform, program)
    eventually(lambda: lines(platform, arn) or None)
    platform.client("ecs").stop_task(cluster="t", task=arn)
    assert ended(platform, arn)["containers"][0]["exitCode"] == 137


def test_no_line_is_lost_and_order_is_kept(platform: Platform) -> None:
    arn = run(platform, "for i in range(20000): print(f'line {i}')")
    ended(platform, arn)
    assert lines(platform, arn) == [f"line {i}" for i in range(20000)]


def test_an_override_of_an_unknown_container_is_refused(platform: Platform) -> None:
    with pytest.raises(ClientError, match="is not a container in the TaskDefinition"):
        run(platform, "print()", name="other")


def test_an_unknown_task_cannot_be_stopped(platform: Platform) -> None:
    with pytest.raises(ClientError, match="The referenced task was not found"):
        platform.client("ecs").stop_task(cluster="t", task="0" * 32)


def test_objects_and_tasks_survive_as_documented(platform: Platform) -> None:
    s3 = platform.client("s3")
    s3.put_object(Bucket="data-123456789012-eu-west-1", Key="raw/x/_watermark.json", Body=b"{}")
    s3.put_object(Bucket="data-123456789012-eu-west-1", Key="raw/x", Body=b"a file beside a folder")
    s3.put_object(Bucket="data-123456789012-eu-west-1", Key="raw/gone", Body=b"")
    s3.delete_object(Bucket="data-123456789012-eu-west-1", Key="raw/gone")
    arn = run(platform, "print('kept', 'ü\\u2028')")
    ended(platform, arn)
    platform.stop()
    platform.start()
    assert lines(platform, arn) == ["kept ü\u2028"]
    group, stream = "/t/extractor", f"extractor/extractor/{arn.rsplit('/', maxsplit=1)[-1]}"
    (found,) = platform.client("logs").describe_log_streams(logGroupName=group, logStreamNamePrefix=stream)[
        "logStreams"
    ]
    assert found["lastIngestionTime"] >= found["creationTime"]
    keys = [o["Key"] for o in s3.list_objects_v2(Bucket="data-123456789012-eu-west-1", Prefix="raw/")["Contents"]]
    assert keys == ["raw/x", "raw/x/_watermark.json"]
    assert s3.get_object(Bucket="data-123456789012-eu-west-1", Key="raw/x")["Body"].read() == b"a file beside a folder"
    assert platform.client("ecs").list_tasks(cluster="t")["taskArns"] == []
    assert not list(Path(platform.state, "s3").rglob("*.part"))


def two_containers(platform: Platform, family: str, essential: bool) -> None:
    ecs = platform.client("ecs")
    definition = ecs.describe_task_definition(taskDefinition="t-extractor")["taskDefinition"]
    main = definition["containerDefinitions"][0]
    side = {**main, "name": "side", "essential": essential, "command": ["print('beside')"], "stopTimeout": 2}
    ecs.register_task_definition(
        family=family,
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        ephemeralStorage={"sizeInGiB": 40},
        containerDefinitions=[main, side],
    )


def test_a_task_ends_with_its_first_essential_container(platform: Platform) -> None:
    two_containers(platform, "t-pair", essential=True)
    found = ended(platform, run(platform, "import time; time.sleep(600)", "t-pair"))
    codes = {container["name"]: container["exitCode"] for container in found["containers"]}
    assert codes == {"extractor": 143, "side": 0}
    assert (found["stopCode"], found["ephemeralStorage"]) == ("EssentialContainerExited", {"sizeInGiB": 40})


def test_a_side_car_that_is_not_essential_ends_alone(platform: Platform) -> None:
    two_containers(platform, "t-side-car", essential=False)
    found = ended(platform, run(platform, "import time; time.sleep(1); raise SystemExit(4)", "t-side-car"))
    assert {c["name"]: c["exitCode"] for c in found["containers"]} == {"extractor": 4, "side": 0}


def test_a_stop_is_asked_before_the_execution_stops(platform: Platform) -> None:
    program = "import signal, time; signal.signal(signal.SIGTERM, lambda *a: (time.sleep(0.6), exit(0)));"
    arn = run(platform, program + "print('up', flush=True); time.sleep(600)")
    eventually(lambda: lines(platform, arn) or None)
    platform.client("ecs").stop_task(cluster="t", task=arn)
    found = ended(platform, arn)
    assert (found["executionStoppedAt"] - found["stoppingAt"]).total_seconds() > 0.4
    assert found["executionStoppedAt"] <= found["stoppedAt"]


def test_a_spot_task_is_interrupted(platform: Platform) -> None:
    arn = platform.client("ecs").run_task(
        cluster="t",
        taskDefinition="t-extractor",
        capacityProviderStrategy=[{"capacityProvider": "FARGATE_SPOT", "weight": 1}],
        networkConfiguration=NETWORK,
        overrides={"containerOverrides": [{"name": "extractor", "command": ["import time; time.sleep(600)"]}]},
    )["tasks"][0]["taskArn"]
    found = ended(platform, arn)
    assert (found["capacityProviderName"], found["launchType"]) == ("FARGATE_SPOT", "FARGATE")
    assert (found["stopCode"], found["stoppedReason"]) == ("SpotInterruption", "Your Spot Task was interrupted.")
    assert found["containers"][0]["exitCode"] == 143


def test_an_id_is_of_the_form_that_ecs_gives(platform: Platform) -> None:
    assert re.fullmatch(r"arn:aws:ecs:eu-west-1:123456789012:task/t/[0-9a-f]{32}", run(platform, "print()"))


def test_unknown_tasks_are_missing(platform: Platform) -> None:
    arn = run(platform, "print()")
    other = arn[:-1] + ("0" if arn[-1] != "0" else "1")
    answer = platform.client("ecs").describe_tasks(cluster="t", tasks=[arn, other, "0" * 32])
    assert [found["taskArn"] for found in answer["tasks"]] == [arn]
    missing = arn.rsplit("/", maxsplit=1)[0] + "/" + "0" * 32
    assert answer["failures"] == [{"arn": other, "reason": "MISSING"}, {"arn": missing, "reason": "MISSING"}]


def test_ecs_forgets_a_task_some_time_after_its_end() -> None:
    def task_of(stopped_at: datetime | None) -> Any:
        task: Any = LocalTask.__new__(LocalTask)
        task.stopped_at = stopped_at
        return task

    def stopped(minutes_ago: float) -> Any:
        return task_of(datetime.now(UTC) - timedelta(minutes=minutes_ago))

    backend: Any = SimpleNamespace(
        _get_cluster=lambda name: SimpleNamespace(name=name),
        tasks={"t": {"task/t/old": stopped(61), "task/t/new": stopped(59), "task/t/up": task_of(None)}},
    )
    LocalTask.settings = cast(Any, SimpleNamespace(stopped_task_minutes=60))
    assert list(remembered(backend, "t")) == ["new", "up"]
    assert list(backend.tasks["t"]) == ["task/t/new", "task/t/up"]
