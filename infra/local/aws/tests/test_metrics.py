"""What CloudWatch holds of containers and runs that really ran."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests import test_glue
from tests.conftest import Platform, eventually
from tests.test_ecs import NETWORK, ended, run

BUSY = "import time; x = bytearray(80 << 20); end = time.time() + 2.5\nwhile time.time() < end: sum(range(1000))"


def values(platform: Platform, namespace: str, name: str, statistic: str, **dimensions: str) -> list[float]:
    metric = {
        "Namespace": namespace,
        "MetricName": name,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
    }
    now = datetime.now(UTC)
    answer = platform.client("cloudwatch").get_metric_data(
        MetricDataQueries=[{"Id": "m", "MetricStat": {"Metric": metric, "Period": 60, "Stat": statistic}}],
        StartTime=now - timedelta(minutes=10),
        EndTime=now + timedelta(minutes=1),
    )
    found: list[float] = answer["MetricDataResults"][0]["Values"]
    return found


def test_container_insights_measures_the_process(platform: Platform) -> None:
    arn = run(platform, BUSY)
    ended(platform, arn)
    of_task = {"ClusterName": "t", "TaskDefinitionFamily": "t-extractor", "TaskId": arn.rsplit("/", maxsplit=1)[-1]}

    def most(name: str, **dimensions: str) -> float:
        return max(values(platform, "ECS/ContainerInsights", name, "Maximum", **of_task, **dimensions))

    assert most("CpuUtilized") > 100  # of 1024 units; it shares the machine with whatever else runs
    assert 80 < most("MemoryUtilized") < 400
    assert (most("CpuReserved"), most("MemoryReserved")) == (256, 512)
    assert most("TaskCpuUtilization") == 100 * most("CpuUtilized") / 256
    assert most("TaskMemoryUtilization") == 100 * most("MemoryUtilized") / 512
    assert most("ContainerMemoryUtilized", ContainerName="extractor") == most("MemoryUtilized")


def test_container_insights_measures_the_disk(platform: Platform) -> None:
    write = "import os, time; f = open('part', 'wb'); f.write(b'x' * 30_000_000); f.flush(); os.fsync(f.fileno())"
    arn = run(platform, f"{write}; time.sleep(2.5)")
    ended(platform, arn)
    of_task = {"ClusterName": "t", "TaskDefinitionFamily": "t-extractor", "TaskId": arn.rsplit("/", maxsplit=1)[-1]}

    def told(name: str, statistic: str) -> float:
        return max(values(platform, "ECS/ContainerInsights", name, statistic, **of_task))

    assert told("EphemeralStorageUtilized", "Maximum") == 0.03
    assert told("EphemeralStorageReserved", "Maximum") == 20
    assert told("StorageWriteBytes", "Sum") >= 30_000_000
    assert told("StorageReadBytes", "Sum") >= 0


def test_a_cluster_without_insights_has_no_metrics(platform: Platform) -> None:
    ecs = platform.client("ecs")
    ecs.create_cluster(clusterName="dark")
    request: dict[str, Any] = {
        "taskDefinition": "t-extractor",
        "launchType": "FARGATE",
        "networkConfiguration": NETWORK,
        "overrides": {"containerOverrides": [{"name": "extractor", "command": ["print()"]}]},
    }
    arn = ecs.run_task(cluster="dark", **request)["tasks"][0]["taskArn"]
    eventually(lambda: ecs.describe_tasks(cluster="dark", tasks=[arn])["tasks"][0]["lastStatus"] == "STOPPED" or None)
    listed = platform.client("cloudwatch").list_metrics(Namespace="ECS/ContainerInsights")["Metrics"]
    clusters = {d["Value"] for metric in listed for d in metric["Dimensions"] if d["Name"] == "ClusterName"}
    assert "dark" not in clusters


def test_settings_of_a_cluster_are_told_to_who_asks(platform: Platform) -> None:
    ecs = platform.client("ecs")
    asked = ecs.describe_clusters(clusters=["t"], include=["SETTINGS"])["clusters"][0]
    assert asked["settings"] == [{"name": "containerInsights", "value": "enhanced"}]
    assert not ecs.describe_clusters(clusters=["t"])["clusters"][0].get("settings")


SPARK = """
import os, re
folder = re.search(r'sink.csv.directory=([^"]+)', os.environ['PYSPARK_SUBMIT_ARGS'])[1]
for name, values in {'jvm.heap.used': (5, 7), 'executor.recordsRead': (10, 40)}.items():
    with open(f'{folder}/glue.driver.{name}.csv', 'w') as file:
        file.write('t,value\\n' + ''.join(f'{i},{v}\\n' for i, v in enumerate(values)))
"""


def test_a_run_with_metrics_tells_what_spark_says(platform: Platform) -> None:
    run_id = test_glue.start(platform, SPARK, Arguments={"--enable-metrics": "true"})
    test_glue.ended(platform, run_id)
    for which in (run_id, "ALL"):
        gauge = {"JobName": "t-load", "JobRunId": which, "Type": "gauge"}
        count = {**gauge, "Type": "count"}
        assert values(platform, "Glue", "glue.driver.jvm.heap.used", "Maximum", **gauge) == [7]
        assert values(platform, "Glue", "glue.ALL.jvm.heap.used", "Maximum", **gauge) == [7]
        assert values(platform, "Glue", "glue.driver.aggregate.recordsRead", "Sum", **count) == [40]
        assert sum(values(platform, "Glue", "glue.driver.aggregate.elapsedTime", "Sum", **count)) > 0
        assert values(platform, "Glue", "glue.driver.jvm.heap.usage", "Maximum", **gauge) == []


def test_a_run_without_metrics_tells_nothing(platform: Platform) -> None:
    run_id = test_glue.start(platform, "print()")
    test_glue.ended(platform, run_id)
    gauge = {"JobName": "t-load", "JobRunId": run_id, "Type": "gauge"}
    assert values(platform, "Glue", "glue.driver.system.cpuSystemLoad", "Maximum", **gauge) == []
