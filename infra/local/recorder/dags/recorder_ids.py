"""A DAG and a task whose ids are as long as Airflow takes, of its whole alphabet: word characters of any script, dots and dashes.

The task is an EmptyOperator, which no worker runs: a worker's log file has the DAG's id in its name, and file systems end at 255 bytes.
"""

import string
from datetime import UTC, datetime

from airflow import __version__
from penstock_dags.airflow_names import DAG

from recorder_names import EmptyOperator

LENGTH = 250
# Airflow 2 with FAB names a permission `DAG Run:<dag id>`, and has 250 characters for that; a longer id is listed but cannot run.
DAG_LENGTH = 242 if __version__.startswith("2.") else LENGTH
ALPHABET = string.ascii_letters + string.digits + "_-.äßñøжλ日本"


def longest(prefix: str, length: int) -> str:
    """An id of so many characters."""
    return (prefix + ALPHABET * length)[:length]


with DAG(
    dag_id=longest("recorder_dag.", DAG_LENGTH), schedule=None, start_date=datetime(2026, 1, 1, tzinfo=UTC), catchup=False, tags=["recorder"]
) as dag:
    EmptyOperator(task_id=longest("recorder_task.", LENGTH))
