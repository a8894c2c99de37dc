"""The load: the Glue job that merges what a run's extracts wrote into the warehouse."""

import json
from collections.abc import Mapping
from typing import Any

from penstock_dags.lake import RAW
from penstock_dags.operators import GlueJobOperator
from penstock_dags.settings import Settings


def manifests_argument(source: str, extracts: Mapping[str, str], prefix: str = RAW) -> str:
    """Template of the --MANIFESTS argument for `extracts`: table of `source` → id of the task that extracts it."""
    return json.dumps([f"{{{{ manifest_uri('{prefix}', '{source}', '{table}', '{task}') }}}}" for table, task in extracts.items()])


def load(
    task_id: str,
    source: str,
    extracts: Mapping[str, str],
    *,
    prefix: str = RAW,
    script_args: Mapping[str, str] | None = None,
    run_job_kwargs: Mapping[str, Any] | None = None,
    **operator_arguments: Any,
) -> GlueJobOperator:
    """A task that runs the load job over the manifests of `extracts` and waits. The DAG needs `user_defined_macros=MACROS`."""
    settings = Settings.from_env()
    return GlueJobOperator(
        task_id=task_id,
        job_name=settings.load_job,
        script_args={"--MANIFESTS": manifests_argument(source, extracts, prefix), **(script_args or {})},
        run_job_kwargs=dict(run_job_kwargs or {}),
        wait_for_completion=True,
        deferrable=False,
        job_poll_interval=settings.poll_seconds,
        stop_job_run_on_kill=True,
        **operator_arguments,
    )
