"""A process that is killed or told to stop leaves nothing that could be read by mistake."""

import io
import json
import signal
import time
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

import psycopg
import pyarrow.parquet as pq
import pytest

from conftest import Database, Lake
from extractor import sink
from extractor.errors import ExtractorError
from extractor.settings import Settings
from extractor.store import Conflict, Store

CRASHING = str(Path(__file__).with_name("crashing.py"))
SLOW_UPLOAD = str(Path(__file__).with_name("slow_upload.py"))


@pytest.fixture
def documents(database: Database) -> Database:
    """6 MB that do not compress, so that an upload takes two parts."""
    database.execute(
        "CREATE TABLE orders (order_id bigint PRIMARY KEY, body bytea, updated_at timestamptz);"
        "CREATE FUNCTION noise(seed int) RETURNS bytea LANGUAGE sql AS $$"
        " SELECT string_agg(sha512((seed * 10000 + i)::text::bytea), '') FROM generate_series(1, 1600) AS i $$;"
        "INSERT INTO orders SELECT i, noise(i), timestamptz '2026-01-01 00:00:00+00' + i * interval '1 minute'"
        " FROM generate_series(1, 60) AS i"
    )
    return database


def check_what_is_visible(lake: Lake, run_key: str) -> bool:
    """Whether the run has a manifest; if so it must be whole. A watermark without a manifest is a lost row."""
    folder = lake.folder(run_key)
    if f"{folder}/_manifest.json" not in lake.keys(folder):
        return False
    for file in lake.json(f"{folder}/_manifest.json")["files"]:
        body = lake.body(f"{folder}/{file['path']}")
        assert (len(body), sha256(body).hexdigest()) == (file["size_bytes"], file["sha256"])
        assert pq.ParquetFile(io.BytesIO(body)).metadata.num_rows == file["rows"]
    return True


def test_a_run_killed_at_any_call_to_s3_is_whole_after_its_retry(lake: Lake, documents: Database) -> None:
    """Between two calls nothing outside the process changes, so that being killed before each call is every case."""
    number = 0
    while True:
        number += 1
        run_key = f"run-{number}"
        process = lake.start(CRASHING, str(number), RUN_KEY=run_key)
        output, _ = process.communicate(timeout=60)
        has_manifest = check_what_is_visible(lake, run_key)
        assert has_manifest or lake.watermark() is None
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL, output

        lake.run(RUN_KEY=run_key, ATTEMPT="2")
        assert lake.table(run_key).column("order_id").to_pylist() == list(range(1, 61))
        named = [file["path"] for file in lake.json(f"{lake.folder(run_key)}/_manifest.json")["files"]]
        assert [key.rpartition("/")[2] for key in lake.keys(f"{lake.folder(run_key)}/part")] == named
        assert lake.watermark() == "2026-01-01T01:00:00.000000Z"
        lake.s3.delete_object(Bucket=lake.bucket, Key="raw/shop/orders/_watermark.json")
    assert number > 8


@pytest.mark.parametrize("number", [4, 8, 9, 10])
def test_a_rerun_killed_at_any_call_to_s3_is_whole_after_its_retry(
    lake: Lake, documents: Database, number: int
) -> None:
    lake.run()
    process = lake.start(CRASHING, str(number), ATTEMPT="2")
    output, _ = process.communicate(timeout=60)
    assert process.returncode in (0, -signal.SIGKILL), output
    assert check_what_is_visible(lake, "run-1")
    lake.run(ATTEMPT="3")
    assert lake.table().column("order_id").to_pylist() == list(range(1, 61))
    assert [k.rpartition("/")[2] for k in lake.keys(f"{lake.folder('run-1')}/part")] == ["part-3-00000.parquet"]


def wait_for(text: str, output: IO[str]) -> list[str]:
    """Lines of the process up to the one that holds `text`."""
    lines = []
    for line in output:
        lines.append(line)
        if text in line:
            return lines
    raise AssertionError(f"the process ended without {text}: {lines}")


def test_sigterm_ends_an_upload_and_leaves_nothing(lake: Lake, documents: Database) -> None:
    process = lake.start(SLOW_UPLOAD)
    assert process.stdout is not None
    wait_for("part_upload_started", process.stdout)
    assert len(lake.open_uploads()) == 1
    asked = time.monotonic()
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=20)
    assert time.monotonic() - asked < 10
    assert process.returncode == 143
    last = json.loads(output.splitlines()[-1])
    assert (last["level"], last["system"]) == ("error", "extractor")
    assert "rerun" in last["remedy"]
    assert lake.keys() == []
    assert lake.open_uploads() == []


def test_sigterm_ends_a_read_that_the_database_blocks(lake: Lake, orders: Database) -> None:
    with psycopg.connect(orders.server.dsn(orders.name)) as other:
        other.execute("LOCK TABLE orders")
        process = lake.start()
        assert process.stdout is not None
        wait_for('"window"', process.stdout)
        asked = time.monotonic()
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=20)
    assert time.monotonic() - asked < 10
    assert process.returncode == 143
    assert "rerun" in json.loads(output.splitlines()[-1])["remedy"]
    assert lake.keys() == []


def test_an_upload_that_fails_is_aborted(lake: Lake, documents: Database) -> None:
    process = lake.start(SLOW_UPLOAD, "fail")
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    last = json.loads(output.splitlines()[-1])
    assert last["system"] == f"s3 bucket {lake.bucket}"
    assert lake.keys() == []
    assert lake.open_uploads() == []


def test_a_manifest_whose_answer_was_lost_is_no_conflict(lake: Lake, orders: Database) -> None:
    store = Store(lake.bucket, lake.s3)
    original = lake.s3.put_object

    class Retrying:
        """A client whose first answer is lost, as boto3's own retry would see it."""

        def __getattr__(self, operation: str) -> Any:
            return getattr(lake.s3, operation)

        def put_object(self, **arguments: Any) -> Any:
            original(**arguments)
            return original(**arguments)

    store.client = Retrying()
    store.write_json("a.json", {"v": 1}, None)
    with pytest.raises(Conflict):
        Store(lake.bucket, lake.s3).write_json("a.json", {"v": 2}, None)
    assert lake.json("a.json") == {"v": 1}


def test_a_part_of_another_process_is_never_replaced(
    lake: Lake, orders: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = f"{lake.folder('run-1')}/part-1-00000.parquet"
    original = sink.first_number

    def another_process_writes_first(settings: Settings, present: set[str]) -> int:
        lake.s3.put_object(Bucket=lake.bucket, Key=key, Body=b"theirs")
        return original(settings, present)

    monkeypatch.setattr(sink, "first_number", another_process_writes_first)
    with pytest.raises(ExtractorError, match="another process works on run run-1"):
        lake.run()
    assert lake.body(key) == b"theirs"
    assert lake.keys() == [key]
