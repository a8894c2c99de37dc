"""The exchange rate API as its client sees it, over HTTP."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen

import psycopg
import pytest

from shop.database import Clock, seed
from shop.fx_server import REFUSED_EVERY, clock_of, serve
from shop.oracle import state
from shop.world import World, instant

WORLD = World(seed=7, start=date(2026, 9, 1), orders_per_day=5, first_customers=20, customers_per_day=1)
NOW = datetime(2026, 9, 12, 10, 20, tzinfo=UTC)


class Api:
    """A client that waits as it is told, without waiting."""

    def __init__(self, url: str, clock: list[Clock]) -> None:
        self.url, self.clock, self.refused = url, clock, 0

    def get(self, path: str = "/v1/rates", **query: str) -> dict[str, Any]:
        try:
            with urlopen(f"{self.url}{path}?{urlencode(query)}", timeout=10) as answer:  # noqa: S310
                value: dict[str, Any] = json.load(answer)
                return value
        except HTTPError as error:
            if error.code != 429:
                raise
            assert error.headers["Retry-After"] == "1"
            self.refused += 1
            return self.get(path, **query)

    def all(self, **query: str) -> list[dict[str, Any]]:
        first = self.get(**query)
        rates, token = first["rates"], first["next_page"]
        while token:
            following = self.get(**query, page=token)
            rates, token = rates + following["rates"], following["next_page"]
        return list(rates)


@pytest.fixture
def api() -> Iterator[Api]:
    clock = [Clock(WORLD, NOW)]
    server = serve(0, lambda: clock[0])
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield Api(f"http://127.0.0.1:{server.server_address[1]}", clock)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_the_pages_together_are_the_rates_of_the_instant(api: Api) -> None:
    rates = api.all(per_page="100")
    want = state(WORLD, "fx_rates", NOW)
    assert {(instant(r["rate_hour"]), r["base"], r["quote"]) for r in rates} == set(want)
    assert len(rates) == len(want)
    assert all(Decimal(r["rate"]) == want[instant(r["rate_hour"]), r["base"], r["quote"]].rate for r in rates)
    assert [r["updated_at"] for r in rates] == sorted(r["updated_at"] for r in rates)
    assert all("E" not in r["rate"] for r in rates)


def test_a_window_is_open_below_and_closed_above(api: Api) -> None:
    rates = api.all()
    low, high = rates[40]["updated_at"], rates[400]["updated_at"]
    assert api.all(since=low, until=high) == [r for r in rates if low < r["updated_at"] <= high]
    assert api.all(since=rates[-1]["updated_at"]) == []


def test_rates_that_appear_while_pages_are_read_shift_nothing(api: Api) -> None:
    before = api.all()
    first = api.get(per_page="500")
    api.clock[0] = Clock(WORLD, NOW + timedelta(hours=5))
    rates, token = first["rates"], first["next_page"]
    while token:
        page = api.get(per_page="500", page=token)
        rates, token = rates + page["rates"], page["next_page"]
    assert rates == before
    assert len(api.all()) > len(before)


def test_some_requests_are_refused_with_a_time_to_wait(api: Api) -> None:
    for _ in range(2 * REFUSED_EVERY):
        api.get(per_page="1")
    assert api.refused == 2


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"base": "USD"}, "only EUR"),
        ({"since": "yesterday"}, "since: expected an instant"),
        ({"since": "2026-09-01T00:00:00"}, "since: expected an instant"),
        ({"per_page": "0"}, "per_page: expected a whole number"),
        ({"page": "2"}, "page: expected the next_page"),
    ],
)
def test_a_wrong_query_is_refused_with_what_was_expected(api: Api, query: dict[str, str], message: str) -> None:
    with pytest.raises(HTTPError) as refused:
        api.get(**query)
    assert refused.value.code == 400
    assert message in json.load(refused.value)["error"]


def test_an_unknown_path_is_not_found_and_health_is_ok(api: Api) -> None:
    with pytest.raises(HTTPError) as missing:
        api.get("/v2/rates")
    assert missing.value.code == 404
    assert api.get("/health") == {"status": "ok"}


def test_the_instant_is_that_of_the_shop_and_without_its_database_the_answer_is_503(database: str) -> None:
    with psycopg.connect(database) as connection:
        seed(connection, WORLD, NOW)
    assert clock_of(database)() == Clock(WORLD, NOW)
    server = serve(0, clock_of(f"{database}_gone"))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        with pytest.raises(HTTPError) as failed:
            Api(f"http://127.0.0.1:{server.server_address[1]}", []).get()
        assert failed.value.code == 503
        assert "the shop's database" in json.load(failed.value)["error"]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
