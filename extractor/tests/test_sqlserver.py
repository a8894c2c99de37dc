"""T-SQL as text: no SQL Server runs in these tests."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from extractor.dialect import CatalogColumn, split_name
from extractor.errors import ConfigurationError, ExtractorError
from extractor.postgresql import PostgreSql
from extractor.source import Window
from extractor.sqlserver import SqlServer
from extractor.statement import Pages, Rows, Table, rows_of, whole

dialect = SqlServer()


def column(name: str, kind: str, precision: int = 0, scale: int = 0, nullable: bool = True) -> CatalogColumn:
    return CatalogColumn(name, kind, precision, scale, nullable)


def table(*, is_key_unique: bool = True, watermark: str = "datetime2") -> Table:
    columns = [column("Id", "int", nullable=False), column("Line", "bigint"), column("At", watermark, 27, 3)]
    return Table("[dbo].[Orders]", tuple(dialect.plan(c) for c in columns), ("Id", "Line"), columns[2], is_key_unique)


def test_names_are_quoted_whatever_they_hold() -> None:
    assert dialect.quote("Order] ; DROP TABLE x --") == "[Order]] ; DROP TABLE x --]"
    assert PostgreSql().quote('a"b') == '"a""b"'
    assert split_name('shop.dbo."Order.Lines"') == ("shop", "dbo", "Order.Lines")
    for wrong in ("", "a..b", "a.b.c.d", '"open'):
        with pytest.raises(ConfigurationError):
            split_name(wrong)


@pytest.mark.parametrize(
    ("given", "expression", "arrow"),
    [
        (column("C", "tinyint"), "CAST([C] AS smallint)", pa.int16()),
        (column("C", "bigint"), "[C]", pa.int64()),
        (column("C", "bit"), "[C]", pa.bool_()),
        (column("C", "real"), "[C]", pa.float32()),
        (column("C", "float"), "[C]", pa.float64()),
        (column("C", "decimal", 38, 10), "[C]", pa.decimal128(38, 10)),
        (column("C", "money"), "CAST([C] AS decimal(19, 4))", pa.decimal128(19, 4)),
        (column("C", "date"), "DATEDIFF(day, '19700101', [C])", pa.date32()),
        (
            column("C", "datetime"),
            "DATEDIFF_BIG(microsecond, CAST('19700101' AS datetime2(6)), CAST([C] AS datetime2(3)))",
            pa.timestamp("us"),
        ),
        (
            column("C", "datetimeoffset", 33, 6),
            "DATEDIFF_BIG(microsecond, CAST('19700101' AS datetime2(6)),"
            " CAST(SWITCHOFFSET([C], '+00:00') AS datetime2(6)))",
            pa.timestamp("us", "UTC"),
        ),
        (column("C", "datetime2", 27, 7), "CONVERT(varchar(34), [C], 126)", pa.string()),
        (column("C", "time", 16, 7), "CONVERT(varchar(34), [C], 126)", pa.string()),
        (column("C", "uniqueidentifier"), "CONVERT(char(36), [C])", pa.string()),
        (column("C", "nvarchar"), "[C]", pa.string()),
        (column("C", "xml"), "CAST([C] AS nvarchar(max))", pa.string()),
        (column("C", "varbinary"), "[C]", pa.binary()),
        (column("C", "timestamp"), "CAST([C] AS binary(8))", pa.binary()),
    ],
)
def test_each_type_travels_exactly(given: CatalogColumn, expression: str, arrow: pa.DataType) -> None:
    planned = dialect.plan(given)
    assert (planned.expression, planned.arrow) == (expression, arrow)


def test_text_without_a_small_bound_is_measured_first() -> None:
    assert dialect.plan(column("C", "nvarchar")).length == "DATALENGTH([C])"
    assert dialect.plan(column("C", "xml")).length == "DATALENGTH(CAST([C] AS nvarchar(max)))"
    assert dialect.plan(column("C", "int")).length is None


@pytest.mark.parametrize("kind", ["sql_variant", "geography", "hierarchyid"])
def test_a_type_without_an_exact_form_is_refused_by_name(kind: str) -> None:
    with pytest.raises(ExtractorError, match=f"column C has type {kind}") as refused:
        dialect.plan(column("C", kind))
    assert "view" in refused.value.remedy


def test_the_window_is_compared_in_the_type_of_the_column() -> None:
    at = datetime(2026, 11, 22, 6, 0, 0, 123456, tzinfo=UTC)
    assert dialect.compare(column("At", "datetime2"), ">", at) == (
        "[At] > CAST('2026-11-22T06:00:00.123456' AS datetime2(6))"
    )
    assert dialect.compare(column("At", "datetimeoffset"), "<=", at) == (
        "[At] <= CAST('2026-11-22T06:00:00.123456+00:00' AS datetimeoffset(6))"
    )


def test_the_end_of_the_window_is_not_after_the_servers_clock() -> None:
    assert dialect.end_query("[dbo].[Orders]", column("At", "datetimeoffset", 33, 3)).endswith(
        "FROM [dbo].[Orders] WHERE [At] <= SYSDATETIMEOFFSET()"
    )
    assert " + 1 FROM " in dialect.end_query("[t]", column("At", "datetime2", 27, 7))


def test_one_statement_reads_the_window_and_the_rows_without_a_watermark() -> None:
    window = Window(datetime(2026, 1, 2, tzinfo=UTC), None, timedelta(hours=1))
    rows = rows_of(dialect, table(), window, datetime(2026, 1, 3, tzinfo=UTC))
    statement = whole(dialect, table(), rows)
    assert statement.startswith("SELECT [Id] AS [Id], [Line] AS [Line], DATEDIFF_BIG(")
    assert statement.endswith(
        " FROM [dbo].[Orders] WHERE (([At] > CAST('2026-01-01T23:00:00.000000' AS datetime2(6))"
        " AND [At] <= CAST('2026-01-03T00:00:00.000000' AS datetime2(6))) OR [At] IS NULL)"
    )
    unordered = table(is_key_unique=False)
    assert whole(dialect, unordered, rows).endswith(" ORDER BY [Id], [Line], [At] DESC")


def test_pages_continue_behind_the_last_row() -> None:
    pages = Pages(dialect, table(), Rows("[At] <= X", "[At] IS NULL"), 2)
    statements = pages.statements()
    assert next(statements).endswith(" WHERE [At] IS NULL")
    assert next(statements).endswith(
        " WHERE [At] <= X ORDER BY [At], [Id], [Line] OFFSET 0 ROWS FETCH NEXT 2 ROWS ONLY"
    )
    instants = pa.array([0, 1], pa.int64()).view(pa.timestamp("us"))
    pages.saw(pa.record_batch({"Id": pa.array([1, 2]), "Line": pa.array([1, 7]), "At": instants}))
    assert next(statements).endswith(
        " WHERE [At] <= X AND (([At] > '1970-01-01T00:00:00.000001')"
        " OR ([At] = '1970-01-01T00:00:00.000001' AND [Id] > '2')"
        " OR ([At] = '1970-01-01T00:00:00.000001' AND [Id] = '2' AND [Line] > '7'))"
        " ORDER BY [At], [Id], [Line] OFFSET 0 ROWS FETCH NEXT 2 ROWS ONLY"
    )
    assert list(statements) == []


def test_the_catalog_is_asked_by_a_literal() -> None:
    assert "OBJECT_ID(N'[dbo].[it''s]')" in dialect.catalog_query("[dbo].[it's]")
    assert "OBJECT_ID(N'[dbo].[it''s]')" in dialect.unique_query("[dbo].[it's]")
