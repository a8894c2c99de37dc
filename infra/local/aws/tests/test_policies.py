"""What a policy grants, statement by statement."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.iam import decisive
from local_aws.policies import StatementError, grants_in, is_like_arn, matches
from local_aws.requested import Requested

JOB = "arn:aws:glue:eu-west-1:123456789012:job/sales_daily"
CLUSTER = "arn:aws:ecs:eu-west-1:123456789012:cluster/penstock"


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action: str | list[str], resource: str | list[str], **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def is_allowed(given: dict[str, Any], call: Requested) -> bool:
    """As the account judges a call on all its resources."""
    found = [decisive(list(grants_in(given)), call, resource) for resource in call.resources]
    return all(grant is not None and not grant.is_denial for grant in found)


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        (JOB, True),
        (JOB.replace("daily", "*"), True),
        (JOB.replace("daily", "dail?"), True),
        (JOB.replace("daily", "hourly"), False),
        (JOB.replace("eu-west-1", "eu-west-2"), False),
        (JOB.replace("123456789012", "210987654321"), False),
        (JOB.removesuffix("_daily"), False),
        ("*", True),
    ],
)
def test_a_resource_is_matched_whole_with_its_wildcards(resource: str, expected: bool) -> None:
    assert is_allowed(policy(allow("glue:GetJobRuns", resource)), Requested("glue:GetJobRuns", [JOB])) is expected


def test_an_action_without_a_resource_needs_a_star() -> None:
    call = Requested("glue:ListJobs", ["*"])
    assert is_allowed(policy(allow("glue:ListJobs", "*")), call)
    assert not is_allowed(policy(allow("glue:ListJobs", JOB)), call)


def test_every_resource_of_a_call_must_be_allowed() -> None:
    given = policy(allow(["glue:BatchGetJobs", "glue:GetJobRun"], [JOB]))
    assert is_allowed(given, Requested("glue:BatchGetJobs", [JOB]))
    assert not is_allowed(given, Requested("glue:BatchGetJobs", [JOB, JOB.replace("sales", "hr")]))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"ArnEquals": {"ecs:cluster": CLUSTER}}, True),
        ({"ArnEquals": {"ecs:cluster": [CLUSTER.replace("penstock", "other"), CLUSTER]}}, True),
        ({"ArnLike": {"ecs:cluster": CLUSTER.replace("penstock", "*")}}, True),
        ({"ArnLike": {"ecs:cluster": "arn:aws:ecs:*:cluster/penstock"}}, False),
        ({"StringLike": {"ecs:cluster": "*penstock"}}, True),
        ({"StringEquals": {"ecs:cluster": CLUSTER}}, True),
        ({"StringEquals": {"ecs:cluster": CLUSTER.replace("penstock", "*")}}, False),
        ({"ArnEquals": {"aws:SourceArn": CLUSTER}}, False),
        ({"ArnEquals": {"ecs:cluster": CLUSTER}, "StringEquals": {"ecs:cluster": "other"}}, False),
    ],
)
def test_a_condition_decides_by_its_operator(condition: dict[str, Any], expected: bool) -> None:
    call = Requested("ecs:ListTasks", ["*"], {"ecs:cluster": CLUSTER})
    assert is_allowed(policy(allow("ecs:ListTasks", "*", Condition=condition)), call) is expected


def test_a_denial_wins_over_every_permission() -> None:
    deny = {"Effect": "Deny", "Action": "glue:*", "Resource": JOB}
    given = policy(allow("glue:GetJobRuns", "*"), deny)
    assert not is_allowed(given, Requested("glue:GetJobRuns", [JOB]))
    assert is_allowed(given, Requested("glue:GetJobRuns", [JOB.replace("sales", "hr")]))


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
        {"Effect": "Allow", "Action": "glue:*", "NotResource": JOB},
        allow("ecs:ListTasks", "*", Condition={"Null": {"ecs:cluster": "true"}}),
    ],
)
def test_a_statement_that_cannot_be_judged_is_no_permission(statement: dict[str, Any]) -> None:
    with pytest.raises(StatementError):
        list(grants_in(policy(statement)))


def test_wildcards_are_iams_and_not_those_of_an_expression() -> None:
    assert matches("log-group:/a.b:*", "log-group:/a.b:log-stream:s")
    assert not matches("log-group:/a.b:*", "log-group:/axb:log-stream:s")
    assert not is_like_arn("arn:aws:ecs:*", CLUSTER)
