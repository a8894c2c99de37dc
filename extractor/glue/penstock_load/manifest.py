import hashlib
import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from penstock_load.errors import RERUN_EXTRACT, LoadError
from penstock_load.storage import Storage

PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
SHA256 = re.compile(r"[0-9a-f]{64}")
# The driver of a G.1X job has 4 cores; hashing waits on the network.
CHECKS_IN_PARALLEL = 8


@dataclass(frozen=True)
class Part:
    uri: str
    rows: int
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What an extractor run left behind: the parts that count, and no others."""

    uri: str
    run_key: str
    source: str
    table: str
    load_date: str
    columns: tuple[str, ...]
    parts: tuple[Part, ...]
    rows: int

    @property
    def content_sha256(self) -> str:
        """The same for the same parts, whatever their names or the time of writing."""
        content = [self.source, self.table, sorted((p.sha256, p.rows) for p in self.parts)]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def read_manifest(storage: Storage, uri: str) -> Manifest:
    """Parses the manifest at the uri. Without one the data is not complete, and LoadError refuses it."""
    body = storage.read(uri)
    if body is None:
        raise LoadError("data lake", f"there is no manifest at {uri}, so its data is not complete", RERUN_EXTRACT)
    try:
        return _parse(uri, json.loads(body))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LoadError("data lake", f"the manifest at {uri} is not readable: {type(error).__name__} {error}", RERUN_EXTRACT) from error


def check_parts(storage: Storage, manifest: Manifest, verify_sha256: bool) -> None:
    """Compares each part with what the manifest says of it; the rows are counted when they are read."""

    def difference(part: Part) -> str | None:
        size_bytes = storage.size_bytes(part.uri)
        if size_bytes is None:
            return f"{part.uri} is missing"
        if size_bytes != part.size_bytes:
            return f"{part.uri} has {size_bytes} bytes, its manifest says {part.size_bytes}"
        if verify_sha256 and storage.sha256(part.uri) != part.sha256:
            return f"{part.uri} has another sha256 than its manifest says"
        return None

    with ThreadPoolExecutor(CHECKS_IN_PARALLEL) as pool:
        found = [text for text in pool.map(difference, manifest.parts) if text]
    if found:
        raise LoadError("data lake", "; ".join(found[:3]), RERUN_EXTRACT)


def _parse(uri: str, body: dict[str, Any]) -> Manifest:
    if body["version"] != 1:
        raise ValueError(f"version is {body['version']!r}, expected 1")
    folder = uri.rsplit("/", 1)[0]
    parts = tuple(_part(folder, item) for item in body["files"])
    manifest = Manifest(
        uri=uri,
        run_key=_text(body, "run_key"),
        source=_text(body["source"], "name"),
        table=_text(body, "table"),
        load_date=_text(body, "load_date"),
        columns=tuple(_text(column, "name") for column in body["schema"]),
        parts=parts,
        rows=_count(body, "rows"),
    )
    if sum(part.rows for part in parts) != manifest.rows:
        raise ValueError(f"rows is {manifest.rows}, its files add up to {sum(part.rows for part in parts)}")
    return manifest


def _part(folder: str, item: dict[str, Any]) -> Part:
    path, sha256 = _text(item, "path"), _text(item, "sha256")
    if not PART.fullmatch(path):
        raise ValueError(f"files.path is {path!r}, expected the name of a file beside the manifest")
    if not SHA256.fullmatch(sha256):
        raise ValueError(f"files.sha256 is {sha256!r}, expected 64 hexadecimal digits")
    return Part(uri=f"{folder}/{path}", rows=_count(item, "rows"), size_bytes=_count(item, "size_bytes"), sha256=sha256)


def _text(body: dict[str, Any], key: str) -> str:
    if not isinstance(body[key], str) or not body[key]:
        raise ValueError(f"{key} is {body[key]!r}, expected a text")
    return str(body[key])


def _count(body: dict[str, Any], key: str) -> int:
    value = body[key]
    if type(value) is not int or value < 0:
        raise ValueError(f"{key} is {value!r}, expected a whole number")
    return int(value)
