"""S3 objects as plain files, so that watermarks and data outlive the emulator's memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote
from uuid import uuid4

from moto.s3.models import FakeKey, S3Backend

from local_aws.patching import replace
from local_aws.settings import Settings

# The leaf is marked so that the objects `a` and `a/b` can both exist.
LEAF = "="


def object_file(root: Path, bucket: str, key: str) -> Path:
    """Where an object lies: readable folders, every segment escaped so that none leaves the bucket's folder."""
    *folders, leaf = [escape(part) for part in key.split("/")]
    return root.joinpath(bucket, *folders, LEAF + leaf)


def object_key(root: Path, bucket: str, file: Path) -> str:
    """The inverse of `object_file`."""
    *folders, leaf = file.relative_to(root / bucket).parts
    return "/".join(unescape(part) for part in [*folders, leaf.removeprefix(LEAF)])


def escape(segment: str) -> str:
    text = quote(segment, safe="_-+ @,()[]{}!$&'~:")
    if set(segment) <= {"."}:
        return text.replace(".", "%2E") or "%"
    return text


def unescape(text: str) -> str:
    return "" if text == "%" else unquote(text)


def write(root: Path, bucket: str, key: str, value: bytes) -> None:
    file = object_file(root, bucket, key)
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{uuid4().hex}.part")
    part.write_bytes(value)
    part.replace(file)


def stored(root: Path, bucket: str) -> Iterator[tuple[str, bytes]]:
    """Every object of a bucket that lies on disk: key and content."""
    for file in sorted((root / bucket).rglob(f"{LEAF}*")):
        if file.is_file():
            yield object_key(root, bucket, file), file.read_bytes()


def install(settings: Settings) -> None:
    """Mirror every write and deletion to `<state>/s3`, and bring back what lies there when its bucket is created."""
    root = settings.state / "s3"
    put, delete, create = S3Backend.put_object, S3Backend.delete_object, S3Backend.create_bucket

    def put_object(self: S3Backend, bucket_name: str, key_name: str, value: bytes, *args: Any, **rest: Any) -> FakeKey:
        key = put(self, bucket_name, key_name, value, *args, **rest)
        write(root, bucket_name, key_name, value)
        return key

    def delete_object(self: S3Backend, bucket_name: str, key_name: str, *args: Any, **rest: Any) -> Any:
        answer = delete(self, bucket_name, key_name, *args, **rest)
        object_file(root, bucket_name, key_name).unlink(missing_ok=True)
        return answer

    def create_bucket(self: S3Backend, bucket_name: str, *args: Any, **rest: Any) -> Any:
        bucket = create(self, bucket_name, *args, **rest)
        for key, value in stored(root, bucket_name):
            put(self, bucket_name, key, value)
        return bucket

    replace(S3Backend, "put_object", put_object)
    replace(S3Backend, "delete_object", delete_object)
    replace(S3Backend, "create_bucket", create_bucket)
