import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from penstock_load.errors import LoadError

CHUNK_BYTES = 1 << 20
CLIENT = Config(connect_timeout=10, read_timeout=60, retries={"mode": "standard", "total_max_attempts": 4})
NOT_FOUND = {"404", "NoSuchKey", "NoSuchBucket", "NotFound"}


T = TypeVar("T")


class Storage:
    """Whole objects by uri: s3://bucket/key, or file:///path on one machine. Raises LoadError naming the object store."""

    def __init__(self, region: str | None) -> None:
        self._region = region
        self._client: Any = None

    def read(self, uri: str) -> bytes | None:
        """The object's bytes, or None where there is no such object."""
        scheme, bucket, key = _split(uri)
        if scheme == "file":
            path = Path(key)
            return path.read_bytes() if path.is_file() else None
        return self._call(uri, lambda s3: bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read()))

    def size_bytes(self, uri: str) -> int | None:
        scheme, bucket, key = _split(uri)
        if scheme == "file":
            path = Path(key)
            return path.stat().st_size if path.is_file() else None
        return self._call(uri, lambda s3: int(s3.head_object(Bucket=bucket, Key=key)["ContentLength"]))

    def sha256(self, uri: str) -> str | None:
        """Read in chunks: memory does not grow with the object."""
        scheme, bucket, key = _split(uri)
        if scheme == "file":
            with Path(key).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        return self._call(uri, lambda s3: _digest(s3.get_object(Bucket=bucket, Key=key)["Body"]))

    def _call(self, uri: str, operation: Callable[[Any], T]) -> T | None:
        try:
            if self._client is None:
                self._client = boto3.client("s3", region_name=self._region, config=CLIENT)
            return operation(self._client)
        except ClientError as error:
            if error.response["Error"]["Code"] in NOT_FOUND:
                return None
            raise LoadError("S3", f"{uri}: {error}", "check that the job's role may read the data bucket, then run the task again") from error
        except BotoCoreError as error:
            raise LoadError("S3", f"{uri}: {error}", "check the network path and the region of the job, then run the task again") from error


def _digest(body: Any) -> str:
    digest = hashlib.sha256()
    for chunk in body.iter_chunks(CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()


def _split(uri: str) -> tuple[str, str, str]:
    parts = urlsplit(uri)
    if parts.scheme == "file" and not parts.netloc:
        return "file", "", parts.path
    if parts.scheme in ("s3", "s3a") and parts.netloc and len(parts.path) > 1:
        return "s3", parts.netloc, parts.path[1:]
    raise LoadError("job arguments", f"{uri} is not an s3:// uri", "correct the arguments in the DAG and start it again")
