"""The bucket: small JSON objects under conditional writes, and streamed uploads that abort on failure."""

import hashlib
import io
import json
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from extractor.errors import ExtractorError

# S3 refuses smaller parts except the last, and at most 10,000 of them: 5 MiB allows files of 48 GiB.
PART_BYTES = 5 * 2**20
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class Conflict(Exception):
    """A conditional write lost: somebody else wrote the object first."""


def s3_client(endpoint: str | None) -> Any:
    """Region and credentials come from the environment, as for every AWS client.

    A loopback endpoint is addressed by path: bucket.localhost resolves nowhere.
    """
    is_local = endpoint is not None and urlsplit(endpoint).hostname in LOOPBACK
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        config=Config(
            connect_timeout=10,
            read_timeout=60,
            retries={"mode": "standard", "total_max_attempts": 5},
            max_pool_connections=4,
            s3={"addressing_style": "path" if is_local else "auto"},
        ),
    )


class Store:
    """One bucket. Every failure becomes an ExtractorError naming it."""

    def __init__(self, bucket: str, client: Any) -> None:
        self.bucket = bucket
        self.client = client
        self._open_uploads: dict[str, str] = {}
        self._lock = Lock()

    def call(self, operation: str, **arguments: Any) -> Any:
        """Raises Conflict when a condition in the arguments does not hold, else ExtractorError."""
        try:
            return getattr(self.client, operation)(Bucket=self.bucket, **arguments)
        except (ClientError, BotoCoreError) as error:
            if _status(error) in (409, 412) and ("IfMatch" in arguments or "IfNoneMatch" in arguments):
                raise Conflict(arguments.get("Key")) from error
            raise self.failure(operation, error) from error

    def failure(self, operation: str, error: Exception) -> ExtractorError:
        if isinstance(error, ClientError):
            message = f"S3 refused {operation} in bucket {self.bucket}: {error}"
            remedy = "check that the bucket exists and that the task role may read, write and delete in it"
        else:
            message = f"S3 did not answer {operation} for bucket {self.bucket}: {error}"
            remedy = "check the network path to S3, the region and the credentials, then rerun"
        return ExtractorError(message, system=f"s3 bucket {self.bucket}", remedy=remedy)

    def read_json(self, key: str) -> tuple[Any, str] | None:
        """The parsed object and its ETag, or None when there is none."""
        try:
            answer = self.client.get_object(Bucket=self.bucket, Key=key)
            body, etag = answer["Body"].read(), str(answer["ETag"])
        except (ClientError, BotoCoreError) as error:
            if isinstance(error, ClientError) and error.response.get("Error", {}).get("Code") == "NoSuchKey":
                return None
            raise self.failure("get_object", error) from error
        try:
            return json.loads(body), etag
        except ValueError as error:
            raise ExtractorError(
                f"s3://{self.bucket}/{key} is not JSON: {error}",
                system=f"s3 bucket {self.bucket}",
                remedy="restore an earlier version of the object, or delete it to start from the beginning",
            ) from error

    def write_json(self, key: str, value: Any, etag: str | None) -> None:
        """One atomic PutObject that replaces exactly version `etag` (None: no object yet). Raises Conflict."""
        condition = {"IfNoneMatch": "*"} if etag is None else {"IfMatch": etag}
        body = json.dumps(value, indent=1, ensure_ascii=False).encode()
        try:
            self.call("put_object", Key=key, Body=body, ContentType="application/json", **condition)
        except Conflict:
            # A write whose answer was lost is sent again by the client, and then collides with itself.
            found = self.read_json(key)
            if found is None or found[0] != value:
                raise

    def list_keys(self, prefix: str) -> Iterator[str]:
        arguments: dict[str, str] = {"Prefix": prefix}
        while True:
            page = self.call("list_objects_v2", **arguments)
            yield from (str(item["Key"]) for item in page.get("Contents", []))
            if not page.get("IsTruncated"):
                return
            arguments["ContinuationToken"] = page["NextContinuationToken"]

    def delete(self, key: str) -> None:
        self.call("delete_object", Key=key)

    def open_upload(self, key: str) -> "Upload":
        return Upload(self, key)

    def remember(self, key: str, upload_id: str) -> None:
        with self._lock:
            self._open_uploads[upload_id] = key

    def forget(self, upload_id: str) -> None:
        with self._lock:
            self._open_uploads.pop(upload_id, None)

    def abort_open_uploads(self) -> None:
        """Ends what is still in flight, so that no part of an unfinished object is kept or billed."""
        with self._lock:
            uploads = list(self._open_uploads.items())
        for upload_id, key in uploads:
            self.call("abort_multipart_upload", Key=key, UploadId=upload_id)
            self.forget(upload_id)


class Upload(io.RawIOBase):
    """A write-only stream into one object, which appears whole on `commit()` or not at all.

    Parts go up on one thread beside the writer; at most one waits, so memory is two parts.
    """

    def __init__(self, store: Store, key: str) -> None:
        super().__init__()
        self.store = store
        self.key = key
        self.size_bytes = 0
        self._hash = hashlib.sha256()
        self._buffer = io.BytesIO()
        self._upload_id: str | None = None
        self._parts: list[dict[str, Any]] = []
        self._pending: Future[str] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="upload")

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")
        self._hash.update(view)
        self._buffer.write(view)
        self.size_bytes += len(view)
        if self._buffer.tell() >= PART_BYTES:
            self._send()
        return len(view)

    def tell(self) -> int:
        return self.size_bytes

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def commit(self) -> None:
        """Makes the object visible. Refuses to replace an existing one: raises Conflict."""
        if self._upload_id is None:
            self._buffer.seek(0)
            self.store.call("put_object", Key=self.key, Body=self._buffer, IfNoneMatch="*")
        else:
            if self._buffer.tell():
                self._send()
            self._settle()
            self.store.call(
                "complete_multipart_upload",
                Key=self.key,
                UploadId=self._upload_id,
                MultipartUpload={"Parts": self._parts},
                IfNoneMatch="*",
            )
            self.store.forget(self._upload_id)
            self._upload_id = None
        self._buffer.close()
        self._thread.shutdown()

    def abort(self) -> None:
        self._thread.shutdown(wait=True, cancel_futures=True)
        self._buffer.close()
        if self._upload_id is not None:
            upload_id, self._upload_id = self._upload_id, None
            self.store.call("abort_multipart_upload", Key=self.key, UploadId=upload_id)
            self.store.forget(upload_id)

    def _send(self) -> None:
        if self._upload_id is None:
            answer = self.store.call("create_multipart_upload", Key=self.key)
            self._upload_id = str(answer["UploadId"])
            self.store.remember(self.key, self._upload_id)
        self._settle()
        part, self._buffer = self._buffer, io.BytesIO()
        part.seek(0)
        self._pending = self._thread.submit(self._upload_part, self._upload_id, len(self._parts) + 1, part)

    def _upload_part(self, upload_id: str, number: int, part: io.BytesIO) -> str:
        answer = self.store.call("upload_part", Key=self.key, UploadId=upload_id, PartNumber=number, Body=part)
        return str(answer["ETag"])

    def _settle(self) -> None:
        if self._pending is not None:
            pending, self._pending = self._pending, None
            self._parts.append({"PartNumber": len(self._parts) + 1, "ETag": pending.result()})


def _status(error: Exception) -> int | None:
    if not isinstance(error, ClientError):
        return None
    status: int | None = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return status
