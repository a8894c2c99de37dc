"""Names of the infrastructure that these DAGs use, from the environment of the Airflow processes (on MWAA: the startup script)."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Where the pipelines run. Durations are in seconds."""

    cluster: str
    task_definition: str
    subnets: list[str]
    security_groups: list[str]
    extractor_log_group: str
    load_job: str
    data_bucket: str
    fx_url: str
    reader_secret: str
    loader_secret: str
    poll_seconds: int

    @classmethod
    def from_env(cls) -> "Settings":
        """Reads PENSTOCK_*; every name has the default that the CDK template gives it."""
        return cls(
            cluster=os.environ.get("PENSTOCK_CLUSTER", "penstock"),
            task_definition=os.environ.get("PENSTOCK_TASK_DEFINITION", "penstock-extractor"),
            subnets=_list("PENSTOCK_SUBNETS"),
            security_groups=_list("PENSTOCK_SECURITY_GROUPS"),
            extractor_log_group=os.environ.get("PENSTOCK_EXTRACTOR_LOG_GROUP", "/penstock/extractor"),
            load_job=os.environ.get("PENSTOCK_LOAD_JOB", "penstock-load"),
            data_bucket=os.environ.get("PENSTOCK_DATA_BUCKET", "penstock-data-123456789012-eu-west-1"),
            fx_url=os.environ.get("PENSTOCK_FX_URL", "http://localhost:8090"),
            reader_secret=os.environ.get("PENSTOCK_READER_SECRET", "penstock/warehouse/reader"),
            loader_secret=os.environ.get("PENSTOCK_LOADER_SECRET", "penstock/warehouse/loader"),
            # The Amazon provider's own default: polls share the account's DescribeTasks quota.
            poll_seconds=int(os.environ.get("PENSTOCK_POLL_SECONDS", "6")),
        )


def _list(name: str) -> list[str]:
    return [part.strip() for part in os.environ.get(name, "").split(",") if part.strip()]
