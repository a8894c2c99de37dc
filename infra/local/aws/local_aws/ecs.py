"""ECS: RunTask starts a process with the task definition's command, environment, secrets, overrides and memory."""

from __future__ import annotations

import subprocess
import threading
import time
from datetime import UTC, datetime
from typing import Any, Literal

from moto.ec2.models import ec2_backends
from moto.ecs import models
from moto.ecs.exceptions import InvalidParameterException

from local_aws import processes
from local_aws.containers import CannotStartError, ContainerRun
from local_aws.images import Images
from local_aws.patching import replace
from local_aws.settings import Settings

StopCode = Literal["TaskFailedToStart", "EssentialContainerExited", "UserInitiated"]
# Fargate takes tens of seconds for these steps; here each is long enough to be seen by a poll.
STEP_SECONDS = 0.2
STOP_STEP_SECONDS = 0.05
DEFAULT_STORAGE_GIB = 20
OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"


class LocalContainer:
    """The container as DescribeTasks shows it: no exit code before it exited, a reason only when there is one."""

    def __init__(self, task_arn: str, definition: dict[str, Any], override: dict[str, Any]) -> None:
        self.name: str = definition["name"]
        self.image: str = definition["image"]
        self.task_arn = task_arn
        self.container_arn = task_arn.replace(":task/", ":container/") + f"/{self.name}"
        self.cpu = override.get("cpu") or definition.get("cpu") or 0
        self.memory = override.get("memory") or definition.get("memory")
        self.last_status = "PENDING"
        self.health_status = "UNKNOWN"
        self.network_interfaces: list[dict[str, Any]] = []
        self.exit_code: int | None = None
        self.reason: str | None = None
        self.runtime_id: str | None = None


class LocalTask(models.Task):
    """One task with one essential container, run as a local process tree."""

    # moto's serialiser finds the service by the second part of the module's name.
    __module__ = "moto.ecs.models"
    settings: Settings
    images: Images

    def __init__(self, cluster: models.Cluster, task_definition: models.TaskDefinition, **rest: Any) -> None:
        self._state = "PROVISIONING"
        self.version = 0
        use_known_network(cluster, rest)
        super().__init__(cluster=cluster, task_definition=task_definition, **rest)
        self.status = "PROVISIONING"
        self._stop = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self.created_at = self.connectivity_at = datetime.now(UTC)
        self.connectivity = "CONNECTED"
        self.cpu = self.overrides.get("cpu") or task_definition.cpu
        self.memory = self.overrides.get("memory") or task_definition.memory
        self.platform_version = self.platform_version or "1.4.0"
        self.platform_family = "Linux"
        self.availability_zone = f"{self.region_name}a"
        self.ephemeral_storage = self.overrides.get("ephemeralStorage") or {"sizeInGiB": DEFAULT_STORAGE_GIB}
        self.attributes = [{"name": "ecs.cpu-architecture", "value": architecture(task_definition)}]
        self.stop_code: StopCode | None = None
        self.pull_started_at: datetime | None = None
        self.pull_stopped_at: datetime | None = None
        self.started_at: datetime | None = None
        self.stopping_at: datetime | None = None
        self.execution_stopped_at: datetime | None = None
        self.stopped_at: datetime | None = None
        definition: dict[str, Any] = task_definition.container_definitions[0]
        override = container_override(definition["name"], self.overrides)
        self._container = LocalContainer(self.task_arn, definition, override)
        replace(self, "containers", [self._container])
        self._run_with = ContainerRun(definition, override, self.memory, self.id, self._account_id, self.region_name)
        processes.in_thread(f"ecs-{self.id}", self._run)

    @property
    def status(self) -> str | None:
        """The real state: moto's own advances each time that somebody looks."""
        return self._state

    @status.setter
    def status(self, value: str) -> None:
        self._state = value
        self.version += 1

    def advance(self) -> None:
        """Looking at a task does not move it."""

    def stop(self, reason: str | None) -> None:
        """StopTask: returns at once; the container gets SIGTERM and its stop timeout."""
        if self.desired_status == "STOPPED":
            return
        self.stopped_reason = reason or "Task stopped by user"
        self.desired_status = "STOPPED"
        self._stop.set()
        process = self._process
        if process is not None:
            grace = self._run_with.stop_timeout_seconds
            processes.in_thread(f"stop-{self.id}", lambda: processes.stop(process, grace))

    def _run(self) -> None:
        try:
            for state in ("PENDING", "ACTIVATING"):
                time.sleep(STEP_SECONDS)
                self.status = state
            self._execute()
        except (CannotStartError, OSError) as error:
            text = str(error) if isinstance(error, CannotStartError) else f"CannotStartContainerError: {error}"
            self.stopped_reason = self._container.reason = text
            self._finish("TaskFailedToStart", None)

    def _execute(self) -> None:
        self.pull_started_at = datetime.now(UTC)
        argv, image_env = self._run_with.command(self.images)
        self.pull_stopped_at = datetime.now(UTC)
        env, log = {**image_env, **self._run_with.environment(self.settings)}, self._run_with.log()
        if self._stop.is_set():
            self._finish("UserInitiated", None)
            return
        folder = self.settings.state / "tasks" / self.id
        folder.mkdir(parents=True)
        process = self._process = processes.spawn(argv, env, folder)
        limit = processes.MemoryLimit(process, self._run_with.memory_mib)
        pumps = processes.pump(process, log, log)
        self.started_at = datetime.now(UTC)
        self._container.last_status, self._container.runtime_id = "RUNNING", f"{self.id.replace('-', '')}-{process.pid}"
        self.status = "RUNNING"
        if self._stop.is_set():
            processes.stop(process, self._run_with.stop_timeout_seconds)
        code = processes.exit_code(process)
        processes.drain(pumps, log)
        if limit.exceeded:
            self._container.reason = OUT_OF_MEMORY
        if not self._stop.is_set():
            self.stopped_reason = "Essential container in task exited"
        self._finish("UserInitiated" if self._stop.is_set() else "EssentialContainerExited", code)

    def _finish(self, code: StopCode, exit_code: int | None) -> None:
        self.stopping_at = self.execution_stopped_at = datetime.now(UTC)
        self.desired_status, self.stop_code = "STOPPED", code
        for state in ("DEACTIVATING", "STOPPING", "DEPROVISIONING"):
            self.status = state
            time.sleep(STOP_STEP_SECONDS)
        self._container.exit_code, self._container.last_status = exit_code, "STOPPED"
        self.stopped_at = datetime.now(UTC)
        self.status = "STOPPED"


def use_known_network(cluster: models.Cluster, rest: dict[str, Any]) -> None:
    """Subnets of moto's VPC have other ids at each start: a configured id becomes one that exists."""
    network = (rest.get("networking_configuration") or {}).get("awsvpcConfiguration")
    if network is None:
        return
    ec2 = ec2_backends[rest["backend"].account_id][cluster.region_name]
    subnets = [subnet.id for subnet in ec2.describe_subnets()]
    groups = {group.group_id for group in ec2.describe_security_groups()}
    network["subnets"] = [s for s in network.get("subnets", []) if s in subnets] or subnets[:1]
    network["securityGroups"] = [g for g in network.get("securityGroups", []) if g in groups]


def container_override(name: str, overrides: dict[str, Any]) -> dict[str, Any]:
    """The override of the one container; AWS refuses an override that names another."""
    found: dict[str, Any] = {}
    for override in overrides.get("containerOverrides") or []:
        if override.get("name") != name:
            raise InvalidParameterException(
                f"Override for container named {override.get('name')} is not a container in the TaskDefinition."
            )
        found = override
    return found


def architecture(definition: models.TaskDefinition) -> str:
    platform = getattr(definition, "runtime_platform", None) or {}
    return "arm64" if platform.get("cpuArchitecture") == "ARM64" else "x86_64"


def resource_requirements(_definition: models.TaskDefinition) -> dict[str, Any]:
    """Fargate places without an instance; moto's own sum fails on a definition without container memory."""
    return {"CPU": 0, "MEMORY": 0, "PORTS": [], "PORTS_UDP": []}


def stop_task(self: models.EC2ContainerServiceBackend, cluster_str: str, task_str: str, reason: str) -> models.Task:
    """StopTask for real processes. The task may be given by id or ARN."""
    tasks = self.tasks.get(self._get_cluster(cluster_str).name, {})
    for arn, task in tasks.items():
        if isinstance(task, LocalTask) and arn.split("/")[-1] == task_str.rsplit("/", maxsplit=1)[-1]:
            task.stop(reason)
            return task
    raise InvalidParameterException("The referenced task was not found.")


def install(settings: Settings) -> None:
    """Put the data plane under moto's ECS."""
    LocalTask.settings, LocalTask.images = settings, Images(settings)
    backend = models.EC2ContainerServiceBackend
    replace(backend, "_calculate_task_resource_requirements", staticmethod(resource_requirements))
    replace(backend, "stop_task", stop_task)
    replace(models, "Task", LocalTask)
