"""SQL Server 2016 and later and Azure SQL, over Microsoft's ODBC driver."""

from collections.abc import Sequence
from datetime import datetime

import pyarrow as pa

from extractor.dialect import CatalogColumn, Column, literal
from extractor.errors import ExtractorError

_INTEGERS = {"smallint": pa.int16(), "int": pa.int32(), "bigint": pa.int64()}
_TEXT = ("varchar", "nvarchar", "char", "nchar")
_LONG_TEXT = ("text", "ntext", "xml")
_BINARY = ("binary", "varbinary")
# (type, digits) whose values are whole microseconds
_MICROSECONDS = {"datetime": "datetime2(3)", "smalldatetime": "datetime2(0)"}


class SqlServer:
    name = "sqlserver"
    has_wide_text = True
    # DATEDIFF_BIG came with SQL Server 2016.
    oldest_version = 13

    def quote(self, name: str) -> str:
        return "[" + name.replace("]", "]]") + "]"

    def catalog_query(self, table: str) -> str:
        # An alias type is read as the system type that it stands for.
        return f"""
            SELECT c.name, COALESCE(b.name, t.name), c.precision, c.scale, CAST(c.is_nullable AS int)
            FROM sys.columns c
            JOIN sys.types t ON t.user_type_id = c.user_type_id
            LEFT JOIN sys.types b ON b.user_type_id = c.system_type_id
            WHERE c.object_id = OBJECT_ID(N{literal(table)}) ORDER BY c.column_id"""

    def unique_query(self, table: str) -> str:
        return f"""
            SELECT CAST(i.index_id AS varchar(12)), c.name
            FROM sys.indexes i
            JOIN sys.index_columns k
              ON k.object_id = i.object_id AND k.index_id = i.index_id AND k.is_included_column = 0
            JOIN sys.columns c ON c.object_id = k.object_id AND c.column_id = k.column_id
            WHERE i.object_id = OBJECT_ID(N{literal(table)})
              AND i.is_unique = 1 AND i.has_filter = 0 AND i.is_disabled = 0"""

    def plan(self, column: CatalogColumn) -> Column:
        quoted, kind = self.quote(column.name), column.type_name

        def travels(expression: str, wire: pa.DataType, arrow: pa.DataType) -> Column:
            return Column(column.name, expression, wire, arrow, column.nullable)

        def as_text(expression: str, bound: int) -> Column:
            return Column(column.name, expression, pa.string(), pa.string(), column.nullable, bound)

        def measured(expression: str, arrow: pa.DataType) -> Column:
            length = f"DATALENGTH({expression})"
            return Column(column.name, expression, arrow, arrow, column.nullable, length=length)

        if kind in _INTEGERS:
            return travels(quoted, _INTEGERS[kind], _INTEGERS[kind])
        if kind == "tinyint":
            return travels(f"CAST({quoted} AS smallint)", pa.int16(), pa.int16())
        if kind == "bit":
            return travels(quoted, pa.bool_(), pa.bool_())
        if kind in ("real", "float"):
            width = pa.float32() if kind == "real" else pa.float64()
            return travels(quoted, width, width)
        if kind in ("decimal", "numeric"):
            exact = pa.decimal128(column.precision, column.scale)
            return travels(quoted, exact, exact)
        if kind in ("money", "smallmoney"):
            exact = pa.decimal128(19, 4)
            return travels(f"CAST({quoted} AS decimal(19, 4))", exact, exact)
        if kind == "date":
            return travels(f"DATEDIFF(day, '19700101', {quoted})", pa.int32(), pa.date32())
        if kind in _MICROSECONDS or (kind in ("datetime2", "datetimeoffset") and column.scale <= 6):
            zone = "UTC" if kind == "datetimeoffset" else None
            return travels(_microseconds(column, quoted), pa.int64(), pa.timestamp("us", zone))
        if kind in ("datetime2", "datetimeoffset", "time"):
            # Seven digits fit no Parquet time that Spark reads, so they stay ISO text.
            return as_text(f"CONVERT(varchar(34), {quoted}, 126)", 68)
        if kind == "uniqueidentifier":
            return as_text(f"CONVERT(char(36), {quoted})", 72)
        if kind == "timestamp":
            return travels(f"CAST({quoted} AS binary(8))", pa.binary(), pa.binary())
        if kind in _TEXT:
            return measured(quoted, pa.string())
        if kind in _LONG_TEXT:
            return measured(f"CAST({quoted} AS nvarchar(max))", pa.string())
        if kind in _BINARY:
            return measured(quoted, pa.binary())
        if kind == "image":
            return measured(f"CAST({quoted} AS varbinary(max))", pa.binary())
        raise ExtractorError(
            f"column {column.name} has type {kind}, which has no exact form in Parquet",
            system="source database",
            remedy=f"read a view that leaves {column.name} out or casts it",
        )

    def session_query(self) -> str | None:
        return None

    def connection_options(self, longest_text: int, batch_rows: int) -> str:
        return "ApplicationIntent=ReadOnly;"

    def end_query(self, table: str, watermark: CatalogColumn) -> str:
        quoted = self.quote(watermark.name)
        clock = "SYSDATETIMEOFFSET()" if watermark.type_name == "datetimeoffset" else "SYSUTCDATETIME()"
        newest = _microseconds(watermark, f"MAX({quoted})")
        # Rounded up to the next microsecond, so that the seventh digit leaves no row behind.
        ceiling = f"{newest} + 1" if watermark.scale == 7 else newest
        return f"SELECT {ceiling} FROM {table} WHERE {quoted} <= {clock}"

    def compare(self, watermark: CatalogColumn, operator: str, instant: datetime) -> str:
        text = instant.strftime("%Y-%m-%dT%H:%M:%S.%f").rjust(26, "0")
        zone, kind = (
            ("+00:00", "datetimeoffset(6)") if watermark.type_name == "datetimeoffset" else ("", "datetime2(6)")
        )
        return f"{self.quote(watermark.name)} {operator} CAST('{text}{zone}' AS {kind})"

    def outside_time(self, watermark: CatalogColumn) -> str:
        return f"{self.quote(watermark.name)} IS NULL" if watermark.nullable else "1 = 0"

    def after(self, columns: Sequence[str], literals: Sequence[str]) -> str:
        # T-SQL compares no rows: (a, b) > (x, y) is spelt out.
        steps = []
        for index in range(len(columns)):
            equal = [f"{columns[i]} = {literals[i]}" for i in range(index)]
            steps.append("(" + " AND ".join([*equal, f"{columns[index]} > {literals[index]}"]) + ")")
        return "(" + " OR ".join(steps) + ")"

    def page(self, select: str, rows: int) -> str:
        return f"{select} OFFSET 0 ROWS FETCH NEXT {rows} ROWS ONLY"


def _microseconds(column: CatalogColumn, expression: str) -> str:
    kind = column.type_name
    if kind == "datetimeoffset":
        utc = f"CAST(SWITCHOFFSET({expression}, '+00:00') AS datetime2(6))"
    else:
        utc = f"CAST({expression} AS {_MICROSECONDS.get(kind, 'datetime2(6)')})"
    return f"DATEDIFF_BIG(microsecond, CAST('19700101' AS datetime2(6)), {utc})"
