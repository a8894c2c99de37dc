"""The command as a person runs it: its log, its exit code, its last line, its memory."""

import json
import re
import subprocess
import sys
from typing import Any

import pytest

from conftest import SOURCES, Database, Lake
from extractor.errors import ConfigurationError
from extractor.odbc import secrets_in
from extractor.settings import HttpSettings, Settings

GOOD = {
    "SOURCE": "odbc",
    "SOURCE_NAME": "shop",
    "ODBC_CONNECTION_STRING": "Driver={x};Pwd=s3cret",
    "ODBC_DIALECT": "postgresql",
    "SOURCE_TABLE": "public.orders",
    "TABLE": "orders",
    "KEY_COLUMNS": "order_id",
    "WATERMARK_COLUMN": "updated_at",
    "DESTINATION": "s3://lake/raw",
    "RUN_KEY": "run-1",
}


def finish(process: "subprocess.Popen[str]") -> tuple[int, list[dict[str, Any]]]:
    output, _ = process.communicate(timeout=60)
    return process.returncode, [json.loads(line) for line in output.splitlines()]


def test_a_run_logs_json_lines_and_exits_0(lake: Lake, orders: Database) -> None:
    join_key = '{"v":1,"environment":"penstock","dag":"d","run":"é","task":"t","map":-1,"try":1}'
    code, lines = finish(lake.start(PENSTOCK_JOIN_KEY=join_key))
    assert code == 0
    assert [line["event"] for line in lines] == [
        "started",
        "window",
        "source_opened",
        "part_written",
        "manifest_written",
        "watermark_moved",
        "finished",
    ]
    assert all({"timestamp", "level", "event"} <= set(line) for line in lines)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["timestamp"]) for line in lines)
    assert lines[0]["join_key"] == join_key
    assert lake.json(f"{lake.folder('run-1')}/_manifest.json")["join_key"] == join_key


@pytest.mark.parametrize("locale", ["C", "POSIX"])
def test_text_survives_a_process_without_a_utf8_locale(lake: Lake, orders: Database, locale: str) -> None:
    orders.execute("UPDATE orders SET status = 'héllo 😀' WHERE order_id = 1")
    code, _ = finish(lake.start(LC_ALL=locale, LANG=locale, PYTHONCOERCECLOCALE="0"))
    assert code == 0
    assert "héllo 😀" in lake.table().column("status").to_pylist()


@pytest.mark.parametrize(
    ("changes", "system", "says", "remedy"),
    [
        ({"RUN_KEY": "a:b"}, "configuration", "RUN_KEY", "RUN_KEY"),
        ({"SOURCE_TABLE": "public.nothing"}, "source database shop", "public.nothing", "SOURCE_TABLE"),
        ({"WATERMARK_COLUMN": "status"}, "configuration", "status has type text", "timestamp"),
        ({"KEY_COLUMNS": "order_id,nope"}, "configuration", "nope", "order_id, status, updated_at"),
        ({"DESTINATION": "s3://no-such-bucket-here/raw"}, "s3 bucket no-such-bucket-here", "NoSuchBucket", "exists"),
        ({"ODBC_CONNECTION_STRING": "Driver={Nothing};Pwd=s3cret"}, "source database shop", "connect", "driver"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, "s3 bucket", "127.0.0.1:1", "network"),
    ],
)
def test_the_last_line_names_what_failed_and_the_remedy(
    lake: Lake, orders: Database, changes: dict[str, str], system: str, says: str, remedy: str
) -> None:
    code, lines = finish(lake.start(**changes))
    assert code == (2 if system == "configuration" else 1)
    last = lines[-1]
    assert (last["level"], last["event"]) == ("error", "failed")
    assert last["system"].startswith(system)
    assert says in last["message"]
    assert remedy in last["remedy"]
    assert "s3cret" not in json.dumps(lines)
    assert lake.keys() == []


def test_a_defect_is_told_with_its_traceback(lake: Lake, orders: Database) -> None:
    script = (
        "from extractor import job\ndef broken(*_): raise ZeroDivisionError('oops')\njob.extract = broken; job.run()"
    )
    code, lines = finish(lake.start("-c", script))
    assert code == 1
    assert lines[-1]["message"] == "ZeroDivisionError: oops"
    assert "in broken" in lines[-1]["traceback"]


def test_a_wrong_password_is_told_without_the_password(lake: Lake, orders: Database) -> None:
    wrong = lake.environment["ODBC_CONNECTION_STRING"].replace("Pwd=penstock", "Pwd=s3cret{;}")
    code, lines = finish(lake.start(ODBC_CONNECTION_STRING=wrong))
    assert code == 1
    assert lines[-1]["system"] == "source database shop"
    assert "s3cret" not in json.dumps(lines)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, "") for name in GOOD),
        ("SOURCE", "csv"),
        ("ODBC_DIALECT", "oracle"),
        ("SOURCE_NAME", "a/b"),
        ("TABLE", "../up"),
        ("KEY_COLUMNS", " , "),
        ("OVERLAP_SECONDS", "-1"),
        ("DESTINATION", "/tmp"),
        ("LOAD_DATE", "2026-02-30"),
        ("LOAD_DATE", "today"),
        ("RUN_KEY", "x" * 161),
        ("ATTEMPT", "0"),
        ("FAULT", "disk"),
        ("WINDOW_TO", "yesterday"),
        ("FULL_REFRESH", "maybe"),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        Settings.from_env({**GOOD, name: value})
    assert name in str(refused.value)
    assert name in refused.value.remedy


def test_columns_of_an_api_are_read_with_their_types() -> None:
    http = {**GOOD, "SOURCE": "http", "HTTP_URL": "https://fx.example/v1/"}
    settings = Settings.from_env({**http, "HTTP_COLUMNS": "base:string, rate:decimal(18, 8),at:timestamp"})
    assert isinstance(settings.source, HttpSettings)
    assert settings.source.url == "https://fx.example/v1"
    assert settings.source.columns == (("base", "string"), ("rate", "decimal(18,8)"), ("at", "timestamp"))
    for wrong in ("base", "base:", "base:string rate:int64", "base:string,rate"):
        with pytest.raises(ConfigurationError, match="HTTP_COLUMNS"):
            Settings.from_env({**http, "HTTP_COLUMNS": wrong})
    with pytest.raises(ConfigurationError, match="HTTP_URL"):
        Settings.from_env({**http, "HTTP_URL": "ftp://fx.example"})


def test_memory_does_not_grow_with_the_table(lake: Lake, orders: Database) -> None:
    peaks = []
    for rows in (50_000, 200_000):
        orders.execute(
            "INSERT INTO orders SELECT i, md5(i::text), timestamptz '2026-01-01 00:00:00+00' + i * interval '1 second'"
            f" FROM generate_series(1, {rows}) AS i ON CONFLICT DO NOTHING"
        )
        orders.execute("UPDATE orders SET status = md5(order_id::text) WHERE status = 'new'")
        script = (
            "import os, re, sys; from extractor.memory import keep_flat; keep_flat(); from extractor import job, log\n"
            "finished = log.info\n"
            "def info(event, **fields):\n"
            "    status = open('/proc/self/status').read()\n"
            "    finished(event, **fields, peak_kb=int(re.search(r'VmHWM:\\s+(\\d+)', status)[1]))\n"
            "log.info = info; job.run()"
        )
        code, lines = finish(lake.start("-c", script, RUN_KEY=f"rows-{rows}", FULL_REFRESH="true"))
        assert code == 0
        assert lines[-1]["rows"] == rows
        peaks.append(int(str(lines[-1]["peak_kb"])))
    assert peaks[1] < 128 * 1024
    assert peaks[1] - peaks[0] < 8 * 1024


def test_the_memory_drill_allocates_until_the_limit() -> None:
    limited = (
        "import resource, runpy; resource.setrlimit(resource.RLIMIT_DATA, (400 << 20, 400 << 20));"
        "runpy.run_module('extractor', run_name='__main__')"
    )
    environment = {**GOOD, "FAULT": "memory", "PYTHONPATH": str(SOURCES)}
    done = subprocess.run(
        [sys.executable, "-c", limited], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert max(line.get("allocated_mb", 0) for line in lines) > 200
    assert lines[-1]["system"] == "container memory"


def test_the_waiting_drill_ends_when_it_is_told_to() -> None:
    environment = {**GOOD, "FAULT": "wait", "PYTHONPATH": str(SOURCES)}
    command = [sys.executable, "-m", "extractor"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as waiting:
        assert waiting.stdout is not None
        lines = (json.loads(line) for line in waiting.stdout)
        assert any(line["event"] == "fault_wait" for line in lines)
        waiting.terminate()
        assert [line["message"] for line in lines][-1] == "stopped by SIGTERM before the manifest was complete"
        assert waiting.wait(30) == 143


def test_passwords_are_hidden_however_they_are_quoted() -> None:
    assert set(secrets_in("Driver={x};PWD={a}}b;c};UID=u")) >= {"{a}}b;c}", "a}b;c"}
    assert "p4ss" in secrets_in("Uid=u;Password=p4ss;Server=x")
