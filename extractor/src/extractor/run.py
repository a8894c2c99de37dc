"""One run: decide the window, read, write parts, then manifest, then watermark, then tidy."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pyarrow as pa

from extractor import log, manifest, sink, watermark
from extractor.errors import ExtractorError
from extractor.instant import format_instant
from extractor.manifest import Manifest
from extractor.settings import Settings
from extractor.source import Source, Window
from extractor.store import Conflict, Store


def extract(settings: Settings, source: Source, store: Store, check_stop: Callable[[], None]) -> Manifest:
    """Safe to kill at any point: what is visible before the manifest is named by none, and the next run of
    the same key removes it; what is not yet done after the manifest is done by that next run.
    """
    started_at = datetime.now(UTC)
    manifest_key = f"{settings.run_prefix}/{manifest.NAME}"
    earlier = store.read_json(manifest_key)
    present = set(store.list_keys(f"{settings.run_prefix}/part-"))
    window = choose_window(settings, store, None if earlier is None else Manifest.from_json(earlier[0]))
    log.info(
        "window",
        start=None if window.start is None else format_instant(window.start),
        end=None if window.end is None else format_instant(window.end),
        overlap_seconds=settings.overlap_seconds,
        is_rerun=earlier is not None,
    )

    reading = source.read(window)
    batches = stoppable(reading.batches, check_stop)
    files = list(sink.write_parts(store, settings, reading.schema, batches, present))
    end = reading.end()
    check_stop()

    result = manifest.of_run(
        settings, source.describe(), (window.start, end), reading.schema, files, (started_at, datetime.now(UTC))
    )
    try:
        store.write_json(manifest_key, result.to_json(), None if earlier is None else earlier[1])
    except Conflict as error:
        raise ExtractorError(
            f"another attempt of run {settings.run_key} wrote its manifest meanwhile",
            system=f"s3 bucket {store.bucket}",
            remedy="nothing to do: that attempt's data is complete; make sure only one runs at a time",
        ) from error
    log.info("manifest_written", path=f"s3://{store.bucket}/{manifest_key}", files=len(files), rows=result.rows)

    if end is not None:
        watermark.save(store, settings, end)
    named = {f"{settings.run_prefix}/{file.path}" for file in files}
    for key in sorted(present - named):
        store.delete(key)
        log.info("old_part_deleted", path=f"s3://{store.bucket}/{key}")
    return result


def choose_window(settings: Settings, store: Store, earlier: Manifest | None) -> Window:
    """A rerun reads what its manifest names, whatever has happened since; else from the watermark on."""
    overlap = timedelta(seconds=settings.overlap_seconds)
    if earlier is not None and earlier.watermark_to is not None:
        return Window(earlier.watermark_from, earlier.watermark_to, overlap)
    start = None if settings.full_refresh else watermark.load(store, settings)
    return Window(start, settings.window_to, overlap)


def stoppable(batches: Iterator[pa.RecordBatch], check_stop: Callable[[], None]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        check_stop()
        yield batch
