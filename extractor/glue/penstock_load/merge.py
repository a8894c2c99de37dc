import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

import psycopg
from psycopg import sql

from penstock_load.errors import RERUN, LoadError
from penstock_load.log import log
from penstock_load.mart import create_touched, note_touched, recompute
from penstock_load.staging import ATTEMPT, PARTITION, SCHEMA, Staged
from penstock_load.tables import Mart, Table, marts_of
from penstock_load.warehouse import lock_id

# The sort of a large first load takes half the time with it; a run merges its tables one after the other, so it has one such buffer.
WORK_MEM = "256MB"


@dataclass(frozen=True)
class Load:
    """One manifest's table on its way into the warehouse; staged is None where the manifest has no rows."""

    table: Table
    content_sha256: str
    rows_read: int
    staged: Staged | None


@dataclass(frozen=True)
class TableLoad:
    """A row of penstock.table_load."""

    table_name: str
    content_sha256: str
    rows_read: int
    rows_inserted: int
    rows_updated: int
    rows_rejected: int
    data_through: str | None


@dataclass(frozen=True)
class Run:
    """What all rows of penstock.table_load of one run share."""

    run_key: str
    join_key: str | None
    glue_run_id: str | None
    started_at: datetime


def is_loaded(connection: psycopg.Connection[Any], run_key: str, table: str, content_sha256: str) -> bool:
    """Whether this run has already brought exactly this content into the table."""
    query = "select 1 from penstock.table_load where run_key = %s and table_name = %s and content_sha256 = %s"
    return connection.execute(query, [run_key, table, content_sha256]).fetchone() is not None


def merge(connection: psycopg.Connection[Any], run: Run, loads: Sequence[Load]) -> list[TableLoad]:
    """Brings all tables of a run and the marts on them forward in one transaction, so that no reader sees orders without their lines.

    Raises LoadError when the staged rows are not the accepted ones, and psycopg.Error, LockNotAvailable among them. Nothing is merged then.
    """
    marts = marts_of({load.table.name for load in loads})
    with connection.transaction():
        connection.execute(sql.SQL("set local work_mem = {}").format(WORK_MEM))
        for name in sorted([*(load.table.name for load in loads), *(mart.name for mart in marts)]):
            connection.execute("select pg_advisory_xact_lock(%s)", [lock_id("table", name)])
        # Read under the locks: when the rows become the table's, not when the wait for them began.
        loaded_at: datetime = _row(connection.execute("select clock_timestamp()"))[0]
        for mart in marts:
            create_touched(connection, mart)
        records = []
        for load in loads:
            changed = _changed(connection, load)
            for mart in marts:
                note_touched(connection, mart, load.table.name, changed)
            records.append(_merge_table(connection, load, changed, loaded_at))
        for mart in marts:
            counts = recompute(connection, mart, loaded_at)
            through = data_through(connection, mart.name, mart.data_through)
            records.append(TableLoad(mart.name, _digest(mart, loads), counts.rows, counts.inserted, counts.updated, 0, through))
        for record in records:
            _record(connection, run, record)
    return records


def _changed(connection: psycopg.Connection[Any], load: Load) -> sql.Composed:
    """A query for the staged rows that are new or newer than the target's; it may hold several rows of one key."""
    table = load.table
    if load.staged is None:
        return sql.SQL("(select * from {} where false)").format(_identifier(table.name))
    check_accepted(connection, load.staged)
    connection.execute(sql.SQL("analyze {}").format(sql.Identifier(SCHEMA, load.staged.staging)))
    return sql.SQL(
        """(select s.* from {staging} s left join {target} t on {same_key}
            where (t.{key} is null or s.{watermark} > t.{watermark}) and (s.{partition}, s.{attempt}) in {winners})"""
    ).format(
        staging=sql.Identifier(SCHEMA, load.staged.staging),
        partition=sql.Identifier(PARTITION),
        attempt=sql.Identifier(ATTEMPT),
        # A straggler may still commit its rows after they were counted.
        winners=sql.SQL("(select * from unnest({}::integer[], {}::bigint[]))").format(
            [report.partition for report in load.staged.reports], [report.attempt for report in load.staged.reports]
        ),
        target=_identifier(table.name),
        same_key=sql.SQL(" and ").join(sql.SQL("s.{0} = t.{0}").format(sql.Identifier(name)) for name in table.key),
        key=sql.Identifier(table.key[0]),
        watermark=sql.Identifier(table.watermark),
    )


def check_accepted(connection: psycopg.Connection[Any], staged: Staged) -> None:
    """Fails unless the rows of the task attempts that won are exactly the accepted ones."""
    staging = sql.Identifier(SCHEMA, staged.staging)
    stamps = sql.SQL(", ").join([sql.Identifier(PARTITION), sql.Identifier(ATTEMPT)])
    counts = connection.execute(sql.SQL("select {stamps}, count(*) from {staging} group by {stamps}").format(stamps=stamps, staging=staging))
    found = {(partition, attempt): count for partition, attempt, count in counts}
    for report in staged.reports:
        count = found.pop((report.partition, report.attempt), 0)
        if count != report.accepted:
            raise LoadError(
                "warehouse",
                f"{staged.staging} holds {count} rows of partition {report.partition}, {report.accepted} were accepted: "
                "the server restarted and emptied the unlogged table, or another session wrote to it",
                RERUN,
            )
    if found:
        log("staged_attempts_ignored", "warning", staging=staged.staging, rows=sum(found.values()), attempts=sorted(a for _, a in found))


def _merge_table(connection: psycopg.Connection[Any], load: Load, changed: sql.Composed, loaded_at: datetime) -> TableLoad:
    inserted = updated = 0
    if load.staged is not None:
        # xmax is 0 in a row that the statement inserted, and the locking transaction in one that it updated.
        statement = sql.SQL(
            """with merged as (
                 insert into {target} as target ({columns}, loaded_at)
                 select distinct on ({key}) {columns}, {loaded_at} from {changed} changed order by {key}, {newest}
                 on conflict ({key}) do update set {assignments}, loaded_at = excluded.loaded_at
                   where excluded.{watermark} > target.{watermark}
                 returning target.xmax = 0 as inserted
               ) select count(*) filter (where inserted), count(*) filter (where not inserted) from merged"""
        ).format(
            target=_identifier(load.table.name),
            columns=_identifiers(load.table.column_names),
            key=_identifiers(load.table.key),
            loaded_at=loaded_at,
            changed=changed,
            # The other columns settle a tie: the outcome must not hang on the order in which Spark sent the rows.
            newest=sql.SQL(", ").join(sql.SQL("{} desc nulls last").format(sql.Identifier(name)) for name in _by_watermark(load.table)),
            assignments=sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in load.table.column_names),
            watermark=sql.Identifier(load.table.watermark),
        )
        inserted, updated = _row(connection.execute(statement))
    rejected = load.staged.rejected if load.staged else 0
    through = data_through(connection, load.table.name, load.table.data_through)
    return TableLoad(load.table.name, load.content_sha256, load.rows_read, inserted, updated, rejected, through)


def _digest(mart: Mart, loads: Sequence[Load]) -> str:
    contents = [[load.table.name, load.content_sha256] for load in loads if load.table.name in mart.inputs]
    return hashlib.sha256(repr(contents).encode()).hexdigest()


def _by_watermark(table: Table) -> list[str]:
    return [table.watermark, *(name for name in table.column_names if name != table.watermark and name not in table.key)]


def data_through(connection: psycopg.Connection[Any], table: str, column: str) -> str | None:
    """The newest value of the column in the whole table, as an ISO date or an ISO instant in UTC; None while the table is empty."""
    query = sql.SQL("select max({}) from {}").format(sql.Identifier(column), _identifier(table))
    newest: date | datetime | None = _row(connection.execute(query))[0]
    if isinstance(newest, datetime):
        return newest.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return newest.isoformat() if newest else None


def _record(connection: psycopg.Connection[Any], run: Run, record: TableLoad) -> None:
    values = {**asdict(run), **asdict(record)}
    statement = sql.SQL(
        """insert into penstock.table_load as target ({columns}, finished_at) values ({values}, clock_timestamp())
           on conflict (run_key, table_name) do update set {assignments}, finished_at = excluded.finished_at"""
    ).format(
        columns=_identifiers(list(values)),
        values=sql.SQL(", ").join(map(sql.Placeholder, values)),
        assignments=sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in values),
    )
    connection.execute(statement, values)


def _identifier(table: str) -> sql.Identifier:
    return sql.Identifier(*table.split("."))


def _identifiers(names: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def _row(cursor: psycopg.Cursor[Any]) -> Any:
    row = cursor.fetchone()
    if row is None:
        raise RuntimeError("a query that always has a row had none")
    return row
