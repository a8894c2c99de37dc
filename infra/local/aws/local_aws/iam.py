"""What an assumed role may do: the template's own policies decide, in AWS's own words, and every call is recorded."""

from __future__ import annotations

import json
import re
import threading
from io import BytesIO
from pathlib import Path
from typing import Any

from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends
from moto.sts.models import AssumedRole, sts_backends
from werkzeug.wrappers import Request, Response

from local_aws.policies import Grant, grants_in, matches
from local_aws.requested import Requested, requested

PARTITION = "aws"
EXPLICITLY = "with an explicit deny in an identity-based policy"
KEY = re.compile(r"Credential=(?P<key>[^/]+)/\d+/(?P<region>[^/]+)/")


class Iam:
    """Judges requests that a role signed. A role without policies may do everything, as may a key of no role."""

    def __init__(self, state: Path) -> None:
        self._recorder = Recorder(state / "actions.jsonl")
        self._denials = Denials(state / "denials.json")

    def refusal(self, environ: dict[str, Any]) -> Response | None:
        """None when the request may go on, with its body unread; else AWS's answer to one who may not."""
        signed = KEY.search(environ.get("HTTP_AUTHORIZATION", ""))
        role = None if signed is None else assumed_role(signed["key"])
        grants = [] if role is None else grants_of(role.role_arn)
        if role is None or signed is None or not grants:
            return None
        body = Request(environ).get_data()
        environ["wsgi.input"] = BytesIO(body)
        call = requested(environ, body, role.account_id, signed["region"])
        if call is None:
            return None
        if self._denials.hold(call.action, role.role_arn):
            self._recorder.note(role, call.action, call.named, "denied")
            return refused(call, role, call.named, EXPLICITLY)
        return self._judge(call, role, grants)

    def _judge(self, call: Requested, role: AssumedRole, grants: list[Grant]) -> Response | None:
        found = [(resource, decisive(grants, call, resource)) for resource in call.resources]
        if call.is_any:
            allowed = (grant for _, grant in found if grant is not None and not grant.is_denial)
            found = [(call.named, next(allowed, None))]
        for resource, grant in found:
            if grant is None or grant.is_denial:
                self._recorder.note(role, call.action, resource, "refused")
                why = f"because no identity-based policy allows the {call.action} action"
                return refused(call, role, resource, why if grant is None else EXPLICITLY)
            self._recorder.note(role, call.action, grant.resource, "allowed")
            if call.needs_user and not grant.resource.endswith("/User"):
                return airflow_forbids()
        return None


class Recorder:
    """`actions.jsonl`: each role, action and resource once, the resource as the policy that allowed it writes it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._known = set(file.read_text().splitlines()) if file.exists() else set()

    def note(self, role: AssumedRole, action: str, resource: str, outcome: str) -> None:
        who = {"role": role.role_arn, "session": role.session_name}
        line = json.dumps({**who, "action": action, "resource": resource, "outcome": outcome})
        with self._lock:
            if line in self._known:
                return
            self._known.add(line)
            with self._file.open("a") as file:
                file.write(line + "\n")


class Denials:
    """`denials.json`: actions that are refused for a while, `[{"action": "ecs:DescribeTasks", "role": "…"}]`."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def hold(self, action: str, role_arn: str) -> bool:
        if not self._file.exists():
            return False
        return any(
            matches(str(each["action"]).lower(), action.lower()) and role_arn.endswith(str(each.get("role", "")))
            for each in json.loads(self._file.read_text())
        )


def assumed_role(access_key: str) -> AssumedRole | None:
    """The session that an access key belongs to, in whatever account."""
    for _, partitions in list(sts_backends.items()):
        found = partitions[PARTITION].get_assumed_role_from_access_key(access_key)
        if found is not None:
            return found
    return None


def grants_of(role_arn: str) -> list[Grant]:
    account = role_arn.split(":")[4]
    try:
        role = iam_backends[account][PARTITION].get_role_by_arn(role_arn)
    except NotFoundException:
        return []
    return [grant for policy in role.policies.values() for grant in grants_in(json.loads(policy))]


def decisive(grants: list[Grant], call: Requested, resource: str) -> Grant | None:
    """The statement that decides: a denial before any permission; None when none speaks of it."""
    found = [grant for grant in grants if grant.covers(call, resource)]
    return next((grant for grant in found if grant.is_denial), found[0] if found else None)


def refused(call: Requested, role: AssumedRole, resource: str, why: str) -> Response:
    message = f"User: {role.arn} is not authorized to perform: {call.action} on resource: {resource} {why}"
    kind = "AccessDenied" if call.action.startswith("sqs:") else "AccessDeniedException"
    body = json.dumps({"__type": kind, "message": message, "Message": message})
    return Response(body, call.denied_status, {"x-amzn-errortype": kind}, content_type=call.content_type)


def airflow_forbids() -> Response:
    """Airflow's own refusal to a Viewer who would change something."""
    detail = {"detail": "Forbidden", "status": 403, "title": "Forbidden"}
    message = "The Apache Airflow REST API returned 403"
    body = json.dumps({"message": message, "RestApiStatusCode": 403, "RestApiResponse": detail})
    return Response(body, 400, {"x-amzn-errortype": "RestApiClientException"}, content_type="application/json")
