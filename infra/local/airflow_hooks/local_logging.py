"""Task logs in CloudWatch within seconds: the stock handler sends once a minute, and closing it loses the triggerer's logs."""

from typing import Any

import watchtower

SEND_SECONDS = 2
StockHandler = watchtower.CloudWatchLogHandler


def live_handler(*args: Any, **kwargs: Any) -> Any:
    """A handler that sends often and outlives a close: `logging.config` closes every handler when a trigger starts."""
    handler = StockHandler(*args, **{"send_interval": SEND_SECONDS, **kwargs})
    handler.close = handler.flush
    return handler


watchtower.CloudWatchLogHandler = live_handler

# Airflow's own configuration, read after the handler has been replaced.
from airflow.config_templates.airflow_local_settings import DEFAULT_LOGGING_CONFIG, REMOTE_TASK_LOG  # noqa: E402

LOGGING_CONFIG = DEFAULT_LOGGING_CONFIG

__all__ = ["LOGGING_CONFIG", "REMOTE_TASK_LOG"]
