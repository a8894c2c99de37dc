import itertools
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta

import psycopg
import pyarrow as pa
import pytest
from conftest import Pipeline
from lake import NOON, customer, line, order
from pyspark import TaskContext
from pyspark.sql import DataFrame

from penstock_load import merge as merge_module
from penstock_load import staging
from penstock_load.errors import LoadError
from penstock_load.merge import Load, Run, merge
from penstock_load.staging import Copier, Staged
from penstock_load.tables import table_for
from penstock_load.warehouse import Warehouse, lock_id

ORDERS = table_for("shop", "orders")


def dies_after_its_commit(copy: Copier) -> Copier:
    def attempt(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        yield from copy(batches)
        fail_the_first_attempt()

    return attempt


def dies_half_way(copy: Copier) -> Copier:
    def attempt(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        def half() -> Iterator[pa.RecordBatch]:
            rest = iter(batches)
            yield from itertools.islice(rest, 1)
            fail_the_first_attempt()
            yield from rest

        yield from copy(half())

    return attempt


def fail_the_first_attempt() -> None:
    context = TaskContext.get()
    if context is not None and context.attemptNumber() == 0:
        raise RuntimeError("this attempt was meant to fail")


@pytest.mark.parametrize(("accident", "ignored"), [(dies_after_its_commit, 4), (dies_half_way, 0)])
def test_a_retried_spark_task_is_merged_once(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], accident: Callable[[Copier], Copier], ignored: int
) -> None:
    copier = staging.copier
    monkeypatch.setattr(staging, "copier", lambda warehouse, name: accident(copier(warehouse, name)))
    pipeline.spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", 1)
    try:
        record = pipeline.load(pipeline.lake.run("orders", [[order(1), order(2)], [order(3), order(4)]]))["sales.orders"]
    finally:
        pipeline.spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", 50_000)
    assert (record.rows_read, record.rows_inserted) == (4, 4)
    assert pipeline.rows("select order_id from sales.orders order by 1") == [(1,), (2,), (3,), (4,)]
    events = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert sum(event["rows"] for event in events if event["event"] == "staged_attempts_ignored") == ignored


def after_copying(monkeypatch: pytest.MonkeyPatch, action: Callable[[str], object]) -> None:
    """Runs the action with the staging table's name between the copy and the merge."""
    copy = staging.copy

    def copy_and_act(frame: DataFrame, warehouse: Warehouse, name: str) -> Staged:
        staged = copy(frame, warehouse, name)
        action(name)
        return staged

    monkeypatch.setattr(staging, "copy", copy_and_act)


def straggle(pipeline: Pipeline, name: str) -> None:
    """Adds to the staging table what an attempt that did not win would have added, and newer."""
    pipeline.database.execute(
        f"""insert into penstock_staging.{name}
            select order_id + extra, customer_id, order_date, 'straggler', currency, total_amount, updated_at + interval '1 day',
              _partition, _attempt + 1000
            from penstock_staging.{name}, generate_series(0, 1) extra"""
    )


def test_rows_of_an_attempt_that_did_not_win_are_not_merged(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    after_copying(monkeypatch, lambda name: straggle(pipeline, name))
    pipeline.load(pipeline.lake.run("orders", [[order(1), order(2)]]))
    assert pipeline.rows("select order_id, status from sales.orders order by 1") == [(1, "paid"), (2, "paid")]


def test_a_straggler_that_commits_after_the_count_is_not_merged(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    check = merge_module.check_accepted

    def check_and_straggle(connection: psycopg.Connection[tuple[object, ...]], staged: Staged) -> None:
        check(connection, staged)
        straggle(pipeline, staged.staging)

    monkeypatch.setattr(merge_module, "check_accepted", check_and_straggle)
    pipeline.load(pipeline.lake.run("orders", [[order(1), order(2)]]))
    assert pipeline.rows("select order_id, status from sales.orders order by 1") == [(1, "paid"), (2, "paid")]


def test_staged_rows_that_are_not_the_accepted_ones_stop_the_load(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    newer = order(2, updated_at=NOON + timedelta(seconds=1))
    manifests = [pipeline.lake.run("customers", [[customer(1)]]), pipeline.lake.run("orders", [[order(1), newer]])]
    with monkeypatch.context() as patch:
        after_copying(patch, lambda name: pipeline.database.execute(f"delete from penstock_staging.{name} where updated_at > '{NOON}'"))
        with pytest.raises(LoadError, match="holds 1 rows of partition 0, 2 were accepted") as failed:
            pipeline.load(*manifests)
    assert str(failed.value).startswith("warehouse: ")
    assert "Remedy: run the task again" in str(failed.value)
    assert pipeline.rows("select count(*) from sales.customers") == pipeline.rows("select count(*) from penstock.table_load") == [(0,)]
    assert pipeline.staging_tables() == []
    assert len(pipeline.load(*manifests)) == 3
    assert pipeline.staging_tables() == []


def test_a_server_that_crashed_after_the_copy_is_noticed_and_the_next_try_is_right(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(name: str) -> None:
        pipeline.server.crash()
        pipeline.server.start()
        pipeline.database = pipeline.server.connect(pipeline.warehouse.dbname)
        assert pipeline.rows(f"select count(*) from penstock_staging.{name}") == [(0,)]

    manifest = pipeline.lake.run("orders", [[order(1), order(2)]])
    with monkeypatch.context() as patch:
        after_copying(patch, crash)
        with pytest.raises(LoadError, match=r"^warehouse: .*Remedy: check that the warehouse is up") as failed:
            pipeline.load(manifest)
    assert isinstance(failed.value.__cause__, psycopg.OperationalError)
    [leftover] = pipeline.staging_tables()
    with pipeline.warehouse.connect("a new session", autocommit=True) as connection:
        staged = Staged(leftover, (staging.Report(0, 1, 2, {}),))
        with pytest.raises(LoadError, match="holds 0 rows of partition 0, 2 were accepted: the server restarted and emptied the unlogged table"):
            merge(connection, Run("run-1", None, None, NOON), [Load(ORDERS, "0" * 64, 2, staged)])
    pipeline.load(manifest)
    assert pipeline.rows("select order_id from sales.orders order by 1") == [(1,), (2,)]
    assert pipeline.staging_tables() == []


def test_leftovers_of_dead_runs_are_swept_and_those_of_living_ones_are_not(pipeline: Pipeline) -> None:
    with pipeline.warehouse.connect("another load", autocommit=True) as living:
        staging.claim(living, "run-living")
        theirs = staging.create(living, ORDERS, "run-living")
        pipeline.load(pipeline.lake.run("orders", [[order(1)]]))
        assert pipeline.staging_tables() == [theirs]
    pipeline.load(pipeline.lake.run("orders", [[order(1)]]), run_key="run-2")
    assert pipeline.staging_tables() == []


def test_a_run_that_another_session_is_loading_is_not_loaded_beside_it(pipeline: Pipeline) -> None:
    manifest = pipeline.lake.run("orders", [[order(1)]])
    with pipeline.warehouse.connect("the first load", autocommit=True) as first:
        staging.claim(first, "run-1")
        with pytest.raises(LoadError, match="canceling statement due to lock timeout: another session is loading the run key run-1"):
            pipeline.load(manifest, lock_timeout_seconds=0.1)
    assert pipeline.load(manifest)["sales.orders"].rows_inserted == 1


def test_a_locked_table_fails_the_whole_run_with_postgresqls_words_and_the_holder(pipeline: Pipeline) -> None:
    manifests = [
        pipeline.lake.run("customers", [[customer(1)]]),
        pipeline.lake.run("orders", [[order(1)]]),
        pipeline.lake.run("order_lines", [[line(1, 1)]]),
    ]
    with pipeline.warehouse.connect("a long report") as holder:
        holder.execute("lock table sales.order_lines in exclusive mode")
        with pytest.raises(LoadError) as failed:
            pipeline.load(*manifests, lock_timeout_seconds=0.2)
        assert failed.value.system == "warehouse"
        assert failed.value.message == (
            f"canceling statement due to lock timeout, held by pid {holder.info.backend_pid} (role penstock_loader, application a long report)"
        )
        assert failed.value.remedy.startswith("end the session that holds the lock or wait for it")
        assert pipeline.rows("select count(*) from sales.customers") == pipeline.rows("select count(*) from sales.orders") == [(0,)]
    assert len(pipeline.load(*manifests)) == 4


def test_a_load_waits_for_another_load_of_the_same_table(pipeline: Pipeline) -> None:
    newer = order(1, status="shipped", updated_at=NOON + timedelta(hours=1))
    with pipeline.warehouse.connect("another load") as other:
        other.execute("select pg_advisory_xact_lock(%s)", [lock_id("table", "sales.orders")])
        with pytest.raises(LoadError, match=r"lock timeout, held by pid .* application another load"):
            pipeline.load(pipeline.lake.run("orders", [[newer]]), lock_timeout_seconds=0.1)
    pipeline.load(pipeline.lake.run("orders", [[newer]]))
    assert pipeline.rows("select status from sales.orders") == [("shipped",)]
