"""
# orders_faults

A drill: fails in the way that the parameter `fault` names, as AWS and PostgreSQL fail, so that people and alerts can be tried on a real
failure. Started by hand only. It reads the shop's customers into a prefix of its own (`raw/drill`), so no other pipeline's watermark moves.

| `fault` | what happens | where it shows |
|---|---|---|
| `none` | nothing fails: customers are read and merged, which changes nothing that `sales_daily` would not change | nowhere |
| `exit_137` | the extractor allocates memory until the limit of its container ends it | `extract`: exit code 137, OutOfMemoryError |
| `spot` | the extractor waits, ten minutes at most, on Spot capacity until AWS takes that back | `extract`: stop code SpotInterruption |
| `image_not_found` | the task definition names an image tag that does not exist | `extract`: CannotPullContainerError |
| `glue_timeout` | the load sleeps longer than the timeout of its job run, one minute | `load`: job run state TIMEOUT |
| `db_lock` | another session holds `sales.customers` locked until the load gives up | `load`: canceling statement due to lock timeout |

| task | does | where |
|---|---|---|
| `extract` | reads the shop's customers | ECS Fargate |
| `hold_lock` | for `db_lock`: locks the table until the load has ended, in any way; else skipped | Airflow |
| `lock_held` | for `db_lock`: waits until the lock is held; else passes at once | Airflow |
| `load` | merges the customers | Glue |

## Triage

- **It failed with the fault that was asked for.** That is the drill: follow the runbook of the failure class, then close the incident.
- **It failed in another way.** Then the platform has a fault of its own: treat it as a failure of `sales_daily`, whose runbook has the cases.
- **`fault=db_lock` left a lock behind.** It cannot: the session ends with the task, and its execution timeout ends both.

## Safe to rerun

Always. The load is idempotent and touches only rows that changed in the shop.

## Owner

Data platform, #data-platform. Consumers: nobody.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from penstock_dags.airflow_names import DAG, AirflowSkipException, Param, PythonOperator, PythonSensor
from penstock_dags.extractor import extract, shop_environment
from penstock_dags.lake import DRILL, MACROS
from penstock_dags.loader import load
from penstock_dags.settings import Settings
from penstock_dags.table_lock import hold_lock

SOURCE = "shop"
TABLE = "customers"
SETTINGS = Settings.from_env()
# Writers wait for this mode and readers do not, so nobody's query of the table is part of the drill.
LOCK = "LOCK TABLE sales.customers IN EXCLUSIVE MODE"


def when(fault: str, then: object, otherwise: object) -> str:
    """Template that gives `then` in a run whose parameter is `fault`; rendered natively, so that a number stays one."""
    return f"{{{{ {then!r} if params.fault == {fault!r} else {otherwise!r} }}}}"


def hold_lock_if_asked(fault: str, **context: Any) -> None:
    """Holds the lock while `load` runs. Skips itself for another fault than db_lock."""
    if fault != "db_lock":
        raise AirflowSkipException("only db_lock takes the lock")
    hold_lock(SETTINGS.loader_secret, LOCK, "load", min(SETTINGS.poll_seconds, 2), **context)


def lock_is_held(fault: str, ti: Any) -> bool:
    """True as soon as `load` may start: once the lock is held, or at once for another fault."""
    return fault != "db_lock" or bool(ti.xcom_pull(task_ids="hold_lock", key="locked"))


with DAG(
    dag_id="orders_faults",
    description="A drill that fails as AWS and PostgreSQL fail",
    doc_md=__doc__,
    schedule=None,
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=4,
    dagrun_timeout=timedelta(minutes=30),
    render_template_as_native_obj=True,
    tags=["tier-drill", "sales"],
    params={
        "fault": Param(
            "none",
            type="string",
            enum=["none", "exit_137", "spot", "image_not_found", "glue_timeout", "db_lock"],
            title="Fault",
            description="How the run fails: out of memory, Spot capacity taken back, missing image, job timeout, table lock, or not at all.",
        ),
    },
    # No retries: the drill is the first failure.
    default_args={"owner": "data-platform", "retries": 0, "execution_timeout": timedelta(minutes=15)},
    user_defined_macros=MACROS,
) as dag:
    extract_task = extract(
        "extract",
        {**shop_environment(SOURCE, TABLE, "customer_id"), "FAULT": "{{ {'exit_137': 'memory', 'spot': 'wait'}.get(params.fault, 'none') }}"},
        prefix=DRILL,
        task_definition=when("image_not_found", f"{SETTINGS.task_definition}-missing-image", SETTINGS.task_definition),
        container_override={"memory": when("exit_137", 256, 1024)},
        # A strategy wins over the launch type; none leaves it as it is.
        capacity_provider_strategy=when("spot", [{"capacityProvider": "FARGATE_SPOT", "weight": 1}], []),
    )
    hold_lock_task = PythonOperator(
        task_id="hold_lock",
        python_callable=hold_lock_if_asked,
        op_kwargs={"fault": "{{ params.fault }}"},
    )
    lock_held = PythonSensor(
        task_id="lock_held",
        python_callable=lock_is_held,
        op_kwargs={"fault": "{{ params.fault }}"},
        poke_interval=min(SETTINGS.poll_seconds, 2),
        timeout=120,
    )
    load_task = load(
        "load",
        SOURCE,
        {TABLE: "extract"},
        prefix=DRILL,
        script_args={
            "--DRILL_SLEEP_SECONDS": when("glue_timeout", 900, 0),
            "--LOCK_TIMEOUT_SECONDS": when("db_lock", 5, 60),
        },
        run_job_kwargs={"Timeout": when("glue_timeout", 1, 15)},
    )
    [extract_task, lock_held] >> load_task
