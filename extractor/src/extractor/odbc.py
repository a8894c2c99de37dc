"""Any database behind an ODBC driver: its catalog says how each column travels, a bulk reader fetches."""

import contextlib
import locale
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import arrow_odbc
import pyarrow as pa
import pyodbc

from extractor import log
from extractor.dialect import CatalogColumn, Column, Dialect, split_name
from extractor.errors import ConfigurationError, ExtractorError
from extractor.instant import from_microseconds
from extractor.postgresql import PostgreSql
from extractor.rows import distinct, to_arrow
from extractor.settings import OdbcSettings, Settings
from extractor.source import Reading, Window
from extractor.sqlserver import SqlServer

# arrow-odbc binds two buffers of this size; larger ones read no faster and cost the memory budget.
BUFFER_BYTES = 3 * 2**20
BATCH_ROWS = 10_000
# A row that would fill a buffer is fetched value by value instead of into bound memory.
WIDEST_BOUND_ROW_BYTES = BUFFER_BYTES // 4
LOGIN_SECONDS = 15
WATERMARK_TYPES = {"date", "timestamp", "timestamptz", "datetime", "datetime2", "smalldatetime", "datetimeoffset"}


@dataclass(frozen=True)
class Table:
    """The source table as its catalog describes it; `name` is quoted."""

    name: str
    columns: tuple[Column, ...]
    keys: tuple[str, ...]
    watermark: CatalogColumn
    is_key_unique: bool

    @property
    def schema(self) -> pa.Schema:
        return pa.schema([column.field for column in self.columns])


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
            table = self.read_catalog(connection)
            end = window.end or self.newest(connection, table)
            where = self.where(table, window, end)
            longest = self.longest_value(connection, table, where)
        log.info("source_read", table=self.settings.source_table, end=end, longest_value_bytes=longest)
        batches = self.batches(table, where, longest)
        if not table.is_key_unique:
            batches = distinct(batches, self.settings.key_columns)
        return Reading(table.schema, batches, lambda: end or window.start)

    @contextlib.contextmanager
    def connect(self) -> Iterator[pyodbc.Connection]:
        with self.translated("connect to"):
            connection = pyodbc.connect(
                self.connection_string(0, BATCH_ROWS), autocommit=True, timeout=LOGIN_SECONDS
            )
        try:
            if query := self.dialect.session_query():
                with self.translated("prepare a session on"):
                    connection.execute(query).fetchall()
            yield connection
        finally:
            connection.close()

    def connection_string(self, longest: int, batch_rows: int) -> str:
        given = self.odbc.connection_string.rstrip("; ")
        return f"{given};{self.dialect.connection_options(longest, batch_rows)}"

    def rows(self, connection: pyodbc.Connection, query: str) -> list[pyodbc.Row]:
        with self.translated("read from"):
            return connection.execute(query).fetchall()

    @contextlib.contextmanager
    def translated(self, doing: str) -> Iterator[None]:
        try:
            yield
        except (pyodbc.Error, arrow_odbc.Error) as error:
            text = str(error)
            if "truncat" in text.lower():
                remedy = "a value grew between measuring and reading: rerun"
            elif doing.startswith("connect"):
                remedy = "check ODBC_CONNECTION_STRING, that the driver is installed, and that the database is reachable"
            else:
                remedy = "check the table, its columns and the role's SELECT right, then rerun"
            raise ExtractorError(f"could not {doing} the database: {text}", system=self.system, remedy=remedy) from error

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

    def newest(self, connection: pyodbc.Connection, table: Table) -> datetime | None:
        found = self.rows(connection, self.dialect.end_query(table.name, table.watermark))[0][0]
        return None if found is None else from_microseconds(int(found))

    def where(self, table: Table, window: Window, end: datetime | None) -> str:
        """The rows of the window, as a condition. `end` None: the table has no watermark at all."""
        outside = self.dialect.outside_time(table.watermark)
        end = end or window.start
        if end is None:
            return outside
        inside = self.dialect.compare(table.watermark, "<=", end)
        if window.lower is not None:
            inside = f"{self.dialect.compare(table.watermark, '>', window.lower)} AND {inside}"
        return f"(({inside}) OR {outside})"

    def longest_value(self, connection: pyodbc.Connection, table: Table, where: str) -> int:
        """Bytes of the longest value among the columns without a declared bound."""
        unbounded = [column for column in table.columns if column.length]
        if not unbounded:
            return 0
        lengths = ", ".join(f"MAX({column.length})" for column in unbounded)
        found = self.rows(connection, f"SELECT {lengths} FROM {table.name} WHERE {where}")[0]
        for column, length in zip(unbounded, found, strict=True):
            if length is not None and int(length) > self.odbc.max_text_bytes:
                raise ExtractorError(
                    f"column {column.name} holds a value of {length} bytes, more than MAX_TEXT_BYTES"
                    f" ({self.odbc.max_text_bytes}); nothing is cut, so nothing was read",
                    system=self.system,
                    remedy=f"raise MAX_TEXT_BYTES and the task's memory, or read a view without {column.name}",
                )
        return max((int(length) for length in found if length is not None), default=0)

    def batches(self, table: Table, where: str, longest: int) -> Iterator[pa.RecordBatch]:
        """Every row of the window; ordered by key when the key is not known to be unique."""
        order = ", ".join(self.dialect.quote(name) for name in table.keys)
        columns = ", ".join(f"{c.expression} AS {self.dialect.quote(c.name)}" for c in table.columns)
        query = f"SELECT {columns} FROM {table.name} WHERE {where}"
        if not table.is_key_unique:
            query += f" ORDER BY {order}, {self.dialect.quote(table.watermark.name)} DESC"
        yield from self.fetch(table, query, longest)

    def fetch(self, table: Table, query: str, longest: int) -> Iterator[pa.RecordBatch]:
        widest = max(longest, *(column.bound for column in table.columns))
        row_bytes = sum(widest if column.length else column.bound for column in table.columns)
        rows = max(1, min(BATCH_ROWS, BUFFER_BYTES // row_bytes))
        wire = pa.schema([pa.field(column.name, column.wire) for column in table.columns])
        with self.translated("read from"):
            connection = arrow_odbc.connect(
                self.connection_string(longest, rows), login_timeout_sec=LOGIN_SECONDS
            )
            if setup := self.dialect.session_query():
                list(connection.read_arrow_batches(setup, batch_size=1, max_text_size=200))
            reader = connection.read_arrow_batches(
                query,
                batch_size=rows,
                max_text_size=widest,
                max_binary_size=widest,
                map_schema=lambda _: wire,
                payload_text_encoding=(
                    arrow_odbc.TextEncoding.UTF16 if self.dialect.has_wide_text else arrow_odbc.TextEncoding.UTF8
                ),
            )
        schema = table.schema
        while True:
            with self.translated("read from"):
                batch = next(reader, None)
            if batch is None:
                return
            yield to_arrow(batch, table.columns, schema, self.system)


def use_utf8_locale() -> None:
    """ODBC hands narrow text over in the process's locale: any other than UTF-8 would lose characters."""
    if locale.nl_langinfo(locale.CODESET).upper().replace("-", "") == "UTF8":
        return
    for name in ("C.UTF-8", "en_US.UTF-8"):
        with contextlib.suppress(locale.Error):
            locale.setlocale(locale.LC_CTYPE, name)
            return
    raise ConfigurationError("the process has no UTF-8 locale", remedy="set LC_ALL=C.UTF-8")
