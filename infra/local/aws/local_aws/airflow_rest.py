"""The REST API of the local Airflow, called as MWAA's InvokeRestApi calls it."""

from __future__ import annotations

import json
import re
import threading
import time
from email.message import Message
from typing import Any, Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

from local_aws.settings import Airflow

# Both limits are the service's own.
TIMEOUT_SECONDS = 10.0
PAYLOAD_BYTES = 6 * 1024 * 1024
TOKEN_SECONDS = 3600.0
REDIRECT, UNAUTHORIZED = 302, 401


class NoRedirects(HTTPRedirectHandler):
    """The answer to a sign-in is a redirect, whose cookie is what it is for."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


OPENER = build_opener(NoRedirects)


class UnreachableError(Exception):
    """The web server did not answer in time or at all."""


class PayloadTooLargeError(Exception):
    """The answer is larger than InvokeRestApi may return."""


class Login(Protocol):
    """What makes a request one of a signed-in user."""

    def headers(self, deadline: float) -> dict[str, str]:
        """Headers that authorise a request."""

    def token(self, deadline: float) -> str:
        """What CreateWebLoginToken hands out."""

    def forget(self) -> None:
        """What was held is no longer accepted."""


class BearerLogin:
    """Airflow 3: the token of the all-admins login, held and renewed. Thread-safe."""

    def __init__(self, airflow: Airflow) -> None:
        self._airflow = airflow
        self._lock = threading.Lock()
        self._token = ""
        self._expires = 0.0

    def headers(self, deadline: float) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(deadline)}"}

    def token(self, deadline: float) -> str:
        with self._lock:
            if time.monotonic() >= self._expires:
                status, answer, _ = _fetch(Request(f"{self._airflow.url}/auth/token"), deadline)  # noqa: S310
                token = _parse(answer)
                if not isinstance(token, dict) or "access_token" not in token:
                    raise UnreachableError(f"no token from the web server (HTTP {status})")
                self._token, self._expires = str(token["access_token"]), time.monotonic() + TOKEN_SECONDS
            return self._token

    def forget(self) -> None:
        self._expires = 0.0


class SessionLogin:
    """Airflow 2: a session opened through the sign-in form. Thread-safe.

    The REST API itself opens none, and would hash the password at each call.
    """

    def __init__(self, airflow: Airflow) -> None:
        self._airflow = airflow
        self._lock = threading.Lock()
        self._session = ""

    def headers(self, deadline: float) -> dict[str, str]:
        return {"Cookie": f"session={self.token(deadline)}"}

    def token(self, deadline: float) -> str:
        with self._lock:
            if not self._session:
                self._session = self._sign_in(f"{self._airflow.url}/login/", deadline)
            return self._session

    def forget(self) -> None:
        self._session = ""

    def _sign_in(self, url: str, deadline: float) -> str:
        _, page, headers = _fetch(Request(url), deadline)  # noqa: S310 (our own loopback address)
        csrf = re.search(rb'name="csrf_token"[^>]*value="([^"]+)"', page)
        user = {"username": self._airflow.username, "password": self._airflow.password}
        form = {**user, "csrf_token": csrf[1] if csrf else ""}
        before = {"Cookie": f"session={_session_in(headers)}"}
        status, _, headers = _fetch(Request(url, urlencode(form).encode(), before), deadline)  # noqa: S310
        session = _session_in(headers)
        if status != REDIRECT or not session:
            raise UnreachableError(f"the web server did not sign in (HTTP {status})")
        return session


def _session_in(headers: Message) -> str:
    found = (re.match(r"session=([^;]+)", cookie) for cookie in headers.get_all("Set-Cookie") or [])
    return next((one[1] for one in found if one), "")


class AirflowRest:
    """The REST API of one Airflow. Thread-safe."""

    def __init__(self, airflow: Airflow) -> None:
        self._airflow = airflow
        self._login: Login = SessionLogin(airflow) if airflow.username else BearerLogin(airflow)

    def call(self, method: str, path: str, query: dict[str, Any] | None, body: Any) -> tuple[int, Any]:
        """The status and the JSON (or text) of the answer, whatever the status is."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        # Lists become repeated parameters and booleans JSON's words, as Airflow reads them.
        pairs = {name: _text(value) for name, value in (query or {}).items() if value is not None}
        url = f"{self._airflow.url}{self._airflow.api}{path}" + (f"?{urlencode(pairs, doseq=True)}" if pairs else "")
        data = None if body is None else json.dumps(body).encode()
        status, answer = self._send(method, url, data, deadline)
        if status == UNAUTHORIZED:
            self._login.forget()
            status, answer = self._send(method, url, data, deadline)
        return status, _parse(answer)

    def login_token(self) -> str:
        """A token of the login, for CreateWebLoginToken."""
        return self._login.token(time.monotonic() + TIMEOUT_SECONDS)

    def _send(self, method: str, url: str, data: bytes | None, deadline: float) -> tuple[int, bytes]:
        headers = {"Content-Type": "application/json", "Accept": "application/json", **self._login.headers(deadline)}
        request = Request(url, data, headers, method=method)  # noqa: S310 (our own loopback address)
        status, answer, _ = _fetch(request, deadline)
        return status, answer


def _fetch(request: Request, deadline: float) -> tuple[int, bytes, Message]:
    try:
        with OPENER.open(request, timeout=max(0.1, deadline - time.monotonic())) as answer:
            content: bytes = answer.read(PAYLOAD_BYTES + 1)
            status, headers = answer.status, answer.headers
    except HTTPError as error:
        return error.code, error.read(PAYLOAD_BYTES), error.headers
    except (URLError, TimeoutError, ConnectionError) as error:
        raise UnreachableError(str(getattr(error, "reason", error))) from error
    if len(content) > PAYLOAD_BYTES:
        raise PayloadTooLargeError
    return status, content, headers


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
