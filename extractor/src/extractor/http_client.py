"""GET of JSON with deadlines and retries that honour Retry-After."""

import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import urllib3

from extractor import log
from extractor.errors import ExtractorError
from extractor.settings import HttpSettings

ATTEMPTS = 6
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
RETRIED = {408, 425, 429, 500, 502, 503, 504}
LARGEST_PAGE_BYTES = 32 * 2**20


class NumberText(str):
    """A JSON number with a fraction, as it was written: no float comes between."""


@dataclass(frozen=True)
class Clock:
    """Time, injected so that tests wait for nothing. `sleep` takes seconds."""

    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


@dataclass(frozen=True)
class Answer:
    """A parsed page and the server's own time (its Date header, else this machine's clock)."""

    value: Any
    served_at: datetime


class JsonClient:
    def __init__(self, settings: HttpSettings, system: str, clock: Clock) -> None:
        self.settings = settings
        self.system = system
        self.clock = clock
        self.ends_at = clock.monotonic() + settings.deadline_seconds
        self.pool = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(total=settings.timeout_seconds))

    def get(self, url: str, parameters: dict[str, str]) -> Answer:
        """Raises ExtractorError when the API refuses, stays away, or answers what is no JSON."""
        headers = {"Accept": "application/json", "User-Agent": "penstock-extractor"}
        if self.settings.token:
            headers["Authorization"] = f"Bearer {self.settings.token}"
        reason = ""
        for attempt in range(1, ATTEMPTS + 1):
            if self.clock.monotonic() > self.ends_at:
                raise self.failure(f"{url} was not read within the deadline of {self.settings.deadline_seconds:.0f} s")
            asked: float | None = None
            try:
                response = self.pool.request(
                    "GET", url, fields=parameters, headers=headers, redirect=False, preload_content=False
                )
                try:
                    if response.status == 200:
                        return self.parse(response, url)
                    reason = f"HTTP {response.status}"
                    if response.status not in RETRIED:
                        raise self.refused(url, response)
                    asked = self.retry_after(response.headers.get("Retry-After"))
                finally:
                    response.release_conn()
            except urllib3.exceptions.HTTPError as error:
                reason = f"{type(error).__name__}: {error}"
            if attempt < ATTEMPTS:
                self.pause(url, attempt, reason, asked)
        raise self.failure(f"{url} failed {ATTEMPTS} times, at last with {reason}")

    def parse(self, response: urllib3.BaseHTTPResponse, url: str) -> Answer:
        body = response.read(LARGEST_PAGE_BYTES + 1)
        if len(body) > LARGEST_PAGE_BYTES:
            raise ExtractorError(
                f"{url} answered with more than {LARGEST_PAGE_BYTES // 2**20} MB in one page",
                system=self.system,
                remedy="lower HTTP_PAGE_SIZE",
            )
        try:
            value = json.loads(body, parse_float=NumberText, parse_constant=_refuse_constant)
        except ValueError as error:
            raise self.failure(f"{url} answered what is no JSON: {error}") from error
        return Answer(value, self.served_at(response.headers.get("Date")))

    def served_at(self, date: str | None) -> datetime:
        if date:
            try:
                return parsedate_to_datetime(date).astimezone(UTC)
            except ValueError:
                log.warning("date_header_unreadable", value=date)
        return self.clock.now()

    def retry_after(self, text: str | None) -> float | None:
        """Seconds that the server asks to wait, from a number or an HTTP date."""
        if not text:
            return None
        if text.strip().isdigit():
            return float(text)
        try:
            return max(0.0, (parsedate_to_datetime(text).astimezone(UTC) - self.clock.now()).total_seconds())
        except ValueError:
            return None

    def pause(self, url: str, attempt: int, reason: str, asked: float | None) -> None:
        backoff = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (attempt - 1)) * random.uniform(0.5, 1)
        seconds = backoff if asked is None else asked
        if self.clock.monotonic() + seconds > self.ends_at:
            raise self.failure(
                f"{url} answered {reason} and the next try, in {seconds:.0f} s, is past the deadline"
                f" of {self.settings.deadline_seconds:.0f} s"
            )
        log.warning("retry", url=url, reason=reason, attempt=attempt, wait_seconds=round(seconds, 1))
        self.clock.sleep(seconds)

    def refused(self, url: str, response: urllib3.BaseHTTPResponse) -> ExtractorError:
        text = response.read(500).decode("utf-8", "replace")
        remedies = {
            401: "check HTTP_TOKEN",
            403: "check HTTP_TOKEN and its rights",
            404: "check HTTP_URL and SOURCE_TABLE",
        }
        if 300 <= response.status < 400:
            remedies[response.status] = f"set HTTP_URL to where it points: {response.headers.get('Location')}"
        return ExtractorError(
            f"{url} refused with HTTP {response.status}: {text}",
            system=self.system,
            remedy=remedies.get(
                response.status, "check the parameters in the settings against the API's documentation"
            ),
        )

    def failure(self, message: str) -> ExtractorError:
        return ExtractorError(
            message,
            system=self.system,
            remedy="check that the API is up and reachable, raise HTTP_DEADLINE_SECONDS if it is slow, then rerun",
        )


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
