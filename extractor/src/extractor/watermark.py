"""How far a table has been read, kept beside its data. It moves after a manifest and never back."""

from datetime import UTC, datetime

from extractor import log
from extractor.errors import ExtractorError
from extractor.instant import format_instant, parse_instant
from extractor.settings import Settings
from extractor.store import Conflict, Store

NAME = "_watermark.json"
# Each lost race means that another run of the same table moved it meanwhile.
RACES = 10


def load(store: Store, settings: Settings) -> datetime | None:
    """The instant through which the table was read; None before its first load."""
    found = _read(store, settings)
    return None if found is None else found[0]


def save(store: Store, settings: Settings, reached: datetime) -> None:
    """Moves the watermark forward to `reached`; leaves it when it is there already or further."""
    for _ in range(RACES):
        found = _read(store, settings)
        if found is not None and found[0] >= reached:
            log.info("watermark_kept", value=format_instant(found[0]))
            return
        value = {
            "version": 1,
            "column": settings.watermark_column,
            "value": format_instant(reached),
            "run_key": settings.run_key,
            "updated_at": format_instant(datetime.now(UTC)),
        }
        try:
            store.write_json(_key(settings), value, None if found is None else found[1])
        except Conflict:
            continue
        log.info("watermark_moved", value=format_instant(reached))
        return
    raise ExtractorError(
        f"the watermark s3://{store.bucket}/{_key(settings)} changed {RACES} times while it was written",
        system=f"s3 bucket {store.bucket}",
        remedy="let one run of a table end before the next starts (max_active_runs=1), then rerun",
    )


def _key(settings: Settings) -> str:
    return f"{settings.table_prefix}/{NAME}"


def _read(store: Store, settings: Settings) -> tuple[datetime, str] | None:
    found = store.read_json(_key(settings))
    if found is None:
        return None
    value, etag = found
    if value.get("column") != settings.watermark_column:
        path = f"s3://{store.bucket}/{_key(settings)}"
        raise ExtractorError(
            f"the stored watermark is of column {value.get('column')}, WATERMARK_COLUMN is {settings.watermark_column}",
            system=f"s3 bucket {store.bucket}",
            remedy=f"set WATERMARK_COLUMN back, or delete {path} to load everything again",
        )
    return parse_instant(value["value"]), etag
