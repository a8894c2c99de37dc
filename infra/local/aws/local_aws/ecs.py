"""ECS: RunTask starts processes; DescribeTasks and ListTasks know stopped tasks for about an hour, as AWS does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from moto.core.responses import ActionResult
from moto.ecs import models
from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.responses import DESCRIBE_TASKS_TAGS, EC2ContainerServiceResponse

from local_aws.images import Images
from local_aws.patching import replace
from local_aws.settings import Settings
from local_aws.stopped_tasks import StoppedTasks
from local_aws.tasks import LocalTask

DESCRIBE_LIMIT = 100
SETTINGS_MEMBER = "DescribeClustersResponse.clusters.Cluster.settings"


def resource_requirements(_definition: models.TaskDefinition) -> dict[str, Any]:
    """Fargate places without an instance; moto's own sum fails on a definition without container memory."""
    return {"CPU": 0, "MEMORY": 0, "PORTS": [], "PORTS_UDP": []}


def remembered(self: models.EC2ContainerServiceBackend, cluster_str: str) -> dict[str, models.Task]:
    """The tasks of a cluster by id, after those that ECS would have forgotten are forgotten."""
    tasks = self.tasks.get(self._get_cluster(cluster_str).name, {})
    horizon = datetime.now(UTC) - timedelta(minutes=LocalTask.settings.stopped_task_minutes)
    for arn, task in list(tasks.items()):
        if isinstance(task, LocalTask) and task.stopped_at is not None and task.stopped_at < horizon:
            del tasks[arn]
    return {arn.rsplit("/", maxsplit=1)[-1]: task for arn, task in tasks.items()}


def stop_task(self: models.EC2ContainerServiceBackend, cluster_str: str, task_str: str, reason: str) -> models.Task:
    """StopTask for real processes. The task may be given by id or ARN."""
    task = remembered(self, cluster_str).get(task_str.rsplit("/", maxsplit=1)[-1])
    if not isinstance(task, LocalTask):
        raise InvalidParameterException("The referenced task was not found.")
    task.stop(reason)
    return task


def describe_tasks(self: EC2ContainerServiceResponse) -> ActionResult:
    """DescribeTasks with `failures`: an id or ARN that this cluster does not know is MISSING."""
    cluster, asked = self._get_param("cluster", "default"), self._get_param("tasks", [])
    if not asked:
        raise InvalidParameterException("Tasks cannot be empty.")
    if len(asked) > DESCRIBE_LIMIT:
        raise InvalidParameterException("Tasks cannot be more than 100 elements.")
    if "TAGS" in self._get_param("include", []):
        self._include_in_response(DESCRIBE_TASKS_TAGS)
    else:
        self._exclude_from_response(DESCRIBE_TASKS_TAGS)
    known = remembered(self.ecs_backend, cluster)
    place = self.ecs_backend._get_cluster(cluster).arn.replace(":cluster/", ":task/")
    found: list[models.Task] = []
    failures: list[dict[str, str]] = []
    for name in asked:
        task = known.get(name.rsplit("/", maxsplit=1)[-1])
        if task is None or (name.startswith("arn:") and name != task.task_arn):
            failures.append({"arn": name if name.startswith("arn:") else f"{place}/{name}", "reason": "MISSING"})
        elif task not in found:
            found.append(task)
    return ActionResult({"tasks": found, "failures": failures})


def install(settings: Settings) -> None:
    """Put the data plane under moto's ECS."""
    LocalTask.settings, LocalTask.images = settings, Images(settings)
    stopped = StoppedTasks(settings)
    LocalTask.on_end = staticmethod(stopped.keep)
    stopped.restore()
    backend = models.EC2ContainerServiceBackend
    listed: Any = backend.list_tasks
    clusters = EC2ContainerServiceResponse.describe_clusters

    def list_tasks(self: models.EC2ContainerServiceBackend, cluster: str, *filters: Any) -> Any:
        """Without a desired status ECS lists what should run."""
        remembered(self, cluster)
        *others, desired = filters
        return listed(self, cluster, *others, desired or "RUNNING")

    def describe_clusters(self: EC2ContainerServiceResponse) -> ActionResult:
        """Settings are told only to who asks for them."""
        if "SETTINGS" in self._get_param("include", []):
            self._include_in_response(SETTINGS_MEMBER)
        else:
            self._exclude_from_response(SETTINGS_MEMBER)
        answer: ActionResult = clusters(self)
        return answer

    replace(backend, "_calculate_task_resource_requirements", staticmethod(resource_requirements))
    replace(backend, "stop_task", stop_task)
    replace(backend, "list_tasks", list_tasks)
    replace(EC2ContainerServiceResponse, "describe_tasks", describe_tasks)
    replace(EC2ContainerServiceResponse, "describe_clusters", describe_clusters)
    replace(models, "Task", LocalTask)
