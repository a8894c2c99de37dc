"""A role may do what the template says, and AWS's words say what it may not."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session

from tests.conftest import Platform

READER = "arn:aws:iam::123456789012:role/t-reader"
TASK = "arn:aws:ecs:eu-west-1:123456789012:task/t/0123456789abcdef0123456789abcdef"


@pytest.fixture
def keys(platform: Platform) -> dict[str, str]:
    given = platform.client("sts").assume_role(RoleArn=READER, RoleSessionName="penstock")["Credentials"]
    return dict(given)


def refusal(call: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call()
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def invoke(platform: Platform, keys: dict[str, str], method: str, path: str) -> tuple[int, dict[str, Any]]:
    """InvokeRestApi, which the SDK at hand has not."""
    body = json.dumps({"Method": method, "Path": path, "Body": {}})
    url = f"http://127.0.0.1:{platform.port}/restapi/t"
    request = AWSRequest("POST", url, {"Content-Type": "application/json"}, body)
    credentials = Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    SigV4Auth(credentials, "airflow", "eu-west-1").add_auth(request)
    answer = URLLib3Session().send(request.prepare())
    return answer.status_code, json.loads(answer.content)


def test_a_role_does_what_its_policy_allows(platform: Platform, keys: dict[str, str]) -> None:
    ecs = platform.client("ecs", keys)
    assert ecs.list_tasks(cluster="t")["taskArns"] is not None
    assert ecs.describe_tasks(cluster="t", tasks=[TASK])["tasks"] == []
    assert platform.client("sts", keys).get_caller_identity()["Arn"].endswith("assumed-role/t-reader/penstock")


@pytest.mark.parametrize(
    ("service", "asked", "resource"),
    [
        (
            "ecs",
            ("describe_tasks", {"cluster": "other", "tasks": ["abc"]}),
            "ecs:eu-west-1:123456789012:task/other/abc",
        ),
        ("glue", ("get_job_runs", {"JobName": "t-load"}), "glue:eu-west-1:123456789012:job/t-load"),
        (
            "logs",
            ("get_log_events", {"logGroupName": "/other", "logStreamName": "s"}),
            "logs:eu-west-1:123456789012:log-group:/other:log-stream:s",
        ),
    ],
)
def test_what_no_policy_allows_is_refused_in_the_words_of_aws(
    platform: Platform, keys: dict[str, str], service: str, asked: tuple[str, dict[str, Any]], resource: str
) -> None:
    operation, parameters = asked
    code, message = refusal(lambda: getattr(platform.client(service, keys), operation)(**parameters))
    action = f"{service}:{''.join(word.title() for word in operation.split('_'))}"
    assert code == "AccessDeniedException"
    assert message == (
        "User: arn:aws:sts::123456789012:assumed-role/t-reader/penstock is not authorized to perform: "
        f"{action} on resource: arn:aws:{resource} because no identity-based policy allows the {action} action"
    )


def test_json_is_said_to_be_json(platform: Platform) -> None:
    answer = platform.client("logs").describe_log_streams(logGroupName="/t/extractor")
    assert answer["ResponseMetadata"]["HTTPHeaders"]["content-type"] == "application/x-amz-json-1.1"


def test_a_condition_holds_a_listing_to_its_cluster(platform: Platform, keys: dict[str, str]) -> None:
    code, message = refusal(lambda: platform.client("ecs", keys).list_tasks(cluster="other"))
    assert (code, "ecs:ListTasks on resource: *" in message) == ("AccessDeniedException", True)


def test_a_queue_may_be_read_and_not_emptied(platform: Platform, keys: dict[str, str]) -> None:
    url = platform.client("sqs").get_queue_url(QueueName="t-events")["QueueUrl"]
    sqs = platform.client("sqs", keys)
    assert sqs.receive_message(QueueUrl=url, VisibilityTimeout=0)["ResponseMetadata"]["HTTPStatusCode"] == 200
    code, message = refusal(lambda: sqs.delete_message(QueueUrl=url, ReceiptHandle="none"))
    assert (code, "arn:aws:sqs:eu-west-1:123456789012:t-events" in message) == ("AccessDenied", True)


def test_airflows_viewer_reads_and_does_not_write(platform: Platform, keys: dict[str, str]) -> None:
    assert invoke(platform, keys, "GET", "/dags")[0] == 200
    assert invoke(platform, keys, "POST", "/dags/~/dagRuns/list")[0] == 200
    status, answer = invoke(platform, keys, "POST", "/dags/x/dagRuns")
    assert (status, answer["RestApiStatusCode"]) == (400, 403)


def test_a_denied_action_is_refused_until_it_is_allowed_again(platform: Platform, keys: dict[str, str]) -> None:
    ecs, denials = platform.client("ecs", keys), platform.state / "denials.json"
    denials.write_text(json.dumps([{"action": "ecs:DescribeTasks", "role": "t-reader"}]))
    _, message = refusal(lambda: ecs.describe_tasks(cluster="t", tasks=[TASK]))
    assert message.endswith(f"ecs:DescribeTasks on resource: {TASK} with an explicit deny in an identity-based policy")
    denials.write_text("[]")
    assert ecs.describe_tasks(cluster="t", tasks=[TASK])["tasks"] == []


def test_what_a_role_did_is_on_record_once_each(platform: Platform, keys: dict[str, str]) -> None:
    ecs = platform.client("ecs", keys)
    for _ in range(2):
        ecs.list_tasks(cluster="t")
    lines = [json.loads(line) for line in (platform.state / "actions.jsonl").read_text().splitlines()]
    who = {"role": READER, "session": "penstock"}
    assert lines.count({**who, "action": "ecs:ListTasks", "resource": "*", "outcome": "allowed"}) == 1


def test_the_queue_is_as_the_template_says(platform: Platform) -> None:
    sqs = platform.client("sqs")
    url = sqs.get_queue_url(QueueName="t-events")["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert attributes["VisibilityTimeout"] == "60"
    assert json.loads(attributes["RedrivePolicy"])["maxReceiveCount"] == 10


def test_what_the_template_grants_is_on_record_as_it_is_written(platform: Platform) -> None:
    lines = [json.loads(line) for line in (platform.state / "grants.jsonl").read_text().splitlines()]
    queue = "arn:aws:sqs:eu-west-1:123456789012:t-events"
    assert {"role": READER, "action": "sqs:ReceiveMessage", "resource": queue} in lines
    assert {"role": READER, "action": "ecs:ListTasks", "resource": "*"} in lines
    assert {line["role"] for line in lines} == {READER}
