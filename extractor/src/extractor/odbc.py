"""Any database behind an ODBC driver: its catalog says how each column travels, a bulk reader fetches."""

import contextlib
import locale
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

import arrow_odbc
import pyarrow as pa
import pyodbc

from extractor import log
from extractor.dialect import CatalogColumn, Dialect, split_name
from extractor.errors import ConfigurationError, ExtractorError
from extractor.instant import format_instant, from_microseconds
from extractor.postgresql import PostgreSql
from extractor.rows import distinct, fetch_by_value, to_arrow
from extractor.settings import OdbcSettings, Settings
from extractor.source import Reading, Window
from extractor.sqlserver import SqlServer
from extractor.statement import Pages, Rows, Table, rows_of, whole

# arrow-odbc binds two buffers of this size; larger ones read no faster and cost the memory budget.
BUFFER_BYTES = 2 * 2**20
BATCH_ROWS = 4_000
# A row that would fill a buffer is fetched value by value instead of into bound memory.
WIDEST_BOUND_ROW_BYTES = BUFFER_BYTES // 4
LOGIN_SECONDS = 15
# SQLSTATE class 22: a value that cannot be converted
DATA_EXCEPTION = re.compile(r"\b22[0-9A-Z]{3}\b")
WATERMARK_TYPES = {"date", "timestamp", "timestamptz", "datetime", "datetime2", "smalldatetime", "datetimeoffset"}


class OdbcSource:
    """One table, read over one connection in batches that are bounded in bytes."""

    def __init__(self, settings: Settings, odbc: OdbcSettings) -> None:
        self.settings = settings
        self.odbc = odbc
        self.dialect: Dialect = PostgreSql() if odbc.dialect == "postgresql" else SqlServer()
        self.system = f"source database {settings.source_name}"

    def describe(self) -> dict[str, str | None]:
        return {
            "kind": "odbc",
            "name": self.settings.source_name,
            "dialect": self.dialect.name,
            "table": self.settings.source_table,
        }

    def read(self, window: Window) -> Reading:
        use_utf8_locale()
        with self.connect() as connection:
            self.check_version(connection)
            table = self.read_catalog(connection)
            end = window.end or self.newest(connection, table, window.start)
            rows = rows_of(self.dialect, table, window, end)
            longest = self.longest_value(connection, table, rows)
        log.info(
            "source_opened",
            table=self.settings.source_table,
            end=None if end is None else format_instant(end),
            longest_value_bytes=longest,
        )
        batches = self.batches(table, rows, longest)
        if not table.is_key_unique:
            batches = distinct(batches, self.settings.key_columns)
        return Reading(table.schema, batches, lambda: end)

    @contextlib.contextmanager
    def connect(self, longest: int = 0, batch_rows: int = BATCH_ROWS) -> Iterator[pyodbc.Connection]:
        with self.translated("connect to"):
            connection = pyodbc.connect(
                self.connection_string(longest, batch_rows), autocommit=True, timeout=LOGIN_SECONDS
            )
        try:
            if query := self.dialect.session_query():
                with self.translated("prepare a session on"):
                    connection.execute(query).fetchall()
            yield connection
        finally:
            connection.close()

    def check_version(self, connection: pyodbc.Connection) -> None:
        version = str(connection.getinfo(pyodbc.SQL_DBMS_VER))
        if int(version.partition(".")[0]) < self.dialect.oldest_version:
            raise ExtractorError(
                f"the database has version {version}; values arrive exact from {self.dialect.oldest_version} on",
                system=self.system,
                remedy="upgrade the database, or read a copy of the table in a newer one",
            )

    def connection_string(self, longest: int, batch_rows: int) -> str:
        given = self.odbc.connection_string.rstrip("; ")
        return f"{given};{self.dialect.connection_options(longest, batch_rows)}"

    def rows(self, connection: pyodbc.Connection, query: str) -> list[pyodbc.Row]:
        with self.translated("read from"):
            found: list[pyodbc.Row] = connection.execute(query).fetchall()
            return found

    @contextlib.contextmanager
    def translated(self, doing: str) -> Iterator[None]:
        try:
            yield
        except (pyodbc.Error, arrow_odbc.Error) as error:
            text = str(error)
            if "truncat" in text.lower():
                remedy = "a value grew between measuring and reading: rerun"
            elif DATA_EXCEPTION.search(text):
                remedy = "correct the value at the source, or read a view that casts its column to text"
            elif doing.startswith("connect"):
                remedy = (
                    "check ODBC_CONNECTION_STRING, that the driver is installed, and that the database is reachable"
                )
            else:
                remedy = "check the table, its columns and the role's SELECT right, then rerun"
            raise ExtractorError(
                f"could not {doing} the database: {text}", system=self.system, remedy=remedy
            ) from error

    def read_catalog(self, connection: pyodbc.Connection) -> Table:
        name = ".".join(self.dialect.quote(part) for part in split_name(self.settings.source_table))
        catalog = [CatalogColumn(*row) for row in self.rows(connection, self.dialect.catalog_query(name))]
        if not catalog:
            raise ExtractorError(
                f"there is no table {self.settings.source_table}, or the role may not see it",
                system=self.system,
                remedy="set SOURCE_TABLE to schema.table as the catalog spells it, and grant SELECT on it",
            )
        by_name = {column.name: column for column in catalog}
        for setting, wanted in (
            ("KEY_COLUMNS", self.settings.key_columns),
            ("WATERMARK_COLUMN", (self.settings.watermark_column,)),
        ):
            if missing := [column for column in wanted if column not in by_name]:
                raise ConfigurationError(
                    f"{setting} names {', '.join(missing)}, which {self.settings.source_table} does not have",
                    remedy=f"choose among {', '.join(by_name)}",
                )
        watermark = by_name[self.settings.watermark_column]
        if watermark.type_name not in WATERMARK_TYPES:
            raise ConfigurationError(
                f"WATERMARK_COLUMN {watermark.name} has type {watermark.type_name}",
                remedy="choose a column of a date or timestamp type that moves whenever a row changes",
            )
        unique: dict[str, set[str]] = defaultdict(set)
        for index, column in self.rows(connection, self.dialect.unique_query(name)):
            unique[index].add(column)
        is_unique = any(columns <= set(self.settings.key_columns) for columns in unique.values())
        columns = tuple(self.dialect.plan(column) for column in catalog)
        return Table(name, columns, self.settings.key_columns, watermark, is_unique)

    def newest(self, connection: pyodbc.Connection, table: Table, start: datetime | None) -> datetime | None:
        """The newest watermark not after the database's clock, at least `start`: rows may have been deleted."""
        found = self.rows(connection, self.dialect.end_query(table.name, table.watermark))[0][0]
        newest = None if found is None else from_microseconds(int(found))
        return max((instant for instant in (newest, start) if instant is not None), default=None)

    def longest_value(self, connection: pyodbc.Connection, table: Table, rows: Rows) -> int:
        """Bytes of the longest value among the columns without a declared bound."""
        unbounded = [column for column in table.columns if column.length]
        if not unbounded:
            return 0
        lengths = ", ".join(f"MAX({column.length})" for column in unbounded)
        found = self.rows(connection, f"SELECT {lengths} FROM {table.name} WHERE {rows.condition}")[0]
        for column, length in zip(unbounded, found, strict=True):
            if length is not None and int(length) > self.odbc.max_text_bytes:
                raise ExtractorError(
                    f"column {column.name} holds a value of {length} bytes, more than MAX_TEXT_BYTES"
                    f" ({self.odbc.max_text_bytes}); nothing is cut, so nothing was read",
                    system=self.system,
                    remedy=f"raise MAX_TEXT_BYTES and the task's memory, or read a view without {column.name}",
                )
        return max((int(length) for length in found if length is not None), default=0)

    def batches(self, table: Table, rows: Rows, longest: int) -> Iterator[pa.RecordBatch]:
        """Every row of the window, in the types that are written."""
        widest = max(longest, *(column.bound for column in table.columns))
        row_bytes = sum(widest if column.length else column.bound for column in table.columns)
        batch_rows = max(1, min(BATCH_ROWS, BUFFER_BYTES // row_bytes))
        fetch = self.fetch_in_bulk if row_bytes <= WIDEST_BOUND_ROW_BYTES else self.fetch_by_value
        pages = Pages(self.dialect, table, rows, self.odbc.page_rows) if self.odbc.page_rows else None
        for statement in pages.statements() if pages else [whole(self.dialect, table, rows)]:
            with self.translated("read from"):
                for batch in fetch(table, statement, widest, batch_rows):
                    converted = to_arrow(batch, table.columns, table.schema, self.system)
                    if pages:
                        pages.saw(converted)
                    yield converted

    def fetch_in_bulk(self, table: Table, query: str, widest: int, rows: int) -> Iterator[pa.RecordBatch]:
        connection = arrow_odbc.connect(self.connection_string(widest, rows), login_timeout_sec=LOGIN_SECONDS)
        if setup := self.dialect.session_query():
            list(connection.read_arrow_batches(setup, batch_size=1, max_text_size=200))
        wire = pa.schema([pa.field(column.name, column.wire) for column in table.columns])
        encoding = arrow_odbc.TextEncoding.UTF16 if self.dialect.has_wide_text else arrow_odbc.TextEncoding.UTF8
        yield from connection.read_arrow_batches(
            query,
            batch_size=rows,
            max_text_size=widest,
            max_binary_size=widest,
            map_schema=lambda _: wire,
            payload_text_encoding=encoding,
        )

    def fetch_by_value(self, table: Table, query: str, widest: int, rows: int) -> Iterator[pa.RecordBatch]:
        with self.connect(widest, rows) as connection:
            yield from fetch_by_value(connection.execute(query), table.columns, rows)


def secrets_in(connection_string: str) -> list[str]:
    """The string itself and the passwords in it, bare and as they are quoted in braces."""
    found = re.findall(r"(?i)\b(?:pwd|password)\s*=\s*(\{(?:[^}]|\}\})*\}|[^;]*)", connection_string)
    bare = [value[1:-1].replace("}}", "}") for value in found if value.startswith("{")]
    return [secret for secret in (connection_string, *found, *bare) if secret]


def use_utf8_locale() -> None:
    """ODBC hands narrow text over in the process's locale: any other than UTF-8 would lose characters."""
    if locale.nl_langinfo(locale.CODESET).upper().replace("-", "") == "UTF8":
        return
    for name in ("C.UTF-8", "en_US.UTF-8"):
        with contextlib.suppress(locale.Error):
            locale.setlocale(locale.LC_CTYPE, name)
            return
    raise ConfigurationError("the process has no UTF-8 locale", remedy="set LC_ALL=C.UTF-8")
