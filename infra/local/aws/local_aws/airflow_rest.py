"""The REST API of the local Airflow, called as MWAA's InvokeRestApi calls it."""

from __future__ import annotations

import json
import threading
import time
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from local_aws.settings import Airflow

# Both limits are the service's own.
TIMEOUT_SECONDS = 10.0
PAYLOAD_BYTES = 6 * 1024 * 1024
TOKEN_SECONDS = 3600.0
UNAUTHORIZED = 401


class UnreachableError(Exception):
    """The web server did not answer in time or at all."""


class PayloadTooLargeError(Exception):
    """The answer is larger than InvokeRestApi may return."""


class AirflowRest:
    """Holds and renews the token of one Airflow. Thread-safe."""

    def __init__(self, airflow: Airflow) -> None:
        self._airflow = airflow
        self._lock = threading.Lock()
        self._token = ""
        self._expires = 0.0

    def call(self, method: str, path: str, query: dict[str, Any] | None, body: Any) -> tuple[int, Any]:
        """The status and the JSON (or text) of the answer, whatever the status is."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        # Lists become repeated parameters and booleans JSON's words, as Airflow reads them.
        pairs = {name: _text(value) for name, value in (query or {}).items() if value is not None}
        url = f"{self._airflow.url}{self._airflow.api}{path}" + (f"?{urlencode(pairs, doseq=True)}" if pairs else "")
        data = None if body is None else json.dumps(body).encode()
        status, answer = self._send(method, url, data, deadline)
        if status == UNAUTHORIZED:
            self._expires = 0.0
            status, answer = self._send(method, url, data, deadline)
        return status, _parse(answer)

    def login_token(self) -> str:
        """A token of the all-admins login, for CreateWebLoginToken."""
        return self._bearer(time.monotonic() + TIMEOUT_SECONDS)

    def _send(self, method: str, url: str, data: bytes | None, deadline: float) -> tuple[int, bytes]:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._bearer(deadline)}"}
        return _fetch(Request(url, data, headers, method=method), deadline)  # noqa: S310 (our own loopback address)

    def _bearer(self, deadline: float) -> str:
        with self._lock:
            if time.monotonic() >= self._expires:
                status, answer = _fetch(Request(f"{self._airflow.url}/auth/token"), deadline)  # noqa: S310
                token = _parse(answer)
                if not isinstance(token, dict) or "access_token" not in token:
                    raise UnreachableError(f"no token from the web server (HTTP {status})")
                self._token, self._expires = str(token["access_token"]), time.monotonic() + TOKEN_SECONDS
            return self._token


def _fetch(request: Request, deadline: float) -> tuple[int, bytes]:
    try:
        with urlopen(request, timeout=max(0.1, deadline - time.monotonic())) as answer:  # noqa: S310
            content: bytes = answer.read(PAYLOAD_BYTES + 1)
            status: int = answer.status
    except HTTPError as error:
        return error.code, error.read(PAYLOAD_BYTES)
    except (URLError, TimeoutError, ConnectionError) as error:
        raise UnreachableError(str(getattr(error, "reason", error))) from error
    if len(content) > PAYLOAD_BYTES:
        raise PayloadTooLargeError
    return status, content


def _text(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return [_text(item) for item in value]
    return value


def _parse(answer: bytes) -> Any:
    if not answer:
        return {}
    try:
        return json.loads(answer)
    except ValueError:
        return answer.decode("utf-8", "replace")
