"""One ECS task: its containers as local process trees, its states, times and events."""

from __future__ import annotations

import hashlib
import subprocess
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal

from moto.ec2.models import ec2_backends
from moto.ecs import models
from moto.ecs.exceptions import InvalidParameterException

from local_aws import events, processes
from local_aws.containers import CannotStartError, ContainerRun
from local_aws.images import Images
from local_aws.insights import Insights
from local_aws.places import Place
from local_aws.settings import Settings
from local_aws.task_detail import task_detail

StopCode = Literal["TaskFailedToStart", "EssentialContainerExited", "UserInitiated", "SpotInterruption"]
# Fargate takes tens of seconds for these steps; here each is long enough to be seen by a poll.
STEP_SECONDS = 0.2
STOP_STEP_SECONDS = 0.05
DEFAULT_STORAGE_GIB = 20
OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"
SPOT_REASON = "Your Spot Task was interrupted."


class LocalContainer:
    """The container as DescribeTasks shows it: no exit code before it exited, a reason only when there is one."""

    def __init__(self, task_arn: str, run: ContainerRun) -> None:
        definition, override = run.definition, run.override
        self.run = run
        self.name: str = definition["name"]
        self.image: str = definition["image"]
        self.is_essential: bool = definition.get("essential") is not False
        self.task_arn = task_arn
        self.container_arn = task_arn.replace(":task/", ":container/") + f"/{self.name}"
        self.cpu = override.get("cpu") or definition.get("cpu") or 0
        memory = override.get("memory") or definition.get("memory")
        self.memory = str(memory) if memory else None
        self.last_status = "PENDING"
        self.health_status = "UNKNOWN"
        self.network_interfaces: list[dict[str, Any]] = []
        self.exit_code: int | None = None
        self.reason: str | None = None
        self.runtime_id: str | None = None
        self.image_digest: str | None = None
        self.process: subprocess.Popen[bytes] | None = None

    def pulled(self) -> None:
        """An image of this registry has no layers; its digest stands for its reference."""
        self.image_digest = f"sha256:{hashlib.sha256(self.image.encode()).hexdigest()}"


class LocalTask(models.Task):
    """A task whose essential containers decide its end, run as local process trees."""

    # moto's serialiser finds the service by the second part of the module's name.
    __module__ = "moto.ecs.models"
    settings: Settings
    images: Images
    on_end: Callable[[LocalTask], None]

    def __init__(self, cluster: models.Cluster, task_definition: models.TaskDefinition, **rest: Any) -> None:
        self._state = "PROVISIONING"
        self.version = 0
        use_known_network(cluster, rest)
        super().__init__(cluster=cluster, task_definition=task_definition, **rest)
        # moto makes a UUID; an id of ECS has no dashes.
        self.id = self.id.replace("-", "")
        self.place = Place(self._account_id, self.region_name)
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._asked: StopCode = "UserInitiated"
        self.created_at = self.connectivity_at = datetime.now(UTC)
        self.connectivity = "CONNECTED"
        # A strategy asks for FARGATE or FARGATE_SPOT; the launch type is the same for both.
        self.launch_type = "FARGATE"
        self.cpu = self.overrides.get("cpu") or task_definition.cpu
        self.memory = self.overrides.get("memory") or task_definition.memory
        self.platform_version = self.platform_version or "1.4.0"
        self.platform_family = "Linux"
        self.availability_zone = zone_of(self)
        storage = getattr(task_definition, "ephemeral_storage", None)
        self.ephemeral_storage = self.overrides.get("ephemeralStorage") or storage or {"sizeInGiB": DEFAULT_STORAGE_GIB}
        self.attributes = [{"name": "ecs.cpu-architecture", "value": architecture(task_definition)}]
        self.stop_code: StopCode | None = None
        self.pull_started_at: datetime | None = None
        self.pull_stopped_at: datetime | None = None
        self.started_at: datetime | None = None
        self.stopping_at: datetime | None = None
        self.execution_stopped_at: datetime | None = None
        self.stopped_at: datetime | None = None
        self._insights = Insights(self.settings, cluster, self, task_definition)
        definitions: list[dict[str, Any]] = task_definition.container_definitions
        overrides = container_overrides({each["name"] for each in definitions}, self.overrides)
        self.containers: list[Any] = [
            LocalContainer(self.task_arn, self._run_of(each, overrides.get(each["name"], {}), task_definition))
            for each in definitions
        ]
        processes.in_thread(f"ecs-{self.id}", self._run)

    @property
    def status(self) -> str | None:
        """The real state: moto's own advances each time that somebody looks."""
        return self._state

    @status.setter
    def status(self, value: str) -> None:
        self._state = value

    def advance(self) -> None:
        """Looking at a task does not move it."""

    def stop(self, reason: str | None, code: StopCode = "UserInitiated") -> None:
        """StopTask: returns at once; each container gets SIGTERM and its stop timeout."""
        with self._lock:
            if self.desired_status == "STOPPED":
                return
            self.desired_status = "STOPPED"
            self.stopped_reason, self._asked = reason or "Task stopped by user", code
            self.stopping_at = datetime.now(UTC)
            self._stop.set()
        self._changed()
        self._end_processes()

    def _run_of(
        self, definition: dict[str, Any], override: dict[str, Any], whole: models.TaskDefinition
    ) -> ContainerRun:
        role = self.overrides.get("taskRoleArn") or getattr(whole, "task_role_arn", None)
        return ContainerRun(definition, override, self.memory, self.id, self._account_id, self.region_name, role)

    def _changed(self, state: str | None = None) -> None:
        """A change that ECS would tell: the version grows and an event says what is now."""
        with self._lock:
            if state is not None:
                self._state = state
            self.version += 1
            detail = task_detail(self)
            events.publish(self.place, "aws.ecs", "ECS Task State Change", [self.task_arn], detail)

    def _run(self) -> None:
        try:
            self._changed()
            for state in ("PENDING", "ACTIVATING"):
                time.sleep(STEP_SECONDS)
                self._changed(state)
            self._execute()
        except (CannotStartError, OSError) as error:
            text = str(error) if isinstance(error, CannotStartError) else f"CannotStartContainerError: {error}"
            self.stopped_reason = text
            for container in self.containers:
                container.reason = container.reason or (text if container.process is None else None)
            self._end_processes()
            self._finish("TaskFailedToStart")

    def _execute(self) -> None:
        self.pull_started_at = datetime.now(UTC)
        commands = []
        for container in self.containers:
            commands.append(container.run.command(self.images))
            container.pulled()
        self.pull_stopped_at = datetime.now(UTC)
        if self._stop.is_set():
            self._finish(self._asked)
            return
        watches = [
            self._start(container, *command) for container, command in zip(self.containers, commands, strict=True)
        ]
        self.started_at = datetime.now(UTC)
        self._changed("RUNNING")
        self._interrupt_later()
        with self._insights.watch([container.process for container in self.containers]):
            for watch in watches:
                watch.join()
        if self._stop.is_set() and self.stop_code is None:
            self._finish(self._asked)
            return
        self.stopped_reason = self.stopped_reason or "Essential container in task exited"
        self._finish(self.stop_code or "EssentialContainerExited")

    def _start(self, container: LocalContainer, argv: list[str], image_env: dict[str, str]) -> threading.Thread:
        env, log = {**image_env, **container.run.environment(self.settings)}, container.run.log()
        folder = self.settings.state / "tasks" / self.id / container.name
        folder.mkdir(parents=True)
        process = container.process = processes.spawn(argv, env, folder)
        limit = processes.MemoryLimit(process, container.run.memory_mib)
        pumps = processes.pump(process, log, log)
        container.last_status, container.runtime_id = "RUNNING", f"{self.id}-{process.pid}"
        if self._stop.is_set():
            processes.stop(process, container.run.stop_timeout_seconds)

        def settle() -> None:
            code = processes.exit_code(process)
            processes.drain(pumps, log)
            if limit.exceeded:
                container.reason = OUT_OF_MEMORY
            container.exit_code, container.last_status = code, "STOPPED"
            with self._lock:
                decides = container.is_essential and self.stop_code is None and not self._stop.is_set()
                if decides:
                    self.stop_code, self.stopped_reason = (
                        "EssentialContainerExited",
                        "Essential container in task exited",
                    )
                    self.desired_status, self.stopping_at = "STOPPED", datetime.now(UTC)
            if decides:
                self._end_processes()

        return processes.in_thread(f"container-{self.id}", settle)

    def _end_processes(self) -> None:
        for container in self.containers:
            process, grace = container.process, container.run.stop_timeout_seconds
            if process is not None and process.poll() is None:
                processes.in_thread(f"stop-{self.id}", partial(processes.stop, process, grace))

    def _interrupt_later(self) -> None:
        if self.capacity_provider_name != "FARGATE_SPOT":
            return
        timer = threading.Timer(self.settings.spot_seconds, lambda: self.stop(SPOT_REASON, "SpotInterruption"))
        timer.daemon = True
        timer.start()

    def _finish(self, code: StopCode) -> None:
        now = datetime.now(UTC)
        self.stopping_at, self.execution_stopped_at = self.stopping_at or now, now
        self.desired_status, self.stop_code = "STOPPED", code
        for container in self.containers:
            container.last_status = "STOPPED"
        for state in ("DEACTIVATING", "STOPPING", "DEPROVISIONING"):
            self._changed(state)
            time.sleep(STOP_STEP_SECONDS)
        self.stopped_at = datetime.now(UTC)
        self._changed("STOPPED")
        self.on_end(self)


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


def container_overrides(names: set[str], overrides: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Overrides by container; AWS refuses one for a container that the definition does not have."""
    found: dict[str, dict[str, Any]] = {}
    for override in overrides.get("containerOverrides") or []:
        if override.get("name") not in names:
            raise InvalidParameterException(
                f"Override for container named {override.get('name')} is not a container in the TaskDefinition."
            )
        found[override["name"]] = override
    return found


def zone_of(task: models.Task) -> str:
    """The zone of the subnet that the task's interface is in."""
    attachments: list[dict[str, Any]] = task.attachments
    wanted = next((d["value"] for a in attachments for d in a["details"] if d["name"] == "subnetId"), None)
    ec2 = ec2_backends[task._account_id][task.region_name]
    zone = next((subnet.availability_zone for subnet in ec2.describe_subnets() if subnet.id == wanted), None)
    return zone or f"{task.region_name}a"


def architecture(definition: models.TaskDefinition) -> str:
    platform = getattr(definition, "runtime_platform", None) or {}
    return "arm64" if platform.get("cpuArchitecture") == "ARM64" else "x86_64"
