"""Several accounts and regions on one endpoint, kept apart as AWS keeps them apart."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conftest import EXTERNAL_ID, OTHER, Platform, eventually
from tests.test_ecs import NETWORK

READER = f"arn:aws:iam::{OTHER}:role/penstock-reader"


def keys(platform: Platform, role: str = READER, **request: str) -> dict[str, str]:
    answer = platform.client("sts").assume_role(RoleArn=role, RoleSessionName="test", **request)
    found: dict[str, str] = answer["Credentials"]
    return found


def administrator(platform: Platform) -> dict[str, str]:
    return keys(platform, f"arn:aws:iam::{OTHER}:role/OrganizationAccountAccessRole")


def run_to_its_end(ecs: Any, program: str) -> dict[str, Any]:
    arn = ecs.run_task(
        cluster="t",
        taskDefinition="t-extractor",
        launchType="FARGATE",
        networkConfiguration=NETWORK,
        overrides={"containerOverrides": [{"name": "extractor", "command": [program]}]},
    )["tasks"][0]["taskArn"]

    def look() -> dict[str, Any] | None:
        found: dict[str, Any] = ecs.describe_tasks(cluster="t", tasks=[arn])["tasks"][0]
        return found if found["lastStatus"] == "STOPPED" else None

    return eventually(look)


@pytest.mark.parametrize("request_", [{}, {"ExternalId": "guessed"}], ids=["without", "wrong"])
def test_a_role_is_closed_to_who_does_not_know_the_external_id(platform: Platform, request_: dict[str, str]) -> None:
    with pytest.raises(ClientError) as raised:
        keys(platform, **request_)
    error = raised.value.response["Error"]
    assert error["Code"] == "AccessDenied"
    assert error["Message"] == (
        f"User: arn:aws:iam::123456789012:user/local is not authorized to perform: sts:AssumeRole on resource: {READER}"
    )
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_a_role_that_does_not_exist_is_denied_in_the_same_words(platform: Platform) -> None:
    with pytest.raises(ClientError, match=r"AccessDenied.*not authorized to perform: sts:AssumeRole on resource"):
        keys(platform, f"arn:aws:iam::{OTHER}:role/none")


def test_a_caller_of_another_account_is_not_the_one_that_is_trusted(platform: Platform) -> None:
    reader = keys(platform, ExternalId=EXTERNAL_ID)
    with pytest.raises(ClientError, match="AccessDenied"):
        platform.client("sts", keys=reader).assume_role(RoleArn=READER, RoleSessionName="again", ExternalId=EXTERNAL_ID)


def test_the_right_external_id_opens_the_other_account(platform: Platform) -> None:
    reader = keys(platform, ExternalId=EXTERNAL_ID)
    identity = platform.client("sts", keys=reader).get_caller_identity()
    assert identity["Account"] == OTHER
    assert identity["Arn"] == f"arn:aws:sts::{OTHER}:assumed-role/penstock-reader/test"


def test_each_place_has_its_own_environment_of_the_same_name(platform: Platform) -> None:
    places = {
        "own": platform.client("mwaa"),
        "account": platform.client("mwaa", keys=administrator(platform)),
        "region": platform.client("mwaa", region="us-east-1"),
    }
    arns = {name: client.get_environment(Name="t")["Environment"]["Arn"] for name, client in places.items()}
    assert arns == {
        "own": "arn:aws:airflow:eu-west-1:123456789012:environment/t",
        "account": f"arn:aws:airflow:eu-west-1:{OTHER}:environment/t",
        "region": "arn:aws:airflow:us-east-1:123456789012:environment/t",
    }
    assert platform.client("mwaa", region="eu-west-3").list_environments()["Environments"] == []


def test_a_container_runs_in_the_account_that_started_it(platform: Platform) -> None:
    there = administrator(platform)
    program = "import os; print(os.environ['AWS_ACCESS_KEY_ID'] != 'local', os.environ['AWS_REGION'])"
    found = run_to_its_end(platform.client("ecs", keys=there), program)
    assert found["taskArn"].startswith(f"arn:aws:ecs:eu-west-1:{OTHER}:task/t/")
    assert found["containers"][0]["exitCode"] == 0
    stream = f"extractor/extractor/{found['taskArn'].rsplit('/', maxsplit=1)[-1]}"
    page = platform.client("logs", keys=there).get_log_events(logGroupName="/t/extractor", logStreamName=stream)
    assert [event["message"] for event in page["events"]] == ["True eu-west-1"]
    assert platform.client("ecs").describe_tasks(cluster="t", tasks=[found["taskArn"]])["failures"] == [
        {"arn": found["taskArn"], "reason": "MISSING"}
    ]


def test_a_container_runs_in_the_region_that_started_it(platform: Platform) -> None:
    found = run_to_its_end(platform.client("ecs", region="us-east-1"), "import os; print(os.environ['AWS_REGION'])")
    assert found["taskArn"].startswith("arn:aws:ecs:us-east-1:123456789012:task/t/")
    assert found["availabilityZone"].startswith("us-east-1")


def test_a_glue_run_reads_the_buckets_of_its_account(platform: Platform) -> None:
    there = administrator(platform)
    body = b"import os; print(os.environ['AWS_REGION'])"
    platform.client("s3", keys=there).put_object(Bucket=f"data-{OTHER}-eu-west-1", Key="glue/job.py", Body=body)
    glue = platform.client("glue", keys=there)
    run_id = glue.start_job_run(JobName="t-load")["JobRunId"]

    def look() -> dict[str, Any] | None:
        run: dict[str, Any] = glue.get_job_run(JobName="t-load", RunId=run_id)["JobRun"]
        return run if "CompletedOn" in run else None

    assert eventually(look)["JobRunState"] == "SUCCEEDED"
    assert run_id not in [run["Id"] for run in platform.client("glue").get_job_runs(JobName="t-load")["JobRuns"]]
