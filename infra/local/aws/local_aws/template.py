"""The synthesised CloudFormation template, with its intrinsic functions resolved for one account and region."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

VARIABLE = re.compile(r"\$\{(!?)([^}]+)\}")
# Types whose Ref is their ARN; of all others that occur here it is the physical name.
REF_IS_ARN = ("AWS::SecretsManager::Secret", "AWS::ECS::TaskDefinition", "AWS::ElasticLoadBalancingV2::LoadBalancer")
NAME_PROPERTIES = {
    "AWS::S3::Bucket": "BucketName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::ECS::Cluster": "ClusterName",
    "AWS::ECS::TaskDefinition": "Family",
    "AWS::Glue::Job": "Name",
    "AWS::IAM::Role": "RoleName",
    "AWS::MWAA::Environment": "Name",
    "AWS::SQS::Queue": "QueueName",
    "AWS::Events::Rule": "Name",
    "AWS::SecretsManager::Secret": "Name",
}
ARNS = {
    "AWS::S3::Bucket": "arn:aws:s3:::{name}",
    "AWS::Logs::LogGroup": "arn:aws:logs:{region}:{account}:log-group:{name}:*",
    "AWS::ECS::Cluster": "arn:aws:ecs:{region}:{account}:cluster/{name}",
    "AWS::ECS::TaskDefinition": "arn:aws:ecs:{region}:{account}:task-definition/{name}:1",
    "AWS::IAM::Role": "arn:aws:iam::{account}:role/{name}",
    "AWS::SQS::Queue": "arn:aws:sqs:{region}:{account}:{name}",
    "AWS::SecretsManager::Secret": "arn:aws:secretsmanager:{region}:{account}:secret:{name}",
}


class TemplateError(Exception):
    """The template says something that this resolver does not know; the text names where."""


@dataclass(frozen=True)
class FileAsset:
    """A file or folder that CDK would upload: to `bucket`/`key`, zipped when `zipped`."""

    path: Path
    zipped: bool
    bucket: str
    key: str


class Template:
    """One stack of a cloud assembly: its template and its assets."""

    def __init__(self, assembly: Path, account: str, region: str, stack: str = "Penstock") -> None:
        self._folder = assembly
        self._document = json.loads((assembly / f"{stack}.template.json").read_text())
        manifest = assembly / f"{stack}.assets.json"
        self._assets = json.loads(manifest.read_text()) if manifest.exists() else {}
        self._account, self._region, self._stack = account, region, stack
        self._arns: dict[str, str] = {}

    def resources(self, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Logical id and resolved properties of every resource of a type."""
        for logical_id, resource in self._document["Resources"].items():
            if resource["Type"] == kind:
                yield logical_id, self.resolve(resource.get("Properties") or {})

    def created(self, logical_id: str, arn: str) -> None:
        """Remember the ARN that the service gave to a resource, for what refers to it."""
        self._arns[logical_id] = arn

    def name(self, logical_id: str) -> str:
        """The physical name: as given, else one derived from the logical id as CloudFormation does."""
        resource = self._document["Resources"][logical_id]
        given = (resource.get("Properties") or {}).get(NAME_PROPERTIES.get(resource["Type"], ""))
        return str(self.resolve(given)) if given is not None else f"{self._stack}-{logical_id}".lower()

    def images(self) -> list[str]:
        """References of the image assets, as the template's task definitions write them."""
        found = []
        for asset in (self._assets.get("dockerImages") or {}).values():
            for where in asset["destinations"].values():
                registry = f"{self._account}.dkr.ecr.{self._region}.amazonaws.com"
                found.append(f"{registry}/{self._text(where['repositoryName'])}:{where['imageTag']}")
        return found

    def files(self) -> list[FileAsset]:
        """File assets that CDK would upload before a deployment; the template itself is one and is left out."""
        found = []
        for asset in (self._assets.get("files") or {}).values():
            source = asset["source"]
            if source["path"].endswith(".template.json"):
                continue
            for where in asset["destinations"].values():
                path, bucket = self._folder / source["path"], self._text(where["bucketName"])
                found.append(FileAsset(path, source.get("packaging") == "zip", bucket, where["objectKey"]))
        return found

    def resolve(self, value: Any) -> Any:
        """The value with every intrinsic function replaced. TemplateError for one that is not known."""
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item is not None]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            (function, argument), *_ = value.items()
            if function == "Ref" or function.startswith("Fn::"):
                return self._call(function, argument)
        resolved = {key: self.resolve(item) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not None}

    def _call(self, function: str, argument: Any) -> Any:
        match function:
            case "Ref":
                return self._ref(argument)
            case "Fn::GetAtt":
                logical_id, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
                return self._attribute(logical_id, attribute)
            case "Fn::Join":
                return str(argument[0]).join(str(part) for part in self.resolve(argument[1]))
            case "Fn::Sub":
                text, variables = (argument, {}) if isinstance(argument, str) else argument
                return self._text(text, self.resolve(variables))
            case "Fn::Select":
                return self.resolve(argument[1])[int(argument[0])]
            case "Fn::Split":
                return str(self.resolve(argument[1])).split(argument[0])
            case "Fn::GetAZs":
                return [f"{self._region}{zone}" for zone in "abc"]
        raise TemplateError(f"{function} in {self._stack}.template.json is not known to the local platform")

    def _text(self, text: str, variables: dict[str, Any] | None = None) -> str:
        def put(match: re.Match[str]) -> str:
            literal, name = match.groups()
            if literal:
                return "${" + name + "}"
            if variables and name in variables:
                return str(variables[name])
            return str(self._call("Fn::GetAtt", name) if "." in name else self._ref(name))

        return VARIABLE.sub(put, text)

    def _ref(self, name: str) -> Any:
        pseudo = {
            "AWS::AccountId": self._account,
            "AWS::Region": self._region,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackName": self._stack,
            "AWS::StackId": f"arn:aws:cloudformation:{self._region}:{self._account}:stack/{self._stack}/local",
        }
        if name == "AWS::NoValue":
            return None
        if name in pseudo:
            return pseudo[name]
        parameter = (self._document.get("Parameters") or {}).get(name)
        if parameter is not None:
            if "Default" not in parameter:
                raise TemplateError(f"parameter {name} in {self._stack}.template.json has no default")
            return parameter["Default"]
        resource = self._resource(name)
        return self._arn(name) if resource["Type"] in REF_IS_ARN else self.name(name)

    def _attribute(self, logical_id: str, attribute: str) -> str:
        self._resource(logical_id)
        # Attributes such as an endpoint's address are known to AWS only; nothing that is seeded here depends on one.
        return self._arn(logical_id) if attribute == "Arn" else f"{logical_id}.{attribute}"

    def _arn(self, logical_id: str) -> str:
        if logical_id in self._arns:
            return self._arns[logical_id]
        form = ARNS.get(self._resource(logical_id)["Type"], "arn:aws:local:{region}:{account}:{name}")
        return form.format(region=self._region, account=self._account, name=self.name(logical_id))

    def _resource(self, logical_id: str) -> dict[str, Any]:
        resource: dict[str, Any] | None = self._document["Resources"].get(logical_id)
        if resource is None:
            raise TemplateError(f"{self._stack}.template.json refers to {logical_id}, which it does not define")
        return resource
