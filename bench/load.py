"""Rows a second into PostgreSQL: the load job's stage and merge, Spark's JDBC batch writer, and COPY from a file; same rows, same server, same run.

    PYTHONPATH=extractor/glue:extractor/glue/tests <venv of glue-dev.lock>/bin/python bench/load.py [--rows 500000] [--repeats 3]

Starts a PostgreSQL of its own and removes it. Each method runs `repeats` times in turn, after one round to warm up; the best time counts.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
from postgres import PASSWORD, REPOSITORY, SUPERUSER, Server
from psycopg import sql
from pyspark.sql import DataFrame, SparkSession

from penstock_load import job, staging
from penstock_load.merge import Load, Run, merge
from penstock_load.tables import table_for
from penstock_load.transform import REASON, to_stage, transform
from penstock_load.warehouse import Warehouse

GLUE = REPOSITORY / "extractor/glue"
JARS = REPOSITORY / ".local/cache/jars"
DATABASE = "bench"
TABLE = table_for("shop", "order_lines")
PARTS = 4
WARM_UP_ROWS = 50_000
CHUNK_BYTES = 1 << 20
JDBC_BATCH_ROWS = 10_000
# DESIGN section 9: the stage against the JDBC writer.
FLOOR, AIM = 4.0, 4.5
ORDINARY, UNLOGGED = "ordinary table", "unlogged table"

Method = Callable[["Machine", list[str], int], dict[str, float]]


@dataclass
class Machine:
    server: Server
    warehouse: Warehouse
    spark: SparkSession
    database: psycopg.Connection[tuple[Any, ...]]


def write_parts(folder: Path, rows: int) -> list[str]:
    """Order lines as the extractor writes them: zstd, row groups of 128 Ki rows. The answer is the parts' uris."""
    random = np.random.default_rng(2026)
    quantity = random.integers(1, 9, rows, dtype=np.int32)
    cents = random.integers(100, 500_000, rows)
    days = random.integers(0, 365, rows)
    instants = random.integers(0, 365 * 86_400 * 1_000_000, rows) + int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
    table = pa.table(
        {
            "order_id": pa.array(np.arange(rows) // 3 + 1),
            "line_number": pa.array((np.arange(rows) % 3 + 1).astype(np.int32)),
            "product_id": pa.array(random.integers(1, 5_000, rows)),
            "quantity": pa.array(quantity),
            "unit_price": _decimal(cents, 12),
            "amount": _decimal(cents * quantity, 14),
            "order_date": pa.array(days.astype("datetime64[D]") + (date(2026, 1, 1) - date(1970, 1, 1)).days),
            "updated_at": pa.array(instants).cast(pa.timestamp("us", tz="UTC")),
        }
    )
    folder.mkdir()
    size = -(-rows // PARTS)
    for number in range(PARTS):
        pq.write_table(table.slice(number * size, size), folder / f"part-1-{number:05d}.parquet", compression="zstd", row_group_size=1 << 17)
    return [f"file://{path}" for path in sorted(folder.glob("*.parquet"))]


def _decimal(cents: Any, precision: int) -> pa.Array:
    """Whole cents as decimal(precision, 2), without a detour over text or floats."""
    pairs = np.zeros((len(cents), 2), dtype=np.int64)
    pairs[:, 0] = cents
    return pa.Array.from_buffers(pa.decimal128(precision, 2), len(cents), [None, pa.py_buffer(pairs.tobytes())])


def typed(machine: Machine, parts: list[str]) -> DataFrame:
    return to_stage(transform(machine.spark.read.parquet(*parts), TABLE), TABLE)


def ours(machine: Machine, parts: list[str], rows: int) -> dict[str, float]:
    """The job's own two steps: into the staging table, and from there into a table with its key, two more indexes and the mart."""
    machine.database.execute("truncate sales.order_lines, penstock.table_load")
    with machine.warehouse.connect("bench", autocommit=True) as connection:
        staging.claim(connection, "bench")
        name, frame = staging.create(connection, TABLE, "bench"), typed(machine, parts)
        began = time.perf_counter()
        staged = staging.copy(frame, machine.warehouse, name)
        copied = time.perf_counter()
        [record, _] = merge(connection, Run("bench", None, None, datetime.now(UTC)), [Load(TABLE, "0" * 64, rows, staged)])
        merged = time.perf_counter()
        staging.drop(connection, "bench")
    expect(record.rows_inserted, rows)
    return {"ours: stage": copied - began, "ours: merge": merged - copied, "ours: stage + merge": merged - began}


def jdbc(kind: str) -> Method:
    """Spark's JDBC writer at its best: batches that the driver rewrites into statements of many rows, one connection for each core."""

    def run(machine: Machine, parts: list[str], rows: int) -> dict[str, float]:
        fresh_heap(machine, kind)
        url = f"jdbc:postgresql://127.0.0.1:{machine.server.port}/{DATABASE}?reWriteBatchedInserts=true"
        properties = {"user": SUPERUSER, "password": PASSWORD, "driver": "org.postgresql.Driver", "batchsize": str(JDBC_BATCH_ROWS)}
        frame = typed(machine, parts).where(f"{REASON} is null").drop(REASON)
        began = time.perf_counter()
        frame.write.jdbc(url, "heap", mode="append", properties=properties)
        seconds = time.perf_counter() - began
        expect(count(machine), rows)
        return {f"Spark JDBC batch, {kind}": seconds}

    return run


def copy_from(path: Path, options: str) -> Method:
    def run(machine: Machine, parts: list[str], rows: int) -> dict[str, float]:
        fresh_heap(machine, ORDINARY)
        began = time.perf_counter()
        with path.open("rb") as file, machine.database.cursor() as cursor, cursor.copy(f"copy heap from stdin ({options})".encode()) as stream:
            while chunk := file.read(CHUNK_BYTES):
                stream.write(chunk)
        seconds = time.perf_counter() - began
        expect(count(machine), rows)
        return {f"COPY from a file, {path.suffix[1:]}": seconds}

    return run


def copy_to(machine: Machine, path: Path, options: str) -> Path:
    with path.open("wb") as file, machine.database.cursor() as cursor, cursor.copy(f"copy heap to stdout ({options})".encode()) as stream:
        for chunk in stream:
            file.write(chunk)
    return path


def fresh_heap(machine: Machine, kind: str) -> None:
    """A table without indexes: an ordinary one, which is what Spark's writer makes, or an unlogged one, which is what the job stages in."""
    columns = sql.SQL(", ").join(map(sql.Identifier, TABLE.column_names))
    create = sql.SQL("create unlogged table" if kind == UNLOGGED else "create table")
    machine.database.execute("drop table if exists heap")
    machine.database.execute(sql.SQL("{} heap as select {} from sales.order_lines with no data").format(create, columns))


def count(machine: Machine) -> int:
    return sum(number for (number,) in machine.database.execute("select count(*) from heap"))


def expect(found: int, rows: int) -> None:
    if found != rows:
        raise SystemExit(f"{found} rows arrived of {rows}: the figures would be of different work")


def measure(machine: Machine, folder: Path, rows: int, repeats: int) -> dict[str, float]:
    """Best seconds by method."""
    parts = write_parts(folder / f"parts-{rows}", rows)
    jdbc(ORDINARY)(machine, parts, rows)
    csv, binary = copy_to(machine, folder / f"{rows}.csv", "format csv"), copy_to(machine, folder / f"{rows}.binary", "format binary")
    methods = [ours, jdbc(ORDINARY), jdbc(UNLOGGED), copy_from(csv, "format csv"), copy_from(binary, "format binary")]
    best: dict[str, float] = {}
    for _ in range(repeats):
        for method in methods:
            for name, seconds in method(machine, parts, rows).items():
                best[name] = min(seconds, best.get(name, seconds))
    return best


def spark_session(cores: int) -> SparkSession:
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["PYTHONPATH"] = str(GLUE)
    settings = ["spark.ui.enabled=false", "spark.driver.host=127.0.0.1", "spark.driver.bindAddress=127.0.0.1"]
    confs = " ".join(f"--conf {setting}" for setting in settings)
    os.environ["PYSPARK_SUBMIT_ARGS"] = f"--master local[{cores}] --driver-memory 2g --driver-class-path {JARS}/* {confs} pyspark-shell"
    session = job.spark_session("bench")
    session.sparkContext.setLogLevel("ERROR")
    return session


def report(best: dict[str, float], rows: int) -> None:
    ordinary, unlogged = best[f"Spark JDBC batch, {ORDINARY}"], best[f"Spark JDBC batch, {UNLOGGED}"]
    stage, merged, binary = best["ours: stage"], best["ours: merge"], best["COPY from a file, binary"]
    print(f"\n{rows:,} order lines of {len(TABLE.columns)} columns, Parquet → PostgreSQL; best of the rounds")
    print(f"{'':36}{'seconds':>9}{'rows/s':>12}")
    for name, seconds in best.items():
        print(f"{name:36}{seconds:9.2f}{rows / seconds:12,.0f}")
    print(f"\nratio stage / Spark JDBC batch, ordinary table  {ordinary / stage:6.2f}   (floor {FLOOR}, aim {AIM})")
    print(f"ratio stage / Spark JDBC batch, unlogged table  {unlogged / stage:6.2f}")
    print(f"ratio stage / COPY binary from a file           {binary / stage:6.2f}")
    print(f"ratio stage + merge / Spark JDBC batch + merge  {(ordinary + merged) / (stage + merged):6.2f}   (the same merge after either)")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--cores", type=int, default=min(os.cpu_count() or 1, staging.COPY_CONNECTIONS))
    options = parser.parse_args()
    subprocess.run([sys.executable, str(GLUE / "fetch_jars.py"), str(JARS)], check=True, stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory(prefix="penstock-bench-") as folder:
        server = Server(Path(folder))
        server.start()
        try:
            with server.connect("postgres") as maintenance:
                maintenance.execute(f"create database {DATABASE}".encode())
            warehouse = Warehouse("127.0.0.1", server.port, DATABASE, SUPERUSER, PASSWORD, "prefer")
            with server.connect(DATABASE) as database:
                database.execute((GLUE / "warehouse.sql").read_bytes())
                machine = Machine(server, warehouse, spark_session(options.cores), database)
                measure(machine, Path(folder), WARM_UP_ROWS, 1)
                best = measure(machine, Path(folder), options.rows, options.repeats)
                machine.spark.stop()
        finally:
            server.stop()
    report(best, options.rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
