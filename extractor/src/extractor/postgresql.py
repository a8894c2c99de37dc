"""PostgreSQL 14 and later, over psqlODBC."""

from collections.abc import Sequence
from datetime import datetime

import pyarrow as pa

from extractor.dialect import CatalogColumn, Column, literal

# The database's own text keeps these exact: no Arrow type that Spark reads holds all their values.
# Everything that is not named here or in `plan` travels as text too (json, uuid, arrays, intervals, enums, …).
_INTEGERS = {"int2": pa.int16(), "int4": pa.int32(), "int8": pa.int64()}
MAX_DECIMAL_PRECISION = 38


class PostgreSql:
    name = "postgresql"
    has_wide_text = False
    # Before 14, extract(epoch …) is a double, which loses microseconds.
    oldest_version = 14

    def quote(self, name: str) -> str:
        return '"' + name.replace('"', '""') + '"'

    def catalog_query(self, table: str) -> str:
        # A domain is read as the type that it stands for.
        return f"""
            WITH RECURSIVE base AS (
              SELECT attnum, attname, attnotnull, atttypid AS type, atttypmod AS modifier
              FROM pg_catalog.pg_attribute
              WHERE attrelid = to_regclass({literal(table)}) AND attnum > 0 AND NOT attisdropped
              UNION ALL
              SELECT attnum, attname, attnotnull OR typnotnull, typbasetype,
                     CASE WHEN typtypmod = -1 THEN modifier ELSE typtypmod END
              FROM base JOIN pg_catalog.pg_type ON oid = type AND typtype = 'd'
            )
            SELECT attname::text, typname::text,
                   CASE WHEN typname = 'numeric' AND modifier > 4 THEN ((modifier - 4) >> 16) & 65535 ELSE -1 END,
                   CASE WHEN typname = 'numeric' AND modifier > 4
                        THEN (((modifier - 4) & 2047) # 1024) - 1024 ELSE -1 END,
                   CASE WHEN attnotnull THEN 0 ELSE 1 END
            FROM base JOIN pg_catalog.pg_type ON oid = type AND typtype <> 'd' ORDER BY attnum"""

    def unique_query(self, table: str) -> str:
        return f"""
            SELECT i.indexrelid::text, a.attname::text
            FROM pg_catalog.pg_index i
            JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid
             AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1])
            WHERE i.indrelid = to_regclass({literal(table)}) AND i.indisunique AND i.indisvalid
              AND i.indpred IS NULL AND i.indexprs IS NULL"""

    def plan(self, column: CatalogColumn) -> Column:
        quoted, kind = self.quote(column.name), column.type_name

        def travels(expression: str, wire: pa.DataType, arrow: pa.DataType) -> Column:
            return Column(column.name, expression, wire, arrow, column.nullable)

        if kind in _INTEGERS:
            return travels(quoted, _INTEGERS[kind], _INTEGERS[kind])
        if kind == "oid":
            return travels(f"{quoted}::int8", pa.int64(), pa.int64())
        if kind == "bool":
            return travels(quoted, pa.bool_(), pa.bool_())
        if kind in ("float4", "float8"):
            width = pa.float32() if kind == "float4" else pa.float64()
            return travels(quoted, width, width)
        if kind == "numeric" and 0 <= column.scale <= column.precision <= MAX_DECIMAL_PRECISION:
            return _decimal(column, quoted)
        if kind in ("timestamp", "timestamptz"):
            # As a number: the driver loses the zone and clips what is outside the years 1 to 9999.
            zone = "UTC" if kind == "timestamptz" else None
            instant = _finite(column, quoted, _microseconds(quoted), "int8")
            return travels(instant, pa.int64(), pa.timestamp("us", zone))
        if kind == "date":
            return travels(_finite(column, quoted, f"({quoted} - DATE '1970-01-01')", "int4"), pa.int32(), pa.date32())
        if kind == "money":
            return _measured(column, f"{quoted}::numeric::text", pa.string())
        # A cast would take the blanks off a char(n).
        is_text = kind in ("text", "varchar", "bpchar", "bytea")
        arrow = pa.binary() if kind == "bytea" else pa.string()
        return _measured(column, quoted if is_text else f"{quoted}::text", arrow)

    def session_query(self) -> str | None:
        return (
            "SELECT set_config('TimeZone', 'UTC', false), set_config('DateStyle', 'ISO, YMD', false),"
            " set_config('IntervalStyle', 'postgres', false), set_config('bytea_output', 'hex', false),"
            " set_config('extra_float_digits', '1', false), set_config('client_encoding', 'UTF8', false)"
        )

    def connection_options(self, longest_text: int, batch_rows: int) -> str:
        # A server-side cursor keeps the result out of the driver's memory; the driver would cut longer text.
        longest = max(longest_text, 8190)
        return (
            f"UseDeclareFetch=1;Fetch={batch_rows};MaxLongVarcharSize={longest};"
            "BoolsAsChar=0;LFConversion=0;ByteaAsLongVarBinary=1;"
        )

    def end_query(self, table: str, watermark: CatalogColumn) -> str:
        quoted = self.quote(watermark.name)
        clock = "now()" if watermark.type_name == "timestamptz" else "(now() AT TIME ZONE 'UTC')"
        newest = f"max({quoted})::timestamp" if watermark.type_name == "date" else f"max({quoted})"
        return f"SELECT {_microseconds(newest)} FROM {table} WHERE {quoted} <= {clock} AND isfinite({quoted})"

    def compare(self, watermark: CatalogColumn, operator: str, instant: datetime) -> str:
        kind = "timestamptz" if watermark.type_name == "timestamptz" else "timestamp"
        text = instant.strftime("%Y-%m-%d %H:%M:%S.%f").rjust(26, "0")
        zone = "+00" if kind == "timestamptz" else ""
        return f"{self.quote(watermark.name)} {operator} '{text}{zone}'::{kind}"

    def outside_time(self, watermark: CatalogColumn) -> str:
        # An infinite watermark is read, and then refused by name, rather than never read.
        quoted = self.quote(watermark.name)
        infinite = f"{quoted} = 'infinity'::{watermark.type_name}"
        return f"{quoted} IS NULL OR {infinite}" if watermark.nullable else infinite

    def after(self, columns: Sequence[str], literals: Sequence[str]) -> str:
        return f"({', '.join(columns)}) > ({', '.join(literals)})"

    def page(self, select: str, rows: int) -> str:
        return f"{select} LIMIT {rows}"


def _measured(column: CatalogColumn, expression: str, arrow: pa.DataType) -> Column:
    length = f"octet_length({expression})"
    return Column(column.name, expression, arrow, arrow, column.nullable, length=length)


def _decimal(column: CatalogColumn, quoted: str) -> Column:
    """The driver makes 0 of NaN, so the database refuses it first."""
    exact = pa.decimal128(column.precision, column.scale)
    numeric = f"numeric({column.precision},{column.scale})"
    finite = f"CASE WHEN {quoted} = 'NaN' THEN {_refused(column, quoted)}::{numeric} ELSE {quoted} END"
    length = column.precision + 3
    if column.scale < column.precision:
        return Column(column.name, finite, exact, exact, column.nullable, length)
    # Sign, zero and point make one character more than arrow-odbc expects of such a type.
    return Column(column.name, f"({finite})::varchar({length})", pa.string(), exact, column.nullable, 4 * length)


def _finite(column: CatalogColumn, quoted: str, number: str, kind: str) -> str:
    return f"CASE WHEN isfinite({quoted}) THEN {number} ELSE {_refused(column, quoted)}::{kind} END"


def _refused(column: CatalogColumn, quoted: str) -> str:
    """To be cast to a number: raises an error that names the column and the value; null for null."""
    return f"({literal(f'column {column.name} holds what Parquet cannot: ')} || {quoted})"


def _microseconds(expression: str) -> str:
    return f"(extract(epoch FROM {expression}) * 1000000)::int8"
