"""Everything the environment says, read once and checked before anything is touched."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from urllib.parse import urlsplit

from extractor.errors import ConfigurationError
from extractor.instant import parse_instant

RUN_KEY = re.compile(r"^[A-Za-z0-9._-]{1,160}$")
NAME = re.compile(r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$")


@dataclass(frozen=True)
class OdbcSettings:
    connection_string: str
    dialect: str
    page_rows: int
    max_text_bytes: int


@dataclass(frozen=True)
class HttpSettings:
    url: str
    records_path: str
    paging: str
    page_parameter: str
    next_path: str
    page_size_parameter: str
    page_size: int
    since_parameter: str
    until_parameter: str
    columns: tuple[tuple[str, str], ...]
    token: str | None
    timeout_seconds: float
    deadline_seconds: float


@dataclass(frozen=True)
class Settings:
    source: OdbcSettings | HttpSettings
    source_name: str
    source_table: str
    table: str
    key_columns: tuple[str, ...]
    watermark_column: str
    overlap_seconds: int
    full_refresh: bool
    window_to: datetime | None
    bucket: str
    prefix: str
    load_date: date
    run_key: str
    attempt: int
    join_key: str | None
    fault: str | None
    s3_endpoint: str | None

    @property
    def table_prefix(self) -> str:
        """`raw/shop/orders`: where this table's runs and its watermark live in the bucket."""
        parts = [self.prefix, self.source_name, self.table]
        return "/".join(part for part in parts if part)

    @property
    def run_prefix(self) -> str:
        return f"{self.table_prefix}/load_date={self.load_date.isoformat()}/run={self.run_key}"

    @classmethod
    def from_env(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Raises ConfigurationError naming the variable and what it should hold."""
        read = _Reader(os.environ if environment is None else environment)
        kind = read.choice("SOURCE", ("odbc", "http"))
        bucket, prefix = read.destination("DESTINATION")
        keys = tuple(part.strip() for part in read.text("KEY_COLUMNS").split(",") if part.strip())
        if not keys:
            raise read.wrong("KEY_COLUMNS", "one or more column names separated by commas")
        return cls(
            source=_odbc(read) if kind == "odbc" else _http(read),
            source_name=read.matching("SOURCE_NAME", NAME),
            source_table=read.text("SOURCE_TABLE"),
            table=read.matching("TABLE", NAME),
            key_columns=keys,
            watermark_column=read.text("WATERMARK_COLUMN"),
            overlap_seconds=read.integer("OVERLAP_SECONDS", 3600, 0, 366 * 86400),
            full_refresh=read.boolean("FULL_REFRESH"),
            window_to=read.instant("WINDOW_TO"),
            bucket=bucket,
            prefix=prefix,
            load_date=read.day("LOAD_DATE"),
            run_key=read.matching("RUN_KEY", RUN_KEY),
            attempt=read.integer("ATTEMPT", 1, 1, 1_000_000),
            join_key=read.optional("PENSTOCK_JOIN_KEY"),
            fault=read.one_of("FAULT", ("none", "memory", "wait")),
            s3_endpoint=read.optional("AWS_ENDPOINT_URL_S3") or read.optional("AWS_ENDPOINT_URL"),
        )


def _odbc(read: "_Reader") -> OdbcSettings:
    return OdbcSettings(
        connection_string=read.text("ODBC_CONNECTION_STRING"),
        dialect=read.choice("ODBC_DIALECT", ("postgresql", "sqlserver")),
        page_rows=read.integer("PAGE_ROWS", 0, 0, 1_000_000_000),
        max_text_bytes=read.integer("MAX_TEXT_BYTES", 16 * 2**20, 1, 2**30),
    )


def _http(read: "_Reader") -> HttpSettings:
    url = read.text("HTTP_URL")
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise read.wrong("HTTP_URL", "an http:// or https:// address")
    return HttpSettings(
        url=url.rstrip("/"),
        records_path=read.default("HTTP_RECORDS_PATH", "items"),
        paging=read.choice("HTTP_PAGING", ("cursor", "page", "none"), "cursor"),
        page_parameter=read.default("HTTP_PAGE_PARAMETER", "cursor"),
        next_path=read.default("HTTP_NEXT_PATH", "next_cursor"),
        page_size_parameter=read.default("HTTP_PAGE_SIZE_PARAMETER", "limit"),
        page_size=read.integer("HTTP_PAGE_SIZE", 1000, 1, 100_000),
        since_parameter=read.default("HTTP_SINCE_PARAMETER", "updated_since"),
        until_parameter=read.default("HTTP_UNTIL_PARAMETER", ""),
        columns=read.columns("HTTP_COLUMNS"),
        token=read.optional("HTTP_TOKEN"),
        timeout_seconds=read.integer("HTTP_TIMEOUT_SECONDS", 30, 1, 600),
        deadline_seconds=read.integer("HTTP_DEADLINE_SECONDS", 900, 1, 86400),
    )


class _Reader:
    """Typed access to the environment; each error names the variable and the expected value."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment

    def wrong(self, name: str, expected: str) -> ConfigurationError:
        state = "is not set" if not self.environment.get(name) else "has a wrong value"
        return ConfigurationError(f"{name} {state}", remedy=f"set {name} to {expected}")

    def optional(self, name: str) -> str | None:
        return self.environment.get(name) or None

    def text(self, name: str) -> str:
        value = self.environment.get(name, "").strip()
        if not value:
            raise self.wrong(name, "a value; the README lists the settings")
        return value

    def default(self, name: str, value: str) -> str:
        return self.environment.get(name, value)

    def choice(self, name: str, values: tuple[str, ...], default: str | None = None) -> str:
        value = self.environment.get(name) or default
        if value not in values:
            raise self.wrong(name, " or ".join(values))
        return value

    def one_of(self, name: str, values: tuple[str, ...]) -> str | None:
        value = self.choice(name, values, "none")
        return None if value == "none" else value

    def matching(self, name: str, pattern: re.Pattern[str]) -> str:
        value = self.text(name)
        if not pattern.fullmatch(value):
            raise self.wrong(name, f"text that matches {pattern.pattern}")
        return value

    def integer(self, name: str, default: int, low: int, high: int) -> int:
        text = self.environment.get(name) or str(default)
        if not re.fullmatch(r"\d{1,12}", text) or not low <= int(text) <= high:
            raise self.wrong(name, f"a whole number from {low} to {high}")
        return int(text)

    def boolean(self, name: str) -> bool:
        return self.choice(name, ("true", "false", "True", "False"), "false").lower() == "true"

    def instant(self, name: str) -> datetime | None:
        text = self.environment.get(name)
        if not text:
            return None
        try:
            return parse_instant(text)
        except ValueError:
            raise self.wrong(name, "an ISO instant such as 2026-11-22T00:00:00Z") from None

    def day(self, name: str) -> date:
        text = self.environment.get(name) or datetime.now(UTC).date().isoformat()
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            raise self.wrong(name, "a date as YYYY-MM-DD")
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise self.wrong(name, "a date that exists, as YYYY-MM-DD") from None

    def destination(self, name: str) -> tuple[str, str]:
        match = re.fullmatch(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(.*))?", self.text(name))
        if not match:
            raise self.wrong(name, "s3://bucket/prefix, such as s3://my-lake/raw")
        return match[1], (match[2] or "").strip("/")

    def columns(self, name: str) -> tuple[tuple[str, str], ...]:
        text = self.environment.get(name, "").strip()
        columns = []
        for part in re.split(r",(?![^(]*\))", text) if text else []:
            match = re.fullmatch(r"\s*([^:\s][^:]*?)\s*:\s*([a-z0-9]+(?:\(\s*\d+\s*,\s*\d+\s*\))?)\s*", part)
            if not match:
                raise self.wrong(name, "name:type pairs such as rate:decimal(18,8),updated_at:timestamp")
            columns.append((match[1], re.sub(r"\s", "", match[2])))
        return tuple(columns)
