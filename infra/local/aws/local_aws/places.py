"""The accounts and regions of the platform: its own, and those that stand for others in an organisation."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from moto.iam.models import get_account_id_from, iam_backends

SCOPE = re.compile(r"Credential=(?P<key>[^/]+)/\d+/(?P<region>[^/]+)/")
# AWS Organizations makes this role in each account that it creates; the account that created it is trusted.
ADMINISTRATOR = "OrganizationAccountAccessRole"


@dataclass(frozen=True)
class Place:
    """One account in one region."""

    account: str
    region: str

    def __str__(self) -> str:
        return f"{self.account}/{self.region}"

    @classmethod
    def of_request(cls, authorization: str, own_account: str) -> Place:
        """Where a signed request goes: the account of its key, the region of its credential scope."""
        match = SCOPE.search(authorization)
        if match is None:
            return cls(own_account, "us-east-1")
        return cls(account_of(match["key"], own_account), match["region"])


def account_of(access_key: str, own_account: str) -> str:
    return own_account if access_key == "local" else get_account_id_from(access_key)


def found_accounts(places: list[Place], own_account: str) -> None:
    """Give every other account the role through which the platform's own account administers it."""
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{own_account}:root"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    for account in sorted({place.account for place in places} - {own_account}):
        iam_backends[account]["aws"].create_role(
            role_name=ADMINISTRATOR,
            assume_role_policy_document=json.dumps(trust),
            path="/",
            permissions_boundary=None,
            description="",
            tags=[],
            max_session_duration="3600",
        )


def session(endpoint: str, place: Place, own_account: str) -> boto3.Session:
    """A client session as the administrator of a place."""
    own = boto3.Session("local", "local", region_name=place.region)
    if place.account == own_account:
        return own
    sts = own.client("sts", endpoint_url=endpoint, config=Config(retries={"total_max_attempts": 2}))
    role = f"arn:aws:iam::{place.account}:role/{ADMINISTRATOR}"
    keys: dict[str, Any] = sts.assume_role(RoleArn=role, RoleSessionName="platform")["Credentials"]
    return boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], region_name=place.region)
