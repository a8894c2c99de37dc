"""The dashboard's roles of the template, with who may assume them and what they may do."""

from __future__ import annotations

import json
from typing import Any

from local_aws.template import Template


def seed_roles(iam: Any, template: Template) -> int:
    """Roles that the template names; those of services are nobody's to assume here."""
    names = set()
    for logical_id, properties in template.resources("AWS::IAM::Role"):
        if "RoleName" in properties:
            name, trust = template.name(logical_id), json.dumps(properties["AssumeRolePolicyDocument"])
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
            names.add(name)
    for _, properties in template.resources("AWS::IAM::Policy"):
        for name in names.intersection(properties["Roles"]):
            document = json.dumps(properties["PolicyDocument"])
            iam.put_role_policy(RoleName=name, PolicyName=properties["PolicyName"], PolicyDocument=document)
    return len(names)
