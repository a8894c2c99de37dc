"""Glue: StartJobRun runs the job's script with Glue's arguments on the local Spark runtime."""

from __future__ import annotations

import subprocess
import threading
from collections import deque
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult
from moto.glue import models
from moto.glue.responses import GlueResponse
from moto.s3.models import s3_backends

from local_aws import events, glue_history, processes
from local_aws.glue_errors import error_message
from local_aws.glue_metrics import GlueMetrics, is_enabled, with_sink
from local_aws.logs import LogStream
from local_aws.patching import add, replace
from local_aws.places import Place
from local_aws.settings import Settings
from local_aws.sts import container_keys

LOG_GROUP = "/aws-glue/jobs"
DEFAULT_TIMEOUT_MINUTES = 480
STOP_GRACE_SECONDS = 5.0
ERROR_LINES = 400
FINAL = ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT")
# Severity and words of the event of each end.
TOLD = {
    "SUCCEEDED": ("INFO", "Job run succeeded"),
    "FAILED": ("ERROR", "Job run failed"),
    "STOPPED": ("INFO", "Job run stopped"),
    "TIMEOUT": ("WARN", "Job run timed out"),
}


class TailedLog(LogStream):
    """The error stream, whose last lines also tell why the run failed."""

    def __init__(self, account: str, region: str, group: str, stream: str) -> None:
        super().__init__(account, region, group, stream)
        self.tail: deque[str] = deque(maxlen=ERROR_LINES)

    def put(self, line: str) -> None:
        self.tail.append(line)
        super().put(line)


class LocalJobRun(models.FakeJobRun):
    """One job run, executed as a local process tree."""

    __module__ = "moto.glue.models"
    settings: Settings

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._state = "STARTING"
        super().__init__(*args, **kwargs)
        self.error: str | None = None
        self._lock = threading.Lock()
        self._running_since: datetime | None = None
        self._ended: datetime | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def status(self) -> str | None:
        """The real state: moto's own advances each time that somebody looks."""
        return self._state

    @status.setter
    def status(self, value: str) -> None:
        self._state = value

    def advance(self) -> None:
        """Looking at a run does not move it."""

    def as_dict(self) -> dict[str, Any]:
        answer = super().as_dict()
        del answer["CompletedOn"]
        answer |= {
            "JobRunState": self._state,
            "LogGroupName": LOG_GROUP,
            "GlueVersion": self._job.glue_version,
            "ExecutionClass": self._job.execution_class,
            "ExecutionTime": self._execution_seconds(),
            "LastModifiedOn": self.modified_on,
        }
        if self._ended is not None:
            answer["CompletedOn"] = self._ended
        if self._job.execution_class == "FLEX":
            answer["DPUSeconds"] = self._execution_seconds() * float(self.max_capacity or self.number_of_workers or 2)
        if self.error is not None:
            answer["ErrorMessage"] = self.error
        return answer

    def launch(self, job: models.FakeJob, account: str, region: str) -> None:
        self._job, self._place = job, Place(account, region)
        processes.in_thread(f"glue-{self.job_run_id[:12]}", self._run)

    def stop(self) -> bool:
        """BatchStopJobRun: asynchronous, False when the run has ended."""
        if not self._move("STOPPING"):
            return False
        process = self._process
        if process is not None:
            processes.in_thread(f"stop-{self.job_run_id[:12]}", lambda: processes.stop(process, STOP_GRACE_SECONDS))
        return True

    def _execution_seconds(self) -> int:
        if self._running_since is None:
            return 0
        return round(((self._ended or datetime.now(UTC)) - self._running_since).total_seconds())

    def _move(self, state: str, error: str | None = None) -> bool:
        """A stop asked for in between wins over RUNNING; nothing moves a run that has ended."""
        with self._lock:
            if self._state in FINAL or (self._state == "STOPPING" and state not in FINAL):
                return False
            now = datetime.now(UTC)
            if state == "RUNNING":
                self._running_since = now
            if state in FINAL:
                self._ended = now
            self._state, self.modified_on, self.error = state, now, error
        if state in FINAL:
            self._tell(state)
        return True

    def _tell(self, state: str) -> None:
        """Glue has an event for the end of a run and for nothing else."""
        severity, message = TOLD[state]
        detail = {
            "jobName": self.job_name,
            "severity": severity,
            "state": state,
            "jobRunId": self.job_run_id,
            "message": self.error or message,
        }
        glue_history.remember(self.settings, self._place, self.as_dict())
        events.publish(self._place, "aws.glue", "Glue Job State Change", [], detail)

    def _run(self) -> None:
        try:
            self._execute()
        except Exception as error:
            self._move("FAILED", f"{type(error).__name__}: {error}")

    def _execute(self) -> None:
        folder = self.settings.state / "jobs" / self.job_run_id
        folder.mkdir(parents=True)
        out = LogStream(self._place.account, self._place.region, f"{LOG_GROUP}/output", self.job_run_id)
        err = TailedLog(self._place.account, self._place.region, f"{LOG_GROUP}/error", self.job_run_id)
        arguments = dict(self.arguments or {})
        command: Any = self._job.command
        script = fetch(self._place.account, command["ScriptLocation"], folder)
        extra = [u.strip() for u in arguments.get("--extra-py-files", "").split(",") if u.strip()]
        modules = [str(fetch(self._place.account, uri, folder)) for uri in extra]
        argv = [*self.settings.glue.argv, str(script), "--JOB_NAME", self.job_name, "--JOB_RUN_ID", self.job_run_id]
        argv += [part for pair in arguments.items() for part in pair if part]
        keys = container_keys(self.settings.account, self._place.account, self._job.role)
        env = self.settings.aws_env(self._place.region, keys) | self.settings.glue.env
        env["SPARK_LOCAL_DIRS"] = str(folder / "spark")
        env["PYTHONPATH"] = ":".join([*modules, *filter(None, [env.get("PYTHONPATH")])])
        if self._state == "STOPPING":
            self._move("STOPPED")
            return
        has_metrics = is_enabled(arguments)
        if has_metrics:
            env = with_sink(env, folder / "metrics")
        process = self._process = processes.spawn(argv, env, folder)
        pumps = processes.pump(process, out, err)
        if not self._move("RUNNING"):
            processes.stop(process, STOP_GRACE_SECONDS)
        told = GlueMetrics(self.settings, self._place, self.job_name, self.job_run_id, folder / "metrics")
        with told.watch(process) if has_metrics else nullcontext():
            self._wait(process)
        processes.drain(pumps, out, err)
        self._settle(processes.exit_code(process), list(err.tail), script.name)

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        self._timed_out = False
        minutes = self.timeout or DEFAULT_TIMEOUT_MINUTES
        try:
            process.wait(minutes * self.settings.seconds_per_minute)
        except subprocess.TimeoutExpired:
            self._timed_out = True
            processes.stop(process, 0)

    def _settle(self, code: int, tail: list[str], script: str) -> None:
        if self._state == "STOPPING":
            self._move("STOPPED")
        elif self._timed_out:
            self._move("TIMEOUT", "Job run timed out")
        elif code == 0:
            self._move("SUCCEEDED")
        else:
            self._move("FAILED", error_message(code, tail, script))


def fetch(account: str, uri: str, folder: Path) -> Path:
    """An object of S3 as a file in the run's folder, by its last name."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    found = s3_backends[account]["aws"].get_object(bucket, key)
    if found is None:
        raise FileNotFoundError(f"The specified key does not exist: {uri}")
    file = folder / Path(key).name
    file.write_bytes(found.value)
    return file


def batch_stop_job_run(self: GlueResponse) -> ActionResult:
    """An operation that moto lacks; its dispatcher finds it by name."""
    name = self._get_param("JobName")
    stopped: list[dict[str, str]] = []
    errors: list[dict[str, Any]] = []
    for run_id in self._get_param("JobRunIds"):
        entry = {"JobName": name, "JobRunId": run_id}
        try:
            run = self.glue_backend.get_job_run(name, run_id)
        except JsonRESTError as error:
            code = {"ErrorCode": "JobRunNotFoundException", "ErrorMessage": str(error.message)}
            errors.append({**entry, "ErrorDetail": code})
            continue
        if isinstance(run, LocalJobRun) and run.stop():
            stopped.append(entry)
        else:
            code = {"ErrorCode": "JobRunNotInTerminalStateException", "ErrorMessage": "The job run is not running."}
            errors.append({**entry, "ErrorDetail": code})
    return ActionResult({"SuccessfulSubmissions": stopped, "Errors": errors})


def install(settings: Settings) -> None:
    """Put the data plane under moto's Glue."""
    LocalJobRun.settings = settings
    glue_history.install(settings)
    start = models.GlueBackend.start_job_run

    def start_job_run(self: models.GlueBackend, *args: Any, **kwargs: Any) -> str:
        run_id = start(self, *args, **kwargs)
        name = kwargs["name"] if "name" in kwargs else args[0]
        job = self.get_job(name)
        run = job.get_job_run(run_id)
        if isinstance(run, LocalJobRun):
            run.launch(job, self.account_id, self.region_name)
        return run_id

    replace(models, "FakeJobRun", LocalJobRun)
    replace(models.GlueBackend, "start_job_run", start_job_run)
    add(GlueResponse, "batch_stop_job_run", batch_stop_job_run)
