"""The job as Glue runs it: a process of its own, its package in a zip, its data in S3, its password in Secrets Manager."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from conftest import GLUE, LOADER_PASSWORD, Pipeline
from lake import customer, line, order
from moto.server import ThreadedMotoServer
from postgres import REPOSITORY

JARS = REPOSITORY / ".local/cache/jars"
BUCKET = "penstock-data"
DEADLINE_SECONDS = 300


@pytest.fixture(scope="session")
def jars() -> Path:
    subprocess.run([sys.executable, str(GLUE / "fetch_jars.py"), str(JARS)], check=True)
    return JARS


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of a process whose AWS is on this machine."""
    server = ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    host, port = server.get_host_and_port()
    yield {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }
    server.stop()


@dataclass
class GlueRun:
    """Starts the job over manifests that it puts into S3 first."""

    pipeline: Pipeline
    environment: dict[str, str]
    folder: Path

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.environment["AWS_ENDPOINT_URL"],
            region_name=self.environment["AWS_DEFAULT_REGION"],
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )

    def upload(self) -> list[str]:
        """Puts the lake into the bucket; the answer is the uris of the manifests there."""
        lake, s3 = self.pipeline.lake.folder, self.client("s3")
        keys = [path.relative_to(lake).as_posix() for path in lake.glob("raw/**/*") if path.is_file()]
        for key in keys:
            s3.upload_file(str(lake / key), BUCKET, key)
        return [f"s3://{BUCKET}/{key}" for key in keys if key.endswith("_manifest.json")]

    def start(self, manifests: list[str], **arguments: str) -> subprocess.Popen[str]:
        given = {"JOB_NAME": "penstock-load", "JOB_RUN_ID": "jr_1", "RUN_KEY": "sales_daily.r.load-1a2b3c4d", "MANIFESTS": json.dumps(manifests)}
        given |= {"WAREHOUSE_SECRET": self.pipeline.warehouse.dbname, "QUARANTINE": f"s3://{BUCKET}/quarantine", **arguments}
        command = [sys.executable, str(self.folder / "load.py"), *(word for name, value in given.items() for word in (f"--{name}", value))]
        return subprocess.Popen(
            command, cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", start_new_session=True
        )

    def finish(self, process: subprocess.Popen[str]) -> tuple[int, list[dict[str, Any]], list[str]]:
        """Exit code, events on stdout, lines on stderr."""
        out, err = process.communicate(timeout=DEADLINE_SECONDS)
        return process.returncode, [json.loads(text) for text in out.splitlines()], err.splitlines()


@pytest.fixture
def glue(pipeline: Pipeline, aws: dict[str, str], jars: Path, tmp_path: Path) -> Iterator[GlueRun]:
    folder = tmp_path / "run"
    folder.mkdir()
    shutil.copy(GLUE / "load.py", folder)
    subprocess.run([sys.executable, str(GLUE / "package.py"), str(folder)], check=True)
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "JAVA_HOME") if name in os.environ} | aws
    environment |= {
        "PYTHONPATH": str(folder / "penstock_load.zip"),
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_CONF_DIR": str(GLUE / "local"),
        "PYSPARK_SUBMIT_ARGS": f"--driver-class-path {jars}/* pyspark-shell",
        "SPARK_LOCAL_DIRS": str(folder / "spark"),
    }
    run = GlueRun(pipeline, environment, folder)
    run.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    at = pipeline.warehouse
    secret = {"host": at.host, "port": at.port, "dbname": at.dbname, "username": at.username, "password": LOADER_PASSWORD}
    run.client("secretsmanager").create_secret(Name=at.dbname, SecretString=json.dumps(secret))
    yield run
    bucket = boto3.resource("s3", endpoint_url=aws["AWS_ENDPOINT_URL"], aws_access_key_id="local", aws_secret_access_key="local").Bucket(BUCKET)
    bucket.objects.all().delete()
    bucket.delete()


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def kill(process: subprocess.Popen[str]) -> None:
    """SIGKILL of the driver alone; its JVM notices and ends by itself."""
    process.kill()
    process.communicate(timeout=DEADLINE_SECONDS)
    wait_until(lambda: not is_alive(process.pid))


def is_alive(process_group: int) -> bool:
    try:
        os.killpg(process_group, 0)
    except ProcessLookupError:
        return False
    return True


def contents(pipeline: Pipeline) -> list[Any]:
    return [
        pipeline.rows("select customer_id, country from sales.customers order by 1"),
        pipeline.rows("select order_id, status from sales.orders order by 1"),
        pipeline.rows("select order_id, line_number, amount from sales.order_lines order by 1, 2"),
        pipeline.rows("select order_date, currency, orders, lines, amount from sales.sales_by_day"),
        pipeline.rows("select table_name, rows_inserted, rows_updated, rows_rejected from penstock.table_load order by 1"),
    ]


def test_a_job_killed_while_it_copies_and_while_it_merges_leaves_the_right_rows_when_it_is_retried(glue: GlueRun) -> None:
    pipeline = glue.pipeline
    pipeline.lake.run("customers", [[customer(1), customer(2, country="??")]])
    pipeline.lake.run("orders", [[order(1)], [order(2)]])
    pipeline.lake.run("order_lines", [[line(1, 1), line(2, 1)], [line(1, 1), line(2, 2)]])
    manifests = glue.upload()

    copying = glue.start(manifests)
    assert copying.stdout is not None
    wait_until(lambda: '"event": "copied"' in copying.stdout.readline() if copying.stdout else False)
    kill(copying)
    assert pipeline.staging_tables() != []
    assert contents(pipeline) == [[]] * 5

    with pipeline.server.connect(pipeline.warehouse.dbname) as holder, holder.transaction():
        holder.execute("lock table sales.order_lines in exclusive mode")
        merging = glue.start(manifests, ATTEMPT="2")
        wait_until(lambda: pipeline.rows("select count(*) from pg_locks where relation = 'sales.order_lines'::regclass and not granted") == [(1,)])
        kill(merging)
    wait_until(lambda: pipeline.rows("select count(*) from pg_stat_activity where application_name like 'penstock load%%'") == [(0,)])
    assert contents(pipeline) == [[]] * 5

    code, events, stderr = glue.finish(glue.start(manifests, ATTEMPT="3"))
    assert code == 0, stderr
    right = contents(pipeline)
    assert right[0] == [(1, "ES")]
    assert [row[:2] for row in right[2]] == [(1, 1), (2, 1), (2, 2)]
    assert right[4] == [("sales.customers", 1, 0, 1), ("sales.order_lines", 3, 0, 0), ("sales.orders", 2, 0, 0), ("sales.sales_by_day", 1, 0, 0)]
    assert pipeline.staging_tables() == []
    names = [event["event"] for event in events]
    assert names[0] == "load_started" and names[-1] == "load_finished"
    assert {"manifest_read", "copied", "rejected", "merged", "committed"} <= set(names)
    assert all({"timestamp", "level", "event"} <= event.keys() for event in events)
    folder = "quarantine/shop/customers/load_date=2026-11-22/run=sales_daily.r.load-1a2b3c4d/"
    quarantine = glue.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=folder)
    assert any(item["Key"].endswith(".parquet") for item in quarantine["Contents"])

    before = pipeline.physical()
    code, events, stderr = glue.finish(glue.start(manifests, ATTEMPT="4"))
    assert code == 0, stderr
    assert [event["event"] for event in events].count("already_loaded") == 3
    assert pipeline.physical() == before


def test_a_lock_timeout_ends_stderr_with_postgresqls_words_and_the_remedy(glue: GlueRun) -> None:
    pipeline = glue.pipeline
    pipeline.lake.run("orders", [[order(1)]])
    with pipeline.server.connect(pipeline.warehouse.dbname) as holder, holder.transaction():
        holder.execute("lock table sales.orders in access exclusive mode")
        code, events, stderr = glue.finish(glue.start(glue.upload(), LOCK_TIMEOUT_SECONDS="0.2"))
    assert code == 1
    assert any(text.startswith("psycopg.errors.LockNotAvailable: canceling statement due to lock timeout") for text in stderr)
    assert stderr[-1].startswith("penstock_load.errors.LoadError: warehouse: canceling statement due to lock timeout")
    assert "Remedy: end the session that holds the lock or wait for it" in stderr[-1]
    assert (events[-1]["event"], events[-1]["level"], events[-1]["system"]) == ("load_failed", "error", "warehouse")


def test_a_drill_waits_before_it_loads(glue: GlueRun) -> None:
    glue.pipeline.lake.run("orders", [[order(1)]])
    process = glue.start(glue.upload(), DRILL_SLEEP_SECONDS="900")
    assert process.stdout is not None
    wait_until(lambda: '"event": "drill_sleep"' in process.stdout.readline() if process.stdout else False)
    kill(process)
    assert glue.pipeline.rows("select count(*) from sales.orders") == [(0,)]
    assert glue.pipeline.staging_tables() == []


def test_an_absent_secret_and_bucket_are_named(glue: GlueRun) -> None:
    code, _, stderr = glue.finish(glue.start(["s3://penstock-nowhere/raw/_manifest.json"], WAREHOUSE_SECRET="nowhere"))
    assert code == 1
    assert stderr[-1].startswith("penstock_load.errors.LoadError: Secrets Manager: nowhere: ")
    code, _, stderr = glue.finish(glue.start(["s3://penstock-nowhere/raw/_manifest.json"]))
    assert code == 1
    assert stderr[-1].startswith("penstock_load.errors.LoadError: data lake: there is no manifest at s3://penstock-nowhere/raw/_manifest.json")
