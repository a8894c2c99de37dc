"""Glue's history of runs as files: Glue answers for a run long after its end, in a later start too."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from moto.glue import models

from local_aws.patching import replace
from local_aws.places import Place
from local_aws.settings import Settings

TIMES = ("StartedOn", "LastModifiedOn", "CompletedOn")


class PastRun(models.FakeJobRun):
    """A run of an earlier start of the server: what it was when it ended."""

    __module__ = "moto.glue.models"

    def __init__(self, told: dict[str, Any]) -> None:
        self._told = told
        self.job_run_id, self.job_name = told["Id"], told["JobName"]

    @property
    def status(self) -> str | None:
        state: str = self._told["JobRunState"]
        return state

    @status.setter
    def status(self, value: str) -> None:
        """It has ended."""

    def advance(self) -> None:
        """Looking at a run does not move it."""

    def as_dict(self) -> dict[str, Any]:
        return self._told


def file_of(settings: Settings, place: Place, job: str) -> Path:
    return settings.state / "glue-runs" / place.account / place.region / f"{quote(job, safe='')}.jsonl"


def remember(settings: Settings, place: Place, told: dict[str, Any]) -> None:
    """Keep a run that has ended, as GetJobRun shows it."""
    file = file_of(settings, place, told["JobName"])
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as out:
        out.write(json.dumps(told, default=datetime.isoformat) + "\n")


def recall(settings: Settings, place: Place, job: str) -> list[PastRun]:
    """The runs of a job that were kept, oldest first. A line that a kill cut short is left out."""
    file = file_of(settings, place, job)
    found = []
    for line in file.read_text().splitlines() if file.exists() else []:
        try:
            told = json.loads(line)
        except ValueError:
            continue
        found.append(PastRun(told | {name: datetime.fromisoformat(told[name]) for name in TIMES if told.get(name)}))
    return found


def install(settings: Settings) -> None:
    """Bring back the runs of a job when it is created, and list runs newest first, as Glue does."""
    create, listed = models.GlueBackend.create_job, models.FakeJob.get_job_runs

    def create_job(self: models.GlueBackend, name: str, *args: Any, **rest: Any) -> Any:
        answer = create(self, name, *args, **rest)
        self.get_job(name).job_runs += recall(settings, Place(self.account_id, self.region_name), name)
        return answer

    def get_job_runs(self: models.FakeJob) -> list[models.FakeJobRun]:
        return list(reversed(listed(self)))

    replace(models.GlueBackend, "create_job", create_job)
    replace(models.FakeJob, "get_job_runs", get_job_runs)
