"""The dashboard's roles of the template, with who may assume them and what they may do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from local_aws.template import Template

READER = "penstock-reader"


def seed_roles(iam: Any, template: Template, region: str) -> int:
    """Roles that the template names; those of services nobody assumes here. Further regions add their policies."""
    known = {role["RoleName"] for role in iam.list_roles()["Roles"]}
    names = set()
    for logical_id, properties in template.resources("AWS::IAM::Role"):
        if "RoleName" in properties:
            name, trust = template.name(logical_id), json.dumps(properties["AssumeRolePolicyDocument"])
            if name not in known:
                iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
            names.add(name)
    for properties, name in policies(template, names):
        put(iam, name, f"{properties['PolicyName']}-{region}", properties)
    return len(names)


def seed_reader(iam: Any, template: Template, trusted_account: str, external_id: str) -> None:
    """The role through which another account reads this one: the template's reader, with an external id."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{trusted_account}:root"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": external_id}},
    }
    trust = {"Version": "2012-10-17", "Statement": [statement]}
    iam.create_role(RoleName=READER, AssumeRolePolicyDocument=json.dumps(trust))
    readers = {
        template.name(logical_id)
        for logical_id, properties in template.resources("AWS::IAM::Role")
        if str(properties.get("RoleName", "")).endswith("-reader")
    }
    for properties, _ in policies(template, readers):
        put(iam, READER, properties["PolicyName"], properties)


def policies(template: Template, roles: set[str]) -> Iterator[tuple[dict[str, Any], str]]:
    """Each policy of each of these roles."""
    for _, properties in template.resources("AWS::IAM::Policy"):
        for name in roles.intersection(properties["Roles"]):
            yield properties, name


def put(iam: Any, role: str, name: str, policy: dict[str, Any]) -> None:
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(policy["PolicyDocument"]))
