"""A JSON API: pages of records, asked for by watermark."""

import hashlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import pyarrow as pa

from extractor import log
from extractor.errors import ConfigurationError, ExtractorError
from extractor.http_client import Answer, Clock, JsonClient
from extractor.instant import format_instant, parse_instant
from extractor.json_columns import JsonColumn, json_text
from extractor.settings import HttpSettings, Settings
from extractor.source import Reading, Window

# Pages that shift while they are read repeat records near their edges; older repeats are left to the loader.
REMEMBERED_RECORDS = 20_000


@dataclass
class Progress:
    """What a read has seen so far. `limit`: the instant after which records belong to a later run."""

    limit: datetime
    newest: datetime | None = None
    later: int = 0
    repeated: int = 0
    recent: set[bytes] = field(default_factory=set)
    order: deque[bytes] = field(default_factory=deque)

    def is_new(self, digest: bytes) -> bool:
        if digest in self.recent:
            return False
        self.recent.add(digest)
        self.order.append(digest)
        if len(self.order) > REMEMBERED_RECORDS:
            self.recent.discard(self.order.popleft())
        return True


class HttpSource:
    """One resource of a JSON API."""

    def __init__(self, settings: Settings, http: HttpSettings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.http = http
        self.clock = clock or Clock()
        self.system = f"source API {settings.source_name}"
        self.url = f"{http.url}/{settings.source_table.lstrip('/')}"

    def describe(self) -> dict[str, str | None]:
        return {
            "kind": "http",
            "name": self.settings.source_name,
            "dialect": None,
            "table": self.settings.source_table,
        }

    def read(self, window: Window) -> Reading:
        client = JsonClient(self.http, self.system, self.clock)
        pages = self.pages(client, window)
        first, served_at = next(pages)
        columns = self.columns(first)
        progress = Progress(window.end or served_at)
        batches = self.batches(first, pages, columns, window, progress)
        schema = pa.schema([pa.field(column.name, column.arrow) for column in columns])
        return Reading(schema, batches, lambda: window.end or progress.newest or window.start)

    def pages(self, client: JsonClient, window: Window) -> Iterator[tuple[list[dict[str, Any]], datetime]]:
        """Records page by page, each with the server's time. Yields at least once."""
        parameters = self.first_parameters(window)
        url, number, previous = self.url, 1, b""
        while True:
            answer = client.get(url, parameters)
            records = self.records(answer)
            yield records, answer.served_at
            if self.http.paging == "none" or (self.http.paging == "page" and not records):
                return
            if self.http.paging == "page":
                number += 1
                parameters = {**parameters, self.http.page_parameter: str(number)}
                step = hashlib.sha256(json_text(records).encode()).digest()
            else:
                following = _at(answer.value, self.http.next_path)
                if following in (None, "", False):
                    return
                url, parameters = self.follow(str(following), parameters)
                step = str(following).encode()
            if step == previous:
                raise ExtractorError(
                    f"{self.url} answered the same page twice in a row",
                    system=self.system,
                    remedy="check HTTP_PAGING, HTTP_PAGE_PARAMETER and HTTP_NEXT_PATH against the API's documentation",
                )
            previous = step

    def first_parameters(self, window: Window) -> dict[str, str]:
        parameters = {}
        if self.http.since_parameter and window.lower is not None:
            parameters[self.http.since_parameter] = format_instant(window.lower)
        if self.http.until_parameter and window.end is not None:
            parameters[self.http.until_parameter] = format_instant(window.end)
        if self.http.page_size_parameter and self.http.paging != "none":
            parameters[self.http.page_size_parameter] = str(self.http.page_size)
        if self.http.paging == "page":
            parameters[self.http.page_parameter] = "1"
        return parameters

    def follow(self, following: str, parameters: dict[str, str]) -> tuple[str, dict[str, str]]:
        """A cursor goes into its parameter; a link is followed, on the same server only: it gets the token."""
        if not following.startswith(("http://", "https://", "/")):
            return self.url, {**parameters, self.http.page_parameter: following}
        target = urljoin(self.url, following)
        if urlsplit(target)[:2] != urlsplit(self.url)[:2]:
            raise ExtractorError(
                f"{self.url} points to its next page on another server: {target}",
                system=self.system,
                remedy="set HTTP_URL to the server that serves all pages",
            )
        return target, {}

    def records(self, answer: Answer) -> list[dict[str, Any]]:
        found = _at(answer.value, self.http.records_path)
        if not isinstance(found, list) or not all(isinstance(record, dict) for record in found):
            where = self.http.records_path or "the top level"
            raise ExtractorError(
                f"{self.url} answered no list of objects at {where}",
                system=self.system,
                remedy="set HTTP_RECORDS_PATH to the field that holds the records (empty: the answer itself)",
            )
        return found

    def columns(self, first: list[dict[str, Any]]) -> list[JsonColumn]:
        """As HTTP_COLUMNS says; without it every field of the first page as text, the watermark as an instant."""
        settings = self.settings
        required = (*settings.key_columns, settings.watermark_column)
        if self.http.columns:
            columns = [JsonColumn(name, kind) for name, kind in self.http.columns]
        else:
            names = list(dict.fromkeys(name for record in first for name in record)) if first else list(required)
            columns = [JsonColumn(n, "timestamp" if n == settings.watermark_column else "string") for n in names]
        kinds = {column.name: column.kind for column in columns}
        if missing := [name for name in required if name not in kinds]:
            raise ConfigurationError(
                f"KEY_COLUMNS and WATERMARK_COLUMN name {', '.join(missing)}, which the records do not have",
                remedy=f"choose among {', '.join(kinds)}",
            )
        if kinds[settings.watermark_column] != "timestamp":
            raise ConfigurationError(
                f"WATERMARK_COLUMN {settings.watermark_column} is no timestamp in HTTP_COLUMNS",
                remedy=f"write {settings.watermark_column}:timestamp",
            )
        return columns

    def batches(
        self,
        first: list[dict[str, Any]],
        rest: Iterator[tuple[list[dict[str, Any]], datetime]],
        columns: list[JsonColumn],
        window: Window,
        progress: Progress,
    ) -> Iterator[pa.RecordBatch]:
        schema = pa.schema([pa.field(column.name, column.arrow) for column in columns])
        records: list[dict[str, Any]] | None = first
        while records is not None:
            self.check_fields(records, columns)
            kept = [record for record in records if self.belongs(record, window, progress)]
            if kept:
                arrays = [column.array(kept, self.system) for column in columns]
                yield pa.RecordBatch.from_arrays(arrays, schema=schema)
            page = next(rest, None)
            records = None if page is None else page[0]
        if progress.later or progress.repeated:
            log.info("records_left_out", later_than_window=progress.later, repeated=progress.repeated)

    def check_fields(self, records: list[dict[str, Any]], columns: list[JsonColumn]) -> None:
        if self.http.columns:
            return
        known = {column.name for column in columns}
        if unknown := {name for record in records for name in record} - known:
            raise ExtractorError(
                f"a later record has fields that the first page had not: {', '.join(sorted(unknown))}",
                system=self.system,
                remedy="list the fields and their types in HTTP_COLUMNS",
            )

    def belongs(self, record: dict[str, Any], window: Window, progress: Progress) -> bool:
        settings = self.settings
        mark = record.get(settings.watermark_column)
        if mark is not None:
            try:
                instant = parse_instant(str(mark))
            except ValueError as error:
                raise ExtractorError(
                    f"{settings.watermark_column} holds {str(mark)[:80]}, which is no ISO instant",
                    system=self.system,
                    remedy="choose another WATERMARK_COLUMN",
                ) from error
            if instant > progress.limit:
                progress.later += 1
                return False
            if window.lower is not None and instant <= window.lower:
                return False
            progress.newest = max(progress.newest or instant, instant)
        key = [record.get(name) for name in settings.key_columns]
        digest = hashlib.blake2b(json_text([*key, mark]).encode(), digest_size=16).digest()
        if progress.is_new(digest):
            return True
        progress.repeated += 1
        return False


def _at(value: Any, path: str) -> Any:
    """The value at a dotted path of field names, or None."""
    for name in path.split(".") if path else []:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value
