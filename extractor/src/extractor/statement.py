"""The SELECT statements of one read: which columns, which rows, in which order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from extractor.dialect import CatalogColumn, Column, Dialect, literal
from extractor.errors import ConfigurationError
from extractor.source import Window

# Key types whose text the database reads back as the same value.
_PAGED = (pa.types.is_integer, pa.types.is_string, pa.types.is_decimal, pa.types.is_date, pa.types.is_timestamp)


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


@dataclass(frozen=True)
class Rows:
    """The rows of a window as two conditions; `inside` None: no row has a watermark yet."""

    inside: str | None
    outside: str

    @property
    def condition(self) -> str:
        return self.outside if self.inside is None else f"(({self.inside}) OR {self.outside})"


def rows_of(dialect: Dialect, table: Table, window: Window, end: datetime | None) -> Rows:
    """The rows after the window's lower bound through `end`, and those that no window could hold."""
    outside = dialect.outside_time(table.watermark)
    if end is None:
        return Rows(None, outside)
    inside = dialect.compare(table.watermark, "<=", end)
    if window.lower is not None:
        inside = f"{dialect.compare(table.watermark, '>', window.lower)} AND {inside}"
    return Rows(inside, outside)


def select(dialect: Dialect, table: Table, condition: str) -> str:
    columns = ", ".join(f"{c.expression} AS {dialect.quote(c.name)}" for c in table.columns)
    return f"SELECT {columns} FROM {table.name} WHERE {condition}"


def whole(dialect: Dialect, table: Table, rows: Rows) -> str:
    """One statement for the window. Without a unique key it is ordered so that the newest row of a key comes first."""
    statement = select(dialect, table, rows.condition)
    if table.is_key_unique:
        return statement
    keys = ", ".join(dialect.quote(name) for name in table.keys)
    return f"{statement} ORDER BY {keys}, {dialect.quote(table.watermark.name)} DESC"


class Pages:
    """Statement after statement, each continuing behind the last row of the one before (keyset paging)."""

    def __init__(self, dialect: Dialect, table: Table, rows: Rows, page_rows: int) -> None:
        self.dialect, self.table, self.rows, self.page_rows = dialect, table, rows, page_rows
        self.names = list(dict.fromkeys((table.watermark.name, *table.keys)))
        types = {column.name: column.arrow for column in table.columns}
        wrong = [name for name in self.names if not any(check(types[name]) for check in _PAGED)]
        if wrong or not table.is_key_unique:
            raise ConfigurationError(
                f"PAGE_ROWS needs a unique index within KEY_COLUMNS {', '.join(table.keys)},"
                " of whole numbers, decimals, text, dates or timestamps",
                remedy="set PAGE_ROWS to 0, or name a unique key",
            )
        self.last: pa.RecordBatch | None = None
        self.count = 0

    def statements(self) -> Iterator[str]:
        yield select(self.dialect, self.table, self.rows.outside)
        if self.rows.inside is None:
            return
        columns = [self.dialect.quote(name) for name in self.names]
        condition = self.rows.inside
        while True:
            self.last, self.count = None, 0
            ordered = f"{select(self.dialect, self.table, condition)} ORDER BY {', '.join(columns)}"
            yield self.dialect.page(ordered, self.page_rows)
            if self.last is None or self.count < self.page_rows:
                return
            condition = f"{self.rows.inside} AND {self.dialect.after(columns, self.literals(self.last))}"

    def saw(self, batch: pa.RecordBatch) -> None:
        """To be told of each batch, so that the next statement starts behind it."""
        if batch.num_rows:
            self.last = batch.slice(batch.num_rows - 1)
            self.count += batch.num_rows

    def literals(self, row: pa.RecordBatch) -> Sequence[str]:
        values = [row.column(name)[0].as_py() for name in self.names]
        return [literal(_text(value)) for value in values]


def _text(value: object) -> str:
    if not isinstance(value, datetime):
        return str(value)
    text = value.replace(tzinfo=None).isoformat(sep="T", timespec="microseconds")
    return f"{text}+00:00" if value.tzinfo else text
