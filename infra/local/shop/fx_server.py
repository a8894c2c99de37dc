"""The exchange rate API: paged JSON over HTTP, with the hiccups of a public one.

GET /v1/rates?base=EUR&since=<instant>&until=<instant>&per_page=<n>&page=<token>
→ {"as_of": …, "rates": [{rate_date, rate_hour, base, quote, rate, updated_at}, …], "next_page": "<token>" | null}

Rates with since < updated_at <= until, by updated_at; numbers are decimal text. A page token fixes the instant whose state is paged, so that
rates that appear meanwhile shift nothing. Every 19th request is answered 429 with Retry-After. GET /health answers 200.
The instant that is shown is the shop database's, so `advance` moves both.
"""

import json
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg

from shop.database import Clock, ShopError, newest, read_clock
from shop.rates import BASE, Rate, rate_versions
from shop.world import World, instant

REFUSED_EVERY = 19
RETRY_AFTER_SECONDS = 1
PER_PAGE, MOST_PER_PAGE = 1000, 5000
CONNECT_SECONDS = 3


class BadRequestError(Exception):
    """The query cannot be answered; the message says what was expected."""


def clock_of(url: str) -> Callable[[], Clock]:
    """Reads the shop's clock from its database, anew for each call."""

    def read() -> Clock:
        with psycopg.connect(url, connect_timeout=CONNECT_SECONDS) as connection:
            return read_clock(connection)

    return read


def page(clock: Clock, query: dict[str, str]) -> dict[str, Any]:
    """One page of rates. Raises BadRequestError."""
    if query.get("base", BASE) != BASE:
        raise BadRequestError(f"base: only {BASE} is quoted here")
    per_page = _number("per_page", query.get("per_page") or str(PER_PAGE), MOST_PER_PAGE)
    as_of, offset = _token(query["page"]) if query.get("page") else (clock.as_of, 0)
    since, until = _instant(query, "since"), _instant(query, "until")
    rates = [
        rate
        for rate in _state(clock.world, min(as_of, clock.as_of))
        if (since is None or rate.updated_at > since) and (until is None or rate.updated_at <= until)
    ]
    more = offset + per_page < len(rates)
    return {
        "as_of": _text(as_of),
        "rates": [_record(rate) for rate in rates[offset : offset + per_page]],
        "next_page": f"{_text(as_of)}~{offset + per_page}" if more else None,
    }


def serve(port: int, clock: Callable[[], Clock]) -> ThreadingHTTPServer:
    """A server on loopback, not yet serving: the caller runs serve_forever. Port 0 takes a free one."""
    requests, lock = count(1), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version = "fx-rates"

        def do_GET(self) -> None:
            address = urlsplit(self.path)
            if address.path == "/health":
                return self.answer(HTTPStatus.OK, {"status": "ok"})
            if address.path != "/v1/rates":
                return self.answer(HTTPStatus.NOT_FOUND, {"error": f"no resource {address.path}: see /v1/rates"})
            with lock:
                number = next(requests)
            if number % REFUSED_EVERY == 0:
                return self.answer(HTTPStatus.TOO_MANY_REQUESTS, {"error": "too many requests"}, {"Retry-After": str(RETRY_AFTER_SECONDS)})
            try:
                query = {name: values[-1] for name, values in parse_qs(address.query).items()}
                return self.answer(HTTPStatus.OK, page(clock(), query))
            except BadRequestError as error:
                return self.answer(HTTPStatus.BAD_REQUEST, {"error": str(error)})
            except (psycopg.Error, ShopError) as error:
                return self.answer(
                    HTTPStatus.SERVICE_UNAVAILABLE, {"error": f"the shop's database: {error}"}, {"Retry-After": str(RETRY_AFTER_SECONDS)}
                )

        def answer(self, status: HTTPStatus, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", "Content-Length": str(len(content)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

    return _Server(("127.0.0.1", port), Handler)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no error of the server's."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@lru_cache(maxsize=4)
def _state(world: World, as_of: datetime) -> tuple[Rate, ...]:
    rates: list[Rate] = list(newest(rate_versions(world, as_of)).values())
    return tuple(sorted(rates, key=lambda rate: (rate.updated_at, rate.rate_hour, rate.quote or "")))


def _record(rate: Rate) -> dict[str, str | None]:
    return {
        "rate_date": rate.rate_date.isoformat(),
        "rate_hour": _text(rate.rate_hour),
        "base": rate.base,
        "quote": rate.quote,
        "rate": f"{rate.rate:f}",
        "updated_at": _text(rate.updated_at),
    }


def _text(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _instant(query: dict[str, str], name: str) -> datetime | None:
    try:
        # A plus sign that was not percent-encoded arrives as a space.
        return instant(query[name].replace(" ", "+")) if query.get(name) else None
    except ValueError as error:
        raise BadRequestError(f"{name}: expected an instant such as 2026-11-22T06:00:00Z, got {query[name]}") from error


def _number(name: str, value: str, most: int) -> int:
    if not (value.isascii() and value.isdigit() and 1 <= int(value) <= most):
        raise BadRequestError(f"{name}: expected a whole number from 1 to {most}, got {value}")
    return int(value)


def _token(value: str) -> tuple[datetime, int]:
    as_of, _, offset = value.partition("~")
    try:
        return instant(as_of), int(offset)
    except ValueError as error:
        raise BadRequestError(f"page: expected the next_page of the page before, got {value}") from error
