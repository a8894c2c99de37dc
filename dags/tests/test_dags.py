"""Every DAG file: what it promises on its face, and what its tasks tell ECS and Glue."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from airflow.models import DagBag

from penstock_dags.join_key import JoinKey
from tests.running import RUN_AFTER, context_of, emulated_aws, environment_of, prepare, run_glue, start_container

DAGS = Path(__file__).parents[1]
RUN = "manual__2026-11-22T06:15:00+00:00"
BUCKET = "penstock-data-123456789012-eu-west-1"
IDS = ["fx_rates_hourly", "orders_faults", "sales_daily"]
SECTIONS = ["## Triage", "## Safe to rerun", "## Owner"]


@pytest.fixture(scope="module")
def bag() -> Any:
    return DagBag(str(DAGS))


@pytest.fixture
def aws() -> Iterator[None]:
    with emulated_aws():
        yield


def test_every_file_is_a_dag_of_its_name_and_none_fails_to_import(bag: Any) -> None:
    assert bag.import_errors == {}
    assert sorted(bag.dags) == IDS == sorted(path.stem for path in DAGS.glob("*.py"))


@pytest.mark.parametrize("dag_id", IDS)
def test_a_dag_has_an_owner_a_tier_one_run_at_a_time_and_limits_in_time(bag: Any, dag_id: str) -> None:
    dag = bag.dags[dag_id]
    assert len([tag for tag in dag.tags if re.fullmatch(r"tier-(1|2|3|drill)", tag)]) == 1
    assert dag.description
    assert not dag.catchup
    assert dag.dagrun_timeout
    for task in dag.tasks:
        assert task.owner == "data-platform"
        assert task.execution_timeout
        assert timedelta() < task.execution_timeout <= dag.dagrun_timeout
        if "tier-drill" in dag.tags:
            assert task.retries == 0
        else:
            assert dag.max_active_runs == 1
            assert task.retries >= 1
            assert task.retry_delay >= timedelta(seconds=5)


@pytest.mark.parametrize("dag_id", IDS)
def test_the_docstring_is_the_runbook_and_names_every_task(bag: Any, dag_id: str) -> None:
    text = bag.dags[dag_id].doc_md or ""
    assert text.strip().startswith(f"# {dag_id}\n")
    assert [line for line in text.splitlines() if line.startswith("## ")] == SECTIONS
    for task_id in bag.dags[dag_id].task_ids:
        assert f"`{task_id}`" in text
    triage = text.split("## Triage")[1].split("## Safe")[0]
    assert triage.count("\n- **") >= 3


@pytest.mark.parametrize("dag_id", IDS)
def test_every_parameter_is_typed_described_and_has_a_valid_default(bag: Any, dag_id: str) -> None:
    params = bag.dags[dag_id].params
    assert params
    for name in params:
        param = params.get_param(name)
        assert param.schema["type"]
        assert param.schema["title"]
        assert len(param.description or "") > 20
        param.resolve()


def test_the_order_of_the_tasks(bag: Any) -> None:
    edges = {dag_id: {(task.task_id, after) for task in dag.tasks for after in task.downstream_task_ids} for dag_id, dag in bag.dags.items()}
    extracts = {("extract_customers", "load"), ("extract_orders", "load"), ("extract_order_lines", "load")}
    assert edges["sales_daily"] == extracts | {("load", "publish")}
    assert edges["fx_rates_hourly"] == {("extract_rates", "start_load"), ("start_load", "wait_load"), ("wait_load", "publish")}
    assert edges["orders_faults"] == {("extract", "load"), ("lock_held", "load")}


@pytest.mark.parametrize("full_refresh", [False, True])
@pytest.mark.parametrize(("table", "keys"), [("customers", "customer_id"), ("orders", "order_id"), ("order_lines", "order_id,line_number")])
def test_sales_daily_tells_the_extractor_what_to_read(aws: None, bag: Any, table: str, keys: str, full_refresh: bool) -> None:
    task = bag.dags["sales_daily"].get_task(f"extract_{table}")
    key = JoinKey("penstock", "sales_daily", RUN, f"extract_{table}", -1, 1)
    described = start_container(task, context_of(task, full_refresh=full_refresh))
    assert environment_of(described) == {
        "SOURCE": "odbc",
        "ODBC_DIALECT": "postgresql",
        "SOURCE_NAME": "shop",
        "SOURCE_TABLE": f"public.{table}",
        "TABLE": table,
        "KEY_COLUMNS": keys,
        "WATERMARK_COLUMN": "updated_at",
        "DESTINATION": f"s3://{BUCKET}/raw",
        "LOAD_DATE": "2026-11-22",
        "FULL_REFRESH": "true" if full_refresh else "false",
        "RUN_KEY": key.run_key(),
        "ATTEMPT": "1",
        "PENSTOCK_JOIN_KEY": key.to_json(),
    }
    assert (task.container_name, task.awslogs_group) == ("extractor", "/penstock/extractor")
    started = task.prepare_for_execution()
    started.arn = "arn:aws:ecs:eu-west-1:123456789012:task/penstock/abc"
    assert started._get_logs_stream_name() == "extractor/extractor/abc", "the stream of the awslogs driver"
    assert (task.reattach, task.deferrable, task.waiter_delay) == (True, False, 1)


def test_sales_daily_loads_the_manifests_that_its_extracts_write(aws: None, bag: Any) -> None:
    dag = bag.dags["sales_daily"]
    found = run_glue(dag.get_task("load"), context_of(dag.get_task("load"), try_number=2))
    key = JoinKey("penstock", "sales_daily", RUN, "load", -1, 2)
    assert found["Arguments"] == {
        "--MANIFESTS": found["Arguments"]["--MANIFESTS"],
        "--RUN_KEY": key.run_key(),
        "--ATTEMPT": "2",
        "--PENSTOCK_JOIN_KEY": key.to_json(),
    }
    written = []
    for table in ("customers", "orders", "order_lines"):
        extract = dag.get_task(f"extract_{table}")
        told = environment_of(start_container(extract, context_of(extract)))
        written.append(
            f"{told['DESTINATION']}/{told['SOURCE_NAME']}/{told['TABLE']}/load_date={told['LOAD_DATE']}/run={told['RUN_KEY']}/_manifest.json"
        )
    assert json.loads(found["Arguments"]["--MANIFESTS"]) == written
    assert dag.get_task("load").stop_job_run_on_kill


def test_fx_rates_hourly_reads_the_api_and_starts_its_load_without_a_join_key(aws: None, bag: Any) -> None:
    dag = bag.dags["fx_rates_hourly"]
    extract, start, wait = (dag.get_task(task_id) for task_id in ("extract_rates", "start_load", "wait_load"))
    told = environment_of(start_container(extract, context_of(extract)))
    assert told["SOURCE"] == "http"
    assert told["PENSTOCK_JOIN_KEY"]
    context = context_of(start)
    run_id = prepare(start, context).execute(context)
    assert run_id.startswith("jr_"), "the fallback join knows a job run by its id"
    run = boto3.client("glue").get_job_run(JobName="penstock-load", RunId=run_id)["JobRun"]
    assert run["Arguments"] == {
        "--RUN_KEY": JoinKey("penstock", "fx_rates_hourly", RUN, "start_load", -1, 1).run_key(),
        "--ATTEMPT": "1",
        "--MANIFESTS": json.dumps(
            [f"s3://{BUCKET}/raw/fx/fx_rates/load_date={RUN_AFTER.date()}/run={told['RUN_KEY']}/_manifest.json"],
        ),
    }
    waiting = context_of(wait)
    waiting["ti"].xcoms["start_load", "return_value"] = run_id
    ready = prepare(wait, waiting)
    assert ready.run_id == run_id
    ready.execute(waiting)


FAULTS = ["none", "exit_137", "spot", "image_not_found", "glue_timeout", "db_lock"]


def test_the_drill_offers_each_fault(bag: Any) -> None:
    assert bag.dags["orders_faults"].params.get_param("fault").schema["enum"] == FAULTS
    for fault in FAULTS:
        assert f"| `{fault}` |" in (bag.dags["orders_faults"].doc_md or "")


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_changes_what_makes_it_fail_and_nothing_else(aws: None, bag: Any, fault: str) -> None:
    extract, load = (bag.dags["orders_faults"].get_task(task_id) for task_id in ("extract", "load"))
    described = start_container(extract, context_of(extract, fault=fault))
    told, (override,) = environment_of(described), described["overrides"]["containerOverrides"]
    family = described["taskDefinitionArn"].split("/")[-1].split(":")[0]
    assert family == ("penstock-extractor-missing-image" if fault == "image_not_found" else "penstock-extractor")
    assert (told["FAULT"], override["memory"]) == {"exit_137": ("memory", 256), "spot": ("wait", 1024)}.get(fault, ("none", 1024))
    assert described.get("capacityProviderName") == ("FARGATE_SPOT" if fault == "spot" else None)
    assert told["DESTINATION"] == f"s3://{BUCKET}/raw/drill", "the drill moves no other pipeline's watermark"
    assert json.loads(told["PENSTOCK_JOIN_KEY"])["dag"] == "orders_faults"

    ready = prepare(load, context_of(load, fault=fault))
    assert ready.run_job_kwargs == {"Timeout": 1 if fault == "glue_timeout" else 15}
    run = run_glue(load, context_of(load, fault=fault))
    assert run["Arguments"]["--DRILL_SLEEP_SECONDS"] == ("900" if fault == "glue_timeout" else "0")
    assert run["Arguments"]["--LOCK_TIMEOUT_SECONDS"] == ("5" if fault == "db_lock" else "60")
    (manifest,) = json.loads(run["Arguments"]["--MANIFESTS"])
    assert manifest == f"s3://{BUCKET}/raw/drill/shop/customers/load_date=2026-11-22/run={told['RUN_KEY']}/_manifest.json"


@pytest.mark.parametrize("fault", FAULTS)
def test_the_load_waits_for_the_lock_only_when_there_is_one(bag: Any, fault: str) -> None:
    sensor = bag.dags["orders_faults"].get_task("lock_held")
    context = context_of(sensor, fault=fault)
    assert bool(prepare(sensor, context).poke(context)) is (fault != "db_lock")
    context["ti"].xcoms["hold_lock", "locked"] = True
    assert bool(prepare(sensor, context).poke(context))


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "db_lock"])
def test_nobody_takes_the_lock_for_another_fault(bag: Any, fault: str) -> None:
    task = bag.dags["orders_faults"].get_task("hold_lock")
    context = context_of(task, fault=fault)
    with pytest.raises(Exception, match="only db_lock takes the lock") as skipped:
        prepare(task, context).execute(context)
    assert type(skipped.value).__name__ == "AirflowSkipException"


def value_of(task: Any, name: str) -> Any:
    return task.network_configuration["awsvpcConfiguration"][name]


def test_names_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "PENSTOCK_CLUSTER": "c",
        "PENSTOCK_TASK_DEFINITION": "td",
        "PENSTOCK_SUBNETS": "subnet-1, subnet-2",
        "PENSTOCK_SECURITY_GROUPS": "sg-1",
        "PENSTOCK_EXTRACTOR_LOG_GROUP": "/logs",
        "PENSTOCK_LOAD_JOB": "job",
        "PENSTOCK_DATA_BUCKET": "bucket",
        "PENSTOCK_FX_URL": "http://rates:1",
    }.items():
        monkeypatch.setenv(name, value)
    dag: Any = DagBag(str(DAGS / "fx_rates_hourly.py")).dags["fx_rates_hourly"]
    extract = dag.get_task("extract_rates")
    assert (extract.cluster, extract.task_definition, extract.awslogs_group) == ("c", "td", "/logs")
    assert (value_of(extract, "subnets"), value_of(extract, "securityGroups")) == (["subnet-1", "subnet-2"], ["sg-1"])
    environment = {one["name"]: one["value"] for one in extract.overrides["containerOverrides"][0]["environment"]}
    assert (environment["DESTINATION"], environment["HTTP_URL"]) == ("s3://bucket/raw", "http://rates:1")
    assert dag.get_task("wait_load").job_name == "job"
