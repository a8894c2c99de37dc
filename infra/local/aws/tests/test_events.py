"""What a queue gets of tasks and runs, through the rules of the template."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from tests.conftest import Platform, eventually
from tests.test_ecs import NETWORK, ended, run, task
from tests.test_glue import start


class Queue:
    """Everything that has come into the queue so far."""

    def __init__(self, platform: Platform) -> None:
        self._sqs = platform.client("sqs")
        self._url = self._sqs.get_queue_url(QueueName="t-events")["QueueUrl"]
        self._events: list[dict[str, Any]] = []

    def of(self, resource: str) -> list[dict[str, Any]]:
        while messages := self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                self._events.append(json.loads(message["Body"]))
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return [event for event in self._events if resource in json.dumps(event)]

    def until(self, resource: str, state: str) -> list[dict[str, Any]]:
        def look() -> list[dict[str, Any]] | None:
            events = self.of(resource)
            detail = [event["detail"] for event in events]
            return events if any(state in (each.get("lastStatus"), each.get("state")) for each in detail) else None

        return eventually(look)


@pytest.fixture
def queue(platform: Platform) -> Queue:
    return Queue(platform)


def test_every_transition_of_a_task_is_told_in_order(platform: Platform, queue: Queue) -> None:
    arn = run(platform, "raise SystemExit(3)")
    events = queue.until(arn, "STOPPED")
    states = [event["detail"]["lastStatus"] for event in events]
    assert list(dict.fromkeys(states)) == [
        *("PROVISIONING", "PENDING", "ACTIVATING", "RUNNING"),
        *("DEACTIVATING", "STOPPING", "DEPROVISIONING", "STOPPED"),
    ]
    versions = [event["detail"]["version"] for event in events]
    assert versions == list(range(1, len(events) + 1))


def test_an_event_has_eventbridges_members_and_the_task_as_described(platform: Platform, queue: Queue) -> None:
    arn = run(platform, "raise SystemExit(3)")
    event = queue.until(arn, "STOPPED")[-1]
    assert set(event) == {
        *("version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"),
    }
    assert (event["source"], event["detail-type"]) == ("aws.ecs", "ECS Task State Change")
    assert (event["account"], event["region"], event["resources"]) == ("123456789012", "eu-west-1", [arn])
    assert datetime.fromisoformat(event["time"]).tzinfo is not None
    detail, described = event["detail"], task(platform, arn)
    for name in ("clusterArn", "taskDefinitionArn", "cpu", "memory", "stopCode", "stoppedReason", "version", "group"):
        assert detail[name] == described[name], name
    assert detail["containers"][0]["exitCode"] == 3
    assert detail["containers"][0]["imageDigest"] == described["containers"][0]["imageDigest"]
    assert detail["overrides"]["containerOverrides"][0]["name"] == "extractor"
    assert detail["attachments"][0]["type"] == "eni"
    for name in ("createdAt", "pullStartedAt", "startedAt", "stoppingAt", "executionStoppedAt", "stoppedAt"):
        told = datetime.fromisoformat(detail[name])
        assert abs((told - described[name]).total_seconds()) < 0.01, name


def test_a_rule_gets_the_events_of_its_cluster_only(platform: Platform, queue: Queue) -> None:
    ecs = platform.client("ecs")
    ecs.create_cluster(clusterName="elsewhere")
    request = {
        "taskDefinition": "t-extractor",
        "launchType": "FARGATE",
        "networkConfiguration": NETWORK,
        "overrides": {"containerOverrides": [{"name": "extractor", "command": ["print()"]}]},
    }
    other = ecs.run_task(cluster="elsewhere", **request)["tasks"][0]["taskArn"]
    eventually(
        lambda: ecs.describe_tasks(cluster="elsewhere", tasks=[other])["tasks"][0]["lastStatus"] == "STOPPED" or None
    )
    own = run(platform, "print()")
    queue.until(own, "STOPPED")
    assert queue.of(other) == []


def test_a_disabled_rule_brings_nothing(platform: Platform, queue: Queue) -> None:
    events = platform.client("events")
    rule = next(r["Name"] for r in events.list_rules()["Rules"] if "taskchanges" in r["Name"].lower())
    events.disable_rule(Name=rule)
    try:
        silent = run(platform, "print()")
        ended(platform, silent)
    finally:
        events.enable_rule(Name=rule)
    told = run(platform, "print()")
    queue.until(told, "STOPPED")
    assert queue.of(silent) == []


@pytest.mark.parametrize(
    ("program", "state", "severity"),
    [("print()", "SUCCEEDED", "INFO"), ("raise RuntimeError('no')", "FAILED", "ERROR")],
)
def test_the_end_of_a_glue_run_is_told(
    platform: Platform, queue: Queue, program: str, state: str, severity: str
) -> None:
    run_id = start(platform, program)
    (event,) = queue.until(run_id, state)
    assert (event["source"], event["detail-type"], event["resources"]) == ("aws.glue", "Glue Job State Change", [])
    detail = event["detail"]
    assert (detail["jobName"], detail["jobRunId"]) == ("t-load", run_id)
    assert (detail["state"], detail["severity"]) == (state, severity)
    assert detail["message"]
