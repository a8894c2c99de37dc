"""Fills the emulated account from the template that infra/aws synthesised: run after each start of the server."""

from __future__ import annotations

import io
import json
import secrets
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.config import Config

from local_aws.images import Images
from local_aws.mwaa import environment_of
from local_aws.places import Place, session
from local_aws.roles import seed_reader, seed_roles, write_grants
from local_aws.settings import Settings
from local_aws.template import Template

DEPLOYMENT = "Custom::CDKBucketDeployment"
# The groups Glue makes on its own when a job first runs.
GLUE_LOG_GROUPS = ("/aws-glue/jobs/output", "/aws-glue/jobs/error")
# Maps whose keys are data and keep their spelling.
DATA_KEYS = ("Options", "DockerLabels", "DriverOpts", "Labels")


@dataclass(frozen=True)
class SeedInput:
    """Where the cloud assembly lies and what the secrets hold (by secret name)."""

    assembly: Path
    secrets: dict[str, dict[str, Any]]


class Seed:
    """Creates what the template names in one account and region, through the same API that everything else uses."""

    def __init__(self, settings: Settings, given: SeedInput, place: Place) -> None:
        self._settings, self._given, self._place = settings, given, place
        self._template = Template(given.assembly, place.account, place.region)
        self._session = session(settings.endpoint, place, settings.account)

    def run(self) -> dict[str, int]:
        """Everything, in the order of dependence; returns how many of each."""
        return {
            "buckets": self._buckets(),
            "log groups": self._log_groups(),
            "secrets": self._secrets(),
            "queues": self._queues(),
            "rules": self._rules(),
            "roles": self._roles(),
            "files": self._files(),
            "clusters": self._clusters(),
            "task definitions": self._task_definitions(),
            "Glue jobs": self._jobs(),
            "Airflow environments": self._environments(),
        }

    def _client(self, service: str) -> Any:
        return self._session.client(
            service,
            endpoint_url=self._settings.endpoint,
            config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 2}, read_timeout=60),
        )

    def _buckets(self) -> int:
        s3 = self._client("s3")
        named = {self._template.name(logical_id) for logical_id, _ in self._template.resources("AWS::S3::Bucket")}
        # CDK's own bucket is made by the bootstrap, which an account has before the first deployment.
        staging = {asset.bucket for asset in self._template.files()}
        for bucket in sorted(named | staging):
            # S3 refuses to be told its home region.
            where = {} if self._place.region == "us-east-1" else {"LocationConstraint": self._place.region}
            s3.create_bucket(Bucket=bucket, **({"CreateBucketConfiguration": where} if where else {}))
        return len(named)

    def _log_groups(self) -> int:
        logs = self._client("logs")
        groups = {
            self._template.name(logical_id): properties.get("RetentionInDays")
            for logical_id, properties in self._template.resources("AWS::Logs::LogGroup")
        }
        for name in {**dict.fromkeys(GLUE_LOG_GROUPS), **groups}:
            logs.create_log_group(logGroupName=name)
            if days := groups.get(name):
                logs.put_retention_policy(logGroupName=name, retentionInDays=int(days))
        return len(groups)

    def _secrets(self) -> int:
        manager, left = self._client("secretsmanager"), dict(self._given.secrets)
        count = 0
        for logical_id, _ in self._template.resources("AWS::SecretsManager::Secret"):
            name = self._template.name(logical_id)
            value = left.pop(name, None)
            text = json.dumps(value) if value is not None else secrets.token_urlsafe(24)
            self._template.created(logical_id, manager.create_secret(Name=name, SecretString=text)["ARN"])
            count += 1
        if left:
            raise SystemExit(f"the template defines no secret named {', '.join(sorted(left))}")
        return count

    def _queues(self) -> int:
        sqs, count = self._client("sqs"), 0
        for logical_id, properties in self._template.resources("AWS::SQS::Queue"):
            kept = ("VisibilityTimeout", "MessageRetentionPeriod", "ReceiveMessageWaitTimeSeconds")
            attributes = {name: str(properties[name]) for name in kept if name in properties}
            if "RedrivePolicy" in properties:
                attributes["RedrivePolicy"] = json.dumps(properties["RedrivePolicy"])
            sqs.create_queue(QueueName=self._template.name(logical_id), Attributes=attributes)
            count += 1
        return count

    def _rules(self) -> int:
        """EventBridge's rules of service events; what ECS and Glue tell goes through them."""
        events, count = self._client("events"), 0
        for logical_id, properties in self._template.resources("AWS::Events::Rule"):
            name, pattern = self._template.name(logical_id), json.dumps(properties["EventPattern"])
            events.put_rule(Name=name, EventPattern=pattern, State=properties.get("State", "ENABLED"))
            events.put_targets(Rule=name, Targets=[{"Id": t["Id"], "Arn": t["Arn"]} for t in properties["Targets"]])
            count += 1
        return count

    def _roles(self) -> int:
        """Roles are an account's, whatever the region; another account has one that asks for the external id."""
        iam, own = self._client("iam"), self._settings.account
        roles = seed_roles(iam, self._template, self._place.region)
        if self._place == Place(own, self._settings.region):
            write_grants(self._settings.state / "grants.jsonl", self._template, roles, own)
        if self._place.account != own:
            seed_reader(iam, self._template, own, self._settings.external_id)
        return len(roles)

    def _files(self) -> int:
        """What CDK uploads before a deployment, and what each BucketDeployment then puts into its bucket."""
        s3, count = self._client("s3"), 0
        wanted = {
            key for _, properties in self._template.resources(DEPLOYMENT) for key in properties["SourceObjectKeys"]
        }
        for asset in self._template.files():
            if asset.key in wanted:
                body = zipped(asset.path) if asset.zipped else asset.path.read_bytes()
                s3.put_object(Bucket=asset.bucket, Key=asset.key, Body=body)
        for _, properties in self._template.resources(DEPLOYMENT):
            prefix = str(properties.get("DestinationBucketKeyPrefix") or "").strip("/")
            for bucket, key in zip(properties["SourceBucketNames"], properties["SourceObjectKeys"], strict=True):
                content = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
                # CloudFormation hands booleans to custom resources as text.
                extract = str(properties.get("Extract", True)).lower() == "true"
                for name, body in (members(content) if extract else {key: content}).items():
                    target = f"{prefix}/{name}" if prefix else name
                    s3.put_object(Bucket=properties["DestinationBucketName"], Key=target, Body=body)
                    count += 1
        return count

    def _clusters(self) -> int:
        ecs, count = self._client("ecs"), 0
        for logical_id, properties in self._template.resources("AWS::ECS::Cluster"):
            settings = properties.get("ClusterSettings") or []
            request = only_known(ecs, "CreateCluster", lower_first({**properties, "Settings": settings}))
            answer = ecs.create_cluster(**{**request, "clusterName": self._template.name(logical_id)})
            self._template.created(logical_id, answer["cluster"]["clusterArn"])
            count += 1
        return count

    def _task_definitions(self) -> int:
        ecs, count = self._client("ecs"), 0
        for logical_id, properties in self._template.resources("AWS::ECS::TaskDefinition"):
            request = only_known(ecs, "RegisterTaskDefinition", lower_first(properties))
            answer = ecs.register_task_definition(**request)
            self._template.created(logical_id, answer["taskDefinition"]["taskDefinitionArn"])
            count += 1
        Images(self._settings).publish(self._template.images())
        return count

    def _jobs(self) -> int:
        glue, count = self._client("glue"), 0
        for logical_id, properties in self._template.resources("AWS::Glue::Job"):
            glue.create_job(**only_known(glue, "CreateJob", {**properties, "Name": self._template.name(logical_id)}))
            count += 1
        return count

    def _environments(self) -> int:
        logs, found = self._client("logs"), {}
        existing = {group["logGroupName"] for page in pages(logs) for group in page["logGroups"]}
        for logical_id, properties in self._template.resources("AWS::MWAA::Environment"):
            name = self._template.name(logical_id)
            found[name] = environment_of(name, properties, self._place.account, self._place.region)
            for module in found[name]["LoggingConfiguration"].values():
                group = module["CloudWatchLogGroupArn"].split(":log-group:")[1]
                if module["Enabled"] and group not in existing:
                    logs.create_log_group(logGroupName=group)
        file = self._settings.state / "environments.json"
        everywhere = json.loads(file.read_text()) if file.exists() else {}
        file.write_text(json.dumps({**everywhere, str(self._place): found}))
        return len(found)


def pages(logs: Any) -> Iterator[dict[str, Any]]:
    yield from logs.get_paginator("describe_log_groups").paginate()


def lower_first(value: Any, *, data: bool = False) -> Any:
    """CloudFormation's property names as the ECS API spells them."""
    if isinstance(value, list):
        return [lower_first(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key if data else key[:1].lower() + key[1:]: lower_first(item, data=key in DATA_KEYS)
        for key, item in value.items()
    }


def only_known(client: Any, operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """The members that the API's model knows; CloudFormation has a few of its own."""
    members = client.meta.service_model.operation_model(operation).input_shape.members
    return {name: value for name, value in request.items() if name in members}


def members(content: bytes) -> dict[str, bytes]:
    """The files of a zip by name."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


def zipped(folder: Path) -> bytes:
    """A folder as the zip that CDK would upload; a file that is a zip already, as it is."""
    if folder.is_file():
        return folder.read_bytes()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(folder))
    return buffer.getvalue()


def main() -> None:
    """`python -m local_aws.seed <input.json>`: prints what was made as JSON."""
    given = json.loads(Path(sys.argv[1]).read_text())
    settings, source = Settings.from_env(), SeedInput(Path(given["assembly"]), given["secrets"])
    # What an earlier template had is not there any more.
    for name in ("images.json", "environments.json"):
        (settings.state / name).unlink(missing_ok=True)
    for place in (Place(settings.account, settings.region), *settings.places):
        print(place, json.dumps(Seed(settings, source, place).run()))


if __name__ == "__main__":
    main()
