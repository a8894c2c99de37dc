"""The dashboard's recorded AWS answers have the shapes of the published models: no unknown field, no wrong type."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.model import Shape
from botocore.validate import ParamValidator

RECORDED = Path(__file__).parents[4] / "server" / "sources" / "recorded"
ANSWERS = [
    ("ecs-describe-tasks", "ecs", "DescribeTasks"),
    ("ecs-describe-task-definition", "ecs", "DescribeTaskDefinition"),
    ("ecs-describe-clusters", "ecs", "DescribeClusters"),
    ("glue-get-job-runs", "glue", "GetJobRuns"),
    ("logs-describe-log-streams", "logs", "DescribeLogStreams"),
    ("logs-get-log-events", "logs", "GetLogEvents"),
    ("mwaa-get-environment", "mwaa", "GetEnvironment"),
]
# An event has these beside the fields of DescribeTasks.
ONLY_IN_EVENTS = {"updatedAt"}


def read(name: str) -> Any:
    return json.loads((RECORDED / f"{name}.json").read_text())


def problems(shape: Shape, value: Any, path: str = "") -> list[str]:
    """Fields that the shape does not know; times become times, as a client makes them."""
    if shape.type_name == "structure":
        unknown = [f"{path}.{name}" for name in value if name not in shape.members]
        for name in set(value) & set(shape.members):
            unknown += problems(shape.members[name], value[name], f"{path}.{name}")
            if shape.members[name].type_name == "timestamp":
                value[name] = datetime.fromisoformat(value[name].replace("Z", "+00:00"))
        return unknown
    if shape.type_name == "list":
        return [
            problem for index, each in enumerate(value) for problem in problems(shape.member, each, f"{path}[{index}]")
        ]
    return []


def output(service: str, operation: str) -> Shape:
    model = botocore.session.get_session().get_service_model(service)
    shape = model.operation_model(operation).output_shape
    assert shape is not None
    return shape


def check(shape: Shape, value: Any) -> None:
    assert problems(shape, value) == []
    report = ParamValidator().validate(value, shape)
    assert not report.has_errors(), report.generate_report()


@pytest.mark.parametrize(("name", "service", "operation"), ANSWERS)
def test_answer_has_the_published_shape(name: str, service: str, operation: str) -> None:
    check(output(service, operation), read(name))


def test_event_of_a_task_carries_the_task() -> None:
    event = read("event-ecs-task-stopped")
    assert (event["source"], event["detail-type"]) == ("aws.ecs", "ECS Task State Change")
    assert event["resources"] == [event["detail"]["taskArn"]]
    task = {name: value for name, value in event["detail"].items() if name not in ONLY_IN_EVENTS}
    check(botocore.session.get_session().get_service_model("ecs").shape_for("Task"), task)
    # EventBridge leaves them out; DescribeTasks gives them when asked to.
    assert "tags" not in task


def test_event_of_a_job_run_names_it_and_no_more() -> None:
    event = read("event-glue-job-succeeded")
    assert (event["source"], event["detail-type"]) == ("aws.glue", "Glue Job State Change")
    assert set(event["detail"]) == {"jobName", "severity", "state", "jobRunId", "message"}
