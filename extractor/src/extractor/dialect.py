"""What differs between databases: names, catalog, the expression that carries a type exactly, paging."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import pyarrow as pa

from extractor.errors import ConfigurationError

# What a bound cell of fixed width takes at most, with its length indicator.
FIXED_BYTES = 24


@dataclass(frozen=True)
class CatalogColumn:
    """A column as the database's catalog names it; `precision` and `scale` as declared, -1 for none."""

    name: str
    type_name: str
    precision: int
    scale: int
    nullable: bool


@dataclass(frozen=True)
class Column:
    """How one column travels: `expression` is selected, read as `wire`, written as `arrow`.

    A text or binary value has at most `bound` bytes; where no small bound is declared, `length` is an SQL
    expression for its size instead, so that the longest one can be asked for before anything is read.
    """

    name: str
    expression: str
    wire: pa.DataType
    arrow: pa.DataType
    nullable: bool
    bound: int = FIXED_BYTES
    length: str | None = None

    @property
    def field(self) -> pa.Field:
        return pa.field(self.name, self.arrow, nullable=self.nullable)


class Dialect(Protocol):
    """SQL of one family of databases. Names arrive unquoted, instants in UTC."""

    @property
    def name(self) -> str: ...

    @property
    def has_wide_text(self) -> bool:
        """Whether the driver sends text as UTF-16 whatever the locale."""
        ...

    @property
    def oldest_version(self) -> int:
        """The lowest major version, as the driver tells it, on which the expressions are exact."""
        ...

    def quote(self, name: str) -> str: ...

    def catalog_query(self, table: str) -> str:
        """Rows of (name, type, precision, scale, nullable) in the table's column order."""
        ...

    def unique_query(self, table: str) -> str:
        """Rows of (index, column) for each index under which two rows are never equal."""
        ...

    def plan(self, column: CatalogColumn) -> Column:
        """Raises ExtractorError for a type that cannot be carried exactly."""
        ...

    def session_query(self) -> str | None:
        """Run first on a connection: pins what would change how values are written as text."""
        ...

    def connection_options(self, longest_text: int, batch_rows: int) -> str:
        """Driver settings to append to the connection string; the last of two equal names counts."""
        ...

    def end_query(self, table: str, watermark: CatalogColumn) -> str:
        """One row: the newest watermark not after the clock, in microseconds since 1970, or NULL."""
        ...

    def compare(self, watermark: CatalogColumn, operator: str, instant: datetime) -> str:
        """`watermark operator instant`, in a form that an index on the column can serve."""
        ...

    def outside_time(self, watermark: CatalogColumn) -> str:
        """Rows that no window could hold: no watermark, or one beyond all instants."""
        ...

    def after(self, columns: Sequence[str], literals: Sequence[str]) -> str:
        """Rows after the given values in the order of `columns`."""
        ...

    def page(self, select: str, rows: int) -> str:
        """The first rows of an ordered SELECT."""
        ...


def split_name(text: str) -> tuple[str, ...]:
    """`shop.public.orders` or `public."odd.name"` as its parts. Raises ConfigurationError."""
    part = r'(?:"(?:[^"]|"")+"|[^."]+)'
    if not re.fullmatch(rf"{part}(?:\.{part}){{0,2}}", text):
        raise ConfigurationError(
            f"SOURCE_TABLE has a wrong value: {text}",
            remedy='set SOURCE_TABLE to schema.table; put a name that has dots in "double quotes"',
        )
    parts = re.findall(part, text)
    return tuple(p[1:-1].replace('""', '"') if p.startswith('"') else p for p in parts)


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
