"""Batches of rows: converting what the driver sent, and keeping one row of each key."""

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyodbc

from extractor.dialect import Column
from extractor.errors import ExtractorError


def to_arrow(batch: pa.RecordBatch, columns: Sequence[Column], schema: pa.Schema, system: str) -> pa.RecordBatch:
    """The batch in the types that are written. Raises ExtractorError for a value that they cannot hold."""
    arrays = [convert(batch.column(i), column, system) for i, column in enumerate(columns)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def convert(array: pa.Array, column: Column, system: str) -> pa.Array:
    if column.wire == column.arrow:
        return array
    if pa.types.is_temporal(column.arrow):
        return array.view(column.arrow)
    try:
        return array.cast(column.arrow)
    except pa.ArrowInvalid as error:
        raise ExtractorError(
            f"column {column.name} holds a value that {column.arrow} cannot: {error}",
            system=system,
            remedy=f"correct the value at the source, or read a view that casts {column.name} to text",
        ) from error


def fetch_by_value(cursor: pyodbc.Cursor, columns: Sequence[Column], rows: int) -> Iterator[pa.RecordBatch]:
    """Batches of Python values, for rows too wide to bind memory for: each takes what its values need."""
    wire = pa.schema([pa.field(column.name, column.wire) for column in columns])
    while found := cursor.fetchmany(rows):
        arrays = [pa.array([row[i] for row in found], field.type) for i, field in enumerate(wire)]
        yield pa.RecordBatch.from_arrays(arrays, schema=wire)


def distinct(batches: Iterator[pa.RecordBatch], keys: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """The first row of each run of equal keys; input is ordered by `keys`. Rows with a null in the key all pass.

    Memory is the last key seen.
    """
    last: tuple[object, ...] | None = None
    for batch in batches:
        if batch.num_rows == 0:
            continue
        keep = [True] * batch.num_rows
        columns = [batch.column(name).to_pylist() for name in keys]
        for row, key in enumerate(zip(*columns, strict=True)):
            keep[row] = key != last or None in key
            last = key
        yield batch.filter(pa.array(keep))
