"""A JSON API over real HTTP; only time is not real."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from conftest import Lake, new_lake
from extractor.errors import ConfigurationError, ExtractorError
from extractor.http_api import HttpSource
from extractor.http_client import Clock
from extractor.manifest import Manifest
from extractor.run import extract
from extractor.settings import HttpSettings
from extractor.store import Store

SERVER_TIME = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


@dataclass
class Api:
    """A server whose answers a test writes: each takes the query and gives (status, headers, body)."""

    answer: Callable[[dict[str, str]], tuple[int, dict[str, str], str]] = lambda _: (500, {}, "")
    requests: list[dict[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    url: str = ""

    def serve(self, *records: dict[str, Any]) -> None:
        self.answer = lambda _: (200, {}, json.dumps({"items": records}))


@dataclass
class FakeTime:
    """Sleeping moves it; nothing waits."""

    seconds: float = 0.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds

    def clock(self) -> Clock:
        return Clock(lambda: self.seconds, self.sleep, lambda: SERVER_TIME + timedelta(seconds=self.seconds))


@pytest.fixture
def api() -> Iterator[Api]:
    state = Api()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            state.requests.append({"path": urlsplit(self.path).path, **query})
            state.headers.append(dict(self.headers))
            status, headers, body = state.answer(query)
            self.send_response_only(status)
            for name, value in {"Date": format_datetime(SERVER_TIME, usegmt=True), **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: Any) -> None:
            """Keeps the test's output to its own."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Rates:
    """Runs against the API into a lake of their own."""

    lake: Lake
    time: FakeTime

    def run(self, **changes: str) -> Manifest:
        settings = self.lake.settings(**changes)
        assert isinstance(settings.source, HttpSettings)
        source = HttpSource(settings, settings.source, self.time.clock())
        return extract(settings, source, Store(self.lake.bucket, self.lake.s3), lambda: None)

    def rows(self, run_key: str = "run-1") -> list[dict[str, Any]]:
        table = self.lake.table(run_key)
        return table.to_pylist() if table.num_rows else []


@pytest.fixture
def rates(api: Api, s3: Any, s3_endpoint: str) -> Rates:
    lake = new_lake(s3, s3_endpoint)
    lake.environment.update(
        SOURCE="http", HTTP_URL=api.url, SOURCE_TABLE="rates", KEY_COLUMNS="base,quote", WATERMARK_COLUMN="updated_at"
    )
    return Rates(lake, FakeTime())


def rate(quote: str, hour: int, value: object = 1.5) -> dict[str, Any]:
    return {"base": "EUR", "quote": quote, "rate": value, "updated_at": f"2026-11-22T{hour:02d}:00:00Z"}


def test_cursor_pages_are_followed_to_the_end(api: Api, rates: Rates) -> None:
    pages = {"": ("USD", "a"), "a": ("GBP", "b"), "b": ("JPY", None)}

    def answer(query: dict[str, str]) -> tuple[int, dict[str, str], str]:
        quote, following = pages[query.get("cursor", "")]
        return 200, {}, json.dumps({"items": [rate(quote, 1)], "next_cursor": following})

    api.answer = answer
    rates.run(HTTP_TOKEN="t0ken")
    assert [row["quote"] for row in rates.rows()] == ["USD", "GBP", "JPY"]
    assert [request.get("cursor") for request in api.requests] == [None, "a", "b"]
    assert {request["path"] for request in api.requests} == {"/v1/rates"}
    assert all(headers["Authorization"] == "Bearer t0ken" for headers in api.headers)


def test_numbered_pages_are_read_until_one_is_empty(api: Api, rates: Rates) -> None:
    def answer(query: dict[str, str]) -> tuple[int, dict[str, str], str]:
        page = int(query["p"])
        return 200, {}, json.dumps([rate(f"Q{page}", page)] if page < 4 else [])

    api.answer = answer
    rates.run(HTTP_PAGING="page", HTTP_PAGE_PARAMETER="p", HTTP_RECORDS_PATH="", HTTP_PAGE_SIZE="1")
    assert [row["quote"] for row in rates.rows()] == ["Q1", "Q2", "Q3"]


def test_a_link_to_the_next_page_is_followed_on_the_same_server_only(api: Api, rates: Rates) -> None:
    def answer(query: dict[str, str]) -> tuple[int, dict[str, str], str]:
        following = None if "after" in query else "/v1/rates?after=1"
        return 200, {}, json.dumps({"data": {"rows": [rate("AB"[following is None], 1)]}, "links": {"next": following}})

    api.answer = answer
    rates.run(HTTP_RECORDS_PATH="data.rows", HTTP_NEXT_PATH="links.next")
    assert [row["quote"] for row in rates.rows()] == ["A", "B"]

    api.answer = lambda _: (200, {}, json.dumps({"items": [], "next_cursor": "http://elsewhere.example/v1/rates"}))
    with pytest.raises(ExtractorError, match="another server"):
        rates.run(RUN_KEY="run-2", HTTP_TOKEN="t0ken")


def test_a_server_that_repeats_its_page_is_stopped(api: Api, rates: Rates) -> None:
    api.answer = lambda _: (200, {}, json.dumps({"items": [rate("USD", 1)], "next_cursor": "same"}))
    with pytest.raises(ExtractorError, match="same page twice"):
        rates.run()
    assert rates.lake.keys() == []


def test_the_next_run_asks_from_the_watermark_less_the_overlap(api: Api, rates: Rates) -> None:
    api.serve(rate("USD", 8), rate("GBP", 9))
    rates.run()
    assert "updated_since" not in api.requests[0]
    api.serve(rate("USD", 8), rate("GBP", 9), rate("JPY", 10))
    manifest = rates.run(RUN_KEY="run-2", OVERLAP_SECONDS="1800")
    assert api.requests[1]["updated_since"] == "2026-11-22T08:30:00.000000Z"
    assert [row["quote"] for row in rates.rows("run-2")] == ["GBP", "JPY"]
    assert manifest.watermark_to == datetime(2026, 11, 22, 10, tzinfo=UTC)
    assert rates.lake.watermark() == "2026-11-22T10:00:00.000000Z"


def test_records_after_the_servers_clock_wait_for_the_next_run(api: Api, rates: Rates) -> None:
    api.serve(rate("USD", 11), rate("GBP", 13))
    rates.run()
    assert [row["quote"] for row in rates.rows()] == ["USD"]
    assert rates.lake.watermark() == "2026-11-22T11:00:00.000000Z"


def test_a_rerun_keeps_to_the_window_of_its_manifest(api: Api, rates: Rates) -> None:
    api.serve(rate("USD", 8))
    first = rates.run()
    api.serve(rate("USD", 8), rate("GBP", 9))
    second = rates.run(ATTEMPT="2", HTTP_UNTIL_PARAMETER="until")
    assert [row["quote"] for row in rates.rows()] == ["USD"]
    assert (first.watermark_from, first.watermark_to) == (second.watermark_from, second.watermark_to)
    assert api.requests[1]["until"] == "2026-11-22T08:00:00.000000Z"


def test_a_record_that_two_pages_repeat_is_written_once(api: Api, rates: Rates) -> None:
    pages = {"": [rate("USD", 1), rate("GBP", 1)], "a": [rate("GBP", 1), rate("GBP", 2), rate("JPY", 1)]}

    def answer(query: dict[str, str]) -> tuple[int, dict[str, str], str]:
        cursor = query.get("cursor", "")
        return 200, {}, json.dumps({"items": pages[cursor], "next_cursor": None if cursor else "a"})

    api.answer = answer
    rates.run()
    assert [(row["quote"], row["updated_at"].hour) for row in rates.rows()] == [
        ("USD", 1),
        ("GBP", 1),
        ("GBP", 2),
        ("JPY", 1),
    ]


def test_retry_after_is_honoured_in_seconds_and_as_a_date(api: Api, rates: Rates) -> None:
    answers = iter(
        [
            (429, {"Retry-After": "7"}, "slow down"),
            (503, {"Retry-After": format_datetime(SERVER_TIME + timedelta(seconds=97), usegmt=True)}, ""),
            (200, {}, json.dumps({"items": [rate("USD", 1)]})),
        ]
    )
    api.answer = lambda _: next(answers)
    rates.run()
    assert rates.time.slept == [7.0, 90.0]
    assert len(rates.rows()) == 1


def test_without_retry_after_the_pauses_grow(api: Api, rates: Rates) -> None:
    api.answer = lambda _: (502, {}, "")
    with pytest.raises(ExtractorError, match="failed 6 times, at last with HTTP 502") as failed:
        rates.run()
    assert failed.value.system == "source API shop"
    assert len(api.requests) == 6
    for number, slept in enumerate(rates.time.slept):
        assert 0.5 * 2**number <= slept <= 2**number


def test_a_wait_past_the_deadline_fails_at_once(api: Api, rates: Rates) -> None:
    api.answer = lambda _: (429, {"Retry-After": "3600"}, "")
    with pytest.raises(ExtractorError, match="past the deadline of 900 s"):
        rates.run()
    assert rates.time.slept == []


def test_pages_that_take_too_long_together_meet_the_deadline(api: Api, rates: Rates) -> None:
    def slow(query: dict[str, str]) -> tuple[int, dict[str, str], str]:
        rates.time.seconds += 400
        number = int(query.get("cursor", "0")) + 1
        return 200, {}, json.dumps({"items": [rate(f"Q{number}", 1)], "next_cursor": str(number)})

    api.answer = slow
    with pytest.raises(ExtractorError, match="within the deadline of 900 s") as late:
        rates.run()
    assert "HTTP_DEADLINE_SECONDS" in late.value.remedy
    assert len(api.requests) == 3
    assert rates.lake.keys() == []


def test_a_server_that_is_away_is_named(api: Api, rates: Rates) -> None:
    with pytest.raises(ExtractorError, match=r"127\.0\.0\.1:1/rates failed 6 times") as failed:
        rates.run(HTTP_URL="http://127.0.0.1:1")
    assert "reachable" in failed.value.remedy
    assert api.requests == []


@pytest.mark.parametrize(
    ("status", "remedy"), [(401, "HTTP_TOKEN"), (403, "HTTP_TOKEN"), (404, "SOURCE_TABLE"), (302, "https://x.example")]
)
def test_a_refusal_is_not_retried(api: Api, rates: Rates, status: int, remedy: str) -> None:
    api.answer = lambda _: (status, {"Location": "https://x.example"}, "no")
    with pytest.raises(ExtractorError, match=f"HTTP {status}") as refused:
        rates.run()
    assert remedy in refused.value.remedy
    assert len(api.requests) == 1


@pytest.mark.parametrize("body", ["<html>", '{"items": [{"rate": NaN}]}', '{"items": 1}', '{"items": [1]}', "{}", "[]"])
def test_an_answer_of_another_shape_is_refused(api: Api, rates: Rates, body: str) -> None:
    api.answer = lambda _: (200, {}, body)
    with pytest.raises(ExtractorError):
        rates.run()
    assert rates.lake.keys() == []


def test_typed_columns_hold_exactly_what_was_sent(api: Api, rates: Rates) -> None:
    api.answer = lambda _: (
        200,
        {},
        '{"items": [{"base": "EUR", "quote": "é😀", "rate": 1.00000001, "big": 9223372036854775807, "half": 0.1,'
        ' "yes": true, "day": "2026-11-22", "extra": {"a": [1.10, null, "x"]}, "gone": null,'
        ' "updated_at": "2026-11-22T03:04:05.123456+01:00"}, {"base": "EUR", "quote": "USD"}]}',
    )
    rates.run(
        HTTP_COLUMNS="base:string, quote:string, rate:decimal(18,8), big:int64, half:float64, yes:bool, day:date,"
        "extra:json, gone:string, updated_at:timestamp"
    )
    first, second = rates.rows()
    assert first == {
        "base": "EUR",
        "quote": "é😀",
        "rate": Decimal("1.00000001"),
        "big": 9223372036854775807,
        "half": 0.1,
        "yes": True,
        "day": datetime(2026, 11, 22).date(),
        "extra": '{"a":[1.10,null,"x"]}',
        "gone": None,
        "updated_at": datetime(2026, 11, 22, 2, 4, 5, 123456, tzinfo=UTC),
    }
    assert {name for name, value in second.items() if value is not None} == {"base", "quote"}


def test_without_types_every_field_is_the_text_that_was_sent(api: Api, rates: Rates) -> None:
    body = (
        '{"items": [{"base": "EUR", "quote": "USD", "rate": 1.10, "ok": false, "updated_at": "2026-11-22T01:00:00Z"}]}'
    )
    api.answer = lambda _: (200, {}, body)
    rates.run()
    assert rates.rows() == [
        {
            "base": "EUR",
            "quote": "USD",
            "rate": "1.10",
            "ok": "false",
            "updated_at": datetime(2026, 11, 22, 1, tzinfo=UTC),
        }
    ]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("decimal(4,2)", 1.005),
        ("decimal(4,2)", 100),
        ("decimal(4,2)", "NaN"),
        ("int64", 2**63),
        ("int64", 1.5),
        ("int64", True),
        ("bool", 1),
        ("date", "2026-02-30"),
        ("timestamp", "2026-11-22T00:00:00.1234567Z"),
        ("timestamp", 5),
    ],
)
def test_a_value_that_its_type_cannot_hold_is_refused(api: Api, rates: Rates, kind: str, value: object) -> None:
    api.serve(rate("USD", 1, value))
    with pytest.raises(ExtractorError, match="field rate holds a value") as refused:
        rates.run(HTTP_COLUMNS=f"base:string,quote:string,rate:{kind},updated_at:timestamp")
    assert "HTTP_COLUMNS" in refused.value.remedy
    assert rates.lake.keys() == []


def test_a_field_that_appears_later_is_not_dropped_in_silence(api: Api, rates: Rates) -> None:
    pages = {"": [rate("USD", 1)], "a": [{**rate("GBP", 1), "source": "ecb"}]}
    api.answer = lambda query: (
        200,
        {},
        json.dumps({"items": pages[query.get("cursor", "")], "next_cursor": None if query.get("cursor") else "a"}),
    )
    with pytest.raises(ExtractorError, match="source"):
        rates.run()


def test_keys_that_the_records_lack_are_named(api: Api, rates: Rates) -> None:
    api.serve(rate("USD", 1))
    with pytest.raises(ConfigurationError, match="pair"):
        rates.run(KEY_COLUMNS="base,pair")


def test_an_empty_answer_leaves_a_manifest_without_files(api: Api, rates: Rates) -> None:
    api.serve()
    manifest = rates.run()
    assert (manifest.rows, manifest.watermark_to, rates.lake.watermark()) == (0, None, None)
