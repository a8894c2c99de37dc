"""Signing in to Airflow 2, which has users, and reading its REST API under its own prefix."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs

import pytest

from local_aws.airflow_rest import AirflowRest, UnreachableError
from local_aws.settings import Airflow


class Airflow2(BaseHTTPRequestHandler):
    """The sign-in form with its token, and calls that only the newest session may make."""

    sessions = 0

    def do_GET(self) -> None:
        if self.path == "/login/":
            self._answer(200, b'<input id="csrf_token" name="csrf_token" type="hidden" value="t1">', "anonymous")
        elif self.headers["Cookie"] == f"session=s{Airflow2.sessions}":
            self._answer(200, json.dumps({"path": self.path}).encode())
        else:
            self._answer(401, b"{}")

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        if (
            form != {"username": ["local"], "password": ["secret"], "csrf_token": ["t1"]}
            or "anonymous" not in self.headers["Cookie"]
        ):
            return self._answer(200, b"Invalid login", "anonymous")
        Airflow2.sessions += 1
        return self._answer(302, b"", f"s{Airflow2.sessions}")

    def _answer(self, status: int, body: bytes, session: str = "") -> None:
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/home")
        if session:
            self.send_header("Set-Cookie", f"session={session}; HttpOnly; Path=/")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name)
        """Keep the test output to the tests."""


@pytest.fixture
def url() -> Iterator[str]:
    Airflow2.sessions = 0
    server = ThreadingHTTPServer(("127.0.0.1", 0), Airflow2)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def airflow(url: str, password: str = "secret") -> Airflow:  # noqa: S107 (of the server above)
    return Airflow(url, "/api/v1", "2.11.2", "local", password)


def test_one_session_serves_every_call(url: str) -> None:
    rest = AirflowRest(airflow(url))
    answers = [rest.call("GET", "/dags", {"limit": 1}, None) for _ in range(3)]
    assert answers == [(200, {"path": "/api/v1/dags?limit=1"})] * 3
    assert Airflow2.sessions == 1


def test_a_session_that_has_ended_is_opened_again(url: str) -> None:
    rest = AirflowRest(airflow(url))
    rest.call("GET", "/dags", None, None)
    Airflow2.sessions += 1
    assert rest.call("GET", "/dags", None, None)[0] == 200


def test_a_wrong_password_says_so(url: str) -> None:
    with pytest.raises(UnreachableError, match="did not sign in"):
        AirflowRest(airflow(url, "other")).call("GET", "/dags", None, None)
