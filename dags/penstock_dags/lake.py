"""Where an extract's data and its manifest lie in the data lake, as template macros.

A DAG takes them by `user_defined_macros=MACROS`; each is called without the context, which Jinja passes.
"""

from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import pass_context

from penstock_dags import run_context
from penstock_dags.settings import Settings

RAW = "raw"
DRILL = "raw/drill"


def manifest_uri(context: Mapping[str, Any], prefix: str, source: str, table: str, task_id: str) -> str:
    """The manifest that task `task_id` of this run writes under `prefix` for `table` of `source`."""
    date, key = run_context.load_date(context), run_context.run_key(context, task_id)
    return f"{destination(prefix)}/{source}/{table}/load_date={date}/run={key}/_manifest.json"


def destination(prefix: str) -> str:
    """Where the extractor files its sources; it appends source, table, load date and run key."""
    return f"s3://{Settings.from_env().data_bucket}/{prefix}"


MACROS: dict[str, Callable[..., Any]] = {
    "load_date": pass_context(run_context.load_date),
    "run_key": pass_context(run_context.run_key),
    "manifest_uri": pass_context(manifest_uri),
}
