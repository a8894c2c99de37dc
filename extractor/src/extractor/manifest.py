"""The manifest: what one run read and wrote. A folder without one holds nothing that may be read."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from extractor.errors import ExtractorError
from extractor.instant import format_instant, parse_instant
from extractor.settings import Settings

NAME = "_manifest.json"
VERSION = 1


@dataclass(frozen=True)
class DataFile:
    """One Parquet part; `path` is relative to the manifest."""

    path: str
    rows: int
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    run_key: str
    join_key: str | None
    attempt: int
    table: str
    load_date: str
    source: dict[str, str | None]
    watermark_column: str
    watermark_from: datetime | None
    watermark_to: datetime | None
    key_columns: tuple[str, ...]
    schema: tuple[dict[str, str | bool], ...]
    files: tuple[DataFile, ...]
    started_at: datetime
    ended_at: datetime

    @property
    def rows(self) -> int:
        return sum(file.rows for file in self.files)

    def to_json(self) -> dict[str, Any]:
        return {
            "version": VERSION,
            "run_key": self.run_key,
            "join_key": self.join_key,
            "attempt": self.attempt,
            "table": self.table,
            "load_date": self.load_date,
            "source": self.source,
            "watermark": {
                "column": self.watermark_column,
                "from": _text(self.watermark_from),
                "to": _text(self.watermark_to),
            },
            "key_columns": list(self.key_columns),
            "schema": [dict(field) for field in self.schema],
            "files": [asdict(file) for file in self.files],
            "rows": self.rows,
            "started_at": format_instant(self.started_at),
            "ended_at": format_instant(self.ended_at),
        }

    @classmethod
    def from_json(cls, value: Any) -> "Manifest":
        """Raises ExtractorError when `value` is no manifest of this version or contradicts itself."""
        try:
            if value["version"] != VERSION:
                raise ValueError(f"version {value['version']}")
            window = value["watermark"]
            manifest = cls(
                run_key=str(value["run_key"]),
                join_key=value["join_key"],
                attempt=int(value["attempt"]),
                table=str(value["table"]),
                load_date=str(value["load_date"]),
                source=dict(value["source"]),
                watermark_column=str(window["column"]),
                watermark_from=_instant(window["from"]),
                watermark_to=_instant(window["to"]),
                key_columns=tuple(value["key_columns"]),
                schema=tuple(value["schema"]),
                files=tuple(DataFile(**file) for file in value["files"]),
                started_at=parse_instant(value["started_at"]),
                ended_at=parse_instant(value["ended_at"]),
            )
            if manifest.rows != value["rows"]:
                raise ValueError(f"rows is {value['rows']} but its files add up to {manifest.rows}")
        except (KeyError, TypeError, ValueError) as error:
            raise ExtractorError(
                f"{NAME} cannot be read: {error!r}",
                system="s3 manifest",
                remedy="a run with another RUN_KEY starts afresh; keep this one for inspection",
            ) from error
        return manifest


def of_run(
    settings: Settings,
    source: dict[str, str | None],
    window: tuple[datetime | None, datetime | None],
    schema: pa.Schema,
    files: Sequence[DataFile],
    times: tuple[datetime, datetime],
) -> Manifest:
    return Manifest(
        run_key=settings.run_key,
        join_key=settings.join_key,
        attempt=settings.attempt,
        table=settings.table,
        load_date=settings.load_date.isoformat(),
        source=source,
        watermark_column=settings.watermark_column,
        watermark_from=window[0],
        watermark_to=window[1],
        key_columns=settings.key_columns,
        schema=tuple({"name": field.name, "type": str(field.type), "nullable": field.nullable} for field in schema),
        files=tuple(files),
        started_at=times[0],
        ended_at=times[1],
    )


def _text(value: datetime | None) -> str | None:
    return None if value is None else format_instant(value)


def _instant(value: str | None) -> datetime | None:
    return None if value is None else parse_instant(value)
