"""The reads that a pipeline made, from the manifests that they left or from a file that lists them."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from shop.database import ShopError
from shop.oracle import OVERLAP, SOURCES, Read, Window
from shop.world import instant


def from_windows(text: str) -> list[Read]:
    """Reads from JSON: {"overlap_seconds": 3600, "reads": [{"as_of": …, "windows": {"orders": {"from": null, "to": …}, …}}, …]}."""
    value = json.loads(text)
    overlap = timedelta(seconds=value.get("overlap_seconds", OVERLAP.total_seconds()))
    return [
        Read(instant(read["as_of"]), {table: _window(window, overlap) for table, window in read["windows"].items() if _known(table)})
        for read in value["reads"]
    ]


def from_manifests(manifests: Iterable[dict[str, Any]], connection: psycopg.Connection[Any]) -> list[Read]:
    """One read for each manifest, in the order in which they ended, of the state that the shop showed when the manifest was begun.

    Raises ShopError for a manifest that was begun before the shop was seeded.
    """
    reads = []
    for manifest in sorted(manifests, key=lambda one: instant(one["ended_at"])):
        if manifest["watermark"]["to"] is None:
            continue
        window = _window(manifest["watermark"], OVERLAP)
        reads.append(Read(_shown_at(connection, instant(manifest["started_at"])), {manifest["table"]: window} if _known(manifest["table"]) else {}))
    return reads


def load_manifests(place: str) -> Iterator[dict[str, Any]]:
    """The manifests under s3://bucket/prefix or a directory, or the JSON array of them in a file."""
    if place.startswith("s3://"):
        yield from _from_s3(place)
    elif Path(place).is_dir():
        yield from (json.loads(path.read_text()) for path in sorted(Path(place).rglob("_manifest.json")))
    else:
        yield from json.loads(Path(place).read_text())


def _from_s3(place: str) -> Iterator[dict[str, Any]]:
    import boto3

    bucket, _, prefix = place.removeprefix("s3://").partition("/")
    s3 = boto3.client("s3")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for entry in page.get("Contents", []):
            if entry["Key"].endswith("/_manifest.json"):
                yield json.loads(s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read())


def _shown_at(connection: psycopg.Connection[Any], moment: datetime) -> datetime:
    row = connection.execute("SELECT max(as_of) FROM shop_clock.advance WHERE applied_at <= %s", (moment,)).fetchone()
    if row is None or row[0] is None:
        raise ShopError(f"a manifest was begun at {moment.isoformat()}, before the shop was seeded: it belongs to another shop")
    shown: datetime = row[0]
    return shown


def _window(value: dict[str, Any], overlap: timedelta) -> Window:
    return Window(instant(value["from"]) if value["from"] else None, instant(value["to"]), overlap)


def _known(table: str) -> bool:
    if table not in SOURCES:
        raise ShopError(f"the shop has no table {table}: it has {', '.join(SOURCES)}")
    return True
