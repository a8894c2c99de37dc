"""Runs one task as Airflow's task runner does, against an emulated AWS."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import boto3
from moto import mock_aws

RUN_AFTER = datetime(2026, 11, 22, 6, 15, tzinfo=UTC)


class TaskInstance:
    """What tasks ask of their instance: identity and XCom."""

    def __init__(self, task: Any, run_id: str, try_number: int, map_index: int, xcoms: dict[tuple[str, str], Any] | None = None) -> None:
        self.dag_id, self.task_id, self.run_id = task.dag_id, task.task_id, run_id
        self.try_number, self.map_index = try_number, map_index
        self.xcoms = {} if xcoms is None else xcoms
        # Airflow 2's operators name a container by it.
        self.key = SimpleNamespace(primary=(self.dag_id, self.task_id, run_id, map_index))

    def xcom_push(self, key: str, value: Any, **_: Any) -> None:
        self.xcoms[self.task_id, key] = value

    def xcom_pull(self, task_ids: str | None = None, key: str = "return_value", **_: Any) -> Any:
        return self.xcoms.get((task_ids or self.task_id, key))


class DagRun:
    """What tasks ask of their run."""

    def __init__(self, run_id: str) -> None:
        self.run_id, self.run_after, self.logical_date = run_id, RUN_AFTER, None


def context_of(
    task: Any, run_id: str = "manual__2026-11-22T06:15:00+00:00", try_number: int = 1, map_index: int = -1, **params: Any
) -> dict[str, Any]:
    ti = TaskInstance(task, run_id, try_number, map_index)
    defaults = task.dag.params.dump() if task.dag else {}
    return {
        "ti": ti,
        "task_instance": ti,
        "task": task,
        "dag": task.dag,
        "run_id": run_id,
        "dag_run": DagRun(run_id),
        "params": {**defaults, **params},
    }


def prepare(task: Any, context: dict[str, Any]) -> Any:
    """The task with its templates rendered and its pre-execute step done; the task itself stays as it is."""
    ready = task.prepare_for_execution()
    ready.render_template_fields(context)
    ready.pre_execute(context)
    return ready


@contextmanager
def emulated_aws() -> Iterator[None]:
    """An account with the names of the CDK template."""
    with mock_aws():
        boto3.client("ecs").create_cluster(clusterName="penstock")
        for family in ("penstock-extractor", "penstock-extractor-missing-image"):
            boto3.client("ecs").register_task_definition(
                family=family,
                containerDefinitions=[{"name": "extractor", "image": "extractor", "memory": 1024, "cpu": 256}],
                requiresCompatibilities=["FARGATE"],
                networkMode="awsvpc",
                cpu="256",
                memory="1024",
            )
        boto3.client("glue").create_job(Name="penstock-load", Role="loader", Command={"Name": "glueetl"})
        yield


def network() -> dict[str, Any]:
    """A subnet and a security group that the emulated account has."""
    ec2 = boto3.client("ec2")
    subnet, group = ec2.describe_subnets()["Subnets"][0]["SubnetId"], ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
    return {"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": [group]}}


def start_container(task: Any, context: dict[str, Any]) -> Any:
    """Runs an ECS task operator up to RunTask; what DescribeTasks then says of the task, tags included."""
    ready = prepare(task, context)
    ready.network_configuration, ready.wait_for_completion = network(), False
    ready.execute(context)
    arn = context["ti"].xcoms[ready.task_id, "ecs_task_arn"]
    described: Any = boto3.client("ecs").describe_tasks(cluster="penstock", tasks=[arn], include=["TAGS"])["tasks"][0]
    return described


def environment_of(described: dict[str, Any]) -> dict[str, str]:
    """The environment that a described task's one container was given."""
    (override,) = described["overrides"]["containerOverrides"]
    return {one["name"]: one["value"] for one in override["environment"]}


def run_glue(task: Any, context: dict[str, Any]) -> Any:
    """Runs a Glue operator to its end; what GetJobRun then says of the job run."""
    ready = prepare(task, context)
    run_id = ready.execute(context)
    found: Any = boto3.client("glue").get_job_run(JobName="penstock-load", RunId=run_id)["JobRun"]
    return found
