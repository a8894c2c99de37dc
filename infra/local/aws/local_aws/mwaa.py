"""MWAA's control API, which moto lacks: environments of the template in front of the local Airflow."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, TypeVar

from werkzeug.wrappers import Request, Response

from local_aws.airflow_rest import AirflowRest, PayloadTooLargeError, UnreachableError
from local_aws.places import Place
from local_aws.settings import Settings

CLIENT_ERROR, SERVER_ERROR, NOT_FOUND = 400, 500, 404
Answer = TypeVar("Answer")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class ServiceError(Exception):
    """An error of the MWAA API: HTTP status, modelled type, message and further members."""

    def __init__(self, status: int, kind: str, message: str, **members: Any) -> None:
        super().__init__(message)
        self.status, self.kind, self.message, self.members = status, kind, message, members


class Mwaa:
    """Answers requests signed for `airflow`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._file = settings.state / "environments.json"
        self._rest = {name: AirflowRest(airflow) for name, airflow in settings.airflow.items()}

    def answer(self, request: Request) -> Response:
        """One API call; every error has the type and members of the service model."""
        try:
            return _json(
                200,
                self._route(
                    request, Place.of_request(request.headers.get("Authorization", ""), self._settings.account)
                ),
            )
        except ServiceError as error:
            body = {"message": error.message, **error.members}
            return _json(error.status, body, {"x-amzn-errortype": error.kind})

    def _route(self, request: Request, place: Place) -> dict[str, Any]:
        operation, *rest = request.path.strip("/").split("/")
        name = rest[0] if rest else ""
        match request.method, operation, bool(name):
            case "GET", "environments", False:
                return {"Environments": sorted(self._environments(place))}
            case "GET", "environments", True:
                return {"Environment": self._environment(place, name)}
            case "POST", "webtoken", True:
                environment = self._environment(place, name)
                return {
                    "WebToken": self._unless_down(name, self._airflow(place, name).login_token),
                    "WebServerHostname": environment["WebserverUrl"],
                    "IamIdentity": f"arn:aws:sts::{place.account}:assumed-role/local/local",
                    "AirflowIdentity": "local",
                }
            case "POST", "restapi", True:
                return self._invoke(place, name, json.loads(request.data or b"{}"))
        raise ServiceError(NOT_FOUND, "ResourceNotFoundException", f"Unknown operation {request.method} {request.path}")

    def _environments(self, place: Place) -> dict[str, dict[str, Any]]:
        """What the seed took from the template for an account and region, by name."""
        everywhere = json.loads(self._file.read_text()) if self._file.exists() else {}
        return dict(everywhere.get(str(place), {}))

    def _environment(self, place: Place, name: str) -> dict[str, Any]:
        found = self._environments(place).get(name)
        if found is None or name not in self._rest:
            raise ServiceError(NOT_FOUND, "ResourceNotFoundException", f"Environment {name} not found")
        airflow = self._settings.airflow[name]
        version = {"AirflowVersion": airflow.version} if airflow.version else {}
        return {**found, **version, "Status": "AVAILABLE", "WebserverUrl": airflow.url.removeprefix("http://")}

    def _airflow(self, place: Place, name: str) -> AirflowRest:
        """One real Airflow answers for the environment of that name in every account and region."""
        self._environment(place, name)
        return self._rest[name]

    def _invoke(self, place: Place, name: str, body: dict[str, Any]) -> dict[str, Any]:
        airflow, path, method = self._airflow(place, name), str(body.get("Path", "")), body.get("Method")
        limit = self._settings.rest_path_limit
        if not path.startswith("/") or method not in METHODS:
            raise ServiceError(CLIENT_ERROR, "ValidationException", "Path and Method are required.")
        if limit is not None and len(path) > limit:
            raise ServiceError(
                CLIENT_ERROR,
                "ValidationException",
                f"1 validation error detected: Value at 'path' failed to satisfy constraint: Member must have length "
                f"less than or equal to {limit}",
            )
        status, answer = self._unless_down(
            name, lambda: airflow.call(str(method), path, body.get("QueryParameters"), body.get("Body"))
        )
        if status >= CLIENT_ERROR:
            # Both are HTTP 400 in the service model, an error of the Airflow server too.
            kind = "RestApiClientException" if status < SERVER_ERROR else "RestApiServerException"
            raise ServiceError(
                CLIENT_ERROR,
                kind,
                f"The Apache Airflow REST API returned {status}",
                RestApiStatusCode=status,
                RestApiResponse=answer,
            )
        return {"RestApiStatusCode": status, "RestApiResponse": answer}

    def _unless_down(self, name: str, call: Callable[[], Answer]) -> Answer:
        try:
            return call()
        except UnreachableError as error:
            raise ServiceError(
                SERVER_ERROR,
                "InternalServerException",
                f"The web server of environment {name} did not answer: {error}",
            ) from error
        except PayloadTooLargeError as error:
            raise ServiceError(
                CLIENT_ERROR, "ValidationException", "The response of the REST API exceeds 6 MB."
            ) from error


def _json(status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    return Response(json.dumps(body), status, headers, content_type="application/json")


def environment_of(name: str, properties: dict[str, Any], account: str, region: str) -> dict[str, Any]:
    """What GetEnvironment answers for an AWS::MWAA::Environment of the template (its properties resolved)."""
    groups = f"arn:aws:logs:{region}:{account}:log-group"
    logging = {
        kind: {
            "Enabled": bool(module.get("Enabled")),
            "LogLevel": module.get("LogLevel", "INFO"),
            "CloudWatchLogGroupArn": f"{groups}:airflow-{name}-{log_group_suffix(kind)}",
        }
        for kind, module in (properties.get("LoggingConfiguration") or {}).items()
    }
    copied = ("AirflowVersion", "EnvironmentClass", "SourceBucketArn", "DagS3Path", "MaxWorkers", "MinWorkers")
    return {
        "Name": name,
        "Arn": f"arn:aws:airflow:{region}:{account}:environment/{name}",
        "CreatedAt": time.time(),
        "AirflowConfigurationOptions": properties.get("AirflowConfigurationOptions") or {},
        "LoggingConfiguration": logging,
        "WebserverAccessMode": properties.get("WebserverAccessMode", "PRIVATE_ONLY"),
        **{key: properties[key] for key in copied if key in properties},
    }


def log_group_suffix(kind: str) -> str:
    """`TaskLogs` → `Task`, `DagProcessingLogs` → `DAGProcessing`: the groups MWAA makes for itself."""
    return kind.removesuffix("Logs").replace("DagProcessing", "DAGProcessing").replace("Webserver", "WebServer")
