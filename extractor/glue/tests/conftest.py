import os
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from lake import Lake
from postgres import Server
from psycopg import sql
from pyspark.sql import SparkSession

from penstock_load import job
from penstock_load.merge import TableLoad
from penstock_load.settings import Settings
from penstock_load.warehouse import Warehouse

GLUE = Path(__file__).parents[1]
LOADER_PASSWORD = "password-of-the-loader"  # noqa: S105
TABLES = ["sales.customers", "sales.orders", "sales.order_lines", "sales.sales_by_day", "finance.fx_rates", "penstock.table_load"]


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["PYTHONPATH"] = os.pathsep.join([str(GLUE), str(GLUE / "tests")])
    os.environ["SPARK_CONF_DIR"] = str(GLUE / "local")
    # Three attempts for each task, so that a task can fail and be retried.
    os.environ["PYSPARK_SUBMIT_ARGS"] = "--master local[2,3] pyspark-shell"
    session = job.spark_session("tests")
    yield session
    session.stop()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("postgres"))
    server.start()
    with server.connect("template1") as connection:
        connection.execute((GLUE / "warehouse.sql").read_text(encoding="utf-8"))
        connection.execute(sql.SQL("alter role penstock_loader password {}").format(LOADER_PASSWORD))
        connection.execute(sql.SQL("alter role penstock_reader password {}").format(LOADER_PASSWORD))
    yield server
    server.stop()


@dataclass
class Pipeline:
    """A fresh warehouse, an empty lake, and the job between them."""

    server: Server
    warehouse: Warehouse
    lake: Lake
    spark: SparkSession
    database: psycopg.Connection[tuple[Any, ...]] = field(repr=False)

    def settings(self, *manifests: str, run_key: str = "run-1", **changes: Any) -> Settings:
        values: dict[str, Any] = {
            "job_name": "penstock-load",
            "job_run_id": "jr_1",
            "run_key": run_key,
            "manifests": manifests,
            "attempt": 1,
            "join_key": '{"v":1}',
            "warehouse_secret": "unused",
            "quarantine": f"file://{self.lake.folder}/quarantine",
            "region": None,
            "lock_timeout_seconds": 5.0,
            "verify_sha256": True,
            "drill_sleep_seconds": 0.0,
        }
        return Settings(**(values | changes))

    def load(self, *manifests: str, run_key: str = "run-1", **changes: Any) -> dict[str, TableLoad]:
        records = job.run(self.settings(*manifests, run_key=run_key, **changes), self.warehouse, lambda: self.spark)
        return {record.table_name: record for record in records}

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        return self.database.execute(query, parameters or None).fetchall()

    def physical(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row with its place and transactions: equal only when nothing was written or locked, not even with the same values."""
        return {table: self.rows(f"select ctid::text, xmin::text, xmax::text, t.* from {table} t order by 1") for table in TABLES}

    def staging_tables(self) -> list[str]:
        return [row[0] for row in self.rows("select tablename from pg_tables where schemaname = 'penstock_staging' order by 1")]

    def quarantined(self, table: str, run_key: str = "run-1", source: str = "shop") -> list[dict[str, Any]]:
        folder = self.lake.folder / "quarantine" / source / table / "load_date=2026-11-22" / f"run={run_key}"
        if not folder.exists():
            return []
        return [row.asDict() for row in self.spark.read.parquet(f"file://{folder}").orderBy("reason").collect()]


@pytest.fixture
def pipeline(server: Server, spark: SparkSession, tmp_path: Path) -> Iterator[Pipeline]:
    name = f"w{uuid.uuid4().hex[:12]}"
    with server.connect("postgres") as maintenance:
        maintenance.execute(f"create database {name}")
    warehouse = Warehouse("127.0.0.1", server.port, name, "penstock_loader", LOADER_PASSWORD, "prefer")
    with server.connect(name) as database:
        yield Pipeline(server, warehouse, Lake(tmp_path), spark, database)
    with server.connect("postgres") as maintenance:
        maintenance.execute(f"drop database {name} with (force)")
