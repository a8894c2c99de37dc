"""
# fx_rates_hourly

Loads the hourly euro exchange rates from the rates API into `finance.fx_rates`. A run takes the rates published since the one before.

| task | does | where |
|---|---|---|
| `extract_rates` | reads the API page by page into Parquet and a manifest | ECS Fargate |
| `start_load` | starts the load job through the Glue API and returns the job run's id | Airflow |
| `wait_load` | waits for that job run | Airflow, sensor |
| `publish` | pushes the warehouse's record of the load as XCom `table_load` and checks its row counts | Airflow |

## Triage

- **`extract_rates` failed.** The last line of its container's log names the cause. The API answers 429 at times and the extractor waits as it is
  told; when it gives up, the API is down: check its status page, then clear the task. Rates that were missed come with the next run.
- **`start_load` failed.** `ConcurrentRunsExceededException`: `sales_daily` holds the job; the retry takes care of it.
- **`wait_load` failed.** The job run failed: its traceback is in `/aws-glue/jobs/error`, stream = the id that `start_load` returned. Clearing
  `wait_load` alone only reads the same failed job run: clear `start_load` with its downstream tasks.
- **`wait_load` timed out.** The job run may still be going: stop it in Glue, or wait for it and clear `wait_load`.
- **`publish` failed.** The load committed but its record does not add up; rejected rows lie under `quarantine/` in the data bucket.

## Safe to rerun

Always: the window is read again under the same run key and merged by (hour, base, quote), newest version first.

## Owner

Data platform, on call: #data-platform. Consumers: finance.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from airflow.providers.amazon.aws.sensors.glue import GlueJobSensor

from penstock_dags.airflow_names import DAG, Param, PythonOperator
from penstock_dags.extractor import extract
from penstock_dags.lake import MACROS
from penstock_dags.loader import manifests_argument
from penstock_dags.publish import publish
from penstock_dags.run_context import run_key
from penstock_dags.settings import Settings

SOURCE = "fx"
SETTINGS = Settings.from_env()


def start_load(manifests: str, **context: Any) -> str:
    """Starts the load job as DAGs without Penstock's operators do; the job run's id becomes the XCom return_value."""
    response = boto3.client("glue").start_job_run(
        JobName=SETTINGS.load_job,
        Arguments={"--RUN_KEY": run_key(context), "--ATTEMPT": str(context["ti"].try_number), "--MANIFESTS": manifests},
    )
    return response["JobRunId"]


with DAG(
    dag_id="fx_rates_hourly",
    description="Hourly euro exchange rates into the warehouse",
    doc_md=__doc__,
    schedule="5 * * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(minutes=55),
    tags=["tier-2", "finance"],
    params={
        "full_refresh": Param(
            False,
            type="boolean",
            title="Full refresh",
            description="Read all rates that the API has instead of those published since the last run. Safe at any time.",
        ),
    },
    default_args={
        "owner": "data-platform",
        "retries": 2,
        "retry_delay": timedelta(seconds=30),
        "execution_timeout": timedelta(minutes=20),
    },
    user_defined_macros=MACROS,
) as dag:
    extract_rates = extract(
        "extract_rates",
        {
            "SOURCE": "http",
            "SOURCE_NAME": SOURCE,
            "SOURCE_TABLE": "v1/rates",
            "TABLE": "fx_rates",
            "KEY_COLUMNS": "rate_hour,base,quote",
            "WATERMARK_COLUMN": "updated_at",
            "HTTP_URL": SETTINGS.fx_url,
            "HTTP_RECORDS_PATH": "rates",
            "HTTP_PAGING": "cursor",
            "HTTP_PAGE_PARAMETER": "page",
            "HTTP_NEXT_PATH": "next_page",
            "HTTP_PAGE_SIZE_PARAMETER": "per_page",
            "HTTP_SINCE_PARAMETER": "since",
            "HTTP_UNTIL_PARAMETER": "until",
            "HTTP_COLUMNS": "rate_date:date,rate_hour:timestamp,base:string,quote:string,rate:decimal(18,8),updated_at:timestamp",
            "FULL_REFRESH": "{{ 'true' if params.full_refresh else 'false' }}",
        },
    )
    start_load_task = PythonOperator(
        task_id="start_load",
        python_callable=start_load,
        op_kwargs={"manifests": manifests_argument(SOURCE, {"fx_rates": "extract_rates"})},
        execution_timeout=timedelta(minutes=2),
    )
    wait_load = GlueJobSensor(
        task_id="wait_load",
        job_name=SETTINGS.load_job,
        run_id="{{ ti.xcom_pull(task_ids='start_load') }}",
        poke_interval=SETTINGS.poll_seconds,
        timeout=timedelta(minutes=20).total_seconds(),
    )
    publish_task = PythonOperator(
        task_id="publish",
        python_callable=publish,
        op_kwargs={"load_task": "start_load", "tables": ["finance.fx_rates"]},
        execution_timeout=timedelta(minutes=5),
    )
    extract_rates >> start_load_task >> wait_load >> publish_task
