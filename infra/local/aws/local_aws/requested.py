"""What IAM is asked about a request: the action, its resources and the keys of its context."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

SCOPE = re.compile(r"Credential=[^/]+/\d+/[^/]+/(?P<service>[^/]+)/aws4_request")
# Credential scopes whose services IAM calls by another name.
PREFIXES = {"monitoring": "cloudwatch"}
AIRFLOW_ROLES = ("Admin", "Op", "User", "Viewer", "Public")
# Actions that IAM authorises without a resource, or by a condition.
WITHOUT_RESOURCE = ("ecs:ListTasks", "ecs:DescribeTaskDefinition", "glue:ListJobs", "cloudwatch:GetMetricData")


@dataclass(frozen=True)
class Requested:
    """One request as IAM sees it."""

    action: str
    resources: list[str]
    """All must be allowed; with `is_any`, one of them."""
    context: dict[str, str] = field(default_factory=dict)
    is_any: bool = False
    asked_as: str | None = None
    """What a refusal names as the resource, where it is none of these in particular."""
    needs_user: bool = False
    """Airflow lets its User do it, not its Viewer."""
    denied_status: int = 400
    content_type: str = "application/x-amz-json-1.1"

    @property
    def named(self) -> str:
        return self.asked_as or self.resources[0]


def requested(environ: dict[str, Any], body: bytes, account: str, region: str) -> Requested | None:
    """None for what needs no permission, or has no policy here (STS, S3)."""
    scope = SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    service = "" if scope is None else scope["service"]
    if service == "airflow":
        return airflow(str(environ.get("PATH_INFO", "")), body, f"arn:aws:airflow:{region}:{account}")
    target = str(environ.get("HTTP_X_AMZ_TARGET", ""))
    if service in ("s3", "sts") or not target:
        return None
    prefix, operation = PREFIXES.get(service, service), target.rsplit(".", maxsplit=1)[-1]
    action = f"{prefix}:{operation.removesuffix('Batch') if service == 'sqs' else operation}"
    return Requested(action, *about(action, json.loads(body or b"{}"), account, region))


def about(action: str, body: dict[str, Any], account: str, region: str) -> tuple[list[str], dict[str, str]]:
    """Resources and context keys of a JSON request."""

    def arn(service: str, resource: str) -> str:
        return f"arn:aws:{service}:{region}:{account}:{resource}"

    service = action.split(":", maxsplit=1)[0]
    cluster = str(body.get("cluster") or "default").rsplit("/", 1)[-1]
    context = {"ecs:cluster": arn("ecs", f"cluster/{cluster}")} if service == "ecs" else {}
    if action in WITHOUT_RESOURCE:
        return ["*"], context
    match service:
        case "ecs" if "tasks" in body or "task" in body:
            tasks = body.get("tasks") or [body.get("task")]
            return [arn("ecs", f"task/{cluster}/{str(task).rsplit('/', 1)[-1]}") for task in tasks], context
        case "ecs" if "clusters" in body:
            return [arn("ecs", f"cluster/{str(name).rsplit('/', 1)[-1]}") for name in body["clusters"]], context
        case "glue" if "JobName" in body or "Name" in body:
            return [arn("glue", f"job/{body.get('JobName') or body.get('Name')}")], context
        case "glue" if "JobNames" in body:
            return [arn("glue", f"job/{name}") for name in body["JobNames"]], context
        case "logs" if "logGroupName" in body:
            return [
                arn("logs", f"log-group:{body['logGroupName']}:log-stream:{body.get('logStreamName', '')}")
            ], context
        case "sqs" if "QueueUrl" in body:
            *_, owner, name = str(body["QueueUrl"]).split("/")
            return [f"arn:aws:sqs:{region}:{owner if owner.isdigit() else account}:{name}"], context
    return ["*"], context


def airflow(path: str, body: bytes, arn: str) -> Requested:
    """MWAA's REST requests. InvokeRestApi's resource is a role in Airflow: the highest that the caller may have."""
    operation, *rest = path.strip("/").split("/")
    name, content_type = (rest[0] if rest else ""), "application/json"
    match operation, bool(name):
        case "environments", False:
            return Requested("airflow:ListEnvironments", ["*"], denied_status=403, content_type=content_type)
        case "environments", True:
            resources = [f"{arn}:environment/{name}"]
            return Requested("airflow:GetEnvironment", resources, denied_status=403, content_type=content_type)
        case "webtoken" | "clitoken", True:
            action = "airflow:CreateWebLoginToken" if operation == "webtoken" else "airflow:CreateCliToken"
        case _:
            action = "airflow:InvokeRestApi"
    asked = json.loads(body or b"{}") if action == "airflow:InvokeRestApi" else {}
    writes = asked.get("Method", "GET") != "GET" and not str(asked.get("Path", "")).endswith("/list")
    roles = [f"{arn}:role/{name}/{role}" for role in AIRFLOW_ROLES]
    return Requested(
        action,
        roles,
        is_any=True,
        asked_as=f"{arn}:role/{name}/{'User' if writes else 'Viewer'}",
        needs_user=writes,
        denied_status=403,
        content_type=content_type,
    )
