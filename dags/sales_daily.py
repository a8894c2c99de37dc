"""
# sales_daily

Loads the shop's customers, orders and order lines into `sales.customers`, `sales.orders` and `sales.order_lines`, and recomputes the days of
`sales.sales_by_day` that they touch. Runs at 06:15 UTC; a run takes what changed since the one before, so a missed run needs no backfill.

| task | does | where |
|---|---|---|
| `extract_customers`, `extract_orders`, `extract_order_lines` | read one table by watermark into Parquet and a manifest | ECS Fargate |
| `load` | merges what the manifests name into the warehouse in one transaction | Glue |
| `publish` | pushes the warehouse's record of the load as XCom `table_load` and checks its row counts | Airflow |

## Triage

- **An extract failed.** The last line of its container's log names the system that failed and what to do. Source unreachable or credentials
  refused: check the secret `penstock/source/shop` and the shop's state, then clear the task. Exit code 137: the container ran out of memory;
  its memory does not grow with the table, so look for a change of the task definition. `CannotPullContainerError`: the image is not in ECR.
- **`load` failed.** The traceback is in `/aws-glue/jobs/error`, stream = job run id. `lock timeout`: a session holds a lock on a table of
  `sales`; find it in `pg_stat_activity`, end it, clear the task. Nothing is half-loaded: the merge is one transaction.
- **`publish` failed.** The load committed but its record has a table missing, counts that do not add up, or too many rejected rows. Rejected
  rows lie under `quarantine/` in the data bucket with a reason each. Tell the shop's owners; do not clear until the reason is known.
- **A run is late.** Extracts wait for Fargate capacity or `load` for Glue's concurrency: see the task's container or job run.

## Safe to rerun

Always. Clearing any task reads the same window again and writes under the same run key; the load merges by key and keeps the newest version of a
row. `full_refresh` reads whole tables instead of the window: use it after a change of the source's history.

## Owner

Data platform, on call: #data-platform. Consumers: finance (month close), the sales dashboard.
"""

from datetime import UTC, datetime, timedelta

from penstock_dags.airflow_names import DAG, Param, PythonOperator
from penstock_dags.extractor import extract, shop_environment
from penstock_dags.lake import MACROS
from penstock_dags.loader import load
from penstock_dags.publish import publish

SOURCE = "shop"
KEYS = {"customers": "customer_id", "orders": "order_id", "order_lines": "order_id,line_number"}

with DAG(
    dag_id="sales_daily",
    description="The shop's customers, orders and order lines into the warehouse",
    doc_md=__doc__,
    schedule="15 6 * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=3),
    tags=["tier-1", "sales"],
    params={
        "full_refresh": Param(
            False,
            type="boolean",
            title="Full refresh",
            description="Read whole tables instead of what changed since the last run. Slower; safe at any time.",
        ),
        "note": Param(
            None,
            type=["null", "string"],
            maxLength=500,
            title="Note",
            description="Why this run was started, for whoever reads it later.",
        ),
    },
    default_args={
        "owner": "data-platform",
        "retries": 2,
        "retry_delay": timedelta(seconds=30),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(minutes=10),
        "execution_timeout": timedelta(minutes=60),
    },
    user_defined_macros=MACROS,
) as dag:
    extracts = {table: f"extract_{table}" for table in KEYS}
    extract_tasks = [
        extract(
            task_id,
            {**shop_environment(SOURCE, table, KEYS[table]), "FULL_REFRESH": "{{ 'true' if params.full_refresh else 'false' }}"},
        )
        for table, task_id in extracts.items()
    ]
    load_task = load("load", SOURCE, extracts)
    publish_task = PythonOperator(
        task_id="publish",
        python_callable=publish,
        op_kwargs={"load_task": "load", "tables": [*(f"sales.{table}" for table in KEYS), "sales.sales_by_day"]},
        execution_timeout=timedelta(minutes=5),
    )
    extract_tasks >> load_task >> publish_task
