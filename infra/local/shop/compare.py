"""Holds the warehouse's rows against the oracle's."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from shop.oracle import COLUMNS, digest, key_of, text

SHOWN = 10


class Difference(NamedTuple):
    """A key whose row is missing, unexpected or different; `expected` and `found` are its differing values by column."""

    table: str
    kind: str
    key: tuple[Any, ...]
    expected: dict[str, str]
    found: dict[str, str]

    def __str__(self) -> str:
        key = ", ".join(map(text, self.key))
        columns = "; ".join(f"{name}: expected {self.expected[name]}, found {self.found[name]}" for name in self.expected)
        return f"{self.table} ({key}): {self.kind}{f' ({columns})' if columns else ''}"


class Outcome(NamedTuple):
    """How one table compares."""

    table: str
    expected_rows: int
    found_rows: int
    expected_sha256: str
    found_sha256: str
    differences: list[Difference]
    """The first ones only."""
    different_rows: int


def compare(connection: psycopg.Connection[Any], expected: dict[str, list[tuple[Any, ...]]]) -> Iterator[Outcome]:
    """One outcome for each table that `expected` has rows of, or that the warehouse has."""
    for table, rows in expected.items():
        found = warehouse_rows(connection, table)
        differences = list(_differences(table, rows, found))
        yield Outcome(table, len(rows), len(found), digest(rows), digest(found), differences[:SHOWN], len(differences))


def warehouse_rows(connection: psycopg.Connection[Any], table: str) -> list[tuple[Any, ...]]:
    """A table's rows as the oracle gives them: its columns, in the order of the key."""
    columns = sql.SQL(", ").join(map(sql.Identifier, COLUMNS[table]))
    query = sql.SQL("SELECT {} FROM {}").format(columns, sql.Identifier(*table.split(".")))
    return sorted(connection.execute(query).fetchall(), key=key_of(table))


def write_csv(folder: Path, table: str, rows: list[tuple[Any, ...]]) -> None:
    """`<folder>/<table>.csv` with a header, in the canonical text of the digest."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{table}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS[table])
        writer.writerows([text(value) for value in row] for row in rows)


def _differences(table: str, expected: list[tuple[Any, ...]], found: list[tuple[Any, ...]]) -> Iterator[Difference]:
    key = key_of(table)
    wanted, present = {key(row): row for row in expected}, {key(row): row for row in found}
    for one in sorted(wanted.keys() | present.keys()):
        if one not in present:
            yield Difference(table, "missing", one, {}, {})
        elif one not in wanted:
            yield Difference(table, "unexpected", one, {}, {})
        else:
            pairs = [(name, text(a), text(b)) for name, a, b in zip(COLUMNS[table], wanted[one], present[one], strict=True)]
            different = [pair for pair in pairs if pair[1] != pair[2]]
            if different:
                yield Difference(table, "different", one, {n: a for n, a, _ in different}, {n: b for n, _, b in different})
