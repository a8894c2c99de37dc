"""Container Insights: what a running task uses, as ECS tells CloudWatch when the cluster has it on.

Names, units and dimensions are those of the CloudWatch user guide, "Amazon ECS Container Insights with enhanced
observability metrics".
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from moto.ecs import models

from local_aws import metrics, processes
from local_aws.metrics import Point
from local_aws.settings import Settings
from local_aws.usage import Usage, Used, folder_bytes

if TYPE_CHECKING:
    from local_aws.tasks import LocalTask

NAMESPACE = "ECS/ContainerInsights"
LOOK_SECONDS = 0.5


def setting_of(cluster: models.Cluster) -> str:
    """`disabled`, `enabled` or `enhanced`: the last has metrics by task and container."""
    return next((each["value"] for each in cluster.settings if each["name"] == "containerInsights"), "disabled")


class Insights:
    """The metrics of one task, from the moment its containers run until they have ended."""

    def __init__(
        self, settings: Settings, cluster: models.Cluster, task: LocalTask, definition: models.TaskDefinition
    ) -> None:
        self._settings, self._cluster, self._task, self._family = settings, cluster, task, definition.family

    @contextmanager
    def watch(self, running: list[subprocess.Popen[bytes] | None]) -> Iterator[None]:
        """Sample while the block lasts, and report once more at its end: a task may live for seconds."""
        if setting_of(self._cluster) == "disabled":
            yield
            return
        usages = {
            container.name: Usage([process.pid])
            for container, process in zip(self._task.containers, running, strict=True)
            if process is not None
        }
        ended = threading.Event()
        sampler = processes.in_thread(f"insights-{self._task.id}", lambda: self._sample(usages, ended))
        try:
            yield
        finally:
            ended.set()
            sampler.join()

    def _sample(self, usages: dict[str, Usage], ended: threading.Event) -> None:
        looks = max(1, round(self._settings.metrics_seconds / LOOK_SECONDS))
        is_ended = False
        while not is_ended:
            for _ in range(looks):
                for usage in usages.values():
                    usage.look()
                is_ended = ended.wait(LOOK_SECONDS)
                if is_ended:
                    break
            self._put({name: usage.take() for name, usage in usages.items()})

    def _put(self, used: dict[str, Used]) -> None:
        task, is_enhanced = self._task, setting_of(self._cluster) == "enhanced"
        cluster = {"ClusterName": self._cluster.name}
        family = {**cluster, "TaskDefinitionFamily": self._family}
        by_task = [{**family, "TaskId": task.id}] if is_enhanced else []
        cpu, memory = sum(each.cpu_units for each in used.values()), sum(each.memory_mib for each in used.values())
        reserved_cpu, reserved_memory = float(task.cpu or 0), float(task.memory or 0)
        points = [
            Point("CpuUtilized", cpu, "None"),
            Point("CpuReserved", reserved_cpu, "None"),
            Point("MemoryUtilized", memory, "Megabytes"),
            Point("MemoryReserved", reserved_memory, "Megabytes"),
            Point("EphemeralStorageReserved", float(task.ephemeral_storage["sizeInGiB"]), "Gigabytes"),
            Point(
                "EphemeralStorageUtilized", folder_bytes(self._settings.state / "tasks" / task.id) / 1e9, "Gigabytes"
            ),
            Point("StorageReadBytes", sum(each.read_bytes for each in used.values()), "Bytes"),
            Point("StorageWriteBytes", sum(each.written_bytes for each in used.values()), "Bytes"),
        ]
        if is_enhanced:
            points += percent("Task", cpu, memory, reserved_cpu, reserved_memory)
        self._store(points, [cluster, family, *by_task])
        for name, own in used.items() if is_enhanced else ():
            container = next(each for each in task.containers if each.name == name)
            # A container without limits of its own may take all of the task's.
            own_reserved = float(container.cpu or reserved_cpu), float(container.memory or reserved_memory)
            of_container = [
                Point("ContainerCpuUtilized", own.cpu_units, "None"),
                Point("ContainerCpuReserved", own_reserved[0], "None"),
                Point("ContainerMemoryUtilized", own.memory_mib, "Megabytes"),
                Point("ContainerMemoryReserved", own_reserved[1], "Megabytes"),
                Point("ContainerStorageReadBytes", own.read_bytes, "Bytes"),
                Point("ContainerStorageWriteBytes", own.written_bytes, "Bytes"),
                *percent("Container", own.cpu_units, own.memory_mib, *own_reserved),
            ]
            named = {"ContainerName": name}
            self._store(of_container, [{**family, **named}, {**family, "TaskId": task.id, **named}])

    def _store(self, points: list[Point], dimensions: list[dict[str, str]]) -> None:
        metrics.put(self._task.place, NAMESPACE, points, dimensions)


def percent(of: str, cpu: float, memory: float, reserved_cpu: float, reserved_memory: float) -> list[Point]:
    """Use as a share of what is reserved; nothing where nothing is."""
    shares = (("CpuUtilization", cpu, reserved_cpu), ("MemoryUtilization", memory, reserved_memory))
    return [Point(of + name, 100 * used / reserved, "Percent") for name, used, reserved in shares if reserved]
