"""What a run says about itself, read from the task context of Airflow 2.9 to 3.3."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from penstock_dags.join_key import JoinKey

UNNAMED_ENVIRONMENT = "local-airflow"


def join_key(context: Mapping[str, Any], task_id: str | None = None) -> JoinKey:
    """The join key of the try that runs now, or of another (unmapped) task of the same run when `task_id` names it.

    The try number is right only while the task executes, so this is called then and not when the DAG file is parsed.
    """
    ti = context["ti"]
    own = task_id is None or task_id == ti.task_id
    map_index = getattr(ti, "map_index", -1) if own else -1
    return JoinKey(
        environment=os.environ.get("AIRFLOW_ENV_NAME") or UNNAMED_ENVIRONMENT,
        dag=str(ti.dag_id),
        run=str(ti.run_id),
        task=str(ti.task_id if task_id is None else task_id),
        map_index=-1 if map_index is None else int(map_index),
        try_number=int(ti.try_number) if own else 1,
    )


def run_key(context: Mapping[str, Any], task_id: str | None = None) -> str:
    """The run key of the running task, or of another (unmapped) task of the same run."""
    return join_key(context, task_id).run_key()


def load_date(context: Mapping[str, Any]) -> str:
    """The UTC date that a run's data is filed under (YYYY-MM-DD), the same for every task, try and clearing of the run.

    Airflow 3 has `run_after`, and no logical date on manual runs; Airflow 2 has the end of the data interval.
    """
    dag_run = context["dag_run"]
    for name in ("run_after", "data_interval_end", "logical_date", "execution_date"):
        instant = getattr(dag_run, name, None)
        if isinstance(instant, datetime):
            return instant.astimezone(UTC).date().isoformat()
    raise ValueError(f"run {dag_run.run_id!r} has neither run_after nor data_interval_end nor a logical date")
