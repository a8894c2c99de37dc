"""The extract task: the extractor's container on Fargate, told by its environment what to read and where to write."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from penstock_dags import lake
from penstock_dags.operators import EcsRunTaskOperator
from penstock_dags.settings import Settings

CONTAINER = "extractor"
# Whole: the operator of Airflow 2.10 and before does not append the container's name to the task definition's prefix.
STREAM_PREFIX = f"extractor/{CONTAINER}"


def extract(
    task_id: str,
    environment: Mapping[str, str],
    *,
    prefix: str = lake.RAW,
    task_definition: str | None = None,
    container_override: Mapping[str, Any] | None = None,
    **operator_arguments: Any,
) -> EcsRunTaskOperator:
    """A task that runs the extractor with `environment` (its settings; templated) added to the destination (a prefix of the lake) and the load date.

    `container_override` holds other fields of the container override (memory in MiB, cpu). The DAG needs `user_defined_macros=MACROS`.
    """
    settings = Settings.from_env()
    variables = {"DESTINATION": lake.destination(prefix), "LOAD_DATE": "{{ load_date() }}", **environment}
    task = EcsRunTaskOperator(
        task_id=task_id,
        cluster=settings.cluster,
        task_definition=task_definition or settings.task_definition,
        launch_type="FARGATE",
        network_configuration={
            "awsvpcConfiguration": {
                "subnets": settings.subnets,
                "securityGroups": settings.security_groups,
                "assignPublicIp": "DISABLED",
            }
        },
        overrides={
            "containerOverrides": [
                {
                    "name": CONTAINER,
                    "environment": [{"name": name, "value": value} for name, value in variables.items()],
                    **(container_override or {}),
                }
            ]
        },
        awslogs_group=settings.extractor_log_group,
        awslogs_stream_prefix=STREAM_PREFIX,
        awslogs_fetch_interval=timedelta(seconds=settings.poll_seconds),
        # A restarted worker finds the container of its predecessor instead of starting a second one.
        reattach=True,
        deferrable=False,
        waiter_delay=settings.poll_seconds,
        **operator_arguments,
    )
    # Without the name the operator sleeps 10 s to find it; as an argument it is younger than Airflow 2.9's provider.
    task.container_name = CONTAINER
    return task


def shop_environment(source_name: str, table: str, key_columns: str) -> dict[str, str]:
    """The extractor's settings for one table of the shop; the task definition holds the connection string."""
    return {
        "SOURCE": "odbc",
        "ODBC_DIALECT": "postgresql",
        "SOURCE_NAME": source_name,
        "SOURCE_TABLE": f"public.{table}",
        "TABLE": table,
        "KEY_COLUMNS": key_columns,
        "WATERMARK_COLUMN": "updated_at",
    }
