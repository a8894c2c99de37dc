"""Task logs in CloudWatch within seconds.

The stock handler sends once a minute, and closing it loses the triggerer's logs.
"""

from collections.abc import Callable
from typing import Any

import watchtower

SEND_SECONDS = 2


class LiveCloudWatchLogHandler(watchtower.CloudWatchLogHandler):
    """Sends often, and outlives a close: `logging.config` closes every handler when a trigger starts."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"send_interval": SEND_SECONDS, **kwargs})

    def close(self) -> None:
        flush: Callable[[], None] = self.flush
        flush()


# A name by variable: to the type checker a class is not something to assign to.
HANDLER = "CloudWatchLogHandler"
setattr(watchtower, HANDLER, LiveCloudWatchLogHandler)

# Airflow's own configuration, read after the handler has been replaced.
from airflow.config_templates import airflow_local_settings  # noqa: E402

LOGGING_CONFIG = airflow_local_settings.DEFAULT_LOGGING_CONFIG
# Airflow 2 has none: its tasks write through the handler that the configuration names.
REMOTE_TASK_LOG = getattr(airflow_local_settings, "REMOTE_TASK_LOG", None)


def format_lines_as_mwaa() -> None:
    """Lines of Airflow 2 with their time, place and level: MWAA's handler formats them, the provider's sends the bare message."""
    from airflow.providers.amazon.aws.log.cloudwatch_task_handler import CloudwatchTaskHandler

    set_context: Callable[..., None] = CloudwatchTaskHandler.set_context

    def set_context_and_format(self: Any, *args: Any, **kwargs: Any) -> None:
        set_context(self, *args, **kwargs)
        if self.handler and self.formatter:
            self.handler.setFormatter(self.formatter)

    CloudwatchTaskHandler.set_context = set_context_and_format


if REMOTE_TASK_LOG is None:
    format_lines_as_mwaa()

__all__ = ["LOGGING_CONFIG", "REMOTE_TASK_LOG"]
