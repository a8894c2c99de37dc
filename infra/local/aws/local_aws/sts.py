"""AssumeRole as AWS answers it: the role's trust policy decides by who asks and by the external id."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4
from xml.sax.saxutils import escape

from moto.core.responses import ActionResult
from moto.iam.exceptions import NotFoundException
from moto.iam.models import Role, iam_backends
from moto.sts.responses import TokenResponse

from local_aws.iam import PARTITION, assumed_role
from local_aws.patching import replace
from local_aws.policies import several
from local_aws.settings import Settings

FORBIDDEN = 403
ROLE_ARN = re.compile(r"^arn:aws:iam::(\d{12}):role/.+$")


@dataclass(frozen=True)
class Caller:
    """Who signed a request. Without a role it is the administrator of the platform's own account."""

    account: str
    arn: str
    role: str | None

    def is_named_by(self, principal: str) -> bool:
        """Whether a principal of a trust policy means this caller; an administrator stands for all of its account."""
        account = principal if principal.isdigit() else (principal.split(":") + [""] * 5)[4]
        if principal == "*":
            return True
        if account != self.account:
            return False
        return self.role is None or principal in (account, f"arn:aws:iam::{account}:root", self.role)


def caller_of(access_key: str, own_account: str) -> Caller:
    """Who an access key belongs to."""
    assumed = assumed_role(access_key)
    if assumed is not None:
        return Caller(assumed.account_id, assumed.arn, assumed.role_arn)
    return Caller(own_account, f"arn:aws:iam::{own_account}:user/local", None)


def role_of(arn: str) -> Role | None:
    match = ROLE_ARN.match(arn)
    if match is None:
        return None
    try:
        return iam_backends[match[1]][PARTITION].get_role_by_arn(arn)
    except NotFoundException:
        return None


def trusts(policy: dict[str, Any], caller: Caller, external_id: str | None) -> bool:
    """Whether a trust policy lets the caller assume its role. A condition that is not known here lets nobody."""
    return any(
        statement["Effect"] == "Allow"
        and "sts:AssumeRole" in several(statement["Action"])
        and any(caller.is_named_by(principal) for principal in principals(statement))
        and all(is_met(kind, key, several(wanted), external_id) for kind, key, wanted in conditions(statement))
        for statement in several(policy["Statement"])
    )


def principals(statement: dict[str, Any]) -> list[str]:
    principal = statement.get("Principal") or {}
    return ["*"] if principal == "*" else several(principal.get("AWS") or [])


def conditions(statement: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    for kind, keys in (statement.get("Condition") or {}).items():
        for key, wanted in keys.items():
            yield kind, key, wanted


def is_met(kind: str, key: str, wanted: list[str], external_id: str | None) -> bool:
    return kind == "StringEquals" and key.lower() == "sts:externalid" and external_id in wanted


def error_document(code: str, message: str) -> str:
    """An error of the query protocol, which moto's serialiser would answer with 400."""
    return (
        '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>'
        f"<Code>{code}</Code><Message>{escape(message)}</Message></Error><RequestId>{uuid4()}</RequestId></ErrorResponse>"
    )


def install(settings: Settings) -> None:
    """Check the trust policy before moto hands out keys: it gives them for any role, one that does not exist too."""
    give = TokenResponse.assume_role

    def assume_role(self: TokenResponse) -> ActionResult | tuple[int, dict[str, int | str], str]:
        arn, external_id = str(self._get_param("RoleArn")), self._get_param("ExternalId")
        caller, role = caller_of(self.get_access_key(), settings.account), role_of(arn)
        if role is None or not trusts(json.loads(role.assume_role_policy_document), caller, external_id):
            refusal = f"User: {caller.arn} is not authorized to perform: sts:AssumeRole on resource: {arn}"
            return FORBIDDEN, {"status": FORBIDDEN, "Content-Type": "text/xml"}, error_document("AccessDenied", refusal)
        answer: ActionResult = give(self)
        return answer

    replace(TokenResponse, "assume_role", assume_role)


def container_keys(own_account: str, account: str, role: str | None) -> tuple[str, str]:
    """Access key and secret of what runs in an account; in the platform's own all is its administrator."""
    if account == own_account:
        return "local", "local"
    key = iam_backends[account][PARTITION].create_temp_access_key()
    key.role_arn = role
    return key.access_key_id, key.secret_access_key
