"""The dashboard's roles of the template, with who may assume them and what they may do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from local_aws.policies import grants_in
from local_aws.template import Template

READER = "penstock-reader"


def seed_roles(iam: Any, template: Template, region: str) -> set[str]:
    """Roles that the template names; those of services nobody assumes here. Returns their names."""
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
    return names


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
        if "-reader" in str(properties.get("RoleName", ""))
    }
    for properties, _ in policies(template, readers):
        put(iam, READER, properties["PolicyName"], properties)


def write_grants(file: Path, template: Template, roles: set[str], account: str) -> None:
    """`grants.jsonl`: what the template lets each role do, action by action and resource by resource."""
    lines = [
        {"role": f"arn:aws:iam::{account}:role/{name}", "action": grant.action, "resource": grant.resource}
        for properties, name in policies(template, roles)
        for grant in grants_in(properties["PolicyDocument"])
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))


def policies(template: Template, roles: set[str]) -> Iterator[tuple[dict[str, Any], str]]:
    """Each policy of each of these roles."""
    for _, properties in template.resources("AWS::IAM::Policy"):
        for name in roles.intersection(properties["Roles"]):
            yield properties, name


def put(iam: Any, role: str, name: str, policy: dict[str, Any]) -> None:
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(policy["PolicyDocument"]))
