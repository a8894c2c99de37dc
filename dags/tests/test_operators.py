"""What ECS and Glue are told when a task runs with Penstock's operators."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from penstock_dags import operators
from penstock_dags.airflow_names import DAG
from penstock_dags.join_key import JoinKey
from penstock_dags.operators import EcsRunTaskOperator, GlueJobOperator, with_environment
from tests.running import context_of, emulated_aws, environment_of, network, prepare, run_glue, start_container

Logged = Callable[[], str]
RUN = "manual__2026-11-22T06:15:00+00:00"


@pytest.fixture(autouse=True)
def aws() -> Iterator[None]:
    with emulated_aws():
        yield


@pytest.fixture
def logged(capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Logged:
    """What was logged so far: Airflow 3 writes task logs to stdout, Airflow 2 through the logging module."""
    return lambda: "".join((*capsys.readouterr(), caplog.text))


def dag(**options: Any) -> DAG:
    return DAG("team_dag", schedule=None, start_date=datetime(2026, 1, 1, tzinfo=UTC), **options)


def container(task_id: str = "extract", **options: Any) -> EcsRunTaskOperator:
    defaults: dict[str, Any] = {"overrides": {"containerOverrides": [{"name": "extractor", "environment": [{"name": "TABLE", "value": "orders"}]}]}}
    return EcsRunTaskOperator(
        task_id=task_id, cluster="penstock", task_definition="penstock-extractor", launch_type="FARGATE", **{**defaults, **options}
    )


def key(task: str = "extract", map_index: int = -1, try_number: int = 1) -> JoinKey:
    return JoinKey("penstock", "team_dag", RUN, task, map_index, try_number)


def test_a_container_is_told_who_started_it() -> None:
    with dag():
        task = container(tags={"team": "sales"})
    described = start_container(task, context_of(task, try_number=2))
    assert environment_of(described) == {
        "TABLE": "orders",
        "PENSTOCK_JOIN_KEY": key(try_number=2).to_json(),
        "RUN_KEY": key().run_key(),
        "ATTEMPT": "2",
    }
    assert {one["key"]: one["value"] for one in described["tags"]} == {"team": "sales", "penstock:join": key(try_number=2).digest()}


def test_each_try_gets_its_own_number_from_the_same_parsed_dag() -> None:
    with dag():
        task = container()
    tries = [environment_of(start_container(task, context_of(task, try_number=number))) for number in (1, 2)]
    assert [json.loads(one["PENSTOCK_JOIN_KEY"])["try"] for one in tries] == [1, 2]
    assert len({one["RUN_KEY"] for one in tries}) == 1


def test_what_the_dag_sets_itself_stays_except_the_join_key() -> None:
    own = [{"name": "RUN_KEY", "value": "mine"}, {"name": "ATTEMPT", "value": "9"}, {"name": "PENSTOCK_JOIN_KEY", "value": "stale"}]
    with dag():
        task = container(overrides={"cpu": "512", "containerOverrides": [{"name": "extractor", "memory": 256, "environment": own}]})
    described = start_container(task, context_of(task))
    assert environment_of(described) == {"RUN_KEY": "mine", "ATTEMPT": "9", "PENSTOCK_JOIN_KEY": key().to_json()}
    assert described["overrides"]["containerOverrides"][0]["memory"] == 256
    assert described["overrides"]["cpu"] == "512"


@pytest.mark.parametrize("overrides", [{}, {"containerOverrides": []}, {"containerOverrides": [{"name": "sidecar"}]}])
def test_the_named_container_is_added_when_the_dag_overrides_none(overrides: dict[str, Any]) -> None:
    containers = with_environment(overrides, key(), "extractor")["containerOverrides"]
    told = [one["name"] for one in containers if one.get("environment")]
    assert told == ["extractor"]
    assert overrides == {} or len(overrides["containerOverrides"]) <= 1


def test_without_a_container_name_every_overridden_container_is_told() -> None:
    overrides = {"containerOverrides": [{"name": "extractor"}, {"name": "sidecar"}]}
    told = with_environment(overrides, key(), None)["containerOverrides"]
    assert [one["environment"][-1] for one in told] == 2 * [{"name": "PENSTOCK_JOIN_KEY", "value": key().to_json()}]


def test_a_mapped_task_carries_its_map_index() -> None:
    expanded: list[Any] = [{}, {"containerOverrides": [{"name": "extractor", "environment": [{"name": "TABLE", "value": "orders"}]}]}]
    with dag():
        mapped = EcsRunTaskOperator.partial(
            task_id="extract", cluster="penstock", task_definition="penstock-extractor", launch_type="FARGATE"
        ).expand(overrides=expanded)
    context = context_of(mapped, map_index=1)
    task = mapped.unmap({"overrides": expanded[1]})
    described = start_container(task, context)
    assert environment_of(described)["PENSTOCK_JOIN_KEY"] == key(map_index=1).to_json()
    assert environment_of(described)["TABLE"] == "orders"
    assert environment_of(described)["RUN_KEY"] != key().run_key()


def test_native_rendering_changes_no_byte_of_the_key_and_text_stays_text() -> None:
    templated = [{"name": "DAYS", "value": "{{ 7 }}"}, {"name": "TABLES", "value": '{{ ["orders"] }}'}, {"name": "DATE", "value": "{{ ds }}"}]
    with dag(render_template_as_native_obj=True):
        task = container(overrides={"containerOverrides": [{"name": "extractor", "environment": templated, "memory": "{{ 256 }}"}]})
        load = GlueJobOperator(task_id="load", job_name="penstock-load", script_args={"--MANIFESTS": '["s3://a/b"]', "--N": "{{ 1 + 1 }}"})
    described = start_container(task, context_of(task) | {"ds": "2026-11-22"})
    assert environment_of(described) == {
        "DAYS": "7",
        "TABLES": '["orders"]',
        "DATE": "2026-11-22",
        "PENSTOCK_JOIN_KEY": key().to_json(),
        "RUN_KEY": key().run_key(),
        "ATTEMPT": "1",
    }
    assert described["overrides"]["containerOverrides"][0]["memory"] == 256
    assert run_glue(load, context_of(load))["Arguments"] == {
        "--MANIFESTS": '["s3://a/b"]',
        "--N": "2",
        "--PENSTOCK_JOIN_KEY": key("load").to_json(),
        "--RUN_KEY": key("load").run_key(),
        "--ATTEMPT": "1",
    }


def test_a_deferrable_task_that_resumes_starts_no_second_container() -> None:
    with dag():
        task = container(deferrable=True)
    context = context_of(task)
    ready = prepare(task, context)
    ready.network_configuration = network()
    with pytest.raises(BaseException, match=r".*") as deferral:
        ready.execute(context)
    assert type(deferral.value).__name__ == "TaskDeferred"
    (arn,) = boto3.client("ecs").list_tasks(cluster="penstock")["taskArns"]
    resumed = prepare(task, context)
    stopped = {"tasks": [{"containers": [{"name": "extractor", "lastStatus": "STOPPED", "exitCode": 0}]}]}
    resumed.client.describe_tasks = lambda **_: stopped
    resumed.execute_complete(context, {"status": "success", "task_arn": arn, "cluster": "penstock"})
    assert boto3.client("ecs").list_tasks(cluster="penstock")["taskArns"] == [arn]


def test_a_glue_run_is_told_who_started_it() -> None:
    with dag():
        task = GlueJobOperator(task_id="load", job_name="penstock-load", script_args={"--DAY": "{{ ds }}", "--ATTEMPT": "9"})
    found = run_glue(task, context_of(task, try_number=3) | {"ds": "2026-11-22"})
    assert found["Arguments"] == {
        "--DAY": "2026-11-22",
        "--ATTEMPT": "9",
        "--RUN_KEY": key("load").run_key(),
        "--PENSTOCK_JOIN_KEY": key("load", try_number=3).to_json(),
    }


@pytest.mark.parametrize("operator", ["container", "glue"])
def test_an_error_in_the_helper_is_a_warning_and_the_task_runs_without_the_key(
    operator: str, monkeypatch: pytest.MonkeyPatch, logged: Logged
) -> None:
    def broken(_: Any) -> JoinKey:
        raise KeyError("ti")

    monkeypatch.setattr(operators, "join_key", broken)
    with dag():
        task = container()
        load = GlueJobOperator(task_id="load", job_name="penstock-load", script_args={"--DAY": "1"})
    if operator == "container":
        described = start_container(task, context_of(task))
        assert environment_of(described) == {"TABLE": "orders"}
        assert described.get("tags", []) == []
    else:
        assert run_glue(load, context_of(load))["Arguments"] == {"--DAY": "1"}
    assert "the task runs without it: KeyError" in logged()


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"overrides": {"cpu": "512"}}, "no container is named"),
        (
            {"overrides": {"containerOverrides": [{"name": "extractor", "environment": [{"name": "BIG", "value": "x" * 8000}]}]}},
            "longer than the 8192",
        ),
        ({"overrides": "not a dict"}, "ValueError"),
    ],
)
def test_overrides_that_cannot_take_the_key_stay_as_they_are(options: dict[str, Any], reason: str, logged: Logged) -> None:
    with dag():
        task = container(**options)
    ready = prepare(task, context_of(task))
    assert ready.overrides == options["overrides"]
    assert ready.tags is None
    assert reason in logged()


def test_a_task_with_as_many_tags_as_ecs_takes_gets_no_further_one() -> None:
    tags = {f"t{number}": "x" for number in range(50)}
    with dag():
        task = container(tags=tags)
    ready = prepare(task, context_of(task))
    assert ready.tags == tags
    assert "PENSTOCK_JOIN_KEY" in str(ready.overrides)


def refuse(code: str, message: str, calls: list[dict[str, Any]]) -> Any:
    """A RunTask that refuses tags."""

    def run_task(**request: Any) -> dict[str, Any]:
        calls.append(request)
        if "tags" in request:
            raise ClientError({"Error": {"Code": code, "Message": message}}, "RunTask")
        started = {"taskArn": "arn:aws:ecs:eu-west-1:123456789012:task/penstock/1", "containers": [{"name": "extractor"}]}
        return {"failures": [], "tasks": [started]}

    return run_task


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            "AccessDeniedException",
            "User is not authorized to perform: ecs:TagResource on resource: arn:aws:ecs:eu-west-1:123456789012:task/penstock/*",
        ),
        ("InvalidParameterException", "The new ARN and resource ID format must be enabled to add tags to the task."),
    ],
)
def test_a_role_that_may_not_tag_runs_the_task_without_the_tag(code: str, message: str, logged: Logged) -> None:
    with dag():
        task = container(wait_for_completion=False)
    context, calls = context_of(task), list[dict[str, Any]]()
    ready = prepare(task, context)
    ready.client.run_task = refuse(code, message, calls)
    ready.execute(context)
    assert ["tags" in call for call in calls] == [True, False]
    assert "PENSTOCK_JOIN_KEY" in str(calls[1]["overrides"])
    assert "allow ecs:TagResource" in logged()


def test_any_other_refusal_is_the_tasks_own_failure() -> None:
    with dag():
        task = container(wait_for_completion=False)
    context, calls = context_of(task), list[dict[str, Any]]()
    ready = prepare(task, context)
    ready.client.run_task = refuse("AccessDeniedException", "not authorized to perform: ecs:RunTask", calls)
    with pytest.raises(ClientError, match="ecs:RunTask"):
        ready.execute(context)
    assert len(calls) == 1
