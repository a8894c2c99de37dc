"""Parquet parts on S3, written as a stream: memory holds one row group and two upload parts."""

import re
from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from extractor import log
from extractor.errors import ExtractorError
from extractor.manifest import DataFile
from extractor.settings import Settings
from extractor.store import Conflict, Store

# Spark reads groups of 10,000 rows three times slower than these; wide rows end a group by bytes instead.
ROW_GROUP_ROWS = 131_072
ROW_GROUP_BYTES = 12 * 2**20
FILE_BYTES = 256 * 2**20
# A dictionary of nearly distinct values costs 30 MB and most of the encoding time, and saves nothing.
DICTIONARY_BYTES = 32 * 1024


def write_parts(
    store: Store, settings: Settings, schema: pa.Schema, batches: Iterable[pa.RecordBatch], present: set[str]
) -> Iterator[DataFile]:
    """Yields each part once it is visible under its name. `present`: keys in the run's folder at the start.

    A part takes a number that no earlier attempt used, so that no reader ever sees a file change.
    """
    groups = row_groups(batches)
    group = next(groups, None)
    number = first_number(settings, present)
    while group is not None:
        name = f"part-{settings.attempt}-{number:05d}.parquet"
        upload = store.open_upload(f"{settings.run_prefix}/{name}")
        try:
            rows = 0
            with pq.ParquetWriter(
                pa.PythonFile(upload, mode="w"),
                schema,
                compression="zstd",
                compression_level=1,
                dictionary_pagesize_limit=DICTIONARY_BYTES,
            ) as writer:
                while group is not None and upload.size_bytes < FILE_BYTES:
                    writer.write_table(group, row_group_size=group.num_rows)
                    rows += group.num_rows
                    group = None  # freed before the next one is gathered
                    group = next(groups, None)
            upload.commit()
        except Conflict as error:
            upload.abort()
            raise ExtractorError(
                f"{name} appeared while it was written: another process works on run {settings.run_key}",
                system=f"s3 bucket {store.bucket}",
                remedy="stop the other attempt, then rerun",
            ) from error
        except BaseException:
            upload.abort()
            raise
        log.info("part_written", path=name, rows=rows, size_bytes=upload.size_bytes)
        yield DataFile(name, rows, upload.size_bytes, upload.sha256)
        number += 1


def row_groups(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Batches gathered until a row group is full, by rows or by bytes."""
    waiting: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        if batch.num_rows == 0:
            continue
        waiting.append(batch)
        rows += batch.num_rows
        size += batch.nbytes
        if rows >= ROW_GROUP_ROWS or size >= ROW_GROUP_BYTES:
            yield pa.Table.from_batches(waiting)
            waiting, rows, size = [], 0, 0
    if waiting:
        yield pa.Table.from_batches(waiting)


def first_number(settings: Settings, present: set[str]) -> int:
    pattern = re.compile(rf"/part-{settings.attempt}-(\d+)\.parquet$")
    used = [int(match[1]) for key in present if (match := pattern.search(key))]
    return max(used, default=-1) + 1
