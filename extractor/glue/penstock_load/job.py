import re
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import psycopg
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession

from penstock_load import quarantine, staging
from penstock_load.errors import RERUN, RERUN_EXTRACT, LoadError
from penstock_load.log import log
from penstock_load.manifest import Manifest, check_parts, read_manifest
from penstock_load.merge import Load, Run, TableLoad, is_loaded, merge
from penstock_load.settings import Settings
from penstock_load.staging import Staged
from penstock_load.storage import Storage
from penstock_load.tables import Table, all_tables, table_for
from penstock_load.transform import to_stage, transform
from penstock_load.warehouse import Warehouse, failure, holders

# Larger Arrow batches than Spark's 10,000 spare calls between JVM, Python and PostgreSQL; a batch stays at a few megabytes.
ARROW_BATCH_ROWS = 50_000


def main(argv: Sequence[str]) -> None:
    """Runs the job for Glue's argument list. A failure leaves as LoadError, whose line ends stderr and becomes the job run's error message."""
    try:
        settings = Settings.from_arguments(argv)
        run(settings, Warehouse.from_secret(settings.warehouse_secret, settings.region), lambda: spark_session(settings.job_name))
    except LoadError as error:
        log("load_failed", "error", system=error.system, error=error.message, remedy=error.remedy)
        raise


def run(settings: Settings, warehouse: Warehouse, start_spark: Callable[[], SparkSession]) -> list[TableLoad]:
    """Loads the manifests' tables; the answer is the rows of penstock.table_load that were written, none when all was loaded already."""
    started_at = datetime.now(UTC)
    log("load_started", job_run_id=settings.job_run_id, run_key=settings.run_key, attempt=settings.attempt, join_key=settings.join_key)
    storage = Storage(settings.region)
    manifests = _read_manifests(storage, settings)
    _drill(settings)
    try:
        with warehouse.connect(f"penstock load {settings.run_key}", settings.lock_timeout_seconds, autocommit=True) as connection:
            staging.claim(connection, settings.run_key)
            pending = _pending(connection, settings.run_key, manifests)
            for _, manifest in pending:
                check_parts(storage, manifest, settings.verify_sha256)
            try:
                loads = _load(start_spark, connection, warehouse, settings, pending)
                records = _merge(connection, settings, loads, started_at) if loads else []
            finally:
                _tidy(connection, settings.run_key)
    except psycopg.Error as error:
        raise failure(error) from error
    except (PySparkException, Py4JError) as error:
        raise _spark_failure(error) from error
    log("load_finished", tables=len(records), seconds=round((datetime.now(UTC) - started_at).total_seconds(), 3))
    return records


def _tidy(connection: psycopg.Connection[Any], run_key: str) -> None:
    try:
        staging.drop(connection, run_key)
    except psycopg.Error as error:
        # Nothing hangs on it: the next load sweeps what is left, and how this one ended is decided already.
        log("staging_left", "warning", run_key=run_key, error=str(error))


def spark_session(name: str) -> SparkSession:
    builder = SparkSession.builder.appName(name)
    return (
        builder.config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", ARROW_BATCH_ROWS)
        # The parts are not Spark's own, so its guard against calendars of old Spark releases would refuse dates before 1900.
        .config("spark.sql.parquet.datetimeRebaseModeInRead", "CORRECTED")
        .getOrCreate()
    )


def _read_manifests(storage: Storage, settings: Settings) -> list[tuple[Table, Manifest]]:
    found: dict[str, tuple[Table, Manifest]] = {}
    for uri in settings.manifests:
        manifest = read_manifest(storage, uri)
        table = table_for(manifest.source, manifest.table)
        if table.name in found:
            raise LoadError("job arguments", f"two manifests for {table.name}", "pass one manifest for each table and start it again")
        found[table.name] = (table, manifest)
        log(
            "manifest_read",
            table=table.name,
            manifest=uri,
            files=len(manifest.parts),
            rows=manifest.rows,
            content_sha256=manifest.content_sha256,
        )
    return [found[table.name] for table in all_tables() if table.name in found]


def _drill(settings: Settings) -> None:
    if settings.drill_sleep_seconds:
        log("drill_sleep", "warning", seconds=settings.drill_sleep_seconds)
        time.sleep(settings.drill_sleep_seconds)


def _pending(connection: psycopg.Connection[Any], run_key: str, manifests: list[tuple[Table, Manifest]]) -> list[tuple[Table, Manifest]]:
    pending = []
    for table, manifest in manifests:
        if is_loaded(connection, run_key, table.name, manifest.content_sha256):
            log("already_loaded", table=table.name, rows=manifest.rows, content_sha256=manifest.content_sha256)
        else:
            pending.append((table, manifest))
    return pending


def _load(
    start_spark: Callable[[], SparkSession],
    connection: psycopg.Connection[Any],
    warehouse: Warehouse,
    settings: Settings,
    pending: list[tuple[Table, Manifest]],
) -> list[Load]:
    """Stages the tables side by side: each is a handful of short Spark jobs that leave cores idle in between."""
    names = {table.name: staging.create(connection, table, settings.run_key) for table, manifest in pending if manifest.parts}
    if not names:
        return [Load(table, manifest.content_sha256, 0, None) for table, manifest in pending]
    spark = start_spark()

    def stage(item: tuple[Table, Manifest]) -> Load:
        table, manifest = item
        staged = _stage(spark, warehouse, settings, table, manifest, names[table.name]) if manifest.parts else None
        return Load(table, manifest.content_sha256, manifest.rows, staged)

    with ThreadPoolExecutor(len(pending)) as pool:
        return list(pool.map(stage, pending))


def _stage(spark: SparkSession, warehouse: Warehouse, settings: Settings, table: Table, manifest: Manifest, name: str) -> Staged:
    started = time.monotonic()
    transformed = transform(spark.read.parquet(*(part.uri for part in manifest.parts)), table)
    staged = staging.copy(to_stage(transformed, table), warehouse, name)
    log("copied", table=table.name, rows=staged.accepted, partitions=len(staged.reports), seconds=round(time.monotonic() - started, 3))
    held = staged.accepted + staged.rejected
    if held != manifest.rows:
        raise LoadError("data lake", f"the parts of {table.name} hold {held} rows, their manifest says {manifest.rows}", RERUN_EXTRACT)
    _quarantine(spark, transformed, staged, settings, manifest)
    return staged


def _quarantine(spark: SparkSession, transformed: DataFrame, staged: Staged, settings: Settings, manifest: Manifest) -> None:
    if settings.quarantine is None:
        if staged.rejected:
            raise LoadError(
                "job arguments",
                f"{staged.rejected} rows of {manifest.table} are rejected and --QUARANTINE is not set",
                "set --QUARANTINE to a prefix for rejected rows and start it again",
            )
        return
    uri = quarantine.folder(settings.quarantine, manifest, settings.run_key)
    if staged.rejected:
        quarantine.write(transformed, uri)
        log("rejected", "warning", table=manifest.table, rows=staged.rejected, reasons=staged.reasons, quarantine=uri)
    else:
        quarantine.clear(spark, uri)


def _merge(connection: psycopg.Connection[Any], settings: Settings, loads: list[Load], started_at: datetime) -> list[TableLoad]:
    started = time.monotonic()
    try:
        records = merge(connection, Run(settings.run_key, settings.join_key, settings.job_run_id, started_at), loads)
    except psycopg.errors.LockNotAvailable as error:
        raise failure(error, holders(connection, [load.table.name for load in loads])) from error
    for record in records:
        log(
            "merged",
            table=record.table_name,
            read=record.rows_read,
            inserted=record.rows_inserted,
            updated=record.rows_updated,
            rejected=record.rows_rejected,
            data_through=record.data_through,
        )
    log("committed", tables=[record.table_name for record in records], seconds=round(time.monotonic() - started, 3))
    return records


def _spark_failure(error: Exception) -> LoadError:
    """An executor's exception reaches the driver as text only; what PostgreSQL told it is the cause."""
    text = str(error)
    found = re.findall(r"^psycopg\.(?:errors\.)?\w+: (.+)$", text, re.MULTILINE)
    if found:
        return LoadError("warehouse", f"an executor could not copy: {found[-1]}", f"check that the job reaches the warehouse, then {RERUN}")
    causes = re.findall(r"^(?:Caused by: |: )?((?:\[[A-Z_]+\]|[\w.$]+(?:Exception|Error):) .+)$", text, re.MULTILINE)
    return LoadError("Spark", causes[-1] if causes else type(error).__name__, f"read the traceback above, then {RERUN}")
