"""Task instances of the kinds that the other pipelines have none of: mapped, retried by itself, skipped."""

from datetime import UTC, datetime, timedelta
from typing import Any

from penstock_dags.airflow_names import DAG, AirflowSkipException, PythonOperator

FAILS_AT_FIRST = 1


def number(value: int, **context: Any) -> int:
    """The value; one of them at its second try."""
    if value == FAILS_AT_FIRST and context["ti"].try_number == 1:
        raise RuntimeError(f"{value} fails at its first try")
    return value


def skip() -> None:
    """Ends as skipped."""
    raise AirflowSkipException("there is nothing to do")


with DAG(dag_id="recorder_tasks", schedule=None, start_date=datetime(2026, 1, 1, tzinfo=UTC), catchup=False, tags=["recorder"]) as dag:
    mapped = PythonOperator.partial(
        task_id="mapped",
        python_callable=number,
        retries=1,
        retry_delay=timedelta(seconds=1),
    ).expand(op_kwargs=[{"value": value} for value in range(3)])
    mapped >> PythonOperator(task_id="skipped", python_callable=skip)
