"""A server of its own process with a small template, as the supervisor starts it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar

import boto3
import pytest
from botocore.config import Config

PACKAGE = Path(__file__).parent.parent
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/cdk-hnb659fds-container-assets-123456789012-eu-west-1:abc"
OTHER = "210987654321"
EXTERNAL_ID = "shared-with-penstock"
Found = TypeVar("Found")


def eventually(look: Callable[[], Found | None], seconds: float = 20.0) -> Found:
    """The first answer that is not None; fails at the deadline."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found is not None:
            return found
        time.sleep(0.05)
    raise AssertionError(f"nothing within {seconds} s")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class FakeAirflow(BaseHTTPRequestHandler):
    """The two answers of a web server that matter here: a token, and the echo of a call."""

    def do_GET(self) -> None:
        if self.path == "/auth/token":
            self._json(201, {"access_token": "token-1"})
        elif self.path.startswith("/api/v2/missing"):
            self._json(404, {"detail": "DAG not found"})
        elif self.path.startswith("/api/v2/broken"):
            self._json(503, {"detail": "down"})
        else:
            self._json(200, {"path": self.path, "authorization": self.headers["Authorization"]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._json(200, {"path": self.path, "body": body})

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name)
        """Keep the test output to the tests."""

    def _json(self, status: int, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def trust(principal: dict[str, Any]) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    return {"Version": "2012-10-17", "Statement": [statement]}


TEMPLATE: dict[str, Any] = {
    "Resources": {
        "Data": {
            "Type": "AWS::S3::Bucket",
            "Properties": {"BucketName": {"Fn::Sub": "data-${AWS::AccountId}-${AWS::Region}"}},
        },
        "Log": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/t/extractor", "RetentionInDays": 30}},
        "Source": {"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": "t/source"}},
        "Cluster": {
            "Type": "AWS::ECS::Cluster",
            "Properties": {
                "ClusterName": "t",
                "ClusterSettings": [{"Name": "containerInsights", "Value": "enhanced"}],
            },
        },
        "RunEvents": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "EventPattern": {
                    "source": ["aws.glue"],
                    "detail-type": ["Glue Job State Change"],
                    "detail": {"jobName": ["t-load"]},
                },
                "Targets": [{"Id": "Queue", "Arn": {"Fn::GetAtt": ["Queue", "Arn"]}}],
            },
        },
        "Task": {
            "Type": "AWS::ECS::TaskDefinition",
            "Properties": {
                "Family": "t-extractor",
                "NetworkMode": "awsvpc",
                "RequiresCompatibilities": ["FARGATE"],
                "Cpu": "256",
                "Memory": "512",
                "ContainerDefinitions": [
                    {
                        "Name": "extractor",
                        "Essential": True,
                        "Image": {"Fn::Sub": IMAGE.replace("amazonaws.com", "${AWS::URLSuffix}")},
                        "Environment": [{"Name": "A", "Value": "definition"}, {"Name": "B", "Value": "definition"}],
                        "Secrets": [
                            {
                                "Name": "SECRET",
                                "ValueFrom": {"Fn::Join": ["", [{"Ref": "Source"}, ":connection_string::"]]},
                            }
                        ],
                        "LogConfiguration": {
                            "LogDriver": "awslogs",
                            "Options": {
                                "awslogs-group": {"Ref": "Log"},
                                "awslogs-stream-prefix": "extractor",
                                "awslogs-region": {"Ref": "AWS::Region"},
                            },
                        },
                        "StopTimeout": 2,
                    }
                ],
            },
        },
        "Job": {
            "Type": "AWS::Glue::Job",
            "Properties": {
                "Name": "t-load",
                "Role": "role",
                "GlueVersion": "5.1",
                "WorkerType": "G.1X",
                "NumberOfWorkers": 2,
                "Timeout": 30,
                "ExecutionProperty": {"MaxConcurrentRuns": 5},
                "Command": {"Name": "glueetl", "ScriptLocation": {"Fn::Sub": "s3://${Data}/glue/job.py"}},
                "DefaultArguments": {"--GREETING": "hello"},
            },
        },
        "Dead": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "t-dead"}},
        "Queue": {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "QueueName": "t-events",
                "VisibilityTimeout": 60,
                "RedrivePolicy": {
                    "deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]},
                    "maxReceiveCount": 10,
                },
            },
        },
        "TaskChanges": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "EventPattern": {
                    "source": ["aws.ecs"],
                    "detail-type": ["ECS Task State Change"],
                    "detail": {"clusterArn": [{"Fn::GetAtt": ["Cluster", "Arn"]}]},
                },
                "State": "ENABLED",
                "Targets": [{"Arn": {"Fn::GetAtt": ["Queue", "Arn"]}, "Id": "Target0"}],
            },
        },
        "Dashboard": {
            "Type": "AWS::IAM::Role",
            "Properties": {"RoleName": "t-dashboard", "AssumeRolePolicyDocument": trust({"Service": "ecs-tasks"})},
        },
        "Reader": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "RoleName": "t-reader",
                "AssumeRolePolicyDocument": trust({"AWS": {"Fn::GetAtt": ["Dashboard", "Arn"]}}),
            },
        },
        "ReaderPolicy": {
            "Type": "AWS::IAM::Policy",
            "Properties": {
                "PolicyName": "ReaderPolicy",
                "Roles": [{"Ref": "Reader"}],
                "PolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Action": "ecs:DescribeTasks",
                            "Resource": "arn:aws:ecs:eu-west-1:123456789012:task/t/*",
                        },
                        {
                            "Effect": "Allow",
                            "Action": "ecs:ListTasks",
                            "Resource": "*",
                            "Condition": {"ArnEquals": {"ecs:cluster": "arn:aws:ecs:eu-west-1:123456789012:cluster/t"}},
                        },
                        {
                            "Effect": "Allow",
                            "Action": "airflow:InvokeRestApi",
                            "Resource": "arn:aws:airflow:eu-west-1:123456789012:role/t/Viewer",
                        },
                        {
                            "Effect": "Allow",
                            "Action": "sqs:ReceiveMessage",
                            "Resource": {"Fn::GetAtt": ["Queue", "Arn"]},
                        },
                        {
                            "Effect": "Allow",
                            "Action": "logs:GetLogEvents",
                            "Resource": "arn:aws:logs:eu-west-1:123456789012:log-group:/t/extractor:*",
                        },
                    ],
                },
            },
        },
        "Airflow": {
            "Type": "AWS::MWAA::Environment",
            "Properties": {
                "Name": "t",
                "AirflowVersion": "3.2.1",
                "LoggingConfiguration": {"TaskLogs": {"Enabled": True, "LogLevel": "INFO"}},
            },
        },
    }
}
ASSETS = {
    "files": {},
    "dockerImages": {
        "abc": {
            "source": {"directory": "extractor"},
            "destinations": {
                "current": {
                    "repositoryName": "cdk-hnb659fds-container-assets-123456789012-eu-west-1",
                    "imageTag": "abc",
                }
            },
        }
    },
}


class Platform:
    """The running server and clients of it."""

    def __init__(self, state: Path, airflow: str) -> None:
        self.state = state
        self.port = free_port()
        assembly = state / "cdk"
        assembly.mkdir(parents=True)
        (assembly / "Penstock.template.json").write_text(json.dumps(TEMPLATE))
        (assembly / "Penstock.assets.json").write_text(json.dumps(ASSETS))
        config = {
            "port": self.port,
            "state": str(state),
            "account": "123456789012",
            "region": "eu-west-1",
            # The override's command is a Python program: what the container runs is said by each test.
            "image": {"argv": [sys.executable, "-u", "-c"], "env": {"B": "image", "C": "image"}},
            "glue": {"argv": [sys.executable, "-u"], "env": {}},
            "airflow": {"t": {"url": airflow}},
            "secondsPerMinute": 1.0,
            "metricsSeconds": 1.0,
            "spotSeconds": 0.5,
            "places": [{"account": OTHER, "region": "eu-west-1"}, {"account": "123456789012", "region": "us-east-1"}],
            "externalId": EXTERNAL_ID,
        }
        self._config = state / "config.json"
        self._config.write_text(json.dumps(config))
        self._input = state / "seed.json"
        secrets = {"t/source": {"connection_string": "DSN=shop"}}
        self._input.write_text(json.dumps({"assembly": str(assembly), "secrets": secrets}))
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        env = {**os.environ, "LOCAL_AWS_CONFIG": str(self._config), "PYTHONPATH": str(PACKAGE)}
        self._server = subprocess.Popen([sys.executable, "-m", "local_aws.server"], env=env)
        eventually(self._listening)
        subprocess.run([sys.executable, "-m", "local_aws.seed", str(self._input)], env=env, check=True)

    def stop(self) -> None:
        if self._server is not None:
            self._server.terminate()
            self._server.wait(10)

    def client(self, service: str, keys: dict[str, str] | None = None, region: str = "eu-west-1") -> Any:
        """As the account's administrator, or with the keys that AssumeRole gave."""
        given = keys or {"AccessKeyId": "local", "SecretAccessKey": "local"}
        return boto3.client(
            service,
            endpoint_url=f"http://127.0.0.1:{self.port}",
            region_name=region,
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given.get("SessionToken"),
            # The published operations of MWAA have a host prefix, which a loopback address cannot carry.
            config=Config(inject_host_prefix=False, retries={"total_max_attempts": 1}),
        )

    def _listening(self) -> bool | None:
        with socket.socket() as probe:
            return True if probe.connect_ex(("127.0.0.1", self.port)) == 0 else None


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    airflow = ThreadingHTTPServer(("127.0.0.1", 0), FakeAirflow)
    Thread(target=airflow.serve_forever, daemon=True).start()
    running = Platform(tmp_path_factory.mktemp("aws"), f"http://127.0.0.1:{airflow.server_port}")
    running.start()
    yield running
    running.stop()
    airflow.shutdown()
