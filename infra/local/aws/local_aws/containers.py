"""What one container of a task runs with: command, environment, secrets, log stream and memory."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from moto.secretsmanager.models import secretsmanager_backends

from local_aws.images import Images
from local_aws.logs import GroupMissingError, LogStream
from local_aws.settings import Settings
from local_aws.sts import container_keys

# The agent's default for a container without stopTimeout.
STOP_TIMEOUT_SECONDS = 30.0
SECRET_ARN_PARTS = 7


class CannotStartError(Exception):
    """The task ends before its container ran; the text is what AWS shows as stoppedReason."""


@dataclass(frozen=True)
class ContainerRun:
    """A container definition with its override, in one account and region."""

    definition: dict[str, Any]
    override: dict[str, Any]
    task_memory: str | None
    task_id: str
    account: str
    region: str
    role: str | None
    """The task role, whose credentials the container has."""

    @property
    def memory_mib(self) -> int | None:
        """The container's own hard limit, else the task's; None when neither is set."""
        value = self.override.get("memory") or self.definition.get("memory") or self.task_memory
        return int(value) if value else None

    @property
    def stop_timeout_seconds(self) -> float:
        return float(self.definition.get("stopTimeout") or STOP_TIMEOUT_SECONDS)

    def environment(self, settings: Settings) -> dict[str, str]:
        """Later wins: the definition's variables, its secrets, the override's variables."""
        env = settings.aws_env(self.region, container_keys(settings.account, self.account, self.role))
        env |= {e["name"]: e["value"] for e in self.definition.get("environment") or []}
        env |= {s["name"]: self._secret(s["valueFrom"]) for s in self.definition.get("secrets") or []}
        return env | {e["name"]: e["value"] for e in self.override.get("environment") or []}

    def command(self, images: Images) -> tuple[list[str], dict[str, str]]:
        """The local command and the image's own environment. CannotStartError when the image does not exist."""
        reference = self.definition["image"]
        image = images.find(reference)
        if image is None:
            raise CannotStartError(
                "CannotPullContainerError: pull image manifest has been retried 1 time(s): "
                f"failed to resolve ref {reference}: {reference}: not found"
            )
        entry = self.definition.get("entryPoint") or image.argv
        return [*entry, *(self.override.get("command") or self.definition.get("command") or [])], image.env

    def log(self) -> LogStream | None:
        """The awslogs stream; None without a log configuration."""
        options = (self.definition.get("logConfiguration") or {}).get("options") or {}
        if "awslogs-group" not in options:
            return None
        stream = f"{options.get('awslogs-stream-prefix', 'ecs')}/{self.definition['name']}/{self.task_id}"
        try:
            return LogStream(self.account, options.get("awslogs-region", self.region), options["awslogs-group"], stream)
        except GroupMissingError as error:
            raise CannotStartError(
                "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: "
                f"failed to create Cloudwatch log stream: {error}"
            ) from error

    def _secret(self, value_from: str) -> str:
        parts = value_from.split(":")  # arn:aws:secretsmanager:region:account:secret:name[:json key:stage:version]
        arn = ":".join(parts[:SECRET_ARN_PARTS])
        key = parts[SECRET_ARN_PARTS] if len(parts) > SECRET_ARN_PARTS else ""
        backend = secretsmanager_backends[self.account][self.region]
        try:
            text: str = backend.get_secret_value(arn, "", "")["SecretString"]
            return str(json.loads(text)[key]) if key else text
        except Exception as error:
            raise CannotStartError(
                "ResourceInitializationError: unable to pull secrets or registry auth: unable to retrieve secret from "
                f"asm: {arn}: {type(error).__name__}: {error}"
            ) from error
