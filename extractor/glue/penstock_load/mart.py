from collections.abc import Sequence
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
    statement = sql.SQL("create temporary table {} on commit drop as select {} as slice from {} with no data")
    connection.execute(statement.format(_touched(mart), sql.Identifier(mart.slice), _identifier(mart)))


def note_touched(connection: psycopg.Connection[Any], mart: Mart, table: str, changed: sql.Composed) -> None:
    """Remembers the slices that the changed rows of an input are in, before they are merged: a row may leave one slice for another."""
    if table in mart.inputs:
        touching = sql.SQL(mart.inputs[table]).format(changed=changed)
        connection.execute(sql.SQL("insert into {} {}").format(_touched(mart), touching))


def recompute(connection: psycopg.Connection[Any], mart: Mart, loaded_at: datetime) -> Counts:
    """Makes the touched slices equal to the mart's query; a row whose values stay the same is left alone, loaded_at too."""
    touched, target, fresh = _touched(mart), _identifier(mart), sql.Identifier(f"fresh_{mart.name}")
    columns, key = _identifiers(mart.columns), _identifiers(mart.key)
    connection.execute(sql.SQL("analyze {}").format(touched))
    query = sql.SQL(mart.query).format(touched=touched)
    connection.execute(sql.SQL("create temporary table {} on commit drop as {}").format(fresh, query))
    rows = connection.execute(sql.SQL("select from {}").format(fresh)).rowcount
    in_slice = sql.SQL("{} in (select slice from {})").format(sql.Identifier(mart.slice), touched)
    delete = sql.SQL("delete from {} where {} and ({}) not in (select {} from {})").format(target, in_slice, key, key, fresh)
    deleted = connection.execute(delete).rowcount
    update = sql.SQL(
        """update {target} target set {assignments}, loaded_at = {loaded_at}
           from (select {columns} from {fresh} except select {columns} from {target} where {in_slice}) changed where {same_key}"""
    ).format(
        target=target,
        assignments=_equal("{0} = changed.{0}", ", ", [name for name in mart.columns if name not in mart.key]),
        loaded_at=loaded_at,
        columns=columns,
        fresh=fresh,
        in_slice=in_slice,
        same_key=_equal("target.{0} = changed.{0}", " and ", mart.key),
    )
    insert = sql.SQL(
        """insert into {target} ({columns}, loaded_at)
           select {columns}, {loaded_at} from {fresh} where ({key}) not in (select {key} from {target} where {in_slice})"""
    ).format(target=target, columns=columns, loaded_at=loaded_at, fresh=fresh, key=key, in_slice=in_slice)
    updated = connection.execute(update).rowcount
    inserted = connection.execute(insert).rowcount
    return Counts(rows, inserted, updated, deleted)


def _touched(mart: Mart) -> sql.Identifier:
    return sql.Identifier(f"touched_{mart.name}")


def _identifier(mart: Mart) -> sql.Identifier:
    return sql.Identifier(*mart.name.split("."))


def _equal(template: str, separator: str, names: Sequence[str]) -> sql.Composed:
    return sql.SQL(separator).join(sql.SQL(template).format(sql.Identifier(name)) for name in names)


def _identifiers(names: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))
