"""The one endpoint: moto's APIs with our data plane under them, and MWAA beside them."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server
from werkzeug.wrappers import Request

from local_aws import ecs, events, glue, logs_disk, places, s3_disk, sts
from local_aws.iam import Iam
from local_aws.mwaa import Mwaa
from local_aws.settings import Settings

MWAA_SCOPE = "/airflow/aws4_request"


def application(settings: Settings) -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    """The WSGI application. A request belongs to MWAA when its credential scope says so."""
    settings.state.mkdir(parents=True, exist_ok=True)
    s3_disk.install(settings)
    logs_disk.install(settings)
    sts.install(settings)
    places.found_accounts(settings.places, settings.account)
    events.install()
    ecs.install(settings)
    glue.install(settings)
    moto, mwaa = DomainDispatcherApplication(create_backend_app), Mwaa(settings)
    iam = Iam(settings.state)

    def serve(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        refusal = iam.refusal(environ)
        if refusal is not None:
            return refusal(environ, start_response)
        if MWAA_SCOPE in environ.get("HTTP_AUTHORIZATION", ""):
            return mwaa.answer(Request(environ))(environ, start_response)
        answer: Iterable[bytes] = moto(environ, as_json(start_response) if is_json(environ) else start_response)
        return answer

    return serve


def is_json(environ: dict[str, Any]) -> bool:
    """Whether a request is of AWS's JSON protocol."""
    return "HTTP_X_AMZ_TARGET" in environ


def as_json(start_response: Any) -> Any:
    """moto says of some JSON that it is HTML; AWS does not."""

    def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        kept = [(name, value) for name, value in headers if name.lower() != "content-type"]
        return start_response(status, [*kept, ("Content-Type", "application/x-amz-json-1.1")], *rest)

    return start


class QuietHandler(MotoRequestHandler):
    """Requests are not logged: a poll every second would bury everything else."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Keep nothing of an answered request."""


def main() -> None:
    settings = Settings.from_env()
    server = make_server("127.0.0.1", settings.port, application(settings), threaded=True, request_handler=QuietHandler)

    def end(_number: int, _frame: FrameType | None) -> None:
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    print(f"listening on {settings.endpoint}", flush=True)
    server.serve_forever()
    sys.exit(0)


if __name__ == "__main__":
    main()
