"""Glue's job metrics, told by Spark itself: its CSV sink writes what Glue's own reporter sends.

Names, units and `Type` are those of the Glue guide, "Monitoring AWS Glue using Amazon CloudWatch metrics". One JVM is
driver and executor here, so `glue.driver.*` and `glue.ALL.*` are the same. What Spark does not say is not reported: the
bytes of S3, the executors that it would need.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local_aws import metrics, processes
from local_aws.metrics import Point
from local_aws.places import Place
from local_aws.settings import Settings
from local_aws.usage import CPU_UNITS, Usage

NAMESPACE = "Glue"
LOOK_SECONDS = 1.0
SINK = "org.apache.spark.metrics.sink.CsvSink"
JVM = "org.apache.spark.metrics.source.JvmSource"
# Spark's name after its namespace → unit.
GAUGES = {
    "jvm.heap.used": "Bytes",
    "jvm.heap.usage": "Percent",
    "BlockManager.disk.diskSpaceUsed_MB": "Megabytes",
}
# Glue's name → Spark's and the unit; Glue reports by how much each has grown.
COUNTS = {
    "bytesRead": ("executor.bytesRead", "Bytes"),
    "recordsRead": ("executor.recordsRead", "Count"),
    "shuffleBytesWritten": ("executor.shuffleBytesWritten", "Bytes"),
    "shuffleLocalBytesRead": ("executor.shuffleLocalBytesRead", "Bytes"),
    "numCompletedStages": ("appStatus.stages.completedStages", "Count"),
    "numCompletedTasks": ("appStatus.tasks.completedTasks", "Count"),
    "numFailedTasks": ("appStatus.tasks.failedTasks", "Count"),
    "numKilledTasks": ("appStatus.tasks.killedTasks", "Count"),
}


def is_enabled(arguments: dict[str, str]) -> bool:
    """`--enable-metrics` counts by its presence; consoles write `true` or an empty text."""
    return arguments.get("--enable-metrics", "false").lower() != "false"


def with_sink(env: dict[str, str], folder: Path) -> dict[str, str]:
    """The environment of a Spark that writes its metrics into a folder every second."""
    folder.mkdir()
    sink = "spark.metrics.conf.*.sink.csv"
    settings = {
        f"{sink}.class": SINK,
        f"{sink}.directory": str(folder),
        f"{sink}.period": "1",
        f"{sink}.unit": "seconds",
        "spark.metrics.conf.*.source.jvm.class": JVM,
        "spark.metrics.appStatusSource.enabled": "true",
        "spark.metrics.namespace": "glue",
    }
    options = " ".join(f'--conf "{name}={value}"' for name, value in settings.items())
    return {**env, "PYSPARK_SUBMIT_ARGS": f"{options} {env.get('PYSPARK_SUBMIT_ARGS', 'pyspark-shell')}"}


class GlueMetrics:
    """The metrics of one run, from the start of its process to its end."""

    def __init__(self, settings: Settings, place: Place, job: str, run_id: str, folder: Path) -> None:
        self._settings, self._place, self._folder = settings, place, folder
        self._dimensions = [{"JobName": job, "JobRunId": run} for run in (run_id, "ALL")]
        self._told: dict[str, float] = {}

    @contextmanager
    def watch(self, process: subprocess.Popen[bytes]) -> Iterator[None]:
        """Report while the block lasts and once more at its end."""
        ended = threading.Event()
        reporter = processes.in_thread(f"glue-metrics-{process.pid}", lambda: self._report(Usage([process.pid]), ended))
        try:
            yield
        finally:
            ended.set()
            reporter.join()

    def _report(self, usage: Usage, ended: threading.Event) -> None:
        began = reported = time.monotonic()
        while True:
            usage.look()
            is_ended = ended.wait(LOOK_SECONDS)
            now = time.monotonic()
            if is_ended or now - reported >= self._settings.metrics_seconds:
                reported = now
                self._put(usage.take().cpu_units, (now - began) * 1000)
            if is_ended:
                return

    def _put(self, cpu_units: float, elapsed_ms: float) -> None:
        gauges = [("system.cpuSystemLoad", cpu_units / CPU_UNITS / (os.cpu_count() or 1), "Percent")]
        gauges += [(name, value, unit) for name, unit in GAUGES.items() if (value := self._spark(name)) is not None]
        points = [Point(f"glue.{who}.{name}", value, unit) for who in ("driver", "ALL") for name, value, unit in gauges]
        self._store(points, "gauge")
        counts = [("elapsedTime", elapsed_ms, "Milliseconds")]
        counts += [(name, v, unit) for name, (of, unit) in COUNTS.items() if (v := self._spark(of)) is not None]
        self._store(
            [Point(f"glue.driver.aggregate.{name}", self._grown(name, v), unit) for name, v, unit in counts], "count"
        )

    def _grown(self, name: str, total: float) -> float:
        before, self._told[name] = self._told.get(name, 0.0), total
        return total - before

    def _spark(self, name: str) -> float | None:
        """The last value of a metric; None before Spark has written one."""
        try:
            *_, last = (self._folder / f"glue.driver.{name}.csv").read_text().split()
            return float(last.split(",")[1])
        except (FileNotFoundError, ValueError, IndexError):
            return None

    def _store(self, points: list[Point], kind: str) -> None:
        metrics.put(self._place, NAMESPACE, points, [{**each, "Type": kind} for each in self._dimensions])
