"""MWAA's operations, with the client that AWS publishes."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.conftest import Platform


def test_environment_comes_from_the_template(platform: Platform) -> None:
    mwaa = platform.client("mwaa")
    assert mwaa.list_environments()["Environments"] == ["t"]
    environment = mwaa.get_environment(Name="t")["Environment"]
    assert (environment["AirflowVersion"], environment["Status"]) == ("3.2.1", "AVAILABLE")
    group = environment["LoggingConfiguration"]["TaskLogs"]["CloudWatchLogGroupArn"].split(":log-group:")[1]
    groups = platform.client("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    assert [g["logGroupName"] for g in groups] == ["airflow-t-Task"]


def test_unknown_environment(platform: Platform) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        platform.client("mwaa").get_environment(Name="other")


def test_calls_carry_a_token_and_their_query(platform: Platform) -> None:
    answer = platform.client("mwaa").invoke_rest_api(
        Name="t",
        Method="GET",
        Path="/dags/" + "x" * 80,
        QueryParameters={"state": ["failed", "running"], "only_active": True, "limit": 5},
    )
    assert answer["RestApiStatusCode"] == 200
    assert answer["RestApiResponse"] == {
        "path": f"/api/v2/dags/{'x' * 80}?state=failed&state=running&only_active=true&limit=5",
        "authorization": "Bearer token-1",
    }


def test_body_is_passed_as_json(platform: Platform) -> None:
    answer = platform.client("mwaa").invoke_rest_api(
        Name="t", Method="POST", Path="/dags/a/dagRuns", Body={"logical_date": None}
    )
    assert answer["RestApiResponse"] == {"path": "/api/v2/dags/a/dagRuns", "body": {"logical_date": None}}


@pytest.mark.parametrize(
    ("path", "kind", "status"),
    [("/missing", "RestApiClientException", 404), ("/broken", "RestApiServerException", 503)],
)
def test_errors_have_the_modelled_shape(platform: Platform, path: str, kind: str, status: int) -> None:
    with pytest.raises(ClientError) as raised:
        platform.client("mwaa").invoke_rest_api(Name="t", Method="GET", Path=path)
    answer = raised.value.response
    assert answer["Error"]["Code"] == kind
    assert answer["RestApiStatusCode"] == status
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_login_token(platform: Platform) -> None:
    answer = platform.client("mwaa").create_web_login_token(Name="t")
    assert answer["WebToken"] == "token-1"
    assert answer["WebServerHostname"].startswith("127.0.0.1:")
