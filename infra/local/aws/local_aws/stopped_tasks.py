"""Tasks that have stopped, on disk: ECS answers for them for about an hour, whatever restarts meanwhile."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from moto.ecs.models import EC2ContainerServiceBackend, ecs_backends

from local_aws.settings import Settings
from local_aws.task_detail import CONTAINER_FACTS, FACTS, TIMES, task_detail
from local_aws.tasks import LocalTask

# The ARN is made of the others.
DERIVED = ("taskArn",)


class StoppedTask(LocalTask):
    """A task that ended before this server started, as it was then."""

    __module__ = "moto.ecs.models"

    def __init__(self, backend: EC2ContainerServiceBackend, kept: dict[str, Any]) -> None:
        detail = kept["detail"]
        self._lock = threading.Lock()
        self._backend, self._account_id, self.region_name = backend, backend.account_id, backend.region_name
        *_, self.cluster_name, self.id = detail["taskArn"].split("/")
        for name, attribute in FACTS.items():
            if name not in DERIVED:
                setattr(self, attribute, detail.get(name))
        for name, attribute in TIMES.items():
            setattr(self, attribute, datetime.fromisoformat(detail[name]) if name in detail else None)
        self.tags, self.overrides = kept["tags"], detail["overrides"]
        self.attachments = [{**each, "type": "ElasticNetworkInterface"} for each in detail["attachments"]]
        self.containers = [container_of(each) for each in detail["containers"]]


def container_of(detail: dict[str, Any]) -> SimpleNamespace:
    facts = {attribute: detail.get(name) for name, attribute in CONTAINER_FACTS.items()}
    more = {"cpu": detail["cpu"], "network_interfaces": detail["networkInterfaces"], "health_status": "UNKNOWN"}
    return SimpleNamespace(**facts, **more)


class StoppedTasks:
    """One file a task in the state folder."""

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.state / "stopped-tasks"
        self._kept = timedelta(minutes=settings.stopped_task_minutes)

    def keep(self, task: LocalTask) -> None:
        """Write a task down at its end."""
        self._folder.mkdir(exist_ok=True)
        text = json.dumps({"detail": task_detail(task), "tags": task.tags})
        unfinished = self._file(task.id).with_suffix(".new")
        unfinished.write_text(text)
        unfinished.rename(self._file(task.id))

    def forget(self, task: LocalTask) -> None:
        self._file(task.id).unlink(missing_ok=True)

    def restore(self) -> None:
        """Give each account and region the tasks that it would still answer for."""
        for file in self._folder.glob("*.json"):
            kept = json.loads(file.read_text())
            _, _, _, region, account, _ = kept["detail"]["taskArn"].split(":")
            task = StoppedTask(ecs_backends[account][region], kept)
            if task.stopped_at is None or task.stopped_at < datetime.now(UTC) - self._kept:
                self.forget(task)
                continue
            task._backend.tasks.setdefault(task.cluster_name, {})[task.task_arn] = task

    def _file(self, task_id: str) -> Path:
        return self._folder / f"{task_id}.json"
