"""More DAGs than one page of the recorded Airflow holds."""

from datetime import UTC, datetime

from penstock_dags.airflow_names import DAG

from recorder_names import EmptyOperator

DAGS = 40

for team in range(DAGS):
    with DAG(dag_id=f"team_{team:02}", schedule=None, start_date=datetime(2026, 1, 1, tzinfo=UTC), catchup=False, tags=["recorder"]):
        EmptyOperator(task_id="nothing")
