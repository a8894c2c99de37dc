"""A task as its state-change event shows it: the members of DescribeTasks with times as text."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from local_aws.events import iso

if TYPE_CHECKING:
    from local_aws.tasks import LocalContainer, LocalTask

TIMES = {
    "connectivityAt": "connectivity_at",
    "createdAt": "created_at",
    "pullStartedAt": "pull_started_at",
    "pullStoppedAt": "pull_stopped_at",
    "startedAt": "started_at",
    "stoppingAt": "stopping_at",
    "executionStoppedAt": "execution_stopped_at",
    "stoppedAt": "stopped_at",
}
FACTS = {
    "attributes": "attributes",
    "availabilityZone": "availability_zone",
    "capacityProviderName": "capacity_provider_name",
    "clusterArn": "cluster_arn",
    "connectivity": "connectivity",
    "cpu": "cpu",
    "desiredStatus": "desired_status",
    "ephemeralStorage": "ephemeral_storage",
    "group": "group",
    "lastStatus": "last_status",
    "launchType": "launch_type",
    "memory": "memory",
    "platformFamily": "platform_family",
    "platformVersion": "platform_version",
    "startedBy": "started_by",
    "stopCode": "stop_code",
    "stoppedReason": "stopped_reason",
    "taskArn": "task_arn",
    "taskDefinitionArn": "task_definition_arn",
    "version": "version",
}
CONTAINER_FACTS = {
    "containerArn": "container_arn",
    "exitCode": "exit_code",
    "image": "image",
    "imageDigest": "image_digest",
    "lastStatus": "last_status",
    "memory": "memory",
    "name": "name",
    "reason": "reason",
    "runtimeId": "runtime_id",
    "taskArn": "task_arn",
}


def task_detail(task: LocalTask) -> dict[str, Any]:
    """The `detail` of an "ECS Task State Change" event."""
    facts = {name: getattr(task, attribute) for name, attribute in FACTS.items()}
    times = {name: getattr(task, attribute) for name, attribute in TIMES.items()}
    return {
        # The event calls a network interface "eni" where the API says ElasticNetworkInterface.
        "attachments": [{**attachment, "type": "eni"} for attachment in task.attachments],
        "containers": [container_detail(container) for container in task.containers],
        "enableExecuteCommand": False,
        "overrides": {"containerOverrides": [], **task.overrides},
        "updatedAt": iso(datetime.now(UTC)),
        **{name: value for name, value in facts.items() if value not in (None, "")},
        **{name: iso(value) for name, value in times.items() if value is not None},
    }


def container_detail(container: LocalContainer) -> dict[str, Any]:
    facts = {name: getattr(container, attribute) for name, attribute in CONTAINER_FACTS.items()}
    return {
        "cpu": str(container.cpu),
        "networkInterfaces": container.network_interfaces,
        **{name: value for name, value in facts.items() if value is not None},
    }
