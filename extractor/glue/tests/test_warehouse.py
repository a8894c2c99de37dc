from collections.abc import Iterator

import psycopg
import pytest
from conftest import GLUE, LOADER_PASSWORD, Pipeline
from lake import order

from penstock_load.warehouse import Warehouse, failure


@pytest.fixture
def reader(pipeline: Pipeline) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with pipeline.server.connect(pipeline.warehouse.dbname, "penstock_reader", LOADER_PASSWORD) as connection:
        yield connection


def test_the_schema_can_be_applied_again_over_loaded_data(pipeline: Pipeline) -> None:
    pipeline.load(pipeline.lake.run("orders", [[order(1)]]))
    before = pipeline.physical()
    pipeline.database.execute((GLUE / "warehouse.sql").read_text(encoding="utf-8"))
    assert pipeline.physical() == before


def test_the_reader_reads_everything_and_writes_nothing(pipeline: Pipeline, reader: psycopg.Connection[tuple[object, ...]]) -> None:
    for table in pipeline.physical():
        assert reader.execute(f"select count(*) from {table}").fetchone() == (0,)
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        reader.execute("delete from sales.orders")
    reader.execute("set default_transaction_read_only = off")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        reader.execute("delete from sales.orders")
    assert reader.execute("show statement_timeout").fetchone() == ("5s",)


def test_the_loader_cannot_change_the_schema(pipeline: Pipeline) -> None:
    with pipeline.warehouse.connect("tests", autocommit=True) as loader:
        for statement in ("drop table sales.orders", "truncate sales.orders", "create table sales.mine (n int)", "create role another"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                loader.execute(statement)


def test_a_wrong_password_and_a_dead_server_are_told_apart(pipeline: Pipeline) -> None:
    known = pipeline.warehouse
    with pytest.raises(psycopg.OperationalError) as refused:
        Warehouse(known.host, known.port, known.dbname, known.username, "wrong", "prefer").connect("tests")
    assert "password authentication failed" in str(failure(refused.value))
    with pytest.raises(psycopg.OperationalError) as absent:
        Warehouse(known.host, 1, known.dbname, known.username, known.password, "prefer").connect("tests")
    assert "Remedy: check that the warehouse is up and reachable" in str(failure(absent.value))
    assert "\n" not in str(failure(absent.value))


def test_the_password_is_in_no_text(pipeline: Pipeline) -> None:
    assert LOADER_PASSWORD not in repr(pipeline.warehouse)
