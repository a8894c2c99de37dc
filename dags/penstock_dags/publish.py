"""The publish task: pushes the warehouse's record of the run's load as XCom and fails when its counts do not add up."""

from collections.abc import Sequence
from typing import Any

from penstock_dags.airflow_names import AirflowFailException
from penstock_dags.run_context import run_key
from penstock_dags.settings import Settings
from penstock_dags.warehouse import loads_of_run, problems

# More rejects than this mean that the source changed its meaning, not that somebody mistyped a row.
MAX_REJECTED_SHARE = 0.05


def publish(load_task: str, tables: Sequence[str], **context: Any) -> None:
    """Pushes XCom `table_load`: the records (list of dicts) that the load of task `load_task` left for this run.

    `tables` are the names that must have one (`sales.orders`). Raises AirflowFailException, since a retry would read the same record.
    """
    loads = loads_of_run(Settings.from_env().reader_secret, run_key(context, load_task))
    for load in loads:
        print(
            f"{load['table_name']}: read {load['rows_read']}, inserted {load['rows_inserted']}, updated {load['rows_updated']}, "
            f"rejected {load['rows_rejected']}, data through {load['data_through']}"
        )
    context["ti"].xcom_push(key="table_load", value=loads)
    wrong = problems(loads, tables, MAX_REJECTED_SHARE)
    if wrong:
        raise AirflowFailException("The load record of this run is wrong: " + "; ".join(wrong))
