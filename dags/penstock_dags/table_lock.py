"""A real lock on a warehouse table, for the drill: a session of its own that holds it until another task of the run has ended."""

import time
from typing import Any

from penstock_dags.warehouse import connect

ENDED = {"success", "failed", "upstream_failed", "skipped", "removed"}


def hold_lock(secret_id: str, statement: str, until_task: str, poll_seconds: int, **context: Any) -> None:
    """Runs the LOCK TABLE `statement`, pushes XCom `locked` = True, and keeps the transaction open until task `until_task` of this run has ended.

    Whoever ends this task ends its session, and PostgreSQL then drops the lock.
    """
    with connect(secret_id) as connection, connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '30s'")
        cursor.execute(statement)
        context["ti"].xcom_push(key="locked", value=True)
        print(f"{statement}: held by process {connection.info.backend_pid} of the warehouse")
        while (state := task_state(context, until_task)) not in ENDED:
            time.sleep(poll_seconds)
            # Notices a server that went away, and keeps the session from looking idle.
            cursor.execute("SELECT 1")
        print(f"task {until_task} is {state}: the lock is released")


def task_state(context: Any, task_id: str) -> str | None:
    """State of another task of this run: Airflow 3 answers through the task's supervisor, Airflow 2 from its database."""
    ti = context["ti"]
    if hasattr(ti, "get_task_states"):
        states = ti.get_task_states(dag_id=ti.dag_id, task_ids=[task_id], run_ids=[ti.run_id])
        state = states.get(ti.run_id, {}).get(task_id)
    else:
        found = context["dag_run"].get_task_instance(task_id)
        state = found.state if found else None
    return None if state is None else str(getattr(state, "value", state))
