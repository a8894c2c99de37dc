import hashlib
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
from pgpq import ArrowToPostgresBinaryEncoder
from psycopg import sql
from pyspark import TaskContext
from pyspark.sql import DataFrame

from penstock_load.errors import LoadError
from penstock_load.log import log
from penstock_load.tables import Table
from penstock_load.transform import REASON
from penstock_load.warehouse import Warehouse, lock_id

SCHEMA = "penstock_staging"
PARTITION = "_partition"
ATTEMPT = "_attempt"
REPORT = "partition int, attempt bigint, accepted bigint, rejected map<string, bigint>"
# The warehouse serves others too; COPY stops scaling with the server's cores well before this.
COPY_CONNECTIONS = 8
# Another run's leftovers must not hold this run up.
SWEEP_LOCK_TIMEOUT = "2s"

Copier = Callable[[Iterable[pa.RecordBatch]], Iterable[pa.RecordBatch]]


@dataclass(frozen=True)
class Report:
    """What one Spark task attempt committed, and its rejects by reason; Spark hands over the report of the attempt that won, and of no other."""

    partition: int
    attempt: int
    accepted: int
    rejected: dict[str, int]


@dataclass(frozen=True)
class Staged:
    staging: str
    reports: tuple[Report, ...]

    @property
    def accepted(self) -> int:
        return sum(report.accepted for report in self.reports)

    @property
    def rejected(self) -> int:
        return sum(self.reasons.values())

    @property
    def reasons(self) -> dict[str, int]:
        return dict(sum((Counter(report.rejected) for report in self.reports), Counter[str]()))


def claim(connection: psycopg.Connection[Any], run_key: str) -> None:
    """Makes this session the only loader of the run key, until it closes, and drops what dead loaders left behind.

    Raises LoadError when another session is still loading this run key after the lock timeout.
    """
    try:
        connection.execute("select pg_advisory_lock(%s)", [lock_id("run", run_key)])
    except psycopg.errors.LockNotAvailable as error:
        raise LoadError(
            "warehouse",
            f"{error.diag.message_primary}: another session is loading the run key {run_key}",
            "stop the other Glue run or wait for it, then run the task again",
        ) from error
    drop(connection, run_key)
    for name, owner in _leftovers(connection):
        if owner != run_key:
            _drop_if_dead(connection, name, owner)


def drop(connection: psycopg.Connection[Any], run_key: str) -> None:
    for name, owner in _leftovers(connection):
        if owner == run_key:
            connection.execute(sql.SQL("drop table if exists {}").format(sql.Identifier(SCHEMA, name)))


def create(connection: psycopg.Connection[Any], table: Table, run_key: str) -> str:
    """An empty unlogged table with the target's columns, and the Spark partition and task attempt of each row.

    The name is new for each job run: a straggler of a killed run finds its table gone instead of adding to this one.
    """
    digest = hashlib.sha256(run_key.encode()).hexdigest()[:12]
    name = f"{table.name.replace('.', '_')[:36]}_{digest}_{secrets.token_hex(4)}"
    staging = sql.Identifier(SCHEMA, name)
    columns = sql.SQL(", ").join(map(sql.Identifier, table.column_names))
    with connection.transaction():
        connection.execute(
            sql.SQL(
                "create unlogged table {} with (autovacuum_enabled = off) as select {}, null::integer as {}, null::bigint as {} from {} with no data"
            ).format(staging, columns, sql.Identifier(PARTITION), sql.Identifier(ATTEMPT), sql.Identifier(*table.name.split(".")))
        )
        connection.execute(sql.SQL("comment on table {} is {}").format(staging, sql.Literal(run_key)))
    return name


def copy(frame: DataFrame, warehouse: Warehouse, staging: str) -> Staged:
    """Copies the accepted rows of a transformed frame from the executors, one connection and one transaction for each partition."""
    rows = frame.coalesce(COPY_CONNECTIONS).mapInArrow(copier(warehouse, staging), REPORT).collect()
    return Staged(staging, tuple(Report(row.partition, row.attempt, row.accepted, row.rejected) for row in rows))


def copier(warehouse: Warehouse, staging: str) -> Copier:
    """The function that runs in the executors: batches of rows in, one report out."""

    def copy_partition(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        context = TaskContext.get()
        if context is None:
            raise RuntimeError("copy_partition runs in a Spark task only")
        # taskAttemptId is unique in the application; attemptNumber begins again when a stage is retried.
        report = copy_batches(iter(batches), warehouse, staging, context.partitionId(), context.taskAttemptId())
        yield pa.RecordBatch.from_pydict(
            {
                "partition": pa.array([report.partition], pa.int32()),
                "attempt": [report.attempt],
                "accepted": [report.accepted],
                "rejected": pa.array([list(report.rejected.items())], pa.map_(pa.string(), pa.int64())),
            }
        )

    return copy_partition


def copy_batches(batches: Iterator[pa.RecordBatch], warehouse: Warehouse, staging: str, partition: int, attempt: int) -> Report:
    """Commits all accepted rows of the batches to the staging table, or none."""
    first = next(batches, None)
    if first is None:
        return Report(partition, attempt, 0, {})
    accepted, rejected = 0, Counter[str]()
    encoder = ArrowToPostgresBinaryEncoder(_stamp(_accepted(first), partition, attempt).schema)
    columns = [*_accepted(first).schema.names, PARTITION, ATTEMPT]
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("copy {} ({}) from stdin (format binary)").format(sql.Identifier(SCHEMA, staging), names)
    with warehouse.connect("penstock load: copy") as connection, connection.cursor() as cursor:
        with cursor.copy(statement) as stream:
            stream.write(encoder.write_header())
            batch: pa.RecordBatch | None = first
            while batch is not None:
                rows = _accepted(batch)
                stream.write(encoder.write_batch(_stamp(rows, partition, attempt)))
                accepted += rows.num_rows
                rejected.update(batch.column(REASON).drop_null().to_pylist())
                batch = next(batches, None)
            stream.write(encoder.finish())
        if cursor.rowcount != accepted:
            raise RuntimeError(f"COPY took {cursor.rowcount} rows of {accepted}")
    return Report(partition, attempt, accepted, dict(rejected))


def _accepted(batch: pa.RecordBatch) -> pa.RecordBatch:
    reasons = batch.column(REASON)
    rows = batch if reasons.null_count == batch.num_rows else batch.filter(pc.is_null(reasons))
    return rows.drop_columns([REASON])


def _stamp(rows: pa.RecordBatch, partition: int, attempt: int) -> pa.RecordBatch:
    stamps = [pa.repeat(stamp, rows.num_rows) for stamp in (pa.scalar(partition, pa.int32()), pa.scalar(attempt, pa.int64()))]
    return pa.RecordBatch.from_arrays([*rows.columns, *stamps], names=[*rows.schema.names, PARTITION, ATTEMPT])


def _leftovers(connection: psycopg.Connection[Any]) -> list[tuple[str, str]]:
    query = """select c.relname, obj_description(c.oid, 'pg_class') from pg_class c join pg_namespace n on n.oid = c.relnamespace
               where n.nspname = %s and c.relkind = 'r' and obj_description(c.oid, 'pg_class') is not null"""
    return connection.execute(query, [SCHEMA]).fetchall()


def _drop_if_dead(connection: psycopg.Connection[Any], name: str, run_key: str) -> None:
    lock = lock_id("run", run_key)
    row = connection.execute("select pg_try_advisory_lock(%s)", [lock]).fetchone()
    if row is None or not row[0]:
        return
    try:
        with connection.transaction():
            connection.execute(sql.SQL("set local lock_timeout = {}").format(SWEEP_LOCK_TIMEOUT))
            connection.execute(sql.SQL("drop table if exists {}").format(sql.Identifier(SCHEMA, name)))
        log("staging_swept", staging=name, run_key=run_key)
    except psycopg.errors.LockNotAvailable:
        log("staging_busy", "warning", staging=name, run_key=run_key)
    finally:
        connection.execute("select pg_advisory_unlock(%s)", [lock])
