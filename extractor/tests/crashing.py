"""The command, killed by SIGKILL just before its N-th call to S3. Argument: N."""

import os
import signal
import sys
from typing import Any

from extractor.memory import keep_flat

keep_flat()

import boto3  # noqa: E402

from extractor import job  # noqa: E402

NUMBER = int(sys.argv[1])


class Crashing:
    """An S3 client that counts its calls."""

    calls = 0

    def __init__(self, client: Any) -> None:
        self.client = client

    def __getattr__(self, operation: str) -> Any:
        call = getattr(self.client, operation)

        def counted(**arguments: Any) -> Any:
            self.calls += 1
            if self.calls == NUMBER:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(**arguments)

        return counted


make_client = boto3.client
boto3.client = lambda *arguments, **named: Crashing(make_client(*arguments, **named))
job.run()
