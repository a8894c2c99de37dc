from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql

from penstock_load.tables import Mart


@dataclass(frozen=True)
class Counts:
    """rows: computed for the touched slices; deleted: rows of these slices that have no sales any more."""

    rows: int
    inserted: int
    updated: int
    deleted: int


def create_touched(connection: psycopg.Connection[Any], mart: Mart) -> None:
    connection.execute(
        sql.SQL("create temporary table {} on commit drop as select {} as slice from {} with no data").format(_touched(mart), sql.Identifier(mart.slice), _identifier(mart))
    )


def note_touched(connection: psycopg.Connection[Any], mart: Mart, table: str, changed: sql.Composed) -> None:
    """Remembers the slices that the changed rows of an input are in, before they are merged: a row may leave one slice for another."""
    if table in mart.inputs:
        connection.execute(sql.SQL("insert into {} {}").format(_touched(mart), sql.SQL(mart.inputs[table]).format(changed=changed)))


def recompute(connection: psycopg.Connection[Any], mart: Mart, loaded_at: datetime) -> Counts:
    """Makes the touched slices equal to the mart's query; a row whose values stay the same is left alone, loaded_at too."""
    touched, target, fresh = _touched(mart), _identifier(mart), sql.Identifier(f"fresh_{mart.name}")
    columns, key = _identifiers(mart.columns), _identifiers(mart.key)
    connection.execute(sql.SQL("analyze {}").format(touched))
    connection.execute(sql.SQL("create temporary table {} on commit drop as {}").format(fresh, sql.SQL(mart.query).format(touched=touched)))
    rows = connection.execute(sql.SQL("select from {}").format(fresh)).rowcount
    in_slice = sql.SQL("{} in (select slice from {})").format(sql.Identifier(mart.slice), touched)
    deleted = connection.execute(sql.SQL("delete from {} where {} and ({}) not in (select {} from {})").format(target, in_slice, key, key, fresh)).rowcount
    updated = connection.execute(
        sql.SQL("update {} target set {}, loaded_at = {} from (select {} from {} except select {} from {} where {}) changed where {}").format(
            target,
            sql.SQL(", ").join(sql.SQL("{0} = changed.{0}").format(sql.Identifier(name)) for name in mart.columns if name not in mart.key),
            loaded_at,
            columns, fresh, columns, target, in_slice,
            sql.SQL(" and ").join(sql.SQL("target.{0} = changed.{0}").format(sql.Identifier(name)) for name in mart.key),
        )  # fmt: skip
    ).rowcount
    inserted = connection.execute(
        sql.SQL("insert into {} ({}, loaded_at) select {}, {} from {} where ({}) not in (select {} from {} where {})").format(target, columns, columns, loaded_at, fresh, key, key, target, in_slice)
    ).rowcount
    return Counts(rows, inserted, updated, deleted)


def _touched(mart: Mart) -> sql.Identifier:
    return sql.Identifier(f"touched_{mart.name}")


def _identifier(mart: Mart) -> sql.Identifier:
    return sql.Identifier(*mart.name.split("."))


def _identifiers(names: tuple[str, ...]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))
